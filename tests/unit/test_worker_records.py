"""One message in, its records out: what is published for a bulletin, and why a message becomes a dead letter."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from services import envelope, topics
from services.contracts import (
    MAX_TEXT_BYTES,
    Bulletin,
    Evidence,
    InvestmentReport,
    Metric,
    Note,
    Outcome,
    Status,
    bulletin_id,
    content_id,
    to_json,
)
from services.extractor import records
from services.extractor.extract import EXTRACTOR_VERSION, Extraction
from services.extractor.records import Message, read
from services.extractor.rules import investment

TEXT = topics.load()["text"]
TRACE = "00-" + "a1" * 16 + "-" + "b2" * 8 + "-01"
SENTENCE = "2025年1—6月，示例区完成固定资产投资12.5亿元。"


def bulletin(text: str = SENTENCE, **fields: object) -> Bulletin:
    return Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="file:///a.txt", **fields)


def message(value: bytes | None) -> Message:
    return Message(TEXT.name, 2, 5, b"key", value, [("traceparent", TRACE.encode()), ("null", None)])


def changed(**fields: object) -> bytes:
    return json.dumps(json.loads(to_json(bulletin())) | fields).encode()


def report(source: Bulletin, number: int = 0) -> InvestmentReport:
    return InvestmentReport(
        event_id=content_id("event", number),
        bulletin_id=source.bulletin_id,
        source_uri=source.source_uri,
        evidence=Evidence(quote=source.text[:4], start=0, end=4),
        status=Status.ACTUAL,
        rule="a_rule",
        extractor=EXTRACTOR_VERSION,
        confidence=1,
        fact_id=content_id("fact", number),
        metric=Metric.OTHER,
    )


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "MalformedMessage"),
        (b"", "MalformedMessage"),
        (b"\xff\xfe", "MalformedMessage"),
        (b"{", "MalformedMessage"),
        (b"[]", "MalformedMessage"),
        (b'"text"', "MalformedMessage"),
        (changed(text="\ud800"), "MalformedMessage"),
        (changed(schema_version="2.0"), "UnknownSchemaVersion"),
        (changed(text="another text"), "WrongBulletinId"),
        (changed(text="x" * (MAX_TEXT_BYTES + 1)), "TextTooLong"),
        (changed(text=""), "InvalidBulletin"),
        (changed(source_id=None), "InvalidBulletin"),
        (changed(published_on="yesterday"), "InvalidBulletin"),
        (b"{}", "InvalidBulletin"),
    ],
)
def test_what_cannot_be_read_becomes_a_dead_letter_with_its_reason(value: bytes | None, reason: str) -> None:
    answer = read(message(value))
    assert answer.events == []
    assert answer.letter is not None
    assert answer.letter.error_class == reason
    assert (answer.letter.topic, answer.letter.partition, answer.letter.offset) == (TEXT.name, 2, 5)
    assert (answer.end.topic, answer.end.key, answer.end.value) == (TEXT.dead_letter, b"key", value)
    assert answer.end.headers[:2] == [("traceparent", TRACE.encode()), ("null", b"")]


def test_the_reason_names_the_field_and_does_not_quote_the_text() -> None:
    letter = read(message(changed(source_id=None, publisher=7))).letter
    assert letter is not None
    assert letter.error_message == "source_id: Input should be a valid string; publisher: Input should be a valid string"
    assert SENTENCE not in letter.error_message


def test_a_field_of_a_newer_minor_version_is_ignored() -> None:
    assert read(message(changed(mood="bright"))).letter is None


def test_events_go_to_the_topics_of_their_types_and_the_outcome_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    source = bulletin(revision=7, supersedes=bulletin_id("before"))
    events = [report(source, number) for number in range(3)]
    monkeypatch.setattr(records, "extract", lambda _: Extraction(events, [Note(kind="no_rule", message="m")]))
    answer = read(message(to_json(source)))
    assert answer.letter is None
    assert [record.topic for record in answer.events] == [topics.load()["investment_report"].name] * 3
    assert {record.key for record in (*answer.events, answer.end)} == {source.bulletin_id.encode()}
    assert [InvestmentReport.model_validate_json(record.value or b"") for record in answer.events] == events
    assert answer.end.topic == topics.load()["outcome"].name
    outcome = Outcome.model_validate_json(answer.end.value or b"")
    assert outcome.event_ids == [event.event_id for event in events]
    assert outcome.event_counts == {"investment_report": 3}
    assert (outcome.revision, outcome.supersedes, outcome.extractor) == (7, source.supersedes, EXTRACTOR_VERSION)
    assert (outcome.text_chars, len(outcome.notes), outcome.notes_dropped) == (len(source.text), 1, 0)
    assert answer.tally == {("investment_report", "a_rule"): 3}
    assert {envelope.header(record.headers, envelope.REVISION) for record in (*answer.events, answer.end)} == {"7"}


def test_the_trace_of_the_bulletin_goes_on_in_what_comes_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    source = bulletin()
    monkeypatch.setattr(records, "extract", lambda _: Extraction([report(source)], []))
    answer = read(message(to_json(source)))
    spans = [envelope.header(record.headers, "traceparent") or "" for record in (*answer.events, answer.end)]
    assert {span.split("-")[1] for span in spans} == {"a1" * 16}
    assert len({span.split("-")[2] for span in spans} | {"b2" * 8}) == 3


def test_a_bulletin_without_events_has_an_outcome_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "extract", lambda _: Extraction([], []))
    outcome = Outcome.model_validate_json(read(message(to_json(bulletin()))).end.value or b"")
    assert (outcome.event_ids, outcome.event_counts) == ([], {})


def test_an_extractor_that_breaks_its_word_costs_one_bulletin(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Bulletin) -> Extraction:
        raise RecursionError("too deep")

    monkeypatch.setattr(records, "extract", broken)
    letter = read(message(to_json(bulletin()))).letter
    assert letter is not None
    assert (letter.error_class, letter.error_message) == ("ExtractionFailed", "RecursionError: too deep")


def endless(_: object) -> None:
    while True:
        pass


@pytest.mark.parametrize("runs_away", [lambda _: re.fullmatch("(a|a)*b", "a" * 60), endless])
def test_a_rule_that_runs_away_costs_one_bulletin(monkeypatch: pytest.MonkeyPatch, runs_away: Callable[[object], object]) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(records, "EXTRACT_SECONDS", 0.2)
        broken.setattr(investment, "find", runs_away)
        letter = read(message(to_json(bulletin()))).letter
    assert letter is not None
    assert letter.error_class == "ExtractionTooSlow"
    assert letter.error_message.endswith("are not read within 0 s")
    assert read(message(to_json(bulletin()))).letter is None


def test_the_longer_a_message_the_longer_it_may_be_read() -> None:
    assert message(b"x" * 2_000_000).seconds > 20 * message(b"x").seconds > 0


def test_notes_are_bounded_and_those_left_out_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = [Note(kind="no_rule", message="长" * 10_000) for _ in range(2 * records.MAX_NOTES)]
    monkeypatch.setattr(records, "extract", lambda _: Extraction([], notes))
    outcome = Outcome.model_validate_json(read(message(to_json(bulletin()))).end.value or b"")
    assert (len(outcome.notes), outcome.notes_dropped) == (records.MAX_NOTES, records.MAX_NOTES)
    assert {len(note.message) for note in outcome.notes} == {records.MAX_NOTE_CHARACTERS}


def test_ten_thousand_events_of_one_bulletin_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    source = bulletin()
    monkeypatch.setattr(records, "extract", lambda _: Extraction([report(source, number) for number in range(10_000)], []))
    answer = read(message(to_json(source)))
    assert answer.letter is None
    assert len(answer.events) == 10_000


def test_a_result_over_its_topics_limit_is_a_dead_letter_before_anything_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    source = bulletin()
    huge = report(source).model_copy(
        update={"evidence": Evidence(quote=source.text, start=0, end=len(source.text)), "rule": "r" * 5_000_000}
    )
    monkeypatch.setattr(records, "extract", lambda _: Extraction([huge], []))
    answer = read(message(to_json(source)))
    assert answer.letter is not None
    assert answer.letter.error_class == "ResultTooLarge"
    assert answer.events == []
