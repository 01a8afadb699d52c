"""The indexer's process: takes batches from the topics, has them stored, acknowledges them. docs/indexer.md is its specification."""

from __future__ import annotations

import gc
import logging
import time
from collections import Counter
from collections.abc import Collection, Sequence
from concurrent.futures import Future, wait

from aiokafka.errors import KafkaError
from elastic_transport import TransportError
from elasticsearch import ApiError

from services import envelope, indices, tracing
from services.indexer.buffer import Buffer, Failure, Gathered, gathered
from services.indexer.intake import SERVICE, Intake
from services.indexer.lane import Lane
from services.indexer.letters import Letters, Position
from services.indexer.messages import Message, Told
from services.indexer.metrics import MESSAGES
from services.indexer.patience import Patience, Stopped
from services.indexer.sink import Sink
from services.indexer.store import Store
from services.lifecycle import StopFlag
from services.settings import Settings
from services.telemetry import HealthServer

log = logging.getLogger(__name__)

STOPPED, FAILED = 0, 1
# No more is taken while messages of this size wait, so that a few large bulletins do not fill the memory.
BATCH_BYTES = 8 * 1024 * 1024
# Each with a connection of its own: while one prepares its requests, Elasticsearch works for the other.
LANES = 2
# Elasticsearch is slow or away when there is no room for new messages this long; a batch takes about 50 ms.
ROOM_SECONDS = 1.0
# Before the group is joined anew, as often as an error comes back.
REJOIN_SECONDS = 1.0
# With the commit and the leaving of the group this stays below the ten seconds that a stop may take.
FINISH_SECONDS = 4.0
PROBE_SECONDS = 2


def run(settings: Settings) -> int:
    """Work until asked to stop (0) or until only a restart can help (1). Call from the main thread."""
    stop = StopFlag().install()
    log.info("settings: %s", settings.shown())
    indexer = Indexer(settings, stop)
    try:
        health = HealthServer(SERVICE, settings.health_host, settings.indexer_health_port, indexer.readiness)
    except OSError as error:
        log.error("cannot listen on %s:%d: %s", settings.health_host, settings.indexer_health_port, error)
        return FAILED
    with health:
        return _work(indexer)


def _work(indexer: Indexer) -> int:
    # Messages and documents form no cycles, but thousands of them live at a time: with the default thresholds the collector takes
    # half of the time of checking them.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        indexer.run()
    except Stopped as error:
        log.info("stopped while waiting: %s", error)
    except indices.IndexMismatch as error:
        log.error("%s", error)
        return FAILED
    except Exception:
        # What was under way is not acknowledged: whoever is started next does it again.
        log.exception("ended; to be started again")
        return FAILED
    log.info("stopped")
    return STOPPED


