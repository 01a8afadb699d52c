"""The published schemas say what the models and the topic list say, and what is really sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from services import deadletter, envelope, topics
from services.api import openapi
from services.contracts import EVENT_TYPES, Outcome, bulletin_id
from services.ops import asyncapi, schemas

DOCUMENT: dict[str, Any] = yaml.safe_load((schemas.SCHEMAS / "asyncapi.yaml").read_text("utf-8"))
GENERATED = schemas.files()
OUTCOME = Outcome(
    bulletin_id=bulletin_id("text"), source_uri="file:///a.txt", extractor="0.1.0", event_ids=[], event_counts={}, text_chars=4
)


@pytest.mark.parametrize("path", GENERATED, ids=str)
def test_no_generated_file_has_drifted(path: Path) -> None:
    written = (schemas.SCHEMAS / path).read_text("utf-8")
    assert written == GENERATED[path], "run: python -m services.ops.schemas"


def test_the_openapi_document_has_not_drifted() -> None:
    assert openapi.FILE.read_text("utf-8") == openapi.text(), "run: python -m services.api.openapi"


def test_no_schema_is_left_over_from_a_model_that_is_gone() -> None:
    present = {path.relative_to(schemas.SCHEMAS) for path in (schemas.SCHEMAS / "jsonschema").iterdir()}
    assert present == {path for path in GENERATED if path.parts[0] == "jsonschema"}


@pytest.mark.parametrize("name", schemas.MODELS)
def test_every_json_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(schemas.json_schema(name))


def test_a_message_without_its_type_or_version_is_no_event() -> None:
    for event_type in EVENT_TYPES:
        assert {"event_type", "schema_version", "event_id", "evidence"} <= set(schemas.json_schema(event_type)["required"])


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    assert len(schemas.write(tmp_path)) == len(GENERATED)
    assert schemas.write(tmp_path) == []


def test_channels_are_the_topics_and_their_dead_letters() -> None:
    listed = topics.load()
    described = {channel["address"]: channel["bindings"]["kafka"] for channel in DOCUMENT["channels"].values()}
    assert set(described) == {name for topic in listed.all() for name in (topic.name, topic.dead_letter)}
    for topic in listed.all():
        binding = described[topic.name]
        assert binding["partitions"] == topic.partitions
        assert binding["topicConfiguration"]["retention.ms"] == topic.retention_ms
        assert binding["topicConfiguration"]["max.message.bytes"] == topic.max_message_bytes
        twin = described[topic.dead_letter]
        assert twin["partitions"] == listed.dead_letter_partitions
        assert twin["topicConfiguration"]["max.message.bytes"] == topic.dead_letter_max_message_bytes


def test_every_service_of_the_topic_list_has_its_operations() -> None:
    for topic in topics.load().all():
        for service in topic.producers:
            assert DOCUMENT["operations"][f"{service}_sends_{topic.role}"]["action"] == "send"
        for service in topic.consumers:
            assert DOCUMENT["operations"][f"{service}_receives_{topic.role}"]["action"] == "receive"
            dead = DOCUMENT["operations"][f"{service}_sends_{asyncapi.dead_letter_channel(topic)}"]
            assert dead["channel"]["$ref"] == f"#/channels/{asyncapi.dead_letter_channel(topic)}"


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolve(reference: str) -> Any:
    """What a reference of the document leads to. Raises where it leads nowhere."""
    name, _, pointer = reference.partition("#")
    node = yaml.safe_load((schemas.SCHEMAS / name).read_text("utf-8")) if name else DOCUMENT
    for part in pointer.split("/")[1:]:
        node = node[part]
    return node


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    found = list(references(DOCUMENT))
    assert len(found) > 30
    for reference in found:
        assert resolve(reference)


def test_each_channel_carries_the_schema_of_its_model() -> None:
    for topic in topics.load().all():
        [message] = DOCUMENT["channels"][topic.role]["messages"].values()
        payload = resolve(resolve(message["$ref"])["payload"]["$ref"])
        assert payload["title"] == topic.model


def header_schema(message: str) -> dict[str, Any]:
    """Of a message of the document, with its references followed."""
    headers = DOCUMENT["components"]["messages"][message]["headers"]
    if "$ref" in headers:
        found: dict[str, Any] = resolve(headers["$ref"])
        return found
    return {"allOf": [resolve(part["$ref"]) if "$ref" in part else part for part in headers["allOf"]]}


def as_object(headers: list[tuple[str, bytes]]) -> dict[str, str]:
    return {name: value.decode() for name, value in headers}


def test_headers_as_they_are_sent_fit_the_document() -> None:
    validator = Draft202012Validator(header_schema("Outcome"), format_checker=FormatChecker())
    sent = as_object(envelope.headers(OUTCOME))
    validator.validate(sent)
    for name in ("ce_id", "ce_type", "ce_source", "content-type"):
        assert not validator.is_valid({key: value for key, value in sent.items() if key != name})
    assert not validator.is_valid({**sent, "ce_type": "bulletins.text.v1.0"})


def test_dead_letter_headers_as_they_are_sent_fit_the_document() -> None:
    validator = Draft202012Validator(header_schema("BulletinDeadLetter"), format_checker=FormatChecker())
    topic = topics.load()["text"].name
    letter = deadletter.dead_letter(
        service="extractor", error=ValueError("no"), topic=topic, partition=1, offset=2, value=b"\xff"
    )
    record = deadletter.to_record(letter)
    sent = as_object(record.headers)
    validator.validate(sent)
    assert not validator.is_valid({name: value for name, value in sent.items() if name != deadletter.ERROR_CLASS})
