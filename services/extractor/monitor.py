"""What the broker says of the group's progress: lag, readiness, and a watchdog. A thread of its own, with clients of its own, so
that it still sees when the worker does not."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, replace

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from prometheus_client import Gauge

from services import broker
from services.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
CALL_SECONDS = 10.0
PROBE_MILLISECONDS = 3000
# Messages waiting and nothing committed for this long: not ready, long before the watchdog acts.
STALL_SECONDS = 15.0

# How often the first waiting message is read for its age: a fetch a partition.
AGE_SECONDS = 5.0

LAG = Gauge("consumer_lag", "Bulletins on the topic that are not committed yet.", ["partition"])
OLDEST = Gauge("extractor_oldest_bulletin_seconds", "Age of the oldest bulletin that is not committed; 0 where none waits.")


class Watchdog:
    """For how long messages have been waiting without a commit."""

    def __init__(self) -> None:
        self._seen: Mapping[int, int] = {}
        self._since: float | None = None

    def observe(self, now: float, committed: Mapping[int, int], end: Mapping[int, int]) -> float:
        """Seconds without progress as of `now`; the mappings hold the watched partitions and may differ from call to call."""
        # Unequal, not smaller: a committed offset past the end is a topic that was made anew, and just as stuck.
        waiting = any(committed.get(partition) != offset for partition, offset in end.items())
        if self._since is None or not waiting or committed != self._seen:
            self._since = now
        self._seen = dict(committed)
        return now - self._since

    def pause(self) -> None:
        """What passes until the next look is nobody's standstill: the broker was away, or a message is being read that has time left."""
        self._since = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at the group. Offsets by partition; `members` is the number of workers in the group."""

    committed: Mapping[int, int]
    end: Mapping[int, int]
    members: int

    def span(self, partition: int) -> tuple[int, int]:
        """The committed offset and the end."""
        return self.committed[partition], self.end[partition]

    def lag(self) -> dict[int, int]:
        return {partition: max(0, end - self.committed[partition]) for partition, end in self.end.items()}


class Monitor:
    """Looks at the group every POLL_SECONDS from `start` to `stop`."""

    def __init__(
        self, settings: Settings, topic: str, assigned: Callable[[], Set[int]], reading_until: Callable[[], float]
    ) -> None:
        """`assigned()` gives the partitions that this worker has, `reading_until()` until when what it reads may be read
        (`time.monotonic()`); both are called from the monitor's thread."""
        self._settings = settings
        self._topic = topic
        self._assigned = assigned
        self._reading_until = reading_until
        self._watchdog = Watchdog()
        self._stall_limit = min(STALL_SECONDS, settings.watchdog_seconds / 2)
        self._empty: dict[int, tuple[int, int]] = {}
        self._progress: Progress | None = None
        self._age_at = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="monitor", daemon=True)
        self.trouble: str | None = "the broker has not answered yet"
        self.stalled_seconds = 0.0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def is_stuck(self) -> bool:
        return self.stalled_seconds >= self._settings.watchdog_seconds

    def readiness(self) -> tuple[bool, dict[str, object]]:
        """Ready: the broker answers, partitions are assigned (or other workers have them all) and work advances."""
        progress, assigned = self._progress, self._assigned()
        if self.trouble or progress is None:
            return False, {"reason": self.trouble}
        detail: dict[str, object] = {
            "assigned": sorted(assigned),
            "workers": progress.members,
            "lag": sum(progress.lag().values()),
            "stalled_seconds": round(self.stalled_seconds, 1),
        }
        if not assigned and progress.members <= len(progress.end):
            return False, detail | {"reason": "no partition is assigned yet"}
        if self.stalled_seconds >= self._stall_limit:
            return False, detail | {"reason": "messages are waiting and none is being committed"}
        return True, detail

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                async with _Clients(self._settings) as clients:
                    while not self._stopping.is_set():
                        progress = await clients.look(self._settings.extractor_group, self._topic)
                        if self.stalled_seconds >= self._stall_limit:
                            await self._find_empty(clients, progress)
                        self._note(progress)
                        await self._note_age(clients, progress)
                        await asyncio.sleep(POLL_SECONDS)
            except (KafkaError, TimeoutError, OSError) as error:
                self._note_trouble(error)
                await asyncio.sleep(POLL_SECONDS)

    async def _find_empty(self, clients: _Clients, progress: Progress) -> None:
        """Offsets also count what no consumer sees (the marks of a transaction): nothing may be waiting behind them."""
        spans = {where: progress.span(where) for where in progress.end}
        suspect = {where: (begin, end) for where, (begin, end) in spans.items() if begin < end}
        if suspect and not await clients.any_message(
            {TopicPartition(self._topic, where): begin for where, (begin, _) in suspect.items()}
        ):
            self._empty = suspect

    async def _note_age(self, clients: _Clients, progress: Progress) -> None:
        waiting = {where: progress.committed[where] for where, lag in progress.lag().items() if lag}
        if waiting and time.monotonic() - self._age_at < AGE_SECONDS:
            return
        self._age_at = time.monotonic()
        oldest = await clients.oldest({TopicPartition(self._topic, where): offset for where, offset in waiting.items()})
        OLDEST.set(0 if oldest is None else max(0.0, time.time() - oldest))

    def _end_of_messages(self, progress: Progress, where: int) -> int:
        """The end without offsets that are known to hold no message."""
        begin, end = progress.span(where)
        return begin if self._empty.get(where) == (begin, end) else end

    def _note_trouble(self, error: Exception) -> None:
        if self.trouble is None:
            log.warning("the broker does not answer, waiting for it: %r", error)
        self.trouble = f"the broker does not answer: {error!r}"
        self.stalled_seconds = 0.0
        self._watchdog.pause()

    def _note(self, progress: Progress) -> None:
        progress = replace(progress, end={where: self._end_of_messages(progress, where) for where in progress.end})
        # A worker without partitions watches the whole group: it is stuck where nobody has them.
        watched = self._assigned() or progress.end.keys()
        if time.monotonic() < self._reading_until():
            # A long text takes a minute, and nothing behind it is committed meanwhile.
            self._watchdog.pause()
        self.stalled_seconds = self._watchdog.observe(
            time.monotonic(),
            {where: offset for where, offset in progress.committed.items() if where in watched},
            {where: offset for where, offset in progress.end.items() if where in watched},
        )
        if self.trouble and self._progress:
            log.info("the broker answers again")
        self._progress = progress
        self.trouble = None
        for where, lag in progress.lag().items():
            LAG.labels(where).set(lag)


