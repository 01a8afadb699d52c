"""The indexer's process: takes batches from the topics, has them stored, acknowledges them. docs/indexer.md is its specification."""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import Future, wait
from dataclasses import dataclass, field

from elastic_transport import TransportError
from elasticsearch import ApiError
from kafka import TopicPartition
from kafka.errors import KafkaError

from services import indices
from services.indexer.intake import Intake
from services.indexer.lane import Lane
from services.indexer.letters import Letters
from services.indexer.messages import Message, Record, Unreadable, parse
from services.indexer.metrics import MESSAGES
from services.indexer.patience import Patience, Stopped
from services.indexer.sink import Sink
from services.indexer.store import Store
from services.lifecycle import StopFlag
from services.settings import Settings
from services.telemetry import HealthServer

log = logging.getLogger(__name__)

STOPPED, FAILED = 0, 1
# A batch is closed when its messages are this large together, so that a few large bulletins do not fill the memory.
BATCH_BYTES = 8 * 1024 * 1024
IDLE_POLL_SECONDS = 0.5
# How long one batch waits for the next messages while another is being stored.
BUSY_POLL_SECONDS = 0.01
FULL_WAIT_SECONDS = 0.2
# With the commit and the leaving of the group this stays below the ten seconds that a stop may take.
FINISH_SECONDS = 4.0
PROBE_SECONDS = 2


@dataclass(slots=True)
class Gathered:
    """Records that will be stored, and acknowledged, together."""

    messages: list[Message] = field(default_factory=list)
    unreadable: list[tuple[Record, Unreadable]] = field(default_factory=list)
    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    size: int = 0

    def add(self, record: Record) -> None:
        try:
            self.messages.append(parse(record))
        except Unreadable as error:
            self.unreadable.append((record, error))
        self.offsets[TopicPartition(record.topic, record.partition)] = record.offset + 1
        self.size += len(record.value or b"")

    def __len__(self) -> int:
        return len(self.messages) + len(self.unreadable)


def run(settings: Settings) -> int:
    """Work until asked to stop (0) or until only a restart can help (1). Call from the main thread."""
    stop = StopFlag().install()
    log.info("settings: %s", settings.shown())
    indexer = Indexer(settings, stop)
    try:
        with HealthServer(settings.health_host, settings.indexer_health_port, indexer.readiness):
            indexer.run()
    except Stopped as error:
        log.info("stopped while waiting: %s", error)
    except indices.IndexMismatch as error:
        log.error("%s", error)
        return FAILED
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.health_host, settings.indexer_health_port, error)
        return FAILED
    except Exception:
        # What was under way is not acknowledged: whoever is started next does it again.
        log.exception("ended; to be started again")
        return FAILED
    log.info("stopped")
    return STOPPED


class Indexer:
    """Two batches at a time: one is gathered and checked here, the one before it is stored in the lane.

    So the group membership is kept, by polling, however long Elasticsearch is away.
    """

    def __init__(self, settings: Settings, stop: StopFlag) -> None:
        self._settings = settings
        self._stop = stop
        self._patience = Patience(stop, settings.retry_max_seconds)
        self._client = indices.connect(settings)
        self._store = Store(Sink(self._client, self._patience), settings)
        self._letters = Letters(settings, self._patience)
        self._lane = Lane("store")
        self._intake: Intake | None = None
        self._gathered = Gathered()
        self._storing: tuple[Gathered, Future[None]] | None = None

    def readiness(self) -> tuple[bool, dict[str, object]]:
        """Ready: the group has given us our partitions, nothing waits, and Elasticsearch has our indices."""
        if self._patience.reason is not None:
            return False, {"reason": self._patience.reason}
        if self._intake is None or not self._intake.joined:
            return False, {"reason": "no partitions assigned yet"}
        aliases = [index.alias for index in indices.all_indices(self._settings)]
        try:
            if not self._client.options(request_timeout=PROBE_SECONDS).indices.exists_alias(name=aliases):
                return False, {"reason": f"Elasticsearch lacks one of the aliases {', '.join(aliases)}"}
        except (ApiError, TransportError) as error:
            return False, {"reason": f"Elasticsearch does not answer: {error!r}"}
        return True, {}

    def run(self) -> None:
        """Returns, or raises Stopped, when asked to stop. Raises IndexMismatch, and whatever broke the storing of a batch."""
        self._ensure_indices()
        intake = self._intake = Intake.open(self._settings, self._patience)
        try:
            while not self._stop:
                self._turn(intake)
            self._finish(intake)
        finally:
            self._letters.close()
            intake.close()

    def _ensure_indices(self) -> None:
        while True:
            try:
                for name in indices.ensure_indices(self._client, self._settings):
                    log.info("made index %s", name)
            except (ApiError, TransportError) as error:
                self._patience.wait(f"Elasticsearch at {self._settings.elasticsearch_url}: {error!r}")
            else:
                self._patience.reset()
                return

    def _turn(self, intake: Intake) -> None:
        """Gather what has come, acknowledge what has been stored, and hand on."""
        self._gather(intake)
        if self._storing is not None and self._storing[1].done():
            self._acknowledge(intake)
        if self._storing is None and len(self._gathered):
            batch, self._gathered = self._gathered, Gathered()
            self._storing = batch, self._lane.submit(lambda: self._handle(batch))
        intake.commit()
        intake.report_lag()

    def _gather(self, intake: Intake) -> None:
        room = self._settings.index_batch_documents - len(self._gathered)
        if room <= 0 or self._gathered.size >= BATCH_BYTES:
            self._wait_for_store(FULL_WAIT_SECONDS)
            intake.keep_membership()
            return
        try:
            records = intake.poll(BUSY_POLL_SECONDS if self._storing else IDLE_POLL_SECONDS, room)
        except KafkaError as error:
            if not error.retriable:
                raise
            log.warning("no messages: %r", error)
            self._stop.wait(IDLE_POLL_SECONDS)
            return
        for record in records:
            self._gathered.add(record)

    def _handle(self, batch: Gathered) -> None:
        """In the lane: returns when every record of the batch is stored, superseded or confirmed as a dead letter."""
        results = self._store.save(batch.messages)
        tally = Counter((message.record.topic, result.verdict) for message, result in zip(batch.messages, results, strict=True))
        tally.update((record.topic, "unreadable") for record, _ in batch.unreadable)
        rejected = [
            (message.record, result.error)
            for message, result in zip(batch.messages, results, strict=True)
            if result.error is not None
        ]
        self._letters.send([*batch.unreadable, *rejected])
        for (topic, verdict), count in tally.items():
            MESSAGES.labels(topic, verdict).inc(count)

    def _acknowledge(self, intake: Intake) -> None:
        """Raises what broke the storing."""
        if self._storing is not None:
            batch, stored = self._storing
            stored.result()
            self._storing = None
            intake.acknowledge(batch.offsets)

    def _wait_for_store(self, seconds: float) -> None:
        if self._storing is not None:
            wait([self._storing[1]], timeout=seconds)

    def _finish(self, intake: Intake) -> None:
        """What is being stored is finished if that is soon; what is not acknowledged is done again by whoever comes next."""
        self._wait_for_store(FINISH_SECONDS)
        if self._storing is not None and not self._storing[1].done():
            log.warning("gave up a batch of %d messages after %.0f s", len(self._storing[0]), FINISH_SECONDS)
            return
        self._acknowledge(intake)
        intake.commit()
