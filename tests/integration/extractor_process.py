"""For tests of the extractor worker: the real process, bulletins for it, and what it left on the topics."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

from kafka import KafkaAdminClient, KafkaProducer

from deploy.local.preflight import free_port
from services import envelope, topics
from services.contracts import EVENT_ADAPTER, Bulletin, Outcome, bulletin_id, to_json
from services.settings import Settings
from tests.integration.service_process import ServiceProcess, service
from tests.integration.topic_records import count, dead_letters, records

MAX_REQUEST_BYTES = 5 * 1024 * 1024


class Worker(ServiceProcess):
    """`bulletins worker` with its log in `folder`."""

    def __init__(
        self, settings: Settings, folder: Path, seconds_ahead: int = 0, module: str | None = None, **changed: object
    ) -> None:
        """Its clock is `seconds_ahead`; `module` runs in place of the command."""
        port = free_port()
        # The shortest session that a broker allows by default: the tests wait for it after every kill.
        update = {"extractor_health_port": port, "session_timeout_seconds": 6, **changed}
        command = [sys.executable, "-m", module] if module else service("worker", seconds_ahead=seconds_ahead)
        super().__init__(command, settings.model_copy(update=update), port, folder / f"worker-{port}.log")


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


def outcomes(settings: Settings) -> list[Outcome]:
    return [Outcome.model_validate_json(record.value) for record in records(settings, topics.load()["outcome"].name)]


def event_ids(settings: Settings) -> Counter[str]:
    """The events on all event topics, and how often each is there."""
    found = (record.value for topic in topics.load().events() for record in records(settings, topic.name))
    return Counter(EVENT_ADAPTER.validate_json(value).event_id for value in found)


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
