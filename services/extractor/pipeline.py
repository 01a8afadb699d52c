"""Take messages in order, read them, publish what they say, commit: the worker's work, whoever delivers the messages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from aiokafka.errors import KafkaError
from prometheus_client import Counter, Histogram

from services import deadletter
from services.deadletter import Record
from services.extractor.commits import Lane, Window
from services.extractor.records import Message, Reading, ResultTooLarge, refuse

log = logging.getLogger(__name__)

# Taken and not yet committed: what a killed worker leaves to be done again, and so what subscribers may see twice.
WINDOW_MESSAGES = 256
WINDOW_BYTES = 16 * 1024 * 1024
# What is read is published after this time at the latest, so that a full queue does not delay its first message.
BATCH_SECONDS = 0.05
BATCH_MESSAGES = 64
# Batches on their way to the broker while the next one is read.
BATCHES_UNDER_WAY = 4
COMMIT_SECONDS = 0.1
# A rebalance waits at most this long for work in hand; the group waits for all of its members.
DRAIN_SECONDS = 5.0

EXTRACTED = Counter("bulletins_extracted", "Bulletins whose events and outcome are confirmed.")
OUTCOMES = Counter("outcomes", "Outcomes confirmed: with events, or nothing.", ["kind"])
EVENTS = Counter("events", "Events confirmed.", ["type", "rule"])
NOTES = Counter("extraction_notes", "Notes of confirmed outcomes: why a passage gave no event, or what failed.", ["kind"])
READ_SECONDS = Histogram(
    "extraction_seconds", "Time to read one bulletin.", buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10)
)


class Offsets(Protocol):
    """The group's offsets at the broker, by partition of the text topic."""

    async def commit(self, offsets: Mapping[int, int]) -> bool: ...
    async def committed(self, partition: int) -> int: ...
    async def first_from(self, partition: int, offset: int) -> int | None: ...
    async def seek(self, partition: int, offset: int) -> None: ...


class Sink(Protocol):
    """Where records are confirmed or refused."""

    async def publish(self, records: Sequence[Record]) -> dict[int, KafkaError]: ...


@dataclass(slots=True)
class _Job:
    lane: Lane
    message: Message


