"""Events as people see them on a terminal."""

from __future__ import annotations

from typing import Any

import pytest

from services.commands import present
from services.commands.regions import codes
from services.commands.tail import passes
from services.places import below


def milestone(**fields: Any) -> dict[str, Any]:
    return {
        "event_type": "project_milestone",
        "stage": "operational",
        "project": "智能空调生产基地",
        "project_count": None,
        "status": "actual",
        "period": {"start": "2024-01-01", "end": "2024-12-31", "text": "2024年"},
        "region": "上街区",
        "region_code": "410106",
        "evidence": {"quote": "基地投产", "start": 0, "end": 4},
        **fields,
    }


INVESTMENT = {
    "event_type": "investment_report",
    "metric": "completed_investment",
    "amount": {"value": 650000000, "text": "6.5亿元"},
    "change_percent": -3.5,
    "subject": None,
    "status": "planned",
    "period": None,
    "published_on": "2024-02-03",
    "region": None,
    "region_code": "410106",
    "evidence": {"quote": "完成投资\n6.5亿元"},
}
ACCOLADE = {
    "event_type": "accolade",
    "level": None,
    "honor": "百强",
    "recipient": "甲公司",
    "status": "actual",
    "evidence": {"quote": "x"},
}


def test_a_line_says_what_when_where_and_quotes() -> None:
    assert (
        present.line(milestone()) == "project_milestone  operational  智能空调生产基地  2024-01-01…2024-12-31  上街区  “基地投产”"
    )
    assert present.line(INVESTMENT) == (
        "investment_report  completed_investment  6.5亿元  -3.5%  planned  2024-02-03  410106  “完成投资 6.5亿元”"
    )
    assert present.line(milestone(project_count=3)).split("  ")[3] == "×3"


def test_nothing_in_a_bulletin_can_steer_the_terminal() -> None:
    hostile = milestone(project="\x1b]0;owned\x07桥\u202e", region="\x9b31m区", evidence={"quote": "a\r\nb\x1b[2J"})
    for text in (present.line(hostile), *present.table([hostile])):
        assert text.isprintable()


def test_a_table_is_aligned_by_columns_on_the_screen_and_ordered_by_type() -> None:
    rows = list(present.table([ACCOLADE, milestone(), INVESTMENT]))
    assert [row.split()[0] for row in rows] == ["TYPE", "investment_report", "project_milestone", "accolade"]
    starts = [present.width(row[: row.index(word)]) for row, word in zip(rows[:3], ["WHERE", "410106", "上街区"], strict=True)]
    assert len(set(starts)) == 1


def test_an_empty_table_has_its_headings() -> None:
    assert list(present.table([])) == ["TYPE  WHAT  WHEN  WHERE  QUOTE"]


@pytest.mark.parametrize(
    ("text", "columns", "shown"), [("中文字", 6, "中文字"), ("中文字", 5, "中文…"), ("中文字", 4, "中…"), ("abc", 2, "a…")]
)
def test_a_text_is_cut_by_columns_not_characters(text: str, columns: int, shown: str) -> None:
    assert present.cut(text, columns) == shown
    assert present.width(shown) <= columns


@pytest.mark.parametrize(
    ("region", "stage", "passed"),
    [
        (None, None, True),
        ("上街区", "operational", True),
        ("上街", None, True),
        ("中原区", None, False),
        ("郑州市", None, True),
        ("河南省", None, True),
        ("北京市", None, False),
        ("上街区", "started", False),
        ("410106", None, True),
        ("410100", None, True),
        ("410000", None, True),
        ("410105", None, False),
        ("110000", None, False),
    ],
)
def test_a_filter_takes_a_place_with_everything_below_it(region: str | None, stage: str | None, passed: bool) -> None:
    assert passes(milestone(), region, stage) is passed


def test_an_event_without_a_place_passes_no_place_filter() -> None:
    assert not passes(milestone(region=None, region_code=None), "上街区", None)
    assert not passes(milestone(region=None, region_code=None), "410106", None)


def test_a_name_means_all_divisions_that_bear_it() -> None:
    assert codes("上街区") == ["410106"]
    assert {"110105", "220104"} <= set(codes("朝阳区"))
    assert codes("新安路") == []
    assert codes("410106") == ["410106"]


def test_codes_end_in_zeros_for_what_has_divisions_below() -> None:
    assert [below(code) for code in ("410000", "410100", "410106")] == ["41", "4101", "410106"]
