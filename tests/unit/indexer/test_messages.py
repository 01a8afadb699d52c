from __future__ import annotations

import json
from typing import Any

import pytest

from services.contracts import to_json
from services.indexer.letters import is_ours
from services.indexer.messages import (
    DocumentRejected,
    InvalidMessage,
    MalformedMessage,
    Message,
    Told,
    UnknownSchemaVersion,
    parse,
)
from tests.readings import Sent, bulletin, event, message, read

TEXT = bulletin("上街区重点项目开工。", revision=7)


def changed(sent: Sent, **fields: Any) -> Sent:
    return sent._replace(value=json.dumps(json.loads(sent.value or b"") | fields).encode())


@pytest.mark.parametrize("body", [TEXT, *read(TEXT).events, read(TEXT).outcome])
def test_a_message_comes_back_as_it_was_written(body: Any) -> None:
    sent = message(body, revision=7)
    parsed = parse(sent)
    assert parsed.document == sent.value
    assert parsed.revision == 7


@pytest.mark.parametrize("body", [TEXT, read(TEXT).outcome])
def test_a_bulletin_and_an_outcome_are_kept_whole(body: Any) -> None:
    assert parse(message(body)).body == body


@pytest.mark.parametrize("found", read(TEXT).events)
def test_of_an_event_its_document_is_kept_and_what_the_storing_asks_of_it(found: Any) -> None:
    sent = message(found, revision=7)
    told = Told(found.event_id, found.bulletin_id, found.source_uri, found.extractor, sent.value or b"")
    assert parse(sent) == Message(sent, told, 7)


def test_unknown_fields_of_a_newer_minor_version_are_dropped() -> None:
    parsed = parse(changed(message(event(TEXT, 1)), novelty={"a": 1}))
    assert parsed.document == to_json(event(TEXT, 1))


def test_a_document_is_one_line_also_where_the_message_is_not() -> None:
    sent = message(event(TEXT, 1))
    parsed = parse(sent._replace(value=json.dumps(json.loads(sent.value or b""), indent=2).encode()))
    assert parsed.document == sent.value


@pytest.mark.parametrize(
    ("number", "fields"),
    [
        (0, {"amount": {"value": "650000000", "text": "6.5亿元"}}),
        (0, {"amount": {"value": 1, "value_max": "650000000", "text": "6.5亿元"}}),
        (0, {"change_percent": "16.5"}),
        (1, {"progress_percent": "16.5"}),
    ],
)
def test_numbers_in_quotes_become_numbers(number: int, fields: dict[str, Any]) -> None:
    given = event(TEXT, number).model_dump() | fields
    document = parse(changed(message(event(TEXT, number)), **fields)).document
    assert document == to_json(type(event(TEXT, number)).model_validate(given))
    assert b'"650000000"' not in document
    assert b'"16.5"' not in document


def test_an_event_without_the_header_has_an_unknown_revision() -> None:
    assert parse(message(event(TEXT, 1))).revision == 0


def test_the_last_of_two_revision_headers_counts() -> None:
    sent = message(event(TEXT, 1), revision=7)
    assert parse(sent._replace(headers=[*sent.headers, ("ce_revision", b"9"), ("traceparent", b"-")])).revision == 9


@pytest.mark.parametrize("value", [b"seven", b"", b"-1", b"1" * 19])
def test_a_revision_that_is_none_is_refused(value: bytes) -> None:
    with pytest.raises(InvalidMessage, match="ce_revision"):
        parse(message(event(TEXT, 1))._replace(headers=[("ce_revision", value)]))


@pytest.mark.parametrize("value", [None, b"", b"not json", b"[]", b'"text"', b'{"a":', b"\xff\xfe"])
def test_what_is_no_object_is_malformed(value: bytes | None) -> None:
    with pytest.raises(MalformedMessage):
        parse(message(event(TEXT, 1))._replace(value=value))


def test_another_major_version_is_told_apart() -> None:
    with pytest.raises(UnknownSchemaVersion, match="schema_version"):
        parse(changed(message(event(TEXT, 1)), schema_version="2.0"))


@pytest.mark.parametrize(
    ("number", "fields"),
    [
        (1, {"stage": "dreamt_of"}),
        (1, {"event_type": "accolade"}),
        (1, {"event_id": "../1"}),
        (1, {"evidence": {"quote": "短", "start": 0, "end": 9}}),
        (0, {"amount": {"value": -1, "text": "负"}}),
    ],
)
def test_what_the_model_does_not_allow_is_invalid(number: int, fields: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage):
        parse(changed(message(event(TEXT, number)), **fields))


def test_the_reason_names_the_field_and_not_its_content() -> None:
    with pytest.raises(InvalidMessage) as caught:
        parse(changed(message(event(TEXT, 1)), stage="secret"))
    assert "stage" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [{"revision": 2**63}, {"text_chars": 2**70}, {"event_counts": {"accolade": 10**30}}, {"notes_dropped": 2**63}],
)
def test_an_outcome_with_a_number_that_no_index_holds_is_rejected(fields: dict[str, Any]) -> None:
    with pytest.raises(DocumentRejected, match="63 bits"):
        parse(changed(message(read(TEXT).outcome), **fields))


def test_a_note_with_a_number_that_no_index_holds_is_rejected() -> None:
    note = {"kind": "k", "message": "m", "start": 2**63, "end": None}
    with pytest.raises(DocumentRejected, match=r"notes\.0\.start"):
        parse(changed(message(read(TEXT).outcome), notes=[note]))


def test_a_bulletin_with_a_revision_that_no_index_holds_is_rejected() -> None:
    with pytest.raises(DocumentRejected, match="revision"):
        parse(changed(message(TEXT), revision=2**63))


def test_counts_of_unknown_event_types_are_left_out() -> None:
    parsed = parse(changed(message(read(TEXT).outcome), event_counts={"accolade": 1, "novelty": 2}))
    assert parsed.body == read(TEXT).outcome.model_copy(update={"event_counts": {"accolade": 1}})


def test_a_text_that_nobody_can_read_has_its_one_dead_letter_from_the_extractor() -> None:
    text, found, outcome = message(TEXT), message(event(TEXT, 1)), message(read(TEXT).outcome)
    assert not is_ours(text, MalformedMessage())
    assert is_ours(text, DocumentRejected())
    assert is_ours(found, MalformedMessage())
    assert is_ours(outcome, UnknownSchemaVersion())
