"""Which tellings are one fact and which are two: cases as data in specs/facts.yaml."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.contracts import Bulletin, bulletin_id
from services.extractor.extract import extract

SPEC: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "specs" / "facts.yaml").read_text("utf-8"))


def facts(telling: str | dict[str, Any], event_type: str) -> list[str]:
    said = {"text": telling} if isinstance(telling, str) else telling
    text = said["text"]
    bulletin = Bulletin(
        bulletin_id=bulletin_id(text),
        text=text,
        source_id="test",
        source_uri="test:1",
        published_on=said.get("day", date(2025, 9, 10)),
        region_code=said.get("region", "410106"),
    )
    found = [event.fact_id for event in extract(bulletin).events if event.event_type == event_type]
    assert found, f"no {event_type} in {text}"
    return found


def ids(cases: list[list[Any]]) -> list[str]:
    return [str(case[1:]) for case in cases]


@pytest.mark.parametrize(("event_type", "one", "other"), SPEC["join"], ids=ids(SPEC["join"]))
def test_one_fact_told_twice(event_type: str, one: Any, other: Any) -> None:
    assert set(facts(one, event_type)) & set(facts(other, event_type))


@pytest.mark.parametrize(("event_type", "one", "other"), SPEC["apart"], ids=ids(SPEC["apart"]))
def test_two_facts_alike(event_type: str, one: Any, other: Any) -> None:
    assert not set(facts(one, event_type)) & set(facts(other, event_type))


@pytest.mark.parametrize(("event_type", "text", "events"), SPEC["within"]["join"], ids=ids(SPEC["within"]["join"]))
def test_one_fact_twice_in_a_bulletin(event_type: str, text: str, events: int) -> None:
    found = facts(text, event_type)
    assert (len(found), len(set(found))) == (events, 1)


@pytest.mark.parametrize(("event_type", "text", "events"), SPEC["within"]["apart"], ids=ids(SPEC["within"]["apart"]))
def test_facts_of_one_bulletin_that_are_alike(event_type: str, text: str, events: int) -> None:
    assert len(set(facts(text, event_type))) == events
