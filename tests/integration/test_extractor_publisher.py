"""The extractor's publisher on a real broker: confirmed, refused, or tried again for as long as it takes."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from kafka import KafkaAdminClient

from deploy.local.kafka import Kafka
from services.broker import connection
from services.deadletter import Record
from services.extractor import publisher as module
from services.extractor.publisher import Publisher
from services.settings import Settings
from tests.integration.topic_records import records
from tests.servers import quick_kafka, settings_for

TOPIC = "publisher-test"
LATER = "publisher-test-later"
LIMIT = 1_000_000


def make_topic(settings: Settings, partitions: int = 3, name: str = TOPIC) -> None:
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        if name in admin.list_topics():
            admin.delete_topics([name])
        spec = {"num_partitions": partitions, "replication_factor": 1, "configs": {"max.message.bytes": str(LIMIT)}}
        admin.create_topics({name: spec})


@pytest.fixture
def topic(kafka: Kafka, tmp_path: Path) -> Settings:
    settings = settings_for(kafka.bootstrap, "http://127.0.0.1:9", tmp_path)
    make_topic(settings)
    return settings


def values(settings: Settings) -> list[bytes]:
    return sorted(item.value for item in records(settings, TOPIC))


def test_records_arrive_whole_in_order_and_at_the_partition_of_their_key(topic: Settings) -> None:
    sent = [Record(TOPIC, f"key{number % 7}".encode(), str(number).encode(), [("h", b"\xff")]) for number in range(500)]

    async def play() -> dict[int, object]:
        publisher = Publisher(connection(topic), 1)
        try:
            return dict(await publisher.publish(sent))
        finally:
            await publisher.close()

    assert asyncio.run(play()) == {}
    found = records(topic, TOPIC)
    assert sorted(int(item.value) for item in found) == list(range(500))
    for key in {item.key for item in found}:
        mine = [item for item in found if item.key == key]
        assert len({item.partition for item in mine}) == 1
        assert [int(item.value) for item in mine] == sorted(int(item.value) for item in mine)
    assert {tuple(item.headers) for item in found} == {(("h", b"\xff"),)}


def test_more_than_a_batch_holds_goes_in_several(topic: Settings) -> None:
    sent = [Record(TOPIC, b"one key", bytes([number]) * 200_000, []) for number in range(20)]

    async def play() -> dict[int, object]:
        publisher = Publisher(connection(topic), 1)
        try:
            return dict(await publisher.publish(sent))
        finally:
            await publisher.close()

    assert asyncio.run(play()) == {}
    assert [item.value for item in records(topic, TOPIC)] == [record.value for record in sent]


def test_a_producer_that_was_stopped_while_it_asked_for_a_topic_is_replaced(
    topic: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the records of another bulletin were refused: what waits for the topic's partitions would wait for ever."""
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 1)

    async def play() -> dict[int, object]:
        publisher = Publisher(connection(topic), 1)
        try:
            producer = await publisher._connected()
            await asyncio.to_thread(make_topic, topic, name=LATER)  # so that it must ask
            async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
                publishing = tasks.create_task(publisher.publish([Record(LATER, b"key", b"value", [])]))
                for _ in range(3):  # until it has asked
                    await asyncio.sleep(0)
                await producer.stop()
            return dict(publishing.result())
        finally:
            await publisher.close()

    assert asyncio.run(play()) == {}
    assert [item.value for item in records(topic, LATER)] == [b"value"]


def test_a_record_that_is_refused_costs_only_itself(topic: Settings) -> None:
    sent = [Record(TOPIC, b"one key", str(number).encode(), []) for number in range(5)]
    sent.insert(2, Record(TOPIC, b"one key", b"x" * (LIMIT + 1), []))

    async def play() -> dict[int, object]:
        publisher = Publisher(connection(topic), 1)
        try:
            return dict(await publisher.publish(sent))
        finally:
            await publisher.close()

    refused = asyncio.run(play())
    assert list(refused) == [2]
    assert isinstance(refused[2], MessageSizeTooLargeError)
    assert values(topic) == [str(number).encode() for number in range(5)]


def test_publishing_waits_for_an_absent_broker_and_repeats_nothing(
    server_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.5)
    with quick_kafka(server_folder) as broker:
        settings = settings_for(broker.bootstrap, "http://127.0.0.1:9", tmp_path)
        make_topic(settings)

        async def play() -> None:
            publisher = Publisher(connection(settings), 1)
            await publisher.publish([Record(TOPIC, b"k", b"before", [])])
            await asyncio.to_thread(broker.kill)
            waiting = asyncio.create_task(publisher.publish([Record(TOPIC, b"k", b"meanwhile", [])]))
            async with asyncio.timeout(60):
                while publisher.trouble is None:
                    await asyncio.sleep(0.1)
            assert not waiting.done()
            await asyncio.to_thread(broker.start)
            assert await waiting == {}
            assert publisher.trouble is None
            await publisher.publish([Record(TOPIC, b"k", b"afterwards", [])])
            await publisher.close()

        asyncio.run(play())
        assert [item.value for item in records(settings, TOPIC)] == [b"before", b"meanwhile", b"afterwards"]