class Pipeline:
    """Every message that `take` accepts ends in confirmed records, and only then may its offset be committed.

    `run` does the work until it is cancelled or something unforeseen is raised; the process must then end.
    """

    def __init__(self, sink: Sink, offsets: Offsets, read: Callable[[Message], Reading]) -> None:
        self._sink = sink
        self._offsets = offsets
        self._read = read
        self._lanes: dict[int, Lane] = {}
        self._assigned: Set[int] = frozenset()
        self._assignment = 0
        self._failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._window = Window(WINDOW_MESSAGES, WINDOW_BYTES)
        self._waiting: deque[_Job] = deque()
        self._arrived = asyncio.Event()
        self._finished = asyncio.Event()
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._committing = asyncio.Lock()
        self.reading_until = 0.0
        """Until when the message in hand may be read (`time.monotonic()`): nothing is committed meanwhile, and nothing stands still."""

    async def take(self, message: Message) -> None:
        """Accept the next message of its partition; waits while too much is under way. Others are left out: the broker has them."""
        lane = await self._lane(message)
        if lane is None or not await self._is_next(lane, message):
            return
        await self._window.acquire(message.size)
        # The partition may have gone meanwhile, or be going: what is begun while its work in hand is committed would be left out of that.
        if message.partition not in self._assigned or self._lanes.get(message.partition) is not lane:
            self._window.release(1, message.size)
            return
        lane.take(message.offset, message.size)
        self._waiting.append(_Job(lane, message))
        self._arrived.set()

    @property
    def partitions(self) -> Set[int]:
        """The partitions whose messages are accepted."""
        return self._assigned

    def fail(self, error: Exception) -> None:
        """End `run` with this error."""
        if not self._failure.done():
            self._failure.set_exception(error)

    async def assigned(self, partitions: Set[int]) -> None:
        self._assigned = frozenset(partitions)
        self._assignment += 1

    async def revoked(self) -> None:
        """Finish and commit what is in hand, forget the rest: it is delivered again to whoever has the partition next."""
        self._assigned = frozenset()
        self._assignment += 1
        self._waiting.clear()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
                await self._commit()
        except TimeoutError:
            log.warning("gave %d partitions back with work in hand; it will be done again", len(self._lanes))
        for lane in self._lanes.values():
            self._window.release(*lane.abandon())
        self._lanes = {}

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._commit_when_finished())
            tasks.create_task(_result(self._failure))
            under_way = asyncio.Semaphore(BATCHES_UNDER_WAY)
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await under_way.acquire()
                    self._in_hand += 1
                    self._idle.clear()
                    batch = await self._read_batch()
                    tasks.create_task(self._deliver(batch, under_way))

    async def _lane(self, message: Message) -> Lane | None:
        """The lane of the message's partition; None where the partition is not ours, or no longer."""
        if message.partition not in self._assigned:
            return None
        lane = self._lanes.get(message.partition)
        if lane is None:
            assignment = self._assignment
            committed = await self._offsets.committed(message.partition)
            if self._assignment != assignment:
                return None
            lane = self._lanes[message.partition] = Lane(committed)
        return lane

    async def _is_next(self, lane: Lane, message: Message) -> bool:
        """Whether nothing lies between what was taken and this message. Faust has been seen to skip after a rebalance
        (https://github.com/faust-streaming/faust/issues/221), so a gap counts as real only when the broker says so."""
        if message.offset < lane.next_offset and lane.is_fresh:
            # The consumer was reset because nothing is left where the group stopped: the topic was made anew.
            log.warning("partition %d begins anew at offset %d", message.partition, message.offset)
            lane.start_at(message.offset)
        if message.offset > lane.next_offset:
            expected = lane.next_offset
            first = await self._offsets.first_from(message.partition, expected)
            if first is not None and lane.next_offset == expected:
                lane.skip_to(first)
            if first != message.offset:
                log.warning("partition %d: got offset %d instead of %s, reading again", message.partition, message.offset, first)
                await self._offsets.seek(message.partition, lane.next_offset)
        return message.offset == lane.next_offset

    async def _read_batch(self) -> list[tuple[_Job, Reading]]:
        """Read what is waiting, as far as it goes within BATCH_SECONDS."""
        batch: list[tuple[_Job, Reading]] = []
        end = time.monotonic() + BATCH_SECONDS
        while self._waiting and len(batch) < BATCH_MESSAGES and time.monotonic() < end:
            job = self._waiting.popleft()
            if self._lanes.get(job.message.partition) is not job.lane:
                continue
            self.reading_until = time.monotonic() + job.message.seconds
            with READ_SECONDS.time():
                if job.message.is_long:
                    reading = await asyncio.to_thread(self._read, job.message)
                else:
                    reading = self._read(job.message)
            # Its records are on their way, and the monitor has not seen the commit yet.
            self.reading_until = time.monotonic()
            batch.append((job, reading))
            await asyncio.sleep(0)
        return batch

    async def _deliver(self, batch: list[tuple[_Job, Reading]], under_way: asyncio.Semaphore) -> None:
        """Publish all events, then all ends, so that an outcome on its topic says that its events are there."""
        events = [(place, record) for place, (_, reading) in enumerate(batch) for record in reading.events]
        refused = await self._sink.publish([record for _, record in events])
        for place, error in {events[number][0]: error for number, error in refused.items()}.items():
            self._give_up(batch, place, error)
        # An outcome that is refused becomes a dead letter; a dead letter that is refused can be kept nowhere.
        ends = await self._sink.publish([reading.end for _, reading in batch])
        for place, error in ends.items():
            self._give_up(batch, place, error)
        if await self._sink.publish([batch[place][1].end for place in ends]):
            raise RuntimeError("a dead letter was refused by the broker; see the topic's max.message.bytes")
        for job, reading in batch:
            job.lane.finish(job.message.offset)
            _count(reading)
        self._finished.set()
        under_way.release()
        self._in_hand -= 1
        if not self._in_hand:
            self._idle.set()

    def _give_up(self, batch: list[tuple[_Job, Reading]], place: int, error: KafkaError) -> None:
        job, reading = batch[place]
        if reading.letter is not None:
            raise RuntimeError(
                f"the dead letter of {job.message.topic}[{job.message.partition}]@{job.message.offset} was refused"
            )
        batch[place] = (job, refuse(job.message, ResultTooLarge(f"refused by the broker: {error!r}")))

    async def _commit_when_finished(self) -> None:
        while True:
            await self._finished.wait()
            self._finished.clear()
            await self._commit()
            await asyncio.sleep(COMMIT_SECONDS)

    async def _commit(self) -> None:
        async with self._committing:
            lanes = {partition: lane for partition, lane in self._lanes.items() if lane.safe > lane.committed}
            offsets = {partition: lane.safe for partition, lane in lanes.items()}
            if offsets and await self._offsets.commit(offsets):
                for partition, lane in lanes.items():
                    if self._lanes.get(partition) is lane:
                        self._window.release(*lane.commit(offsets[partition]))


async def _result(future: asyncio.Future[None]) -> None:
    await future


def _count(reading: Reading) -> None:
    if reading.letter is not None:
        deadletter.count(reading.letter)
        return
    EXTRACTED.inc()
    OUTCOMES.labels("events" if reading.tally else "nothing").inc()
    for kind, number in reading.notes.items():
        NOTES.labels(kind).inc(number)
    for (event_type, rule), number in reading.tally.items():
        EVENTS.labels(event_type, rule).inc(number)
