"""Whole topics, read from their first record to the one that was last when the reading began."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from services import broker, topics
from services.settings import Settings

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
# kafka-python's poll() says nothing where the broker has gone: it returns empty for ever.
STALL_SECONDS = 30.0
CONFIRM_SECONDS = 60.0


class JournalError(Exception):
    """The broker does not answer, a topic is missing, or a record was not confirmed; the message says what to do."""


class Entry(NamedTuple):
    """A record as it stands on its topic."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]


def consumer(settings: Settings, **options: Any) -> KafkaConsumer:
    """A consumer that commits nothing by itself and makes no topic. Raises JournalError where there is no broker."""
    try:
        return KafkaConsumer(
            **broker.connection(settings),
            bootstrap_timeout_ms=int(CONNECT_SECONDS * 1000),
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
            **options,
        )
    except KafkaError as error:
        raise _no_broker(settings, error) from error


def partitions(client: KafkaConsumer, names: Sequence[str]) -> list[TopicPartition]:
    """Every partition of these topics. Raises JournalError for a topic that is not there."""
    found: list[TopicPartition] = []
    for name in names:
        numbers = client.partitions_for_topic(name)
        if not numbers:
            raise JournalError(f"topic {name} does not exist; `bulletins bootstrap` makes it")
        found += [TopicPartition(name, number) for number in sorted(numbers)]
    return found


def read(
    settings: Settings,
    names: Sequence[str],
    *,
    starts: Mapping[TopicPartition, int] | None = None,
    stall_seconds: float = STALL_SECONDS,
) -> Iterator[Entry]:
    """Every record of these topics, in order within a partition, from `starts` (default: the first) to what is now the last.

    Raises JournalError, also where nothing comes for `stall_seconds`.
    """
    client = consumer(settings)
    try:
        assigned = partitions(client, names)
        client.assign(assigned)
        client.seek_to_beginning(*assigned)
        for partition, offset in (starts or {}).items():
            client.seek(partition, offset)
        yield from _until(client, client.end_offsets(assigned), stall_seconds)
    except KafkaError as error:
        raise _no_broker(settings, error) from error
    finally:
        client.close(autocommit=False)


def _until(client: KafkaConsumer, ends: Mapping[TopicPartition, int], stall_seconds: float) -> Iterator[Entry]:
    pending = {partition: end for partition, end in ends.items() if client.position(partition) < end}
    deadline = time.monotonic() + stall_seconds
    while pending:
        for partition, records in client.poll(timeout_ms=500).items():
            deadline = time.monotonic() + stall_seconds
            for record in records:
                if record.offset < ends[partition]:
                    yield entry(record)
        pending = {partition: end for partition, end in pending.items() if client.position(partition) < end}
        client.pause(*(set(ends) - set(pending)))
        if pending and time.monotonic() > deadline:
            names = ", ".join(f"{partition.topic}[{partition.partition}]" for partition in pending)
            raise JournalError(f"nothing came from {names} for {stall_seconds:g} s; is the broker well?")


def entry(record: Any) -> Entry:
    """From kafka-python's ConsumerRecord."""
    headers = [(name, value or b"") for name, value in record.headers]
    return Entry(record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, headers)


class Writer:
    """Sends records and returns when the broker has confirmed all of them."""

    def __init__(self, settings: Settings) -> None:
        """Raises JournalError where there is no broker."""
        largest = max(topic.dead_letter_max_message_bytes for topic in topics.load().all())
        self._settings = settings
        try:
            self._producer = KafkaProducer(
                **broker.connection(settings),
                bootstrap_timeout_ms=int(CONNECT_SECONDS * 1000),
                allow_auto_create_topics=False,
                max_request_size=largest,
                delivery_timeout_ms=int(CONFIRM_SECONDS * 1000),
            )
        except KafkaError as error:
            raise _no_broker(settings, error) from error

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *exc: object) -> None:
        self._producer.close()

    def send(self, records: Sequence[tuple[str, bytes | None, bytes | None, list[tuple[str, bytes]]]]) -> None:
        """Each record is (topic, key, value, headers). Raises JournalError where one was not confirmed."""
        try:
            sent = [self._producer.send(topic, key=key, value=value, headers=headers) for topic, key, value, headers in records]
            for confirmation in sent:
                confirmation.get(timeout=CONFIRM_SECONDS)
        except KafkaError as error:
            raise JournalError(f"Kafka at {self._settings.kafka_bootstrap} did not confirm every record: {error}") from error


def _no_broker(settings: Settings, error: KafkaError) -> JournalError:
    return JournalError(
        f"Kafka does not answer at {settings.kafka_bootstrap} ({error}); start it, or set BULLETINS_KAFKA_BOOTSTRAP"
    )
