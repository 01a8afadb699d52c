"""What a batch of messages says about each bulletin. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from services.contracts import Bulletin, BulletinState, Outcome
from services.indexer import states
from services.indexer.messages import Message


class Batch:
    """The messages of a batch by the bulletin that they are about."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self.texts: list[Bulletin] = []
        # The inner dictionaries are ordered sets.
        self._places: defaultdict[str, dict[tuple[str, int], None]] = defaultdict(dict)
        self._outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
        self._extractors: defaultdict[str, dict[str, None]] = defaultdict(dict)
        last: tuple[object, ...] | None = None
        for message in messages:
            body = message.body
            if isinstance(body, Bulletin):
                self.texts.append(body)
                self._places[body.bulletin_id][body.source_uri, message.revision] = None
            elif isinstance(body, Outcome):
                self._places[body.bulletin_id][body.source_uri, message.revision] = None
                self._outcomes[body.bulletin_id].append(body)
            elif last != (said := (body.bulletin_id, body.source_uri, message.revision, body.extractor)):
                # The events of a reading follow one another and say the same of their bulletin.
                self._places[body.bulletin_id][body.source_uri, message.revision] = None
                self._extractors[body.bulletin_id][body.extractor] = None
                last = said

    @property
    def bulletins(self) -> set[str]:
        return set(self._places)

    def apply(self, state: BulletinState) -> BulletinState:
        """The state of one of the bulletins after the batch. Applying a batch twice is the same as once."""
        bulletin_id = state.bulletin_id
        for source_uri, revision in self._places.get(bulletin_id, ()):
            state = states.found(state, source_uri, revision)
        for outcome in self._outcomes.get(bulletin_id, ()):
            state = states.concluded(state, outcome)
        for extractor in self._extractors.get(bulletin_id, ()):
            state = states.with_events(state, extractor) or state
        return state
