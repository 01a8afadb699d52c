"""A member of a consumer group, by aiokafka, for a program that has no event loop of its own.

Its reading of records is compiled: 5 µs a message where kafka-python takes 15 µs, a third of all that the indexer does with one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError

from services import broker
from services.settings import Settings

log = logging.getLogger(__name__)

Records = Mapping[TopicPartition, list[Any]]
"""aiokafka's records by partition, in the order of their offsets."""

POLL_SECONDS = 1.0
# aiokafka tries many requests again for as long as it takes.
START_SECONDS = 10.0
SEEK_SECONDS = 5.0
COMMIT_SECONDS = 5.0
LEAVE_SECONDS = 2.0
# At most this much is held by one fetch, whatever the number of partitions; a single larger message still comes whole.
FETCH_BYTES = 8 * 1024 * 1024
# How soon more partitions are noticed.
METADATA_SECONDS = 10.0

Result = TypeVar("Result")


class Member:
    """Heartbeats and fetches go on within the calls only, on the calling thread: `poll` has to be called every few seconds."""

    def __init__(self, settings: Settings, names: Collection[str]) -> None:
        """Joins the group with the first `poll`. Raises KafkaError, OSError or TimeoutError where the broker does not answer."""
        self._runner = asyncio.Runner()
        self._listener = _Listener()
        self._left = False
        try:
            self._consumer = self._run(_started(settings), START_SECONDS)
        except BaseException:
            self._runner.close()
            raise
        self._consumer.subscribe(names, listener=self._listener)
        self._fetched_at = 0
        self._answered_at = time.monotonic()

    @property
    def joined(self) -> bool:
        """Whether the group has given us our partitions (more members than partitions: none)."""
        return self._listener.joined

    @property
    def assignment(self) -> set[TopicPartition]:
        partitions: set[TopicPartition] = self._consumer.assignment()
        return partitions

    def was_reassigned(self) -> bool:
        """Whether partitions were given since the last call."""
        reassigned, self._listener.reassigned = self._listener.reassigned, False
        return reassigned

    def poll(self, limit: int) -> Records:
        """At most `limit` new records of partitions that are not paused; waits for the first one at most POLL_SECONDS.

        Raises KafkaError where the client cannot go on.
        """
        try:
            # While the group is being formed anew, its own time-out does not count.
            records: Records = self._run(
                self._consumer.getmany(timeout_ms=int(POLL_SECONDS * 1000), max_records=limit), POLL_SECONDS + 0.2
            )
        except TimeoutError:
            return {}
        return records

    def silent_seconds(self) -> float:
        """For how long the broker has not answered a fetch, which it does twice a second where there is nothing to read. 0 where we
        fetch from no partition."""
        fetching = self.assignment - self._consumer.paused()
        fetched_at = max((self._consumer.last_poll_timestamp(partition) or 0 for partition in fetching), default=0)
        if not fetching or fetched_at != self._fetched_at:
            self._fetched_at, self._answered_at = fetched_at, time.monotonic()
        return time.monotonic() - self._answered_at

    def pause(self) -> None:
        self._call(self._consumer.pause, *self.assignment)

    def resume(self) -> None:
        self._call(self._consumer.resume, *self.assignment)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._call(self._consumer.seek, partition, offset)

    def seek_to_beginning(self, partitions: Collection[TopicPartition]) -> None:
        # What is late is done in the background.
        with suppress(TimeoutError):
            self._run(self._consumer.seek_to_beginning(*partitions), SEEK_SECONDS)

    def end(self, partition: TopicPartition) -> int | None:
        """The partition's end, as far as the broker has told it."""
        end: int | None = self._consumer.highwater(partition)
        return end

    def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Of partitions that are ours. Raises KafkaError or TimeoutError."""
        self._run(self._consumer.commit(dict(offsets)), COMMIT_SECONDS)

    def leave(self) -> None:
        """So that the partitions move on at once. Of no use afterwards, but may be called again."""
        if self._left:
            return
        self._left, self._listener.joined = True, False
        try:
            self._run(self._consumer.stop(), LEAVE_SECONDS)
        except (KafkaError, TimeoutError, asyncio.CancelledError) as error:
            # Nobody cancels us: aiokafka 0.14 lets out what it cancels itself, a fetch that waits for a broker to come back.
            log.info("left the group without its knowing: %r", error)
        finally:
            self._runner.close()

    def _call(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Some of aiokafka's plain functions want a running loop."""

        async def call() -> None:
            function(*arguments)

        self._runner.run(call())

    def _run(self, work: Coroutine[Any, Any, Result], seconds: float) -> Result:
        return self._runner.run(asyncio.wait_for(work, seconds))


async def _started(settings: Settings) -> AIOKafkaConsumer:
    session = int(settings.session_timeout_seconds * 1000)
    consumer = AIOKafkaConsumer(
        **broker.connection(settings),
        client_id=settings.indexer_group,
        group_id=settings.indexer_group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        # Gives one member the same partitions of every topic: all messages of a bulletin.
        partition_assignment_strategy=[RangePartitionAssignor],
        session_timeout_ms=session,
        heartbeat_interval_ms=session // 3,
        # A join is answered when all members have joined, or their session is over.
        request_timeout_ms=session + 5000,
        fetch_max_bytes=FETCH_BYTES,
        metadata_max_age_ms=int(METADATA_SECONDS * 1000),
        # Also right where the producer uses no transactions.
        isolation_level="read_committed",
    )
    try:
        await consumer.start()
    except BaseException:
        await consumer.stop()
        raise
    return consumer


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Only takes note.

    Nothing that was polled is thrown away when partitions go: storing it twice changes nothing, and what is acknowledged stays
    without gaps.
    """

    def __init__(self) -> None:
        self.joined = self.reassigned = False

    def on_partitions_revoked(self, _revoked: Collection[TopicPartition]) -> None:
        self.joined = False

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self.joined = self.reassigned = True
        log.info("assigned %d partitions", len(assigned))
