"""The indexer's side of Kafka: what is read, and how far it has been acknowledged."""

from __future__ import annotations

import logging
import socket
import time
from collections import defaultdict, deque
from collections.abc import Collection, Mapping
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.errors import KafkaError
from kafka.structs import MemberState, OffsetAndMetadata

from services import broker, topics
from services.indexer.metrics import LAG, OLDEST
from services.indexer.patience import Patience
from services.settings import Settings

log = logging.getLogger(__name__)

SERVICE = "indexer"
# At most this much is held by one fetch, whatever the number of partitions; a single larger message still comes whole.
FETCH_BYTES = 8 * 1024 * 1024
# Long enough for a join to be done within: see Intake._watch_membership.
POLL_SECONDS = 1.0
COMMIT_SECONDS = 5.0
# A rebalance is over sooner, unless the group waits for a member that was killed.
UNHEARD_SECONDS = 3.0
LEAVE_SECONDS = 2.0
BOOTSTRAP_SECONDS = 10.0
PROBE_SECONDS = 2.0
# How soon a topic that was made anew, or got more partitions, is noticed.
METADATA_SECONDS = 10.0


class Intake:
    """A member of the indexer's group on all of its topics. Use from one thread, but for `trouble`."""

    def __init__(self, consumer: KafkaConsumer, names: list[str], settings: Settings) -> None:
        self._consumer = consumer
        self._names = names
        self._bootstrap = settings.kafka_bootstrap
        self._stuck_seconds = settings.session_timeout_seconds
        self._stable_at = self._heard_at = time.monotonic()
        self._stored: dict[TopicPartition, int] = {}
        self._uncommitted: dict[TopicPartition, int] = {}
        # Of what was taken and is not stored: where each portion ends, and when its first message was published (milliseconds).
        self._in_hand: defaultdict[TopicPartition, deque[tuple[int, int]]] = defaultdict(deque)
        self._paused = False
        self._topic_ids: dict[str, object] = {}
        self._uncommitted_because: str | None = None
        self.joined = False
        """Whether the group has given us our partitions (more workers than partitions: none)."""
        self.reassigned = False
        consumer.subscribe(names, listener=_Listener(self))

    @classmethod
    def open(cls, settings: Settings, patience: Patience) -> Intake:
        """Wait for the broker and all topics, then be ready to join the group. Raises Stopped."""
        consumer = _connect(settings, patience)
        names = [topic.name for topic in topics.load().consumed_by(SERVICE)]
        intake = cls(consumer, names, settings)
        # After the subscription, so that the client knows all partitions when it joins and need not do so again at once.
        while missing := set(names) - _existing(consumer, patience):
            patience.wait(f"no topics {', '.join(sorted(missing))}; `bulletins bootstrap` makes them")
        patience.reset()
        intake._topic_ids = intake._present_ids()
        return intake

    def poll(self, limit: int) -> list[Any]:
        """At most `limit` new records, those of one partition in order; waits for the first one at most POLL_SECONDS."""
        if self._paused:
            self._consumer.resume(*self._consumer.assignment())
            self._paused = False
        polled = self._poll(limit)
        for partition, records in polled.items():
            self._in_hand[partition].append((records[-1].offset + 1, records[0].timestamp))
        return [record for of_partition in polled.values() for record in of_partition]

    def keep_membership(self) -> None:
        """Take part in the group for POLL_SECONDS without taking records: for when there is no room for more."""
        self._consumer.pause(*self._consumer.assignment())
        self._paused = True
        # Partitions that came to us within this very call were not paused; their records must not be lost.
        for partition, records in self._poll(1).items():
            self._consumer.seek(partition, records[0].offset)

    def recreated(self) -> set[str]:
        """Topics that were deleted and made anew since they were last started: their offsets begin at 0 again.

        kafka-python 3.0.12 notices, and still goes on from where it was: what the new topic holds below that would be lost.
        """
        return {name for name, topic_id in self._present_ids().items() if topic_id != self._topic_ids.get(name, topic_id)}

    def _present_ids(self) -> dict[str, object]:
        # The client tells the ids nowhere else.
        found = {name: self._consumer._cluster.topic_id(name) for name in self._names}
        return {name: topic_id for name, topic_id in found.items() if topic_id is not None}

    def start_over(self, names: Collection[str]) -> None:
        """Read these topics from their beginning. Nothing of what was polled from any topic may wait to be stored."""
        partitions = [partition for partition in self._consumer.assignment() if partition.topic in names]
        log.warning("topics made anew, reading them from the beginning: %s", ", ".join(sorted(names)))
        if partitions:
            self._consumer.seek_to_beginning(*partitions)
        self._topic_ids |= self._present_ids()
        # Over what may have been committed between the topic's end and our noticing.
        self._uncommitted |= dict.fromkeys(partitions, 0)
        self._stored = {partition: offset for partition, offset in self._stored.items() if partition.topic not in names}

    def _poll(self, limit: int) -> dict[TopicPartition, list[Any]]:
        records: dict[TopicPartition, list[Any]] = self._consumer.poll(timeout_ms=int(POLL_SECONDS * 1000), max_records=limit)
        self._watch_membership()
        if self.reassigned:
            # What another member has stored in between is not known here.
            self._stored.clear()
            self._in_hand.clear()
            self.reassigned = False
        for partition, of_partition in records.items():
            self._stored.setdefault(partition, of_partition[0].offset)
        return records

    def _watch_membership(self) -> None:
        """kafka-python 3.0.12 forgets a join that takes longer than the poll which began it, where the cause was a change of
        partitions: it stays 'rebalancing' for good, is sent nothing and commits nothing. Then join anew."""
        now = time.monotonic()
        if self._consumer.group_metadata().state == MemberState.STABLE:
            self._stable_at = now
            # A member stays 'stable' while nobody answers its heartbeats; after a session it gives its coordinator up.
            if self._consumer._coordinator.coordinator_id is not None:
                self._heard_at = now
        elif now - self._stable_at > self._stuck_seconds:
            log.warning("no member of the group for %.0f s: joining anew", now - self._stable_at)
            self._consumer.unsubscribe()
            self._consumer.subscribe(self._names, listener=_Listener(self))
            self._stable_at = now

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
        assigned = self._consumer.assignment()
        self._uncommitted = {partition: offset for partition, offset in self._uncommitted.items() if partition in assigned}
        if not self._uncommitted:
            self._uncommitted_because = None
            return
        offsets = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in self._uncommitted.items()}
        try:
            self._consumer.commit(offsets, timeout_ms=int(COMMIT_SECONDS * 1000))
        except KafkaError as error:
            log.warning("offsets not committed, will be tried again: %r", error)
            self._uncommitted_because = f"offsets are not committed: {error!r}"
        else:
            self._uncommitted.clear()
            self._uncommitted_because = None

    def trouble(self) -> str | None:
        """Why no messages come, or none can be acknowledged; None where all is well. From any thread."""
        if not self.joined:
            return "no partitions assigned yet"
        try:
            _probe(self._bootstrap)
        except OSError as error:
            return f"no broker at {self._bootstrap}: {error!r}"
        if (unheard := time.monotonic() - self._heard_at) > UNHEARD_SECONDS:
            return f"the broker has not taken us for a member of the group for {unheard:.0f} s"
        return self._uncommitted_because

    def report_lag(self) -> None:
        """Messages behind what is stored, by topic, as far as the broker has told the ends of the partitions."""
        lag: defaultdict[str, int] = defaultdict(int)
        for partition in self._consumer.assignment():
            end = self._consumer.highwater(partition)
            if end is not None and partition in self._stored:
                lag[partition.topic] += max(0, end - self._stored[partition])
        for topic in self._consumer.subscription():
            LAG.labels(topic).set(lag[topic])
        published = [portions[0][1] for portions in self._in_hand.values() if portions]
        OLDEST.set(max(0.0, time.time() - min(published) / 1000) if published else 0)

    def close(self) -> None:
        """Leave the group, so that the partitions move on at once."""
        self._consumer.close(autocommit=False, timeout_ms=int(LEAVE_SECONDS * 1000))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Called on the client's own thread: only takes note.

    Nothing that was polled is thrown away when partitions go: storing it twice changes nothing, and what is acknowledged stays
    without gaps.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self._intake.joined = False

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._intake.joined = True
        self._intake.reassigned = True
        log.info("assigned %d partitions", len(assigned))


