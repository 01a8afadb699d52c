"""For tests of the extractor worker: the real process, bulletins for it, and what it left on the topics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from types import TracebackType

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from deploy.local.preflight import free_port
from services import envelope, topics
from services.contracts import EVENT_ADAPTER, Bulletin, DeadLetter, Outcome, bulletin_id, to_json
from services.deadletter import from_record
from services.ops.bootstrap import ensure_topics, wanted_topics
from services.settings import PROJECT, Settings

# Generous: a limit only keeps a broken test from running for ever.
PATIENCE_SECONDS = 120
MAX_REQUEST_BYTES = 5 * 1024 * 1024


class Worker:
    """`bulletins worker` as a process of its own, with its log in `folder`."""

    def __init__(
        self, settings: Settings, folder: Path, seconds_ahead: int = 0, module: str | None = None, **changed: object
    ) -> None:
        """Its clock is `seconds_ahead`; `module` runs in place of the command."""
        # The shortest session that a broker allows by default: the tests wait for it after every kill.
        update = {"extractor_health_port": free_port(), "session_timeout_seconds": 6, **changed}
        self.settings = settings.model_copy(update=update)
        self.log = folder / f"worker-{self.settings.extractor_health_port}.log"
        fields = {name: getattr(self.settings, name) for name in type(settings).model_fields}
        given = {f"BULLETINS_{name.upper()}": str(value) for name, value in fields.items() if value is not None}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", module] if module else [*service(seconds_ahead), "worker"]
            self.process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | given, stdout=log, stderr=log)

    def __enter__(self) -> Worker:
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
            with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.extractor_health_port}{path}", timeout=5) as reply:
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

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self, signals: int = 1) -> int:
        """Ask to stop; gives the exit code."""
        for _ in range(signals):
            self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)


def service(seconds_ahead: int) -> list[str]:
    """The command line of the services, their clocks so far ahead."""
    where = ["tests.integration.other_clock", str(seconds_ahead)] if seconds_ahead else ["services.cli"]
    return [sys.executable, "-m", *where]


def measured(metrics: str, name: str, **labels: str) -> float:
    """The sum of a metric over all labels but these; 0 for one that has not counted yet."""
    lines = [line for line in metrics.splitlines() if line.partition("{")[0].partition(" ")[0] == name]
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(line.rpartition(" ")[2]) for line in lines if all(item in line for item in wanted))


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")
        time.sleep(0.1)


def bulletins(count: int, name: str, filler: int = 0) -> list[Bulletin]:
    """Bulletins with an event of each type, each its own; `filler` sentences that say nothing make them longer."""
    made = []
    for number in range(count):
        text = (
            f"2025年示例区重点工作简报（{name}，第{number}期）\n"
            f"1—6月，全区完成固定资产投资{number + 1}.5亿元，同比增长8.2%。\n"
            f"总投资3.5亿元的示例智能装备产业园项目正式开工。示例制造有限公司入选2025年省级智能工厂。\n"
        ) + "天气晴朗。" * filler
        made.append(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri=f"file:///{name}/{number}"))
    return made


def make_topics_anew(settings: Settings) -> None:
    """All topics, new and empty."""
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        admin.delete_topics(sorted({spec.name for spec in wanted_topics()} & set(admin.list_topics())))
    ensure_topics(settings)


def send(settings: Settings, items: Iterable[Bulletin | bytes | None]) -> None:
    """Bulletins, or values as they stand, to the text topic; confirmed."""
    name = topics.load()["text"].name
    with closing(producer(settings)) as client:
        for item in items:
            if isinstance(item, Bulletin):
                client.send(name, key=item.bulletin_id.encode(), value=to_json(item), headers=envelope.headers(item))
            else:
                client.send(name, key=b"poison", value=item, headers=[("x-origin", b"test")])
        client.flush()


def producer(settings: Settings) -> KafkaProducer:
    return KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all", max_request_size=MAX_REQUEST_BYTES)


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


def outcomes(settings: Settings) -> list[Outcome]:
    return [Outcome.model_validate_json(record.value) for record in records(settings, topics.load()["outcome"].name)]


def event_ids(settings: Settings) -> Counter[str]:
    """The events on all event topics, and how often each is there."""
    found = (record.value for topic in topics.load().events() for record in records(settings, topic.name))
    return Counter(EVENT_ADAPTER.validate_json(value).event_id for value in found)


def dead_letters(settings: Settings) -> list[DeadLetter]:
    name = topics.load()["text"].dead_letter
    return [from_record(record.key, record.value, record.headers) for record in records(settings, name)]


def committed(settings: Settings) -> dict[int, int]:
    """The group's committed offset by partition of the text topic."""
    with closing(KafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)) as admin:
        stored = admin.list_group_offsets(settings.extractor_group)[settings.extractor_group]
    return {where.partition: item.offset for where, item in stored.items() if item.offset >= 0}


def have_outcomes(settings: Settings, expected: Iterable[Bulletin]) -> Callable[[], bool]:
    wanted = {item.bulletin_id for item in expected}
    name = topics.load()["outcome"].name
    return lambda: count(settings, name) >= len(wanted) and wanted <= {outcome.bulletin_id for outcome in outcomes(settings)}


def assert_outcomes_imply_their_events(settings: Settings) -> None:
    """Read in this order: an event that is on its topic when its outcome is seen can only be found, not missed."""
    told = outcomes(settings)
    there = event_ids(settings)
    assert [outcome.bulletin_id for outcome in told if not set(outcome.event_ids) <= there.keys()] == []


def assert_nothing_unfinished_is_committed(settings: Settings) -> None:
    """Every bulletin below a committed offset has its outcome, or its dead letter."""
    stored = committed(settings)
    done = {outcome.bulletin_id.encode() for outcome in outcomes(settings)}
    dead = {(letter.partition, letter.offset) for letter in dead_letters(settings)}
    below = [item for item in records(settings, topics.load()["text"].name) if item.offset < stored.get(item.partition, 0)]
    assert [item for item in below if item.key not in done and (item.partition, item.offset) not in dead] == []
