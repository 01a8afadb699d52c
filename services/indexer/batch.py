"""What a batch of messages says about each bulletin. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from services.contracts import Bulletin, BulletinState, Outcome, Successor
from services.indexer import states
from services.indexer.messages import Message


class Batch:
    """The messages of a batch by the bulletins whose state they change."""

    def __init__(self, messages: Iterable[Message]) -> None:
        self._outcomes: defaultdict[str, list[Outcome]] = defaultdict(list)
        self._places: defaultdict[str, dict[tuple[str, int], None]] = defaultdict(dict)
        self._successors: defaultdict[str, list[tuple[str, Successor]]] = defaultdict(list)
        self._extractors: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for message in messages:
            self._add(message)

    def _add(self, message: Message) -> None:
        body = message.body
        # Dictionaries as ordered sets: thirty events of a reading say the same.
        self._places[body.bulletin_id][body.source_uri, message.revision] = None
        if isinstance(body, Outcome):
            self._outcomes[body.bulletin_id].append(body)
        elif not isinstance(body, Bulletin):
            self._extractors[body.bulletin_id][body.extractor] = None
        if isinstance(body, Bulletin | Outcome) and body.supersedes is not None:
            successor = Successor(bulletin_id=body.bulletin_id, revision=body.revision)
            self._successors[body.supersedes].append((body.source_uri, successor))

    @property
    def bulletins(self) -> set[str]:
        """The ids of all bulletins whose state is concerned."""
        return self._places.keys() | self._successors.keys()

    def apply(self, state: BulletinState) -> BulletinState:
        """The state of one of the bulletins after the batch. Applying a batch twice is the same as once."""
        bulletin_id = state.bulletin_id
        for source_uri, revision in self._places.get(bulletin_id, ()):
            state = states.found(state, source_uri, revision)
        for source_uri, successor in self._successors.get(bulletin_id, ()):
            state = states.replaced(state, source_uri, successor)
        for outcome in self._outcomes.get(bulletin_id, ()):
            state = states.concluded(state, outcome)
        for extractor in self._extractors.get(bulletin_id, ()):
            state = states.with_events(state, extractor) or state
        return state
