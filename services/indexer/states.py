"""What holds of a bulletin, and how each message changes it. Pure.

Messages come in any order and more than once: events and outcomes are on topics of their own, a source may change its text and
change it back, an older reading may be sent again years later. So a state only ever takes the greater of two values (revisions by
address, readings by version), and the same set of messages gives the same state whatever the order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from services.contracts import BulletinState, Outcome, Place, Retraction, Successor, version_order
from services.indexer.messages import Message, Told

# A text that stands at more addresses than this (an error page, say) forgets the oldest ones.
MAX_PLACES = 1000
MAX_RETRACTED = 1000


def found(state: BulletinState, source_uri: str, revision: int) -> BulletinState:
    """The text stood at `source_uri` at `revision` (0: not known at which)."""
    return _placed(state, source_uri, revision, None)


def replaced(state: BulletinState, source_uri: str, successor: Successor) -> BulletinState:
    """Another text took its place at `source_uri`."""
    return state if successor.bulletin_id == state.bulletin_id else _placed(state, source_uri, 0, successor)


def _placed(state: BulletinState, source_uri: str, revision: int, successor: Successor | None) -> BulletinState:
    places = {place.source_uri: place for place in state.places}
    old = places.get(source_uri) or Place(source_uri=source_uri)
    newest = max((old.superseded_by, successor), key=lambda known: known.revision if known else 0)
    new = Place(source_uri=source_uri, revision=max(old.revision, revision), superseded_by=newest)
    if source_uri in places and new == old:
        return state
    places[source_uri] = new
    kept = sorted(places.values(), key=lambda place: (is_current(place), place.revision, place.source_uri))[-MAX_PLACES:]
    stands = any(is_current(place) for place in kept)
    # Its events may be in the index: nothing else would take them out.
    sweep = state.sweep_pending or (state.stands and not stands and may_have_events(state))
    return state.model_copy(update={"places": kept, "stands": stands, "sweep_pending": sweep})


def is_current(place: Place) -> bool:
    return place.superseded_by is None or place.revision > place.superseded_by.revision


def may_have_events(state: BulletinState) -> bool:
    return bool(state.extractors) or (state.outcome is not None and bool(state.outcome.event_ids))


def concluded(state: BulletinState, outcome: Outcome) -> BulletinState:
    """A reading of it ended. The newest reading counts; one as new as the known one replaces it."""
    known = state.outcome
    if known is not None and _order(outcome) < _order(known):
        return state
    left = [extractor for extractor in state.extractors if version_order(extractor) > version_order(outcome.extractor)]
    others = [extractor for extractor in state.extractors if extractor not in left and extractor != outcome.extractor]
    gone = known is not None and not set(known.event_ids) <= set(outcome.event_ids)
    pending = state.sweep_pending or bool(others) or gone
    return state.model_copy(update={"outcome": outcome, "extractors": left, "sweep_pending": pending})


def _order(outcome: Outcome) -> tuple[tuple[int, ...], int]:
    return version_order(outcome.extractor), outcome.revision


def with_events(state: BulletinState, extractor: str) -> BulletinState | None:
    """The state before events that `extractor` found are written; None if they are superseded: the text is no longer said, or it
    has been read by a newer extractor."""
    known = state.outcome
    if not state.stands or (known is not None and version_order(extractor) < version_order(known.extractor)):
        return None
    if extractor in state.extractors or (known is not None and known.extractor == extractor):
        return state
    return state.model_copy(update={"extractors": [*state.extractors, extractor]})


def is_newer(state: BulletinState, message: Message, indexed: Mapping[str, Any]) -> bool:
    """Whether the event of a message replaces the document that is in the index under its id.

    The document does not tell the revision of the text that it was found in; it is at most the one known of its address.
    """
    if not isinstance(message.body, Told):
        return False
    ours, theirs = version_order(message.body.extractor), version_order(indexed["extractor"])
    known = max((place.revision for place in state.places if place.source_uri == indexed["source_uri"]), default=0)
    return ours > theirs or (ours == theirs and message.revision >= known)


class Indexed(NamedTuple):
    """An event as it stands in the index; the last two say which write of it we saw."""

    event_id: str
    event_type: str
    extractor: str
    seq_no: int
    primary_term: int


def fallen(state: BulletinState, events: Iterable[Indexed]) -> list[Indexed]:
    """Those of a bulletin's indexed events that do not hold."""
    if not state.stands:
        return list(events)
    if state.outcome is None:
        return []
    listed = frozenset(state.outcome.event_ids)
    newest = version_order(state.outcome.extractor)
    return [event for event in events if event.event_id not in listed and version_order(event.extractor) <= newest]


def retracting(state: BulletinState, events: Iterable[Indexed], now: datetime) -> BulletinState:
    """The state before `events` are deleted: they are written down as retracted; one that is there already counts once.

    From here on until the sweep is over, whoever finds one of them in the index and holds it for right writes it anew.
    """
    reason: Literal["reread", "superseded"] = "reread" if state.stands else "superseded"
    entries = {entry.event_id: entry for entry in state.retracted}
    count = state.retracted_count
    for event in events:
        count += event.event_id not in entries
        entries.pop(event.event_id, None)
        entries[event.event_id] = Retraction(
            event_id=event.event_id,
            event_type=event.event_type,
            extractor=event.extractor,
            reason=reason,
            retracted_at=now,
        )
    kept = list(entries.values())[-MAX_RETRACTED:]
    return state.model_copy(update={"retracted": kept, "retracted_count": count, "sweep_pending": True})
