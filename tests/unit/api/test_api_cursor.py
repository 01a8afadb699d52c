"""A cursor goes on where its list stopped, and nothing else passes for one."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api import cursor
from services.api.cursor import CursorError, Place, SortValue
from services.api.params import EventQuery

KEY = b"k" * 32
FILTERS = '{"q":"投资"}'
GIVEN = cursor.encode(KEY, FILTERS, Place(snapshot="s", after=[1, "b", 2, "e"]))
values: st.SearchStrategy[SortValue] = st.none() | st.integers(-(2**63), 2**63) | st.text(max_size=40) | st.just("-Infinity")


@given(st.text(max_size=200), st.none() | st.lists(values, max_size=5), st.integers(0, 10_000))
def test_what_goes_out_comes_back(snapshot: str, after: list[SortValue] | None, offset: int) -> None:
    place = Place(snapshot=snapshot, after=after, offset=offset)
    assert cursor.decode(KEY, cursor.encode(KEY, FILTERS, place), FILTERS) == place


def test_a_page_of_another_size_goes_on_in_the_same_list() -> None:
    assert EventQuery(limit=5).filters() == EventQuery(limit=7, cursor="x").filters()


def test_another_list_refuses_it() -> None:
    text = cursor.encode(KEY, EventQuery(sort="amount").filters(), Place(snapshot="s"))
    with pytest.raises(CursorError, match="other parameters"):
        cursor.decode(KEY, text, EventQuery(sort="-amount").filters())


def test_another_process_with_another_key_refuses_it() -> None:
    with pytest.raises(CursorError, match="first page"):
        cursor.decode(b"x" * 32, GIVEN, FILTERS)


@given(st.integers(0, len(GIVEN) - 1), st.sampled_from("AQgw09_-"))
def test_no_character_of_it_can_be_changed(place: int, character: str) -> None:
    changed = GIVEN[:place] + character + GIVEN[place + 1 :]
    if base64.urlsafe_b64decode(changed + "===") != base64.urlsafe_b64decode(GIVEN + "==="):
        with pytest.raises(CursorError):
            cursor.decode(KEY, changed, FILTERS)


@pytest.mark.parametrize("text", ["", "中文", "%", "AAAA", base64.urlsafe_b64encode(b"{}" * 20).decode()])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        cursor.decode(KEY, text, FILTERS)


@given(st.text(max_size=100))
def test_any_text_is_refused_without_another_error(text: str) -> None:
    with pytest.raises(CursorError):
        cursor.decode(KEY, text, FILTERS)
