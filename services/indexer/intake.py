"""The indexer's side of Kafka: what is read, and how far it has been acknowledged."""

from __future__ import annotations

import logging
import time
from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from kafka.errors import KafkaError as AdminError

from services import broker, topics
from services.indexer.member import Member, Records
from services.indexer.metrics import LAG, OLDEST
from services.indexer.patience import Patience
from services.indexer.topic_ids import TopicIds
from services.settings import Settings

log = logging.getLogger(__name__)

SERVICE = "indexer"
UNHEARD_SECONDS = 3.0
PROBE_SECONDS = 2.0


class Intake:
    """The indexer's group on all of its topics. Use from one thread, but for `trouble`."""

    def __init__(self, member: Member, names: Collection[str], ids: TopicIds, settings: Settings) -> None:
        self._member = member
        self._names = names
        self._ids = ids
        self._settings = settings
        self._heard_at = time.monotonic()
        self._stored: dict[TopicPartition, int] = {}
        self._uncommitted: dict[TopicPartition, int] = {}
        # Of what was taken and is not stored: where each portion ends, and when its first message was published (milliseconds).
        self._in_hand: defaultdict[TopicPartition, deque[tuple[int, int]]] = defaultdict(deque)
        self._paused = False
        self._apart_because = "no partitions assigned yet"
        self._uncommitted_because: str | None = None

    @classmethod
    def open(cls, settings: Settings, patience: Patience) -> Intake:
        """Wait for the broker and all topics, then be ready to join the group. Raises Stopped."""
        names = [topic.name for topic in topics.load().consumed_by(SERVICE)]
        ids = TopicIds(names, settings)
        while missing := _missing(ids, settings, patience):
            patience.wait(f"no topics {', '.join(sorted(missing))}; `bulletins bootstrap` makes them")
        return cls(_member(settings, names, patience), names, ids, settings)

    def poll(self, limit: int) -> list[Any]:
        """At most `limit` new records, those of one partition in order; waits a second for the first one.

        Raises KafkaError where the client cannot go on: then `join_anew`.
        """
        if self._paused:
            self._member.resume()
            self._paused = False
        polled = self._poll(limit)
        for partition, records in polled.items():
            self._in_hand[partition].append((records[-1].offset + 1, records[0].timestamp))
        return [record for of_partition in polled.values() for record in of_partition]

    def keep_membership(self) -> None:
        """Take part in the group for a second without taking records: for when there is no room for more. Raises KafkaError."""
        self._member.pause()
        self._paused = True
        # Partitions that came to us within this very call were not paused; their records must not be lost.
        for partition, records in self._poll(1).items():
            self._member.seek(partition, records[0].offset)

    def join_anew(self, error: KafkaError, patience: Patience) -> None:
        """As a new member, because the old one raised this: it may go on raising it. Raises Stopped."""
        log.warning("joining the group anew: %r", error)
        self._apart_because = f"no messages: {error!r}"
        self._member.leave()
        self._member = _member(self._settings, self._names, patience)
        self._paused = False

    def recreated(self) -> set[str]:
        """Topics that were deleted and made anew since they were last started: their offsets begin at 0 again."""
        return self._ids.changed()

    def start_over(self, names: Collection[str]) -> None:
        """Read these topics from their beginning. Nothing of what was polled from any topic may wait to be stored."""
        partitions = [partition for partition in self._member.assignment if partition.topic in names]
        log.warning("topics made anew, reading them from the beginning: %s", ", ".join(sorted(names)))
        if partitions:
            self._member.seek_to_beginning(partitions)
        self._ids.restart(names)
        # Over what may have been committed between the topic's end and our noticing.
        self._uncommitted |= dict.fromkeys(partitions, 0)
        self._stored = {partition: offset for partition, offset in self._stored.items() if partition.topic not in names}

    def _poll(self, limit: int) -> Records:
        records = self._member.poll(limit)
        self._heard_at = time.monotonic() - self._member.silent_seconds()
        if self._member.was_reassigned():
            # What another member has stored in between is not known here.
            self._stored.clear()
            self._in_hand.clear()
            self._apart_because = "no partitions assigned yet"
        for partition, of_partition in records.items():
            self._stored.setdefault(partition, of_partition[0].offset)
        return records

    def acknowledge(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Everything below these offsets is stored or dead-lettered."""
        # An offset of a topic that is no more says nothing about the one that took its name.
        gone = self.recreated()
        valid = {partition: offset for partition, offset in offsets.items() if partition.topic not in gone}
        for partition, offset in offsets.items():
            portions = self._in_hand[partition]
            while portions and portions[0][0] <= offset:
                portions.popleft()
        self._stored |= valid
        self._uncommitted |= valid

    def commit(self) -> None:
        """Tell the group, as far as the partitions are ours. What fails is tried again with the next call.

        Going back behind what another member has committed in the meantime is harmless: it was stored, and storing it again
        changes nothing.
        """
        assigned = self._member.assignment
        self._uncommitted = {partition: offset for partition, offset in self._uncommitted.items() if partition in assigned}
        if not self._uncommitted:
            self._uncommitted_because = None
            return
        try:
            self._member.commit(self._uncommitted)
        except (KafkaError, TimeoutError) as error:
            log.warning("offsets not committed, will be tried again: %r", error)
            self._uncommitted_because = f"offsets are not committed: {error!r}"
        else:
            self._uncommitted.clear()
            self._uncommitted_because = None

    def trouble(self) -> str | None:
        """Why no messages come, or none can be acknowledged; None where all is well. From any thread."""
        if not self._member.joined:
            return self._apart_because
        try:
            _probe(self._settings)
        except OSError as error:
            return f"no broker at {self._settings.kafka_bootstrap}: {error!r}"
        if (unheard := time.monotonic() - self._heard_at) > UNHEARD_SECONDS:
            return f"the broker has not answered for {unheard:.0f} s"
        return self._uncommitted_because

    def report_lag(self) -> None:
        """Messages behind what is stored, by topic, as far as the broker has told the ends of the partitions."""
        lag: defaultdict[str, int] = defaultdict(int)
        for partition in self._member.assignment:
            end = self._member.end(partition)
            if end is not None and partition in self._stored:
                lag[partition.topic] += max(0, end - self._stored[partition])
        for topic in self._names:
            LAG.labels(topic).set(lag[topic])
        published = [portions[0][1] for portions in self._in_hand.values() if portions]
        OLDEST.set(max(0.0, time.time() - min(published) / 1000) if published else 0)

    def close(self) -> None:
        """Leave the group, so that the partitions move on at once."""
        self._member.leave()
        self._ids.close()


def _missing(ids: TopicIds, settings: Settings, patience: Patience) -> set[str]:
    """Which topics are not there yet, as soon as the broker tells."""
    while True:
        try:
            return ids.begin()
        except (AdminError, OSError) as error:
            patience.wait(f"no broker at {settings.kafka_bootstrap}: {error!r}")


def _member(settings: Settings, names: Collection[str], patience: Patience) -> Member:
    while True:
        try:
            _probe(settings)
            member = Member(settings, names)
        except (KafkaError, OSError, TimeoutError) as error:
            patience.wait(f"no broker at {settings.kafka_bootstrap}: {error!r}")
        else:
            patience.reset()
            return member


def _probe(settings: Settings) -> None:
    """Raises OSError where none of the brokers takes a connection."""
    broker.probe(settings.kafka_bootstrap.split(","), PROBE_SECONDS)
