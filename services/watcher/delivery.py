"""From the outbox to the broker: many messages in flight, each taken out when confirmed, all sent again after any failure."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError, RecordListTooLargeError
from kafka.net.compat import KafkaNetClient

from services import broker, deadletter, topics
from services.deadletter import Record
from services.lifecycle import StopFlag, pauses
from services.settings import Settings
from services.watcher.errors import Stopped
from services.watcher.metrics import BULLETINS_PUBLISHED, MESSAGES_PENDING, OUTBOX_STUCK
from services.watcher.state import State, Waiting

log = logging.getLogger(__name__)

SERVICE: Final = "watcher"
# Bounds the memory, and what is sent twice after a failure; 8 MiB are about 800 newspaper pages.
IN_FLIGHT_BYTES: Final = 8 * 1024 * 1024
# kafka-python tries again by itself for so long, and the broker recognises what it has already. After that only a new producer can
# go on, whose messages may be there twice.
CONFIRM_SECONDS: Final = 120
REQUEST_SECONDS: Final = 10
# A stop may take ten seconds; nothing here may block for longer than this.
BLOCK_SECONDS: Final = 3
CLOSE_SECONDS: Final = 2
PROBE_SECONDS: Final = 5.0
PROBE_AGAIN_SECONDS: Final = 1.0
_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)


class _Sent(NamedTuple):
    message: Waiting
    confirmation: Any  # kafka-python's FutureRecordMetadata


class Delivery:
    """Call `pump` again and again from one thread. While the broker cannot be reached, `trouble` says why."""

    def __init__(self, settings: Settings, state: State, stop: StopFlag) -> None:
        self._connection = broker.connection(settings)
        self._longest_pause = settings.retry_max_seconds
        self._state = state
        self._stop = stop
        self._producer: KafkaProducer | None = None
        self._sent: deque[_Sent] = deque()
        self._in_flight_bytes = 0
        self._last_seq = 0
        self._pauses: Iterator[float] = iter(())
        self._next_try = 0.0
        self._probed = 0.0
        self._progressed = time.monotonic()
        self.pending = state.transaction(state.waiting_count)
        self._told = False
        self.trouble: str | None = "not connected yet"

    @property
    def is_full(self) -> bool:
        """Whether nothing more should be put into the outbox for now."""
        return self._in_flight_bytes >= IN_FLIGHT_BYTES or self.trouble is not None

    @property
    def stuck_seconds(self) -> float:
        """For how long messages have been waiting without one being confirmed; 0 where none waits."""
        return time.monotonic() - self._progressed if self.pending else 0.0

    def pump(self, seconds: float) -> None:
        """Send what may be sent, wait for a confirmation at most `seconds`, and take out what is confirmed.

        While there is no producer it does nothing but wait until the pause is over. Raises what State.transaction raises.
        """
        pause = self._next_try - time.monotonic()
        if self._producer is None and pause > 0:
            self._stop.wait(min(pause, seconds))
            return
        try:
            self._connect()
            self._send()
            self._collect(seconds)
        except KafkaError as error:
            self._begin_anew(error)
        else:
            self._probe()
        self._count()

    def close(self) -> None:
        """Waits a little for what is in flight. What is not confirmed then is sent again at the next start."""
        deadline = time.monotonic() + CLOSE_SECONDS
        while self._sent and time.monotonic() < deadline:
            try:
                self._collect(deadline - time.monotonic())
            except (KafkaError, Stopped):
                break
        self._discard()

    def _connect(self) -> None:
        if self._producer is None:
            self._producer = connect(self._connection)
            # Topics that are not there yet are trouble, too.
            self._producer.partitions_for(topics.load()["text"].name)
            self._is_well()

    def _send(self) -> None:
        assert self._producer is not None
        room = IN_FLIGHT_BYTES - self._in_flight_bytes
        if room <= 0 or self._stop:
            return
        for message in self._state.transaction(lambda: self._state.waiting(self._last_seq, room)):
            record = message.record
            confirmation = self._producer.send(record.topic, key=record.key, value=record.value, headers=record.headers)
            self._sent.append(_Sent(message, confirmation))
            self._in_flight_bytes += message.size
            self._last_seq = message.seq

    def _collect(self, seconds: float) -> None:
        """Take the confirmed messages at the head out of the outbox. Raises KafkaError of the first that failed for now."""
        if self._sent:
            # Why it failed, or that it only takes longer, is told by the confirmation itself.
            with suppress(KafkaError):
                self._sent[0].confirmation.get(timeout=max(0.0, seconds))
        confirmed = []
        while self._sent and self._sent[0].confirmation.succeeded():
            sent = self._sent.popleft()
            self._in_flight_bytes -= sent.message.size
            confirmed.append(sent.message)
        if confirmed:
            self._state.transaction(lambda: self._state.take_out(confirmed[0].seq, confirmed[-1].seq))
            self._progressed = time.monotonic()
            self._pauses = iter(())
            self._is_well()
            for message in confirmed:
                _count_confirmed(message.record)
        if self._sent and self._sent[0].confirmation.failed():
            self._refused(self._sent[0])

    def _refused(self, sent: _Sent) -> None:
        """A message that no waiting makes smaller becomes a dead letter. Raises the error of any other."""
        error = sent.confirmation.exception
        record, seq = sent.message.record, sent.message.seq
        if not isinstance(error, _TOO_LARGE) or record.topic == topics.load().named(record.topic).dead_letter:
            raise error
        letter = deadletter.dead_letter(
            service=SERVICE, error=error, topic=record.topic, key=record.key, value=record.value, headers=record.headers
        )
        log.warning("a message of %d bytes is refused by the broker and becomes a dead letter: %s", sent.message.size, error)

        def replace() -> None:
            self._state.take_out(seq, seq)
            self._state.put(deadletter.to_record(letter))

        self._state.transaction(replace)
        # An idempotent producer that gave a message up has a gap in its sequence numbers: only a new one can go on.
        self._discard()

    def _begin_anew(self, error: KafkaError) -> None:
        """After a pause a new producer sends everything again that is in the outbox."""
        self._is_in_trouble(error)
        self._discard()
        pause = next(self._pauses, None)
        if pause is None:
            self._pauses = pauses(longest=self._longest_pause)
            pause = next(self._pauses)
        self._next_try = time.monotonic() + pause

    def _is_in_trouble(self, error: KafkaError) -> None:
        if not self._told:
            log.warning("the broker does not take messages, will go on trying: %r", error)
        self._told, self.trouble = True, repr(error)

    def _is_well(self) -> None:
        self._probed = time.monotonic()
        if self.trouble is not None:
            log.info("connected to the broker; %d messages wait for it", self.pending)
        self._told, self.trouble = False, None

    def _discard(self) -> None:
        """Be rid of the producer and of what it has not sent; what it has sent may still arrive."""
        producer, self._producer = self._producer, None
        self._sent.clear()
        self._in_flight_bytes = 0
        self._last_seq = 0
        if producer is None:
            return
        # close() alone waits for all messages and, where they do not get through in time, leaves the producer running (kafka-python
        # 3.0.12: flush() raises before the sender is told to stop).
        producer._sender.force_close()
        try:
            producer.close(timeout=CLOSE_SECONDS)
        except KafkaTimeoutError as error:
            log.warning("the producer did not end in %d s: %s", CLOSE_SECONDS, error)

    def _probe(self) -> None:
        """Notice that the broker is gone, which the producer does not tell before CONFIRM_SECONDS, and never without a message."""
        rest = PROBE_SECONDS if self.trouble is None else PROBE_AGAIN_SECONDS
        if self._producer is None or time.monotonic() - self._probed < rest:
            return
        self._probed = time.monotonic()
        try:
            probe(self._connection["bootstrap_servers"])
        except KafkaError as error:
            self._is_in_trouble(error)
        else:
            self._is_well()

    def _count(self) -> None:
        before, self.pending = self.pending, self._state.transaction(self._state.waiting_count)
        if not before:
            self._progressed = time.monotonic()
        MESSAGES_PENDING.set(self.pending)
        OUTBOX_STUCK.set(self.stuck_seconds)


def connect(connection: Mapping[str, Any]) -> KafkaProducer:
    """A producer with `broker.connection`. Raises KafkaError where no broker answers within BLOCK_SECONDS; leaves no thread behind then."""
    probe(connection["bootstrap_servers"])
    clients: list[KafkaNetClient] = []

    def client(**config: Any) -> KafkaNetClient:
        clients.append(KafkaNetClient(**config))
        return clients[-1]

    try:
        return KafkaProducer(
            **connection,
            client_id="bulletins-watcher",
            acks="all",
            enable_idempotence=True,
            # Larger batches than the default of 16 KiB, which is one newspaper page; a single text is sent after the linger.
            batch_size=512 * 1024,
            linger_ms=5,
            max_request_size=topics.load()["text"].dead_letter_max_message_bytes,
            max_block_ms=BLOCK_SECONDS * 1000,
            bootstrap_timeout_ms=BLOCK_SECONDS * 1000,
            delivery_timeout_ms=CONFIRM_SECONDS * 1000,
            request_timeout_ms=REQUEST_SECONDS * 1000,
            reconnect_backoff_max_ms=1000,
            allow_auto_create_topics=False,
            kafka_client=client,
        )
    except KafkaError:
        # kafka-python 3.0.12 leaves the thread of a producer that could not be made running, one for every try.
        for made in clients:
            made.close()
        raise


def probe(bootstrap: list[str]) -> None:
    """Raises KafkaTimeoutError where nothing listens at any of the addresses."""
    try:
        broker.probe(bootstrap, BLOCK_SECONDS)
    except OSError as error:
        raise KafkaTimeoutError(f"no broker at {','.join(bootstrap)}: {error}") from error


def _count_confirmed(record: Record) -> None:
    if record.topic == topics.load()["text"].name:
        BULLETINS_PUBLISHED.inc()
    else:
        deadletter.count(deadletter.from_record(record.key, record.value, record.headers))
