"""Which dead letters are chosen, and which can be sent again."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from services.deadletter import dead_letter, to_record
from services.ops.dlq import Filter, Letter, Range, State, paced, parse, parse_address
from services.ops.journal import Entry
from services.topics import load

NAME = load()["text"].dead_letter


def letter(offset: int = 3, reason: type[Exception] = ValueError, service: str = "extractor", seconds: int = 0) -> Letter:
    told = dead_letter(service=service, error=reason("no"), topic=load()["text"].name, partition=0, offset=offset, key=b"k")
    record = to_record(told)
    return parse(Entry(record.topic, 0, offset, seconds * 1000, record.key, record.value, record.headers))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_an_address_is_a_dead_letter_topic_a_partition_and_an_offset_or_a_range() -> None:
    assert parse_address(f"{NAME}:0:17") == Range(NAME, 0, 17, 17)
    assert parse_address(f"{NAME}:0:17-20") == Range(NAME, 0, 17, 20)
    wrong = ("", NAME, f"{NAME}:0", f"{NAME}:0:-1", f"{NAME}:a:1", f"{NAME}:0:2-1", f"{NAME}:0:1-", f"{load()['text'].name}:0:1")
    for address in wrong:
        with pytest.raises(ValueError, match="address|no dead-letter topic"):
            parse_address(address)


def test_a_letter_whose_headers_tell_nothing_is_shown_as_such_and_cannot_be_sent() -> None:
    found = parse(Entry("text", 0, 3, 0, b"k", b"x", []))
    assert found.letter is None
    assert "do not tell what failed" in (found.trouble or "")
    assert found.unsendable == found.trouble
    assert found.address == "text:0:3"


def test_a_file_that_the_watcher_turned_down_is_no_message_to_be_sent() -> None:
    headers = [("ce_type", b"bulletins.rejected.v1.0"), ("ce_source", b"file:a/b.txt")]
    record = to_record(dead_letter(service="watcher", error=ValueError("no"), topic=load()["text"].name, headers=headers))
    found = parse(Entry(record.topic, 0, 0, 0, record.key, record.value, record.headers))
    assert "no message but file:a/b.txt" in (found.unsendable or "")
    assert letter().unsendable is None


@pytest.mark.parametrize(
    ("chosen", "passes"),
    [
        (Filter(), True),
        (Filter(reasons=["ValueError"]), True),
        (Filter(reasons=["KeyError"]), False),
        (Filter(services=["extractor"]), True),
        (Filter(services=["indexer"]), False),
        (Filter(ranges=[Range(NAME, 0, 1, 3)]), True),
        (Filter(ranges=[Range(NAME, 0, 4, 9), Range(NAME, 1, 0, 9)]), False),
        (Filter(since=at(5)), True),
        (Filter(since=at(6)), False),
        (Filter(until=at(5)), False),
        (Filter(until=at(6), since=at(5)), True),
        (Filter(states=[State.OPEN]), True),
        (Filter(states=[State.REPLAYED, State.DROPPED]), False),
        (Filter(reasons=["ValueError"], services=["indexer"]), False),
    ],
)
def test_a_filter_lets_pass_what_all_its_parts_let_pass(chosen: Filter, passes: bool) -> None:
    assert chosen.has(letter(seconds=5)) is passes


def test_a_letter_that_tells_nothing_passes_no_filter_by_reason() -> None:
    unknown = parse(Entry(NAME, 0, 3, 0, b"k", b"x", []))
    assert Filter().has(unknown)
    assert not Filter(reasons=["ValueError"]).has(unknown)
    assert not Filter(services=["extractor"]).has(unknown)


def test_a_pace_is_kept_from_the_second_on(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 6))
        clock[0] += seconds

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", sleep)
    assert len(list(paced([letter()] * 4, rate=2))) == 4
    assert slept == [0, 0.5, 0.5, 0.5]
    assert len(list(paced([letter()] * 4, rate=None))) == 4
    assert len(slept) == 4
