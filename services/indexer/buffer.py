"""What has been taken from the topics and is not stored yet: filled by one thread, emptied by another, and bounded."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import NamedTuple

from kafka import TopicPartition

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


class Buffer:
    """At most `limit` records, and no more once their values are `limit_bytes` together, wait for the storing thread."""

    def __init__(self, limit: int, limit_bytes: int) -> None:
        self._limit = limit
        self._limit_bytes = limit_bytes
        self._waiting: list[Gathered] = []
        self._bytes = 0
        self._stored: dict[TopicPartition, int] = {}
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

    def take(self) -> list[Gathered]:
        """All that waits, as soon as something does; nothing once the buffer is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return []
            batch, self._waiting, self._bytes = self._waiting, [], 0
            self._changed.notify_all()
            return batch

    def done(self, batch: Sequence[Gathered]) -> None:
        """A batch that was taken is stored."""
        last = {(item.record.topic, item.record.partition): item.record.offset for item in batch}
        with self._changed:
            for (topic, partition), offset in last.items():
                self._stored[TopicPartition(topic, partition)] = offset + 1

    def stored(self) -> dict[TopicPartition, int]:
        """The next offset of each partition that had something stored since the last call."""
        with self._changed:
            stored, self._stored = self._stored, {}
            return stored

    def close(self) -> None:
        """What waits is not stored any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
