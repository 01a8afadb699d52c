"""Real messages go through everything that makes or reads one: schemas, models, extractor, indexer, API. None lies there unused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import BaseModel, TypeAdapter

from services import contracts, deadletter, envelope, indices, topics
from services.api.bulletin_routes import SUMMARY_FIELDS
from services.api.examples import EXAMPLES
from services.api.queries import EVENT_FIELDS
from services.commands import examples
from services.contracts import EVENT_ADAPTER, EVENT_TYPES, Bulletin, DeadLetter, Outcome
from services.extractor import records
from services.indexer import messages
from services.ops import schemas
from services.replies import BulletinPage, EventPage

# Each role's folder, the JSON Schema of its messages, and their model.
ROLES: dict[str, tuple[str, type[BaseModel] | TypeAdapter[Any]]] = {
    "text": ("bulletin", Bulletin),
    **{event_type: (event_type, EVENT_ADAPTER) for event_type in EVENT_TYPES},
    "outcome": ("outcome", Outcome),
    "dead_letter": ("dead_letter", DeadLetter),
}
INDEX_OF = {"text": "bulletins", **dict.fromkeys(EVENT_TYPES, "bulletin-events")}
FEWEST = 2


class Example(NamedTuple):
    role: str
    path: Path

    @property
    def value(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return loaded

    @property
    def model(self) -> Any:
        model = ROLES[self.role][1]
        return (model if isinstance(model, TypeAdapter) else TypeAdapter(model)).validate_json(self.path.read_bytes())


@dataclass
class Record:
    """As a consumer gets it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


ALL = [Example(path.parent.name, path) for path in sorted(EXAMPLES.glob("*/*"))]
PUBLISHED = [example for example in ALL if example.role != "dead_letter"]
EVENTS = [example for example in ALL if example.role in EVENT_TYPES]
TEXTS = [example for example in ALL if example.role == "text"]
OUTCOMES = [example for example in ALL if example.role == "outcome"]
LETTERS = [example for example in ALL if example.role == "dead_letter"]


def name(example: Example) -> str:
    return f"{example.role}/{example.path.stem}"


def record(example: Example) -> Record:
    message = example.model
    headers: list[tuple[str, bytes | None]] = [*envelope.headers(message)]
    topic = topics.load()[example.role]
    return Record(topic.name, 0, 0, getattr(message, topic.key).encode(), contracts.to_json(message), headers)


def test_every_file_is_an_example_of_a_role_and_every_role_has_several() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == set(ROLES)
    for role in ROLES:
        assert sum(example.role == role for example in ALL) >= FEWEST
    assert all(example.path.suffix == ".json" for example in ALL)


@pytest.mark.parametrize("example", ALL, ids=name)
def test_it_fits_its_json_schema(example: Example) -> None:
    Draft202012Validator(schemas.json_schema(ROLES[example.role][0]), format_checker=FormatChecker()).validate(example.value)


@pytest.mark.parametrize("example", ALL, ids=name)
def test_its_model_reads_and_writes_it_unchanged(example: Example) -> None:
    assert contracts.json_dict(example.model) == example.value


@pytest.mark.parametrize("example", EVENTS, ids=name)
def test_an_event_fits_the_union_and_no_other_type(example: Example) -> None:
    Draft202012Validator(schemas.json_schema("event")).validate(example.value)
    for other in set(EVENT_TYPES) - {example.role}:
        assert not Draft202012Validator(schemas.json_schema(other)).is_valid(example.value)


@pytest.mark.parametrize("example", PUBLISHED, ids=name)
def test_the_envelope_names_its_topic(example: Example) -> None:
    headers = envelope.headers(example.model)
    assert envelope.header(headers, "ce_type") == f"bulletins.{example.role}.v1.0"
    assert envelope.header(headers, "ce_source") == example.value["source_uri"]
    assert envelope.header(headers, "ce_id") == envelope.message_id(example.model)


