"""Events as rows of a table."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from services.api import exports
from services.api.params import EVENT_FIELDS, ExportQuery


def cell(value: Any, name: str = "project", part: str | None = None) -> object:
    return exports.cell({name: {part: value} if part else value}, name, part)


@pytest.mark.parametrize(
    "text", ["=1+1", "+8613800000000", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x")']
)
def test_what_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    assert cell(text) == "'" + text
    assert cell(text, "evidence", "quote") == "'" + text


@pytest.mark.parametrize("value", ["某项目", "a=b", 0, -3, 1.5, None, "'x"])
def test_everything_else_stays_as_it_is(value: Any) -> None:
    assert cell(value) == value


def test_parts_become_columns_and_absent_ones_stay_empty() -> None:
    names = exports.columns(["amount", "event_id", "rankings"])
    assert names[:2] == [("event_id", None), ("amount", "value")]
    assert exports.cell({"amount": None}, "amount", "value") is None
    assert exports.cell({}, "amount", "value") is None
    assert exports.cell({"rankings": [{"scope": "六区", "position": 1}]}, "rankings", None) == "六区: 1"


def test_every_field_of_the_contract_has_a_column() -> None:
    assert {name for name, _ in exports.columns(ExportQuery().selected())} == set(EVENT_FIELDS)


def test_a_line_reads_back_as_it_was() -> None:
    written = exports._lines([['他说："好"', "一\n二", "三,四", None]]).decode()
    assert written.endswith("\r\n")
    assert next(csv.reader(io.StringIO(written, newline=""))) == ['他说："好"', "一\n二", "三,四", ""]