class Indexer:
    """One thread takes messages from the topics and checks them, LANES others store a batch each.

    So batches grow with the load, and the membership of the group is kept, by polling, however long Elasticsearch is away.
    """

    def __init__(self, settings: Settings, stop: StopFlag, known_letters: Collection[Position] = ()) -> None:
        """`known_letters`: messages that have their dead letters already."""
        self._settings = settings
        self._stop = stop
        self._patience = Patience(stop, settings.retry_max_seconds)
        self._client = indices.connect(settings)
        self._store = Store(Sink(self._client, self._patience), settings)
        self._letters = Letters(settings, self._patience, known_letters)
        self._buffer = Buffer(settings.index_batch_documents, BATCH_BYTES)
        self._intake: Intake | None = None

    def readiness(self) -> tuple[bool, dict[str, object]]:
        """Ready: the broker has given us our partitions, nothing waits, and Elasticsearch has our indices."""
        if self._patience.reason is not None:
            return False, {"reason": self._patience.reason}
        if self._intake is None:
            return False, {"reason": "no partitions assigned yet"}
        if (trouble := self._intake.trouble()) is not None:
            return False, {"reason": trouble}
        aliases = [index.alias for index in indices.topic_indices(self._settings)]
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
        storing = [Lane(f"store-{number}").submit(self._keep_storing) for number in range(LANES)]
        try:
            while not self._stop and not any(lane.done() for lane in storing):
                try:
                    self._take(intake)
                except KafkaError as error:
                    self._stop.wait(REJOIN_SECONDS)
                    intake.join_anew(error, self._patience)
                self._acknowledge(intake)
            self._buffer.close()
            self._finish(intake, storing)
        finally:
            self._letters.close()
            intake.close()

    def _ensure_indices(self) -> None:
        while True:
            try:
                # Its own alone: it has no business with the API's keys, and need not be allowed to see them.
                wanted = indices.topic_indices(self._settings)
                for name in indices.ensure_indices(self._client, self._settings, wanted):
                    log.info("made index %s", name)
            except (ApiError, TransportError) as error:
                self._patience.wait(f"Elasticsearch at {self._settings.elasticsearch_url}: {error!r}")
            else:
                self._patience.reset()
                return

    def _take(self, intake: Intake) -> None:
        """Raises KafkaError where the client cannot go on."""
        if recreated := intake.recreated():
            self._start_over(intake, recreated)
        elif room := self._buffer.wait_for_room(ROOM_SECONDS):
            if records := intake.poll(room):
                self._buffer.put([gathered(record) for record in records])
        else:
            intake.keep_membership()

    def _start_over(self, intake: Intake, recreated: set[str]) -> None:
        """As soon as nothing waits that was read before."""
        if not self._buffer.wait_until_idle(ROOM_SECONDS):
            intake.keep_membership()
            return
        self._acknowledge(intake)
        intake.start_over(recreated)

    def _acknowledge(self, intake: Intake) -> None:
        intake.acknowledge(self._buffer.stored())
        intake.commit()
        intake.report_lag()

    def _keep_storing(self) -> None:
        """In the lane, until the buffer is closed."""
        while batch := self._buffer.take():
            self._handle(batch.items)
            self._buffer.done(batch)

    def _handle(self, batch: Sequence[Gathered]) -> None:
        """Returns when every record is stored, superseded or confirmed as a dead letter."""
        begun = time.time_ns()
        messages = [item for item in batch if isinstance(item, Message)]
        results = self._store.save(messages)
        failed = [(message.record, result.error) for message, result in zip(messages, results, strict=True) if result.error]
        unreadable = [(item.record, item.error) for item in batch if isinstance(item, Failure)]
        self._letters.send([*unreadable, *failed])
        tally = Counter((message.record.topic, result.verdict) for message, result in zip(messages, results, strict=True))
        tally.update((record.topic, "unreadable") for record, _ in unreadable)
        for (topic, verdict), count in tally.items():
            MESSAGES.labels(topic, verdict).inc(count)
        if tracing.is_on():
            for message, result in zip(messages, results, strict=True):
                _trace(message, result.verdict, begun)

    def _finish(self, intake: Intake, storing: list[Future[None]]) -> None:
        """What is being stored is finished if that is soon; the rest is done again by whoever comes next.

        Raises what broke the storing.
        """
        finished, unfinished = wait(storing, timeout=FINISH_SECONDS)
        if unfinished:
            log.warning("gave up %d batches in hand after %.0f s", len(unfinished), FINISH_SECONDS)
        self._acknowledge(intake)
        for lane in finished:
            lane.result()


def _trace(message: Message, verdict: str, begun_ns: int) -> None:
    """The storing of one message, below the span that sent it."""
    record = message.record
    parent = envelope.header([(name, value or b"") for name, value in record.headers], tracing.HEADER)
    where: dict[str, str | int] = {
        "messaging.destination.name": record.topic,
        "messaging.kafka.offset": record.offset,
        "verdict": verdict,
    }
    body = message.body
    message_id = body.event_id if isinstance(body, Told) else envelope.message_id(body)
    what = {"ce_id": message_id, "bulletin_id": body.bulletin_id}
    tracing.record("index", parent, begun_ns, {**where, **what})