@pytest.mark.parametrize("example", PUBLISHED, ids=name)
def test_the_indexer_reads_it(example: Example) -> None:
    message = messages.parse(record(example))
    assert json.loads(message.document) == example.value
    assert message.revision == example.value.get("revision", 0)


@pytest.mark.parametrize("example", [example for example in PUBLISHED if example.role in INDEX_OF], ids=name)
def test_the_index_has_a_field_for_all_of_it(example: Example) -> None:
    assert list(unmapped(example.value, indices.mapping(INDEX_OF[example.role]))) == []


def unmapped(value: Any, mapping: dict[str, Any], path: str = "") -> list[str]:
    """The paths in a document that a strict mapping would refuse."""
    if isinstance(value, list):
        return [found for item in value for found in unmapped(item, mapping, path)]
    if not isinstance(value, dict):
        return [path] if "properties" in mapping and value is not None else []
    known = mapping.get("properties", {})
    return [
        found
        for key, item in value.items()
        for found in (unmapped(item, known[key], f"{path}.{key}") if key in known else [f"{path}.{key}"])
    ]


@pytest.mark.parametrize("example", TEXTS, ids=name)
def test_the_extractor_reads_a_bulletin_and_ends_it_with_an_outcome(example: Example) -> None:
    given = record(example)
    reading = records.read(records.Message(given.topic, given.partition, given.offset, given.key, given.value, given.headers))
    assert reading.letter is None
    assert reading.end.topic == topics.load()["outcome"].name
    outcome = Outcome.model_validate_json(reading.end.value or b"")
    assert outcome.bulletin_id == example.value["bulletin_id"]
    assert len(outcome.event_ids) == len(reading.events)


@pytest.mark.parametrize("example", EVENTS, ids=name)
def test_the_quote_stands_where_the_event_says(example: Example) -> None:
    texts = {text.value["bulletin_id"]: text.value["text"] for text in TEXTS}
    evidence = example.value["evidence"]
    assert texts[example.value["bulletin_id"]][evidence["start"] : evidence["end"]] == evidence["quote"]


@pytest.mark.parametrize("example", OUTCOMES, ids=name)
def test_an_outcome_counts_the_events_that_it_names(example: Example) -> None:
    outcome = example.model
    assert sum(outcome.event_counts.values()) == len(set(outcome.event_ids)) == len(outcome.event_ids)
    shown = {event.value["event_id"] for event in EVENTS if event.value["bulletin_id"] == outcome.bulletin_id}
    assert shown <= set(outcome.event_ids)


@pytest.mark.parametrize("example", LETTERS, ids=name)
def test_a_dead_letter_survives_its_topic_and_goes_back_as_it_came(example: Example) -> None:
    letter = example.model
    sent = deadletter.to_record(letter)
    assert deadletter.from_record(sent.key, sent.value, sent.headers) == letter
    again = deadletter.to_replay(letter)
    assert (again.topic, again.key, again.value) == (letter.topic, letter.key, letter.value)


def test_the_api_gives_events_and_bulletins_as_they_are() -> None:
    # Documents come from the index with these fields only: none of an event's may be missing.
    events = [{name: value for name, value in example.value.items() if name in EVENT_FIELDS} for example in EVENTS]
    page = EventPage.model_validate({"items": events, "total": len(events), "next": None})
    assert [contracts.json_dict(item) for item in page.items] == [example.value for example in EVENTS]
    summaries = [{name: example.value[name] for name in SUMMARY_FIELDS} for example in TEXTS]
    bulletins = BulletinPage.model_validate({"items": summaries, "total": len(summaries), "next": None})
    assert [contracts.json_dict(item) for item in bulletins.items] == summaries


def test_the_examples_are_what_the_services_say_today(tmp_path: Path) -> None:
    """`python -m services.commands.examples` writes them anew."""
    examples.write(tmp_path)
    today = {path.relative_to(tmp_path): path.read_text("utf-8") for path in tmp_path.rglob("*.json")}
    kept = {path.relative_to(examples.EXAMPLES): path.read_text("utf-8") for path in examples.EXAMPLES.rglob("*.json")}
    assert today == kept
