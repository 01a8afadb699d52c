"""A program that subscribes to an event topic: slow, or away for long, it holds up nobody and misses nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kafka import KafkaConsumer

from deploy.local.kafka import Kafka
from services import topics
from services.contracts import Bulletin, ProjectMilestone
from services.extractor.extract import extract
from services.settings import Settings
from tests.integration.extractor_process import Worker, bulletins, committed, have_outcomes, send
from tests.integration.service_process import wait_for
from tests.servers import make_topics_anew, settings_for

MILESTONES = topics.load()["project_milestone"]
GROUP = "a-program"


@contextmanager
def subscribed(settings: Settings) -> Iterator[KafkaConsumer]:
    """As README.md shows it; it commits as it goes."""
    consumer = KafkaConsumer(
        MILESTONES.name,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=f"{settings.extractor_group}-{GROUP}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    with closing(consumer):
        yield consumer


def read_next(consumer: KafkaConsumer, most: int) -> list[str]:
    """The ids of at most so many further events, committed; none where none comes soon."""
    found = [
        ProjectMilestone.model_validate_json(record.value).event_id
        for batch in consumer.poll(timeout_ms=500, max_records=most).values()
        for record in batch
    ]
    if found:
        consumer.commit()
    return found


def milestones(items: list[Bulletin]) -> set[str]:
    return {event.event_id for item in items for event in extract(item).events if isinstance(event, ProjectMilestone)}


def test_a_subscriber_that_is_slow_or_stops_for_long_holds_up_nobody_and_misses_nothing(kafka: Kafka, tmp_path: Path) -> None:
    settings = settings_for(kafka.bootstrap, "http://127.0.0.1:9", tmp_path)
    make_topics_anew(settings)
    first, later = bulletins(400, "while it is slow"), bulletins(400, "while it is away")
    seen: list[str] = []
    with Worker(settings, tmp_path) as worker:
        with subscribed(settings) as slow:
            send(settings, first)
            while not have_outcomes(settings, first)():
                seen += read_next(slow, most=1)
                time.sleep(0.05)
        assert 0 < len(seen) < len(milestones(first)), "it is far behind when all is published"
        wait_for(lambda: sum(committed(settings).values()) == len(first), "the worker to have done its work all the same")
        wait_for(worker.is_ready, "readiness")
        send(settings, later)
        wait_for(have_outcomes(settings, later), "what comes while it is away")
        assert worker.terminate() == 0
    with subscribed(settings) as back:
        wait_for(lambda: bool(seen.extend(read_next(back, most=500)) or len(seen) >= len(milestones(first + later))), "the rest")  # type: ignore[func-returns-value]
        assert read_next(back, most=500) == []
    assert set(seen) == milestones(first + later)
    assert len(seen) == len(set(seen)), "it goes on where it had committed"
