"""Publishing with confirmation: records go to the broker as whole batches, and each is confirmed or refused for ever.

Faust's own send costs about 60 µs a message (a future, a channel and sensors each); aiokafka's batches cost about 5.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTimestampError,
    KafkaError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    UnsupportedForMessageFormatError,
)
from aiokafka.partitioner import murmur2

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
# aiokafka tries this long by itself before it gives a batch up; then the batch is made and sent anew for as long as it takes.
REQUEST_SECONDS = 20
RETRY_MILLISECONDS = 300
# A future of a producer that was closed in between may stay pending for ever.
CONFIRM_SECONDS = REQUEST_SECONDS + 5
CLOSE_SECONDS = 2
# Given up by us, a producer still holds batches until it gives them up as well.
DISCARD_SECONDS = 2 * CONFIRM_SECONDS


@dataclass(slots=True)
class _Chunk:
    """Records for one partition, by their place in what is being published."""

    topic: str
    partition: int
    places: list[int] = field(default_factory=list)


class Publisher:
    """Sends records and gives back control when the broker has all of them (`acks=all`, idempotent).

    While the broker is away it pauses and goes on, for as long as it lasts; `trouble` then says why.
    """

    def __init__(self, bootstrap: str, retry_max_seconds: float) -> None:
        self._bootstrap = bootstrap
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
            chunks = await _chunks(producer, records, places)
        except KafkaError as error:
            self._note_trouble(error)
            return places
        outcomes = await asyncio.gather(*(self._send(producer, chunk, records) for chunk in chunks))
        left: list[int] = []
        for chunk, problem in zip(chunks, outcomes, strict=True):
            if isinstance(problem, REFUSALS) and len(chunk.places) == 1:
                refused[chunk.places[0]] = problem
            elif isinstance(problem, REFUSALS):
                # One of them is refused, or all together are too large: each by itself tells.
                for place in chunk.places:
                    left += await self._attempt(records, [place], refused)
            elif problem is not None:
                self._note_trouble(problem)
                await self._renew(producer)
                left += chunk.places
        return left

    async def _send(self, producer: AIOKafkaProducer, chunk: _Chunk, records: Sequence[Record]) -> KafkaError | None:
        """Send a chunk, in as many batches as it needs. None when all are confirmed, else the first error."""
        try:
            futures = []
            for batch in _batches(producer, chunk, records):
                futures.append(await producer.send_batch(batch, chunk.topic, partition=chunk.partition))
            await asyncio.wait_for(asyncio.gather(*futures), CONFIRM_SECONDS)
        except KafkaError as error:
            return error
        except TimeoutError:
            return KafkaError(f"not confirmed within {CONFIRM_SECONDS} s")
        return None

    async def _connected(self) -> AIOKafkaProducer:
        """Raises KafkaError where the broker cannot be reached."""
        async with self._renewing:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap.split(","),
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
        """A batch that was given up leaves a gap in an idempotent producer's sequence numbers: only a new producer can go on."""
        async with self._renewing:
            if self._producer is failed:
                self._producer = None
                self._discard(failed)

    def _discard(self, producer: AIOKafkaProducer) -> None:
        task = asyncio.create_task(_stop(producer))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _note_trouble(self, error: KafkaError) -> None:
        if self.trouble is None:
            log.warning("cannot publish, will go on trying: %r", error)
        self.trouble = repr(error)


async def _stop(producer: AIOKafkaProducer) -> None:
    with suppress(KafkaError, TimeoutError):
        await asyncio.wait_for(producer.stop(), DISCARD_SECONDS)


async def _chunks(producer: AIOKafkaProducer, records: Sequence[Record], places: list[int]) -> list[_Chunk]:
    """The records by partition, in their order. Raises KafkaError where a topic is unknown."""
    chunks: dict[tuple[str, int], _Chunk] = {}
    counts: dict[str, int] = {}
    hashes: dict[bytes | None, int] = {None: 0}
    for place in places:
        topic, key = records[place].topic, records[place].key
        if topic not in counts:
            counts[topic] = len(await producer.partitions_for(topic))
        if key not in hashes:
            hashes[key] = murmur2(key) & 0x7FFFFFFF  # as every Kafka client's default partitioner has it
        partition = hashes[key] % counts[topic]
        chunks.setdefault((topic, partition), _Chunk(topic, partition)).places.append(place)
    return list(chunks.values())


def _batches(producer: AIOKafkaProducer, chunk: _Chunk, records: Sequence[Record]) -> Iterator[object]:
    """The chunk as record batches of BATCH_BYTES; a batch takes one record of any size."""
    batch = producer.create_batch()
    for place in chunk.places:
        record = records[place]
        fields = {"timestamp": None, "key": record.key, "value": record.value, "headers": record.headers}
        if batch.append(**fields) is None:
            yield batch
            batch = producer.create_batch()
            batch.append(**fields)
    yield batch
