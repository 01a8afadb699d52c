"""For tests of the indexer: the real process, and what it left in the index and on the topics."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from kafka import KafkaConsumer, TopicPartition

from deploy.local.preflight import free_port
from services import indices, topics
from services.contracts import BulletinState
from services.settings import Settings
from tests.integration.service_process import ServiceProcess, service
from tests.readings import Reading, Sent, bulletin, messages, read


class Indexer(ServiceProcess):
    """`bulletins index` with its log in `folder`."""

    def __init__(self, settings: Settings, folder: Path, **changed: object) -> None:
        port = free_port()
        # The shortest session that a broker allows by default: the tests wait for it after every kill.
        update = {"indexer_health_port": port, "session_timeout_seconds": 6, "retry_max_seconds": 1, **changed}
        super().__init__(service("index"), settings.model_copy(update=update), port, folder / f"indexer-{port}.log")


def readings(count: int, events: int = 10, name: str = "") -> list[Reading]:
    return [read(bulletin(f"{name}第{number}期", uri=f"file:///{name}/{number}"), range(events)) for number in range(count)]


def sent(items: Iterable[Reading]) -> list[Sent]:
    return [message for reading in items for message in messages(reading)]


def expected(items: Iterable[Reading]) -> set[str]:
    return {event.event_id for reading in items for event in reading.events}


@contextmanager
def own_indices(settings: Settings) -> Iterator[Elasticsearch]:
    """The indices of these settings are there, and removed afterwards, whatever their numbers."""
    with closing(indices.connect(settings)) as client:
        indices.ensure_indices(client, settings)
        yield client
        numbered = [f"{index.alias}-v*" for index in indices.all_indices(settings)]
        client.indices.delete(index=list(client.indices.get(index=numbered)))


def indexed(settings: Settings) -> set[str]:
    """The ids of all events in the index."""
    with closing(indices.connect(settings)) as client:
        client.options(ignore_status=404).indices.refresh(index=settings.events_index)
        if not client.indices.exists_alias(name=settings.events_index):
            return set()
        return {hit["_id"] for hit in scan(client, index=settings.events_index, query={"_source": False}, size=5000)}


def state(client: Elasticsearch, settings: Settings, bulletin_id: str) -> BulletinState:
    return BulletinState.model_validate(client.get(index=settings.states_index, id=bulletin_id)["_source"])


def partitions(consumer: KafkaConsumer, name: str) -> list[TopicPartition]:
    return [TopicPartition(name, number) for number in sorted(consumer.partitions_for_topic(name))]


def uncommitted(settings: Settings) -> int:
    """Messages on the indexer's topics that its group has not acknowledged."""
    with closing(KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, group_id=settings.indexer_group)) as consumer:
        all_of_them = [tp for topic in topics.load().consumed_by("indexer") for tp in partitions(consumer, topic.name)]
        ends = consumer.end_offsets(all_of_them)
        return sum(ends[tp] - (consumer.committed(tp) or 0) for tp in all_of_them)
