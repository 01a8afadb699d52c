"""For tests of what reads or writes topics: what is on them now."""

from __future__ import annotations

from contextlib import closing

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from services import topics
from services.contracts import DeadLetter
from services.deadletter import from_record
from services.settings import Settings

TEXT = topics.load()["text"]


def records(settings: Settings, topic: str) -> list[ConsumerRecord]:
    """All messages that are on a topic now."""
    found: list[ConsumerRecord] = []
    with closing(KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)) as consumer:
        where = [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(where)
        consumer.seek_to_beginning(*where)
        end = consumer.end_offsets(where)
        while any(consumer.position(partition) < end[partition] for partition in where):
            for batch in consumer.poll(timeout_ms=500).values():
                found += batch
    return found


def count(settings: Settings, topic: str) -> int:
    """How many messages a topic has, without reading them; only for a topic that nothing was deleted from."""
    with closing(KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)) as consumer:
        where = [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic) or ()]
        return sum(consumer.end_offsets(where).values())


def dead_letters(settings: Settings, topic: str = TEXT.name) -> list[DeadLetter]:
    """All that lie on the dead-letter topic of this one."""
    name = topics.load().named(topic).dead_letter
    return [from_record(record.key, record.value, record.headers) for record in records(settings, name)]
