"""Publishing with confirmation: records go to the broker as whole batches, and each is confirmed or refused for ever.

Faust's own send costs about 60 µs a message (a future, a channel and sensors each); aiokafka's batches cost about 5.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    UnsupportedForMessageFormatError,
)
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from services.deadletter import Record
from services.lifecycle import pauses

log = logging.getLogger(__name__)

# The broker will say the same however often it is asked.
REFUSALS = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidTimestampError,
    PolicyViolationError,
    UnsupportedForMessageFormatError,
)
BATCH_BYTES = 512 * 1024
REQUEST_SECONDS = 20
RETRY_MILLISECONDS = 300
# A confirmation takes milliseconds; after this the worker says that it waits.
PATIENCE_SECONDS = 5
CLOSE_SECONDS = 1


@dataclass(slots=True)
class _Batch:
    """Records for one partition, by their place in what is being published."""

    topic: str
    partition: int
    builder: BatchBuilder
    places: list[int] = field(default_factory=list)


class Publisher:
    """Sends records and gives back control when the broker has all of them (`acks=all`, idempotent).

    While the broker is away it waits, for as long as that lasts; `trouble` then says why. aiokafka's idempotent producer never
    gives up what it has accepted, and what it sends again the broker recognises.
    """

    def __init__(self, connection: Mapping[str, Any], retry_max_seconds: float) -> None:
        """`connection`: what `services.broker` says of the settings."""
        self._connection = connection
        self._retry_max_seconds = retry_max_seconds
        self._producer: AIOKafkaProducer | None = None
        self._renewing = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()
        self.trouble: str | None = None

    async def publish(self, records: Sequence[Record]) -> dict[int, KafkaError]:
        """Returns when each record is confirmed, or refused: those by their place in `records`, with the reason."""
        refused: dict[int, KafkaError] = {}
        left = list(range(len(records)))
        waits = pauses(longest=self._retry_max_seconds)
        while left:
            left = await self._attempt(records, left, refused)
            if left:
                await asyncio.sleep(next(waits))
        self.trouble = None
        return refused

    async def close(self) -> None:
        """Waits a little for what is under way. What is not confirmed then counts as never sent."""
        if self._producer is not None:
            self._discard(self._producer)
            self._producer = None
        if self._closing:
            await asyncio.wait(self._closing, timeout=CLOSE_SECONDS)

    async def _attempt(self, records: Sequence[Record], places: list[int], refused: dict[int, KafkaError]) -> list[int]:
        """Send the records at `places` once; gives the places that are neither confirmed nor refused."""
        try:
            producer = await self._connected()
            batches = await self._batches(producer, records, places)
        except KafkaError as error:
            self._note_trouble(error)
            return places
        problems = await asyncio.gather(*(self._send(producer, batch) for batch in batches))
        if any(problem is not None and not isinstance(problem, KafkaTimeoutError) for problem in problems):
            # What was refused leaves a gap in the producer's sequence: only a new one can go on. What timed out was not accepted.
            await self._renew(producer)
        left: list[int] = []
        for batch, problem in zip(batches, problems, strict=True):
            if isinstance(problem, REFUSALS) and len(batch.places) == 1:
                refused[batch.places[0]] = problem
            elif isinstance(problem, REFUSALS):
                # One of them is refused, or all together are too large: each by itself tells.
                for place in batch.places:
                    left += await self._attempt(records, [place], refused)
            elif problem is not None:
                self._note_trouble(problem)
                left += batch.places
        return left

    async def _batches(self, producer: AIOKafkaProducer, records: Sequence[Record], places: list[int]) -> list[_Batch]:
        """Raises KafkaError where nothing is known of a topic. Then, too, where another task has stopped the producer since: aiokafka
        waits for ever for what such a one does not know."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await _batches(producer, records, places)
        except TimeoutError as error:
            await self._renew(producer)
            raise KafkaTimeoutError(f"nothing known of the topics for {PATIENCE_SECONDS} s") from error

    async def _send(self, producer: AIOKafkaProducer, batch: _Batch) -> KafkaError | None:
        """None when the batch is confirmed, else why not."""
        try:
            confirmation = await producer.send_batch(batch.builder, batch.topic, partition=batch.partition)
            if not (await asyncio.wait([confirmation], timeout=PATIENCE_SECONDS))[0]:
                self._note_trouble(f"not confirmed for {PATIENCE_SECONDS} s")
            await confirmation
        except KafkaError as error:
            return error
        return None

    async def _connected(self) -> AIOKafkaProducer:
        """Raises KafkaError where the broker cannot be reached."""
        async with self._renewing:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._connection,
                    client_id="bulletins-extractor",
                    acks="all",
                    enable_idempotence=True,
                    max_batch_size=BATCH_BYTES,
                    request_timeout_ms=REQUEST_SECONDS * 1000,
                    retry_backoff_ms=RETRY_MILLISECONDS,
                )
                try:
                    await producer.start()
                except KafkaError:
                    self._discard(producer)
                    raise
                self._producer = producer
            return self._producer

    async def _renew(self, failed: AIOKafkaProducer) -> None:
        async with self._renewing:
            if self._producer is failed:
                self._producer = None
                self._discard(failed)

    def _discard(self, producer: AIOKafkaProducer) -> None:
        task = asyncio.create_task(_stop(producer))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _note_trouble(self, why: object) -> None:
        if self.trouble is None:
            log.warning("cannot publish, will go on trying: %r", why)
        self.trouble = repr(why)


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(KafkaError):
        await producer.stop()


async def _batches(producer: AIOKafkaProducer, records: Sequence[Record], places: list[int]) -> list[_Batch]:
    """The records by partition, in their order, in batches of BATCH_BYTES (or of one record of any size).

    Raises KafkaError where a topic is unknown.
    """
    made: list[_Batch] = []
    open_batches: dict[tuple[str, int], _Batch] = {}
    counts: dict[str, int] = {}
    hashes: dict[bytes | None, int] = {None: 0}
    for place in places:
        record = records[place]
        if record.topic not in counts:
            counts[record.topic] = len(await producer.partitions_for(record.topic))
        if record.key not in hashes:
            hashes[record.key] = murmur2(record.key) & 0x7FFFFFFF  # as every Kafka client's default partitioner has it
        partition = hashes[record.key] % counts[record.topic]
        batch = open_batches.get((record.topic, partition))
        if batch is None or not _append(batch, place, record):
            batch = open_batches[record.topic, partition] = _Batch(record.topic, partition, producer.create_batch())
            made.append(batch)
            _append(batch, place, record)
    return made


def _append(batch: _Batch, place: int, record: Record) -> bool:
    """False where the batch is full."""
    added = batch.builder.append(timestamp=None, key=record.key, value=record.value, headers=record.headers)
    if added is not None:
        batch.places.append(place)
    return added is not None