def _connect(settings: Settings, patience: Patience) -> KafkaConsumer:
    while True:
        try:
            # Where nobody listens, kafka-python 3.0.12 leaves a thread behind for every try: look first.
            _probe(settings.kafka_bootstrap)
            consumer = KafkaConsumer(
                **broker.connection(settings),
                client_id=settings.indexer_group,
                group_id=settings.indexer_group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                # Gives one member the same partitions of every topic: all messages of a bulletin.
                partition_assignment_strategy=[RangePartitionAssignor],
                session_timeout_ms=int(settings.session_timeout_seconds * 1000),
                heartbeat_interval_ms=int(settings.session_timeout_seconds * 1000 / 3),
                fetch_max_bytes=FETCH_BYTES,
                metadata_max_age_ms=int(METADATA_SECONDS * 1000),
                reconnect_backoff_max_ms=1000,
                allow_auto_create_topics=False,
                # Also right where the producer uses no transactions.
                isolation_level="read_committed",
                bootstrap_timeout_ms=int(BOOTSTRAP_SECONDS * 1000),
            )
        except (KafkaError, OSError) as error:
            patience.wait(f"no broker at {settings.kafka_bootstrap}: {error!r}")
        else:
            patience.reset()
            return consumer


def _probe(bootstrap: str) -> None:
    """Raises OSError where none of the servers takes a connection."""
    failed: OSError | None = None
    for server in bootstrap.split(","):
        host, _, port = server.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=PROBE_SECONDS).close()
        except OSError as error:
            failed = error
        else:
            return
    raise failed or OSError("no servers named")


def _existing(consumer: KafkaConsumer, patience: Patience) -> set[str]:
    while True:
        try:
            return set(consumer.topics())
        except KafkaError as error:
            patience.wait(f"the broker does not list its topics: {error!r}")