class _Clients:
    """The connections of the monitor; every call ends within CALL_SECONDS."""

    def __init__(self, settings: Settings) -> None:
        common = {**broker.connection(settings), "client_id": "bulletins-extractor-monitor"}
        self._admin = AIOKafkaAdminClient(**common)
        self._consumer = AIOKafkaConsumer(**common, auto_offset_reset="earliest")

    async def __aenter__(self) -> _Clients:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._admin.start()
                await self._consumer.start()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._close()

    async def _close(self) -> None:
        for client in (self._consumer.stop, self._admin.close):
            with suppress(KafkaError, TimeoutError, OSError):
                await asyncio.wait_for(client(), CALL_SECONDS)

    async def look(self, group: str, topic: str) -> Progress:
        async with asyncio.timeout(CALL_SECONDS):
            described = await self._admin.describe_topics([topic])
            where = [TopicPartition(topic, item["partition"]) for item in described[0]["partitions"]]
            begin = await self._consumer.beginning_offsets(where)
            end = await self._consumer.end_offsets(where)
            stored = await self._admin.list_consumer_group_offsets(group, partitions=where)
            (answer,) = await self._admin.describe_consumer_groups([group])
        committed = {}
        for partition in where:
            offset = stored[partition].offset if partition in stored else -1
            # What was deleted below the first message is nobody's work any more.
            committed[partition.partition] = max(offset, begin[partition])
        members = sum(len(item[5]) for item in answer.groups)
        return Progress(committed, {partition.partition: end[partition] for partition in where}, members)

    async def oldest(self, offsets: Mapping[TopicPartition, int]) -> float | None:
        """When the oldest of the messages at these offsets was published, in seconds of the Unix clock; None for no message."""
        found = []
        async with asyncio.timeout(CALL_SECONDS):
            for where, offset in offsets.items():
                self._consumer.assign([where])
                self._consumer.seek(where, offset)
                taken = await self._consumer.getmany(timeout_ms=PROBE_MILLISECONDS // len(offsets), max_records=1)
                found += [record.timestamp / 1000 for records in taken.values() for record in records]
        self._consumer.unsubscribe()
        return min(found, default=None)

    async def any_message(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Whether a message can be read in any of these partitions, at its offset or later."""
        self._consumer.assign(list(offsets))
        try:
            for where, offset in offsets.items():
                self._consumer.seek(where, offset)
            return bool(await self._consumer.getmany(timeout_ms=PROBE_MILLISECONDS, max_records=1))
        finally:
            self._consumer.unsubscribe()
