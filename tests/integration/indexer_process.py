"""For tests of the indexer: the real process, and what it left in the index and on the topics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan
from kafka import KafkaConsumer, TopicPartition

from deploy.local.preflight import free_port
from services import indices, topics
from services.contracts import BulletinState, DeadLetter
from services.deadletter import from_record
from services.settings import PROJECT, Settings
from tests.integration.extractor_process import measured
from tests.readings import Reading, Sent, bulletin, messages, read

# Generous: a limit only keeps a broken test from running for ever.
PATIENCE_SECONDS = 120


class Indexer:
    """`bulletins index` as a process of its own, with its log in `folder`."""

    def __init__(self, settings: Settings, folder: Path, **changed: object) -> None:
        # The shortest session that a broker allows by default: the tests wait for it after every kill.
        update = {"indexer_health_port": free_port(), "session_timeout_seconds": 6, "retry_max_seconds": 1, **changed}
        self.settings = settings.model_copy(update=update)
        self.log = folder / f"indexer-{self.settings.indexer_health_port}.log"
        values = {name: getattr(self.settings, name) for name in Settings.model_fields}
        given = {f"BULLETINS_{name.upper()}": str(value) for name, value in values.items() if value is not None}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "services.cli", "index"]
            self.process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | given, stdout=log, stderr=log)

    def __enter__(self) -> Indexer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if error is not None:
            print(self.log.read_text("utf-8"))

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a request to its health port; (0, "") while it does not listen."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.indexer_health_port}{path}", timeout=10) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, HTTPException):  # killed while it answered
            return 0, ""

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200 and self.metric("service_ready") == 1

    def reason(self) -> str:
        """Why it is not ready, as /readyz and the metrics say; empty while it is, or does not answer."""
        status, body = self.get("/readyz")
        return str(json.loads(body).get("reason", "")) if status == 503 and self.metric("service_ready") == 0 else ""

    def metric(self, name: str, **labels: str) -> float:
        return measured(self.get("/metrics")[1], name, **labels)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def terminate(self, signals: int = 1) -> int:
        """Ask to stop; gives the exit code."""
        for _ in range(signals):
            self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")
        time.sleep(0.1)


def readings(count: int, events: int = 10, name: str = "") -> list[Reading]:
    return [read(bulletin(f"{name}第{number}期", uri=f"file:///{name}/{number}"), range(events)) for number in range(count)]


def sent(items: Iterable[Reading]) -> list[Sent]:
    return [message for reading in items for message in messages(reading)]


def expected(items: Iterable[Reading]) -> set[str]:
    return {event.event_id for reading in items for event in reading.events}


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


def dead_letters(settings: Settings, topic: str) -> list[DeadLetter]:
    name = topics.load().named(topic).dead_letter
    with closing(KafkaConsumer(bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="earliest")) as consumer:
        assigned = partitions(consumer, name)
        consumer.assign(assigned)
        remaining = sum(consumer.end_offsets(assigned).values())
        found: list[Any] = []
        while len(found) < remaining:
            found += [record for records in consumer.poll(timeout_ms=1000).values() for record in records]
    return [from_record(record.key, record.value, record.headers) for record in found]
