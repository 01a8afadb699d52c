"""Dead letters: what could not be handled, kept whole on `<topic>.dlq` with the reason in its headers.

The header names are Kafka Connect's (https://kafka.apache.org/documentation/#connect_errors) where it has one; `attempts` and
`timestamp` are ours. Key, value and all other headers are the original's, so that a replay sends the very same message.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kafka import KafkaProducer
from prometheus_client import Counter

from services import topics
from services.contracts import DeadLetter

PREFIX = "__connect.errors."
TOPIC = PREFIX + "topic"
PARTITION = PREFIX + "partition"
OFFSET = PREFIX + "offset"
ERROR_CLASS = PREFIX + "exception.class.name"
ERROR_MESSAGE = PREFIX + "exception.message"
SERVICE = PREFIX + "connector.name"
ATTEMPTS = PREFIX + "attempts"
FAILED_AT = PREFIX + "timestamp"
# On a record that is no letter but tells what was done with one: services/ops/dlq.py.
MARKED = PREFIX + "marked"
# A validation error can quote its whole input. With this limit all of our headers fit in topics.DEAD_LETTER_EXTRA_BYTES.
MAX_ERROR_BYTES = 4096

Headers = list[tuple[str, bytes]]

DEAD_LETTERS = Counter("dead_letters", "Confirmed dead letters.", ["service", "topic", "reason"])


class Record(NamedTuple):
    """A message ready to be sent by any client."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers


def dead_letter(
    *,
    service: str,
    error: BaseException,
    topic: str,
    partition: int | None = None,
    offset: int | None = None,
    key: bytes | None = None,
    value: bytes | None = None,
    headers: Iterable[tuple[str, bytes | None]] | None = None,
) -> DeadLetter:
    """The dead letter of a message on `topic` that `service` could not handle because of `error`.

    Leave `partition` and `offset` out for something that never was on a topic; `topic` is then where it would have gone. A
    message that was replayed from the dead letters and fails again counts one attempt more. Null header values become empty
    ones, because kafka-python cannot send null.
    """
    received = [(name, content or b"") for name, content in headers or ()]
    return DeadLetter(
        topic=topic,
        partition=partition,
        offset=offset,
        error_class=type(error).__name__,
        error_message=_bounded(str(error)),
        attempts=_attempts(received) + 1,
        failed_at=datetime.now(UTC),
        service=service,
        key=key,
        value=value,
        headers=_original(received),
    )


def to_record(letter: DeadLetter) -> Record:
    """The message for the dead-letter topic. Raises KeyError where `letter.topic` is none of ours."""
    told: list[tuple[str, object]] = [
        (TOPIC, letter.topic),
        (PARTITION, letter.partition),
        (OFFSET, letter.offset),
        (ERROR_CLASS, letter.error_class),
        (ERROR_MESSAGE, _bounded(letter.error_message)),
        (SERVICE, letter.service),
        (ATTEMPTS, letter.attempts),
        (FAILED_AT, letter.failed_at.isoformat(timespec="milliseconds") if letter.failed_at else None),
    ]
    ours = [(name, str(content).encode("utf-8", "replace")) for name, content in told if content is not None]
    return Record(topics.load().named(letter.topic).dead_letter, letter.key, letter.value, [*letter.headers, *ours])


def from_record(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]] | None) -> DeadLetter:
    """Read a message of a dead-letter topic back. Raises ValueError (pydantic's) where its headers do not tell what failed."""
    received = [(name, content or b"") for name, content in headers or ()]
    told = {name: content.decode("utf-8", "replace") for name, content in received if name.startswith(PREFIX)}
    fields: dict[str, Any] = {
        "topic": told.get(TOPIC),
        "partition": told.get(PARTITION),
        "offset": told.get(OFFSET),
        "error_class": told.get(ERROR_CLASS),
        "error_message": told.get(ERROR_MESSAGE),
        "attempts": told.get(ATTEMPTS, 1),
        "failed_at": told.get(FAILED_AT),
        "service": told.get(SERVICE),
    }
    return DeadLetter(**fields, key=key, value=value, headers=_original(received))


def to_replay(letter: DeadLetter) -> Record:
    """The original message for its original topic; one more header tells the attempts so far, in case it fails again."""
    return Record(letter.topic, letter.key, letter.value, [*letter.headers, (ATTEMPTS, str(letter.attempts).encode())])


def count(letter: DeadLetter) -> None:
    """Count a dead letter in the metrics; call it once the broker has confirmed it."""
    DEAD_LETTERS.labels(letter.service, letter.topic, letter.error_class).inc()


class DeadLetters:
    """Sends dead letters by a kafka-python producer and returns only when the broker has confirmed them.

    The producer sends bytes (no serializers), waits for all replicas (`acks="all"`) and takes requests of
    `topics.Topic.dead_letter_max_message_bytes`.
    """

    def __init__(self, producer: KafkaProducer, confirm_seconds: float = 30) -> None:
        self._producer = producer
        self._confirm_seconds = confirm_seconds

    def send(self, letters: Sequence[DeadLetter]) -> None:
        """Raises kafka.errors.KafkaError where one was not confirmed; sending all of them again is then right."""
        records = [to_record(letter) for letter in letters]
        sent = [
            (letter, self._producer.send(record.topic, key=record.key, value=_sendable(record), headers=record.headers))
            for letter, record in zip(letters, records, strict=True)
        ]
        for letter, confirmation in sent:
            confirmation.get(timeout=self._confirm_seconds)
            count(letter)


def _sendable(record: Record) -> bytes | None:
    """Other clients can write a message with neither key nor value; kafka-python refuses to, and it must not stop a service."""
    return b"" if record.key is None and record.value is None else record.value


def _attempts(headers: Headers) -> int:
    """How often the message has failed before; a header that is not a number counts as never."""
    said = [content for name, content in headers if name == ATTEMPTS]
    return int(said[-1]) if said and said[-1].isdigit() and len(said[-1]) <= 6 else 0


def _original(headers: Headers) -> Headers:
    return [(name, content) for name, content in headers if not name.startswith(PREFIX)]


def _bounded(message: str) -> str:
    """At most MAX_ERROR_BYTES of UTF-8, never half a character."""
    return message.encode("utf-8", "replace")[:MAX_ERROR_BYTES].decode("utf-8", "ignore")
