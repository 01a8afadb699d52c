"""The process that delivers webhooks: one courier for each that is enabled, started anew when its webhook is changed.

Where the broker or the index does not answer, couriers end and are started again with growing pauses; nothing is noted that was not
confirmed. Two such processes at once send everything twice, which costs receivers, not the promise.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from aiokafka.errors import KafkaError
from elastic_transport import TransportError
from elasticsearch import ApiError
from prometheus_client import Gauge

from services.api.index import Index
from services.api.problems import UnavailableError
from services.api.webhooks import sender
from services.api.webhooks.courier import Courier
from services.api.webhooks.model import Webhook
from services.api.webhooks.sender import Sender
from services.api.webhooks.store import Store, UnknownWebhook
from services.lifecycle import StopFlag, pauses
from services.settings import Settings
from services.telemetry import HealthServer

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
# For what was sent and is to be noted, at the end: a receiver has 15 s to answer.
DRAIN_SECONDS: Final = 20.0
RUNNING = Gauge("webhooks_running", "Webhooks that are being delivered.")
FAILING = Gauge("webhooks_failing", "Of these, those whose receiver takes nothing now.")
_AWAY: Final = (KafkaError, ApiError, TransportError, UnavailableError, TimeoutError, OSError)


class _Run:
    """A courier at work. `again` is when to start another one, should this one have ended."""

    def __init__(self, webhook: Webhook, courier: Courier, waits: Iterator[float]) -> None:
        self.configuration = webhook.configuration()
        self.courier = courier
        self.waits = waits
        self.again = 0.0
        self.task = asyncio.create_task(courier.run(), name=f"webhook {webhook.webhook_id}")


class Deliverer:
    def __init__(self, settings: Settings, stop: StopFlag) -> None:
        self._settings = settings
        self._stop = stop
        self._sender = Sender(sender.rule(settings))
        self._runs: dict[str, _Run] = {}
        self._trouble: str | None = "the webhooks were not read yet"

    def readiness(self) -> tuple[bool, dict[str, object]]:
        """Ready: the webhooks can be read. A receiver that does not answer is told by its webhook."""
        detail: dict[str, object] = {"webhooks": len(self._runs)}
        return self._trouble is None, detail if self._trouble is None else {**detail, "reason": self._trouble}

    async def run(self) -> None:
        """Until asked to stop."""
        index = Index(self._settings)
        store = Store(index.client, self._settings)
        with ThreadPoolExecutor(self._settings.webhook_threads, thread_name_prefix="webhook") as threads:
            try:
                while not self._stop:
                    try:
                        self._adjust(await store.listed(), store, threads)
                        self._trouble = None
                    except (ApiError, TransportError) as error:
                        if self._trouble is None:
                            log.warning("the webhooks cannot be read: %s", error)
                        self._trouble = f"Elasticsearch does not answer: {error}"
                    await asyncio.to_thread(self._stop.wait, LOOK_SECONDS)
            finally:
                await self._end()
                await index.close()

    def _adjust(self, webhooks: Sequence[Webhook], store: Store, threads: ThreadPoolExecutor) -> None:
        """Start, stop and start anew, so that what runs is what is wanted."""
        wanted = {webhook.webhook_id: webhook for webhook in webhooks if webhook.enabled}
        for webhook_id, run in list(self._runs.items()):
            webhook = wanted.get(webhook_id)
            if webhook is None or webhook.configuration() != run.configuration:
                # What is under way is not noted, and so sent again as the webhook is now.
                run.task.cancel()
                del self._runs[webhook_id]
        now = asyncio.get_running_loop().time()
        for webhook_id, webhook in wanted.items():
            before = self._runs.get(webhook_id)
            if before is not None and before.task.done() and before.again == 0.0:
                before.again = now + self._pause_after(webhook_id, before)
            if before is None or (before.task.done() and now >= before.again):
                waits = pauses(1.0, self._settings.retry_max_seconds) if before is None else before.waits
                courier = Courier(self._settings, webhook, store, self._sender, threads)
                self._runs[webhook_id] = _Run(webhook, courier, waits)
        RUNNING.set(len(self._runs))
        FAILING.set(sum(webhook.now_at().failing_since is not None for webhook in wanted.values()))

    def _pause_after(self, webhook_id: str, run: _Run) -> float:
        """Seconds; tells why it ended."""
        error = None if run.task.cancelled() else run.task.exception()
        if error is not None and not isinstance(error, (*_AWAY, UnknownWebhook)):
            log.error("webhook %s: a defect", webhook_id, exc_info=error)
        elif error is not None:
            log.warning("webhook %s is begun again: %r", webhook_id, error)
        return next(run.waits)

    async def _end(self) -> None:
        """Let what was sent be noted."""
        tasks = [run.task for run in self._runs.values()]
        for run in self._runs.values():
            run.courier.stop()
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
            for task in left:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def run(settings: Settings) -> int:
    """Deliver until SIGTERM or SIGINT. Returns the exit code: 1 for a health port that is taken or a wrong setting."""
    stop = StopFlag().install()
    log.info("settings: %s", settings.shown())
    try:
        deliverer = Deliverer(settings, stop)
        health = HealthServer("deliverer", settings.health_host, settings.deliverer_health_port, deliverer.readiness)
    except ValueError as error:
        log.error("BULLETINS_WEBHOOK_ALLOW: %s", error)
        return 1
    except OSError as error:
        log.error("cannot listen on %s port %d: %s", settings.health_host, settings.deliverer_health_port, error)
        return 1
    with health:
        asyncio.run(deliverer.run())
    return 0
