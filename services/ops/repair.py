"""Send again what `reconcile` finds missing. Ids are functions of content, so what turns out to be there already does not double."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import orjson

from services import topics
from services.ops import journal
from services.ops.journal import Entry
from services.ops.ledger import Ledger, Position
from services.ops.reconcile import Difference, unread
from services.ops.replay import send_again
from services.settings import Settings


class Wanted(NamedTuple):
    """What has to be done about differences: positions of texts to be read once more, ids of events and bulletins whose event or
    outcome message is to be indexed once more, and bulletins whose events in the index are to be held against their state."""

    texts: frozenset[Position]
    events: frozenset[str]
    outcomes: frozenset[str]
    sweeps: frozenset[str]


def wanted(ledger: Ledger, found: Iterable[Difference]) -> Wanted:
    """Nothing for a contradiction, nor for a bulletin whose text is on no topic: no sending again mends these."""
    subjects: dict[str, set[str]] = {}
    for difference in found:
        subjects.setdefault(difference.kind, set()).add(difference.subject)
    events = subjects.get("event_not_published", set())
    listing = {
        bulletin_id
        for bulletin_id, readings in ledger.readings.items()
        if events and any(reading.event_ids & events for reading in readings)
    }
    outcomes = subjects.get("outcome_not_indexed", set())
    # A running indexer remembers a state that a hand has deleted; the bulletin's events make it look again.
    bulletins = subjects.get("bulletin_not_indexed", set()) | listing | outcomes
    # The newest message of each is enough.
    newest = {
        text.bulletin_id: text.position
        for text in sorted(ledger.texts, key=lambda text: text.revision)
        if text.bulletin_id in bulletins
    }
    lost = {text.position for text in unread(ledger)} if "no_outcome" in subjects else set()
    return Wanted(
        texts=frozenset(lost | set(newest.values())),
        events=frozenset(subjects.get("event_not_indexed", ())),
        outcomes=frozenset(outcomes),
        sweeps=frozenset(ledger.indexed_events[event_id] for event_id in subjects.get("event_not_said", ())),
    )


def send_missing(settings: Settings, want: Wanted) -> int:
    """Send again what is to be read or indexed once more; gives the number of messages. Raises JournalError."""
    positions = set(want.texts)
    listed = topics.load()
    if want.events:
        positions |= _last(settings, [topic.name for topic in listed.events()], "event_id", want.events)
    if want.outcomes:
        positions |= _last(settings, [listed["outcome"].name], "bulletin_id", want.outcomes)
    if positions:
        send_again(settings, positions)
    return len(positions)


def _last(settings: Settings, names: list[str], field: str, ids: frozenset[str]) -> set[Position]:
    """Where the last message of each id lies: a later one of the same id replaces the others."""
    last: dict[str, Position] = {}
    for entry in journal.read(settings, names):
        if (found := _field(entry, field)) in ids and found is not None:
            last[found] = (entry.topic, entry.partition, entry.offset)
    return set(last.values())


def _field(entry: Entry, name: str) -> str | None:
    try:
        value = orjson.loads(entry.value or b"")
    except orjson.JSONDecodeError:
        return None
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None
