"""The servers of the local stack: started, killed, paused and started again, with what they hold."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import psutil
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.errors import StackError
from deploy.local.java import QUICK_START
from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from tests.servers import quick_elasticsearch, quick_kafka

TOPIC = "local-stack-test"


def write(broker: Kafka, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap, acks="all")
    try:
        producer.send(TOPIC, value).get(timeout=30)
    finally:
        producer.close()


def read(broker: Kafka) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    try:
        partition = TopicPartition(TOPIC, 0)
        consumer.assign([partition])
        values: list[bytes] = []
        while len(values) < consumer.end_offsets([partition])[partition]:
            for records in consumer.poll(timeout_ms=1000).values():
                values += [record.value for record in records]
        return values
    finally:
        consumer.close()


def request(node: Elasticsearch, method: str, path: str, body: object = None) -> dict[str, object]:
    message = urllib.request.Request(
        node.url + path, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(message, timeout=30) as reply:
        answer: dict[str, object] = json.load(reply)
        return answer


def test_kafka_keeps_its_messages_through_a_crash_a_pause_and_a_restart(server_folder: Path) -> None:
    with quick_kafka(server_folder) as broker:
        admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
        admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}})
        admin.close()
        write(broker, b"before the crash")

        broker.kill()
        assert not broker.process.running()
        assert not broker.is_ready()
        broker.start()
        assert read(broker) == [b"before the crash"]

        broker.pause()
        assert not broker.is_ready()
        broker.resume()
        write(broker, b"after the pause")

        broker.restart()
        assert read(broker) == [b"before the crash", b"after the pause"]
    assert not broker.process.running()


def test_elasticsearch_keeps_its_documents_through_a_crash_a_pause_and_a_restart(server_folder: Path) -> None:
    with quick_elasticsearch(server_folder) as node:
        request(node, "PUT", "/test/_doc/1?refresh=true", {"text": "投产"})

        node.kill()
        assert not node.is_ready()
        node.start()
        assert request(node, "GET", "/test/_doc/1")["_source"] == {"text": "投产"}

        node.pause()
        assert not node.is_ready()
        node.resume()
        assert node.is_ready()

        node.restart()
        assert request(node, "GET", "/test/_count")["count"] == 1
    assert not node.process.running()


def test_a_second_start_takes_the_running_server_and_another_port_moves_it(server_folder: Path) -> None:
    with quick_kafka(server_folder) as broker:
        first = broker.process.pid
        again = Kafka(server_folder, broker.port, jvm_options=QUICK_START)
        assert again.start() is False
        assert again.process.pid == first

        moved = Kafka(server_folder, free_port())
        assert moved.start() is True
        assert moved.process.pid != first
        assert first is not None
        assert not psutil.pid_exists(first) or psutil.Process(first).status() == psutil.STATUS_ZOMBIE
        assert moved.is_ready()
        assert moved.stop() is True
        assert moved.stop() is False


def test_a_server_that_dies_while_starting_shows_the_end_of_its_log_and_leaves_nothing(server_folder: Path) -> None:
    broker = Kafka(server_folder, free_port(), heap="1m")  # the JVM refuses so small a heap
    with pytest.raises(StackError, match=r"(?s)kafka.*[Hh]eap"):
        broker.start()
    assert not broker.process.running()
