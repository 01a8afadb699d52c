"""How far the pipeline has come: what waits, since when, and what was given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services import topics
from services.ops import dlq, journal
from services.ops.journal import JournalError
from services.settings import Settings


class Waiting(NamedTuple):
    """What a group has not committed of a topic. `oldest` is when the first of it was published, in seconds of the Unix clock."""

    group: str
    topic: str
    messages: int
    oldest: float | None


class Progress(NamedTuple):
    """`dead` counts dead letters by (service, topic, reason, state)."""

    waiting: list[Waiting]
    dead: Counter[tuple[str, str, str, str]]


def progress(settings: Settings) -> Progress:
    """Raises JournalError where the broker does not answer or topics are missing."""
    groups = {settings.extractor_group: "extractor", settings.indexer_group: "indexer"}
    waiting = []
    for group, service in groups.items():
        with _member(settings, group) as client:
            waiting += [_waiting(client, group, topic.name) for topic in topics.load().consumed_by(service)]
    return Progress(waiting, _dead(settings))


@contextmanager
def _member(settings: Settings, group: str) -> Iterator[KafkaConsumer]:
    """A client that may ask for the group's offsets and is no member of it."""
    with closing(journal.consumer(settings, group_id=group)) as client:
        try:
            yield client
        except KafkaError as error:
            raise JournalError(f"Kafka at {settings.kafka_bootstrap}: {error}") from error


def _waiting(client: KafkaConsumer, group: str, topic: str) -> Waiting:
    partitions = journal.partitions(client, [topic])
    begin, end = client.beginning_offsets(partitions), client.end_offsets(partitions)
    committed = {partition: max(client.committed(partition) or 0, begin[partition]) for partition in partitions}
    behind = {partition: offset for partition, offset in committed.items() if offset < end[partition]}
    oldest = [moment for partition, offset in behind.items() if (moment := _published(client, partition, offset)) is not None]
    messages = sum(end[partition] - offset for partition, offset in behind.items())
    return Waiting(group, topic, messages, min(oldest, default=None))


def _published(client: KafkaConsumer, partition: TopicPartition, offset: int) -> float | None:
    """When the first message at `offset` or later was published; None where there is none (marks of a transaction)."""
    client.assign([partition])
    client.seek(partition, offset)
    for records in client.poll(timeout_ms=2000, max_records=1).values():
        return float(records[0].timestamp) / 1000
    return None


def _dead(settings: Settings) -> Counter[tuple[str, str, str, str]]:
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for found in dlq.letters(settings):
        told = found.letter
        where: tuple[Any, Any, Any] = (
            ("?", found.entry.topic, "?") if told is None else (told.service, told.topic, told.error_class)
        )
        counted[(*where, str(found.state))] += 1
    return counted
