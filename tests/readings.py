"""Bulletins with their events and outcomes, as a watcher and an extractor would publish them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kafka import KafkaProducer

from services import envelope, topics
from services.contracts import (
    Accolade,
    Amount,
    Bulletin,
    Evidence,
    InvestmentReport,
    Outcome,
    ProjectMilestone,
    bulletin_id,
    content_id,
    to_json,
)

Event = InvestmentReport | ProjectMilestone | Accolade


class Reading(NamedTuple):
    """A bulletin and what one extractor made of it."""

    bulletin: Bulletin
    events: list[Event]
    outcome: Outcome


class Sent(NamedTuple):
    """A message as it lies on a topic; also a record as far as the indexer needs one."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int = 0
    offset: int = 0


def bulletin(text: str, revision: int = 1, uri: str = "https://example.org/1", supersedes: Bulletin | None = None) -> Bulletin:
    return Bulletin(
        bulletin_id=bulletin_id(text),
        text=text,
        source_id="example",
        source_uri=uri,
        revision=revision,
        supersedes=supersedes.bulletin_id if supersedes else None,
    )


def read(source: Bulletin, numbers: Iterable[int] = range(3), extractor: str = "0.1.0") -> Reading:
    """A reading that finds the events with these numbers, of the three types in turn."""
    events = [event(source, number, extractor) for number in numbers]
    counts: dict[str, int] = {}
    for found in events:
        counts[found.event_type] = counts.get(found.event_type, 0) + 1
    outcome = Outcome(
        bulletin_id=source.bulletin_id,
        source_uri=source.source_uri,
        revision=source.revision,
        supersedes=source.supersedes,
        extractor=extractor,
        event_ids=[found.event_id for found in events],
        event_counts=counts,
        text_chars=len(source.text),
    )
    return Reading(source, events, outcome)


def event(source: Bulletin, number: int, extractor: str = "0.1.0") -> Event:
    common = {
        "event_id": content_id("event", source.bulletin_id, number),
        "bulletin_id": source.bulletin_id,
        "source_uri": source.source_uri,
        "evidence": Evidence(quote=source.text[:20], start=0, end=len(source.text[:20])),
        "status": "actual",
        "rule": f"rule of {extractor}",
        "extractor": extractor,
        "confidence": 0.9,
        "fact_id": content_id("fact", number),
    }
    if number % 3 == 0:
        return InvestmentReport(metric="total_investment", amount=Amount(value=650_000_000 + number, text="6.5亿元"), **common)
    if number % 3 == 1:
        return ProjectMilestone(project=f"奥克斯智能空调生产基地{number}", stage="started", **common)
    return Accolade(honor=f"省级智能工厂{number}", recipient="奥克斯", **common)


def message(body: Bulletin | Outcome | Event, revision: int | None = None) -> Sent:
    topic = topics.load()[envelope.kind(body)].name
    return Sent(topic, body.bulletin_id.encode(), to_json(body), envelope.headers(body, revision=revision))


def messages(reading: Reading) -> list[Sent]:
    """The bulletin, its events and its outcome, in the order in which they come to be."""
    revision = reading.bulletin.revision
    return [message(reading.bulletin), *(message(found, revision) for found in reading.events), message(reading.outcome)]


def send(bootstrap: str, sent: Sequence[Sent]) -> None:
    """Publish and return when the broker has confirmed."""
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", max_request_size=8_000_000, linger_ms=20)
    try:
        waiting = [producer.send(item.topic, key=item.key, value=item.value, headers=item.headers) for item in sent]
        for confirmation in waiting:
            confirmation.get(timeout=60)
    finally:
        producer.close()
