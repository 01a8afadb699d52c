"""Send bulletins once more to the text topic, so that a newer extractor reads them again. Ids come from content: nothing doubles."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

import orjson

from services import topics
from services.ops import journal
from services.ops.journal import Entry
from services.settings import Settings

# What is held in memory and confirmed together; one bulletin has up to 4 MiB.
BATCH_BYTES = 32 * 1024 * 1024


class Selection(NamedTuple):
    """Which bulletins: all, those with one of these ids, or those from one of these sources; of any of these those that were
    published in a time (`until` excluded). A time alone selects from all."""

    everything: bool = False
    bulletin_ids: Collection[str] = ()
    source_ids: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    def has(self, bulletin_id: str, source_id: str, timestamp_ms: int) -> bool:
        timed = self.since is not None or self.until is not None
        named = self.everything or bulletin_id in self.bulletin_ids or source_id in self.source_ids
        if not named and not (timed and not self.bulletin_ids and not self.source_ids):
            return False
        return (self.since is None or timestamp_ms >= self.since.timestamp() * 1000) and (
            self.until is None or timestamp_ms < self.until.timestamp() * 1000
        )


class Place(NamedTuple):
    """A bulletin's record that holds at its address: no other text has a higher revision there."""

    bulletin_id: str
    revision: int
    partition: int
    offset: int


def replay(settings: Settings, selection: Selection, *, rate: float | None = None, dry_run: bool = False) -> list[str]:
    """Send the selected bulletins again, as they stand on the topic, at most `rate` a second; gives their ids. With `dry_run`
    nothing is sent.

    A text that its source has replaced is left out: its events no longer hold. Raises JournalError.
    """
    name = topics.load()["text"].name
    # One record a text is enough, though it may stand at several addresses.
    chosen = {place.bulletin_id: place for place in current(journal.read(settings, [name]), selection)}
    if chosen and not dry_run:
        send_again(settings, {(name, place.partition, place.offset) for place in chosen.values()}, rate)
    return list(chosen)


def send_again(settings: Settings, positions: Collection[tuple[str, int, int]], rate: float | None = None) -> None:
    """Send the records at these positions (topic, partition, offset) to their topics once more. Raises JournalError."""
    names = sorted({topic for topic, _, _ in positions})
    # The topics are read a second time, because all records together may be larger than the memory.
    again = (entry for entry in journal.read(settings, names) if (entry.topic, entry.partition, entry.offset) in positions)
    due = time.monotonic()
    with journal.Writer(settings) as writer:
        for batch in batches(again, 1 if rate else BATCH_BYTES):
            time.sleep(max(0.0, due - time.monotonic()))
            writer.send([(entry.topic, entry.key, entry.value, entry.headers) for entry in batch])
            due = max(due, time.monotonic() - 1) + (len(batch) / rate if rate else 0)


def current(entries: Iterable[Entry], selection: Selection) -> list[Place]:
    """The selected bulletins that hold at an address, one for each address. What is no bulletin has its dead letter: left out."""
    places: dict[str, Place] = {}
    selected: set[str] = set()
    for entry in entries:
        bulletin = _bulletin(entry)
        if bulletin is None:
            continue
        bulletin_id, source_id, source_uri, revision = bulletin
        if selection.has(bulletin_id, source_id, entry.timestamp_ms):
            selected.add(bulletin_id)
        if source_uri not in places or revision >= places[source_uri].revision:
            places[source_uri] = Place(bulletin_id, revision, entry.partition, entry.offset)
    return [place for place in places.values() if place.bulletin_id in selected]


def _bulletin(entry: Entry) -> tuple[str, str, str, int] | None:
    """Id, source, address and revision; without the model's checks, which would hash every text."""
    try:
        value = orjson.loads(entry.value or b"")
        return str(value["bulletin_id"]), str(value["source_id"]), str(value["source_uri"]), int(value.get("revision", 1))
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return None


def batches(entries: Iterable[Entry], size_limit: int) -> Iterator[list[Entry]]:
    """In order, each of at most `size_limit` bytes of values but at least one entry."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        length = len(entry.value or b"")
        if batch and size + length > size_limit:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch
