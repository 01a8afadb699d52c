"""Send bulletins once more to the text topic, so that a newer extractor reads them again. Ids come from content: nothing doubles."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import orjson

from services import topics
from services.ops import journal
from services.ops.journal import Entry
from services.settings import Settings

# What is held in memory and confirmed together; one bulletin has up to 4 MiB.
BATCH_BYTES = 32 * 1024 * 1024


class Selection(NamedTuple):
    """Which bulletins: all, or those with one of these ids or from one of these sources."""

    everything: bool = False
    bulletin_ids: Collection[str] = ()
    source_ids: Collection[str] = ()

    def has(self, bulletin_id: str, source_id: str) -> bool:
        return self.everything or bulletin_id in self.bulletin_ids or source_id in self.source_ids


class Place(NamedTuple):
    """A bulletin's record that holds at its address: no other text has a higher revision there."""

    bulletin_id: str
    revision: int
    partition: int
    offset: int


def replay(settings: Settings, selection: Selection, *, dry_run: bool = False) -> list[str]:
    """Send the selected bulletins again, as they stand on the topic; gives their ids. With `dry_run` nothing is sent.

    A text that its source has replaced is left out: its events no longer hold. Raises JournalError.
    """
    name = topics.load()["text"].name
    # One record a text is enough, though it may stand at several addresses.
    chosen = {place.bulletin_id: place for place in current(journal.read(settings, [name]), selection)}
    if chosen and not dry_run:
        positions = {(place.partition, place.offset) for place in chosen.values()}
        # The topic is read a second time, because all texts together may be larger than the memory.
        again = (entry for entry in journal.read(settings, [name]) if (entry.partition, entry.offset) in positions)
        with journal.Writer(settings) as writer:
            for batch in batches(again):
                writer.send([(name, entry.key, entry.value, entry.headers) for entry in batch])
    return list(chosen)


def current(entries: Iterable[Entry], selection: Selection) -> list[Place]:
    """The selected bulletins that hold at an address, one for each address. What is no bulletin has its dead letter: left out."""
    places: dict[str, Place] = {}
    selected: set[str] = set()
    for entry in entries:
        bulletin = _bulletin(entry)
        if bulletin is None:
            continue
        bulletin_id, source_id, source_uri, revision = bulletin
        if selection.has(bulletin_id, source_id):
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


def batches(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """In order, each of at most BATCH_BYTES of values but at least one entry."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        length = len(entry.value or b"")
        if batch and size + length > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += length
    if batch:
        yield batch
