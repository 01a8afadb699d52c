"""A cursor goes on where its list stopped, and nothing else passes for one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api import cursor
from services.api.cursor import LONGEST, CursorError, Kind, SortValue
from services.api.params import EventQuery

KINDS: list[Kind] = ["long", "text", "long", "text"]
FILTERS = '{"q":"投资"}'


def forged(**fields: Any) -> str:
    good = {"version": 1, "filters": cursor._digest(FILTERS), "after": [1, "b", 2, "e"]}
    return base64.urlsafe_b64encode(json.dumps({**good, **fields}).encode()).decode()


@given(st.integers(-LONGEST - 1, LONGEST), st.text(max_size=40), st.integers(0, 10**7), st.text(max_size=40))
def test_what_goes_out_comes_back(first: int, second: str, third: int, fourth: str) -> None:
    after: list[SortValue] = [first, second, third, fourth]
    assert cursor.decode(cursor.encode(FILTERS, after), FILTERS, KINDS) == after


def test_an_event_without_the_sort_field_has_a_place_too() -> None:
    after: list[SortValue] = ["-Infinity", "b", 2, "e"]
    assert cursor.decode(cursor.encode(FILTERS, after), FILTERS, ["double", "text", "long", "text"]) == after


def test_a_page_of_another_size_goes_on_in_the_same_list() -> None:
    assert EventQuery(limit=5).filters() == EventQuery(limit=7, cursor="x").filters()


def test_another_list_refuses_it() -> None:
    text = cursor.encode(EventQuery(sort="amount").filters(), [1, "b", 2, "e"])
    with pytest.raises(CursorError, match="other parameters"):
        cursor.decode(text, EventQuery(sort="-amount").filters(), KINDS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "中文",
        "%",
        "AAAA",
        base64.urlsafe_b64encode(b"[]").decode(),
        forged(version=2),
        forged(after=[1, "b", 2]),
        forged(after=["1", "b", 2, "e"]),
        forged(after=[1, {"match_all": {}}, 2, "e"]),
        forged(after=[True, "b", 2, "e"]),
        forged(after=[2**63 + 1, "b", 2, "e"]),
        forged(after=[float("nan"), "b", 2, "e"]),
        forged(after=[None, "b", 2, "e"]),
        forged(extra=1),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        cursor.decode(text, FILTERS, KINDS)


@given(st.text(max_size=100))
def test_any_text_is_refused_without_another_error(text: str) -> None:
    with pytest.raises(CursorError):
        cursor.decode(text, FILTERS, KINDS)
