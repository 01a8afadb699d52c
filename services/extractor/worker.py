"""The extractor's process: waits for the topics, runs the Faust app and the pipeline, ends when asked, stuck or broken.

docs/extractor.md is its specification.
"""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import threading
from collections.abc import Awaitable
from contextlib import suppress

import faust
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from services import broker, topics
from services.extractor import stream
from services.extractor.monitor import Monitor
from services.extractor.pipeline import Pipeline
from services.extractor.publisher import Publisher
from services.extractor.records import INLINE_BYTES, SERVICE, read, seconds_for
from services.lifecycle import StopFlag, pauses
from services.settings import Settings
from services.telemetry import HealthServer

log = logging.getLogger(__name__)

STOPPED, FAILED = 0, 1
TOPICS_CALL_SECONDS = 10.0
SUPERVISE_SECONDS = 0.1
# The event loop reads texts of up to INLINE_BYTES itself, and does nothing else meanwhile. What it reads for too long is ended soon after
# that, or nothing but a restart can help.
DEAF_SECONDS = seconds_for(INLINE_BYTES) + 10.0
# Together under the ten seconds that a stop may take.
FINISH_SECONDS = 4.0
LEAVE_SECONDS = 2.0
# The rest is for a long text that is being read: the interpreter waits for the thread that waits for its process.
LAST_SECONDS = 9.0


def run(settings: Settings) -> int:
    """Work until asked to stop (0) or until only a restart can help (1). Call from the main thread."""
    stop = StopFlag().install()
    log.info("settings: %s", settings.shown())
    # Faust tells each of its many services' steps at INFO.
    for noisy in ("faust", "mode"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    worker = _Worker(settings, stop)
    try:
        with HealthServer(SERVICE, settings.health_host, settings.extractor_health_port, worker.readiness):
            code = asyncio.run(worker.run())
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.health_host, settings.extractor_health_port, error)
        code = FAILED
    log.info("stopped" if code == STOPPED else "ended; to be started again")
    _end_stray_threads(code)
    faulthandler.cancel_dump_traceback_later()
    return code


class _Worker:
    def __init__(self, settings: Settings, stop: StopFlag) -> None:
        self._settings = settings
        self._stop = stop
        self._state = "starting"
        self._monitor: Monitor | None = None
        self._publisher: Publisher | None = None

    def readiness(self) -> tuple[bool, dict[str, object]]:
        if self._monitor is None or self._publisher is None:
            return False, {"reason": self._state}
        ready, detail = self._monitor.readiness()
        if self._publisher.trouble:
            return False, detail | {"reason": f"publishing waits for the broker: {self._publisher.trouble}"}
        return ready, detail

    async def run(self) -> int:
        if not await self._wait_for_topics():
            return STOPPED
        topic = topics.load()["text"]
        offsets = stream.GroupOffsets(self._settings, topic.name)
        publisher = self._publisher = Publisher(broker.connection(self._settings), self._settings.retry_max_seconds)
        pipeline = Pipeline(publisher, offsets, read)
        app = stream.build(self._settings, topic, pipeline)
        offsets.attach(app)
        monitor = self._monitor = Monitor(self._settings, topic.name, lambda: pipeline.partitions, lambda: pipeline.reading_until)
        monitor.start()
        work = asyncio.create_task(pipeline.run())
        starting = asyncio.create_task(app.start())
        code = await self._supervise(app, work, starting, monitor)
        _end_after(LAST_SECONDS, code)
        faulthandler.dump_traceback_later(LAST_SECONDS + 1, exit=True)
        monitor.stop()
        await _within(FINISH_SECONDS, pipeline.revoked(), "finishing the work in hand")
        for task in (work, starting):
            task.cancel()
        await asyncio.gather(work, starting, return_exceptions=True)
        await _within(LEAVE_SECONDS, app.stop(), "leaving the group")
        await publisher.close()
        return code

    async def _supervise(self, app: faust.App, work: asyncio.Task[None], starting: asyncio.Task[None], monitor: Monitor) -> int:
        """Returns when the worker has to end, with the exit code. Leaves a timer that ends the process should it go on regardless."""
        while not self._stop:
            # Should this loop itself stand still, then a thread of C ends the process with 1: no other gets its turn while one
            # regular expression is at work.
            faulthandler.dump_traceback_later(max(self._settings.watchdog_seconds, DEAF_SECONDS), exit=True)
            await asyncio.sleep(SUPERVISE_SECONDS)
            for task in (work, starting):
                if task.done() and not task.cancelled() and (error := task.exception()):
                    log.error("the worker broke", exc_info=error)
                    return FAILED
            if app.should_stop:
                log.error("Faust stopped: %r", app.crash_reason)
                return FAILED
            if not monitor.is_alive():
                log.error("the monitor broke: nobody would see the worker stand still")
                return FAILED
            if monitor.is_stuck():
                log.error("watchdog: messages are waiting and none was committed for %.0f s", monitor.stalled_seconds)
                return FAILED
        return STOPPED

    async def _wait_for_topics(self) -> bool:
        """Faust would start before its topics exist, say that it is ready, and never read them. False when asked to stop."""
        wanted = {name for topic in topics.load().all() for name in (topic.name, topic.dead_letter)}
        waits = pauses(longest=2)
        while not self._stop:
            state = await self._look_for(wanted)
            if state is None:
                return True
            if state != self._state:
                log.info("waiting: %s", state)
                self._state = state
            await asyncio.sleep(next(waits))
        return False

    async def _look_for(self, wanted: set[str]) -> str | None:
        """What is missing; None where every topic has its partitions."""
        admin = AIOKafkaAdminClient(**broker.connection(self._settings))
        try:
            async with asyncio.timeout(TOPICS_CALL_SECONDS):
                await admin.start()
                # All topics: asking for one by name would make it on a broker that creates topics by itself.
                found = {item["topic"] for item in await admin.describe_topics() if item["partitions"]}
        except (KafkaError, TimeoutError, OSError) as error:
            return f"no broker at {self._settings.kafka_bootstrap} ({type(error).__name__})"
        finally:
            with suppress(KafkaError, OSError):
                await admin.close()
        missing = sorted(wanted - found)
        return f"no topics {', '.join(missing)}; `bulletins bootstrap` makes them" if missing else None


async def _within(seconds: float, work: Awaitable[object], what: str) -> None:
    """Give up on `work` after this time: what it leaves undone is not committed, so another worker does it."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        log.warning("gave up %s after %.0f s", what, seconds)


def _end_after(seconds: float, code: int) -> None:
    """End the process by then whatever still runs. What it leaves undone is not committed."""
    timer = threading.Timer(seconds, os._exit, [code])
    timer.daemon = True
    timer.start()


def _end_stray_threads(code: int) -> None:
    """A thread of Faust's that waits for an absent broker would keep the process alive without doing any work."""
    if any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread()):
        logging.shutdown()
        os._exit(code)
