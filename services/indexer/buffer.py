"""What has been taken from the topics and is not stored yet: filled by one thread, emptied by another, and bounded."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple

from aiokafka import TopicPartition

from services.indexer.messages import Message, Record, Unreadable, parse


class Failure(NamedTuple):
    """A record that cannot be read."""

    record: Record
    error: Unreadable


Gathered = Message | Failure


def gathered(record: Record) -> Gathered:
    try:
        return parse(record)
    except Unreadable as error:
        return Failure(record, error)


class Batch(NamedTuple):
    """Records that are stored together; batches are numbered in the order in which they were read."""

    number: int
    items: list[Gathered]


class Buffer:
    """At most `limit` records, and no more once their values are `limit_bytes` together, wait for the storing threads."""

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._waiting: list[Gathered] = []
        self._bytes = 0
        self._numbers = count()
        # Batches that were taken and are not acknowledged, in order: what each covers, and whether it is stored.
        self._taken: dict[int, dict[TopicPartition, int]] = {}
        self._done: set[int] = set()
        self._closed = False
        self._changed = threading.Condition()

    def wait_for_room(self, seconds: float) -> int:
        """How many records there is room for, as soon as there is; 0 if there is none within this time."""
        with self._changed:
            self._changed.wait_for(lambda: self._room() > 0, seconds)
            return self._room()

    def _room(self) -> int:
        return self._limit - len(self._waiting) if self._bytes < self._limit_bytes else 0

    def put(self, items: Sequence[Gathered]) -> None:
        with self._changed:
            self._waiting += items
            self._bytes += sum(len(item.record.value or b"") for item in items)
            self._changed.notify_all()

    def take(self) -> Batch | None:
        """All that waits, as soon as something does; None once the buffer is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            batch = Batch(next(self._numbers), self._waiting)
            self._waiting, self._bytes = [], 0
            self._taken[batch.number] = _ends(batch.items)
            self._changed.notify_all()
            return batch

    def done(self, batch: Batch) -> None:
        """A batch that was taken is stored."""
        with self._changed:
            self._done.add(batch.number)
            self._changed.notify_all()

    def stored(self) -> dict[TopicPartition, int]:
        """The next offset of each partition that had something stored since the last call, with all before it."""
        offsets: dict[TopicPartition, int] = {}
        with self._changed:
            while self._taken and (first := next(iter(self._taken))) in self._done:
                offsets |= self._taken.pop(first)
                self._done.remove(first)
        return offsets

    def wait_until_idle(self, seconds: float) -> bool:
        """Whether all that was put in is stored, at the latest after this time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and self._taken.keys() <= self._done, seconds)

    def close(self) -> None:
        """What waits is not stored any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def _ends(items: Sequence[Gathered]) -> dict[TopicPartition, int]:
    last = {(item.record.topic, item.record.partition): item.record.offset for item in items}
    return {TopicPartition(topic, partition): offset + 1 for (topic, partition), offset in last.items()}
