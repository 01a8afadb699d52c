"""The index mappings are strict and say the same as the models: every field with a fitting type, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter

from services import indices
from services.api.webhooks.model import Webhook
from services.apikeys import ApiKey
from services.contracts import EVENT_ADAPTER, EVENT_TYPES, Bulletin, BulletinState
from services.replies import Delivery
from services.settings import PROJECT, Settings

MODELS: dict[str, type[BaseModel] | TypeAdapter[Any]] = {
    "bulletin-events": EVENT_ADAPTER,
    "bulletins": Bulletin,
    "bulletin-states": BulletinState,
    "bulletin-keys": ApiKey,
    "bulletin-webhooks": Webhook,
    "bulletin-deliveries": Delivery,
}
# What a JSON Schema type may be in the index. Strings are whole (keyword) or full text; a number with a fraction is a double,
# because a float has seven digits and amounts have up to fifteen.
FITTING = {
    "string": {"keyword", "text"},
    "integer": {"integer", "long"},
    "number": {"double"},
    "boolean": {"boolean"},
    "date": {"date"},
    "date-time": {"date"},
}
# One term of Lucene has at most 32766 bytes: a longer one would have the whole document rejected.
LONGEST_TERM = 32766 // 4
# Strings of a known short form, which need no limit.
SHORT = {
    "event_id",
    "event_ids",
    "fact_id",
    "bulletin_id",
    "supersedes",
    "near_duplicate_of",
    "source_id",
    "schema_version",
    "region_code",
    "currency",
}


def model_fields(kind: str) -> dict[str, str]:
    """Every leaf field of a model by its dotted path, with its JSON Schema type."""
    model = MODELS[kind]
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    schema = adapter.json_schema(mode="serialization")
    return dict(leaves(schema, schema.get("$defs", {}), ""))


def leaves(schema: dict[str, Any], definitions: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    if "$ref" in schema:
        yield from leaves(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions, path)
    elif "properties" in schema:
        for name, field in schema["properties"].items():
            yield from leaves(field, definitions, f"{path}.{name}" if path else name)
    elif schema.get("type") == "array":
        yield from leaves(schema["items"], definitions, path)
    elif alternatives := schema.get("oneOf") or schema.get("anyOf"):
        for option in alternatives:
            if option.get("type") != "null":
                yield from leaves(option, definitions, path)
    elif path.endswith("event_counts"):
        for event_type in EVENT_TYPES:
            yield from leaves(schema["additionalProperties"], definitions, f"{path}.{event_type}")
    else:
        yield path, schema.get("format") if schema.get("format") in FITTING else schema["type"]


def mapped_fields(mapping: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in mapping["properties"].items():
        full = f"{path}.{name}" if path else name
        if "properties" in field:
            yield from mapped_fields(field, full)
        else:
            yield full, field


def test_a_mapping_for_each_index_and_no_other_file() -> None:
    kinds = {index.kind for index in indices.all_indices(Settings())}
    assert kinds == set(MODELS)
    assert {path.name for path in indices.MAPPINGS.iterdir()} == {f"{kind}.json" for kind in kinds}
    assert indices.MAPPINGS.is_relative_to(PROJECT)


@pytest.mark.parametrize("kind", MODELS)
def test_every_field_is_mapped_and_nothing_else(kind: str) -> None:
    assert set(dict(mapped_fields(indices.mapping(kind)))) == set(model_fields(kind))


@pytest.mark.parametrize("kind", MODELS)
def test_every_type_fits(kind: str) -> None:
    types = model_fields(kind)
    for path, field in mapped_fields(indices.mapping(kind)):
        assert field["type"] in FITTING[types[path]], path


@pytest.mark.parametrize("kind", MODELS)
def test_unknown_fields_are_refused(kind: str) -> None:
    assert indices.mapping(kind)["dynamic"] == "strict"


@pytest.mark.parametrize("kind", MODELS)
def test_no_text_can_be_too_long_for_a_term(kind: str) -> None:
    enums = {"event_type", "status", "metric", "stage", "level", "bound", "reason", "scopes", "outcome"}
    for path, field in mapped_fields(indices.mapping(kind)):
        name = path.rsplit(".", 1)[-1]
        for part in (field, *field.get("fields", {}).values()):
            if part["type"] == "keyword" and name not in SHORT | enums:
                assert part["ignore_above"] <= LONGEST_TERM, path


@pytest.mark.parametrize("path", ["project", "organization", "recipient", "subject", "honor", "region", "granted_by"])
def test_names_can_be_searched_whole_and_by_their_words(path: str) -> None:
    field = dict(mapped_fields(indices.mapping("bulletin-events")))[path]
    assert field["type"] == "keyword"
    assert field["fields"]["text"] == {"type": "text"}


def test_quotes_can_be_searched_whole_and_by_their_words() -> None:
    field = dict(mapped_fields(indices.mapping("bulletin-events")))["evidence.quote"]
    assert field["type"] == "text"
    assert field["fields"]["keyword"]["type"] == "keyword"
