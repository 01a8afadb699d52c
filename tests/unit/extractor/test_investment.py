"""Investment reports: cases as data in specs/investment*.yaml."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml

from services.contracts import Bulletin, InvestmentReport, bulletin_id
from services.extractor.extract import Extraction, extract

FOLDER = Path(__file__).parent / "specs"
SPECS = yaml.safe_load((FOLDER / "investment.yaml").read_text("utf-8"))
CASES = {
    text: case
    for name in (
        "investment.yaml",
        "investment_styles.yaml",
        "investment_everyday.yaml",
        "investment_parts.yaml",
        "investment_grants.yaml",
    )
    for text, case in yaml.safe_load((FOLDER / name).read_text("utf-8"))["cases"].items()
}


def read(text: str) -> Extraction:
    return extract(
        Bulletin(
            bulletin_id=bulletin_id(text),
            text=text,
            source_id="test",
            source_uri="test:1",
            published_on=SPECS["published_on"],
            region_code=SPECS["region_code"],
        )
    )


def reports(text: str) -> list[InvestmentReport]:
    return [event for event in read(text).events if isinstance(event, InvestmentReport)]


def flat(event: InvestmentReport) -> dict[str, Any]:
    """The event's fields in one level, as the cases write them."""
    amount, period = event.amount, event.period
    return {
        "metric": event.metric.value,
        "subject": event.subject,
        "value": amount and amount.value,
        "value_max": amount and amount.value_max,
        "currency": amount and amount.currency,
        "bound": amount and amount.bound.value,
        "change_percent": event.change_percent,
        "plan_percent": event.plan_percent,
        "project_count": event.project_count,
        "rankings": [{"scope": rank.scope, "position": rank.position} for rank in event.rankings],
        "status": event.status.value,
        "start": period and period.start,
        "end": period and period.end,
    }


@pytest.mark.parametrize("text", CASES)
def test_reports_of_a_sentence(text: str) -> None:
    found, expected = [flat(event) for event in reports(text)], CASES[text]
    assert [event["metric"] for event in found] == [case["metric"] for case in expected]
    for event, case in zip(found, expected, strict=True):
        told = {name: float(event[name]) if isinstance(value, float) else event[name] for name, value in case.items()}
        assert told == case


@pytest.mark.parametrize("text", CASES)
def test_evidence_holds_the_figure(text: str) -> None:
    for event in reports(text):
        assert text[event.evidence.start : event.evidence.end] == event.evidence.quote
        assert event.amount is None or event.amount.text in event.evidence.quote


@pytest.mark.parametrize("text", SPECS["notes"])
def test_a_sum_that_is_turned_down_leaves_a_note(text: str) -> None:
    reading = read(text)
    kinds = [note.kind for note in reading.notes if note.kind not in ("no_rule", "no_project")]
    assert kinds == SPECS["notes"][text]


@pytest.mark.parametrize("name", SPECS["tables"])
def test_rows_of_a_table(name: str) -> None:
    case = SPECS["tables"][name]
    found = [flat(event) for event in reports(case["text"])]
    assert [[event["subject"], event["metric"], event["value"], event["status"]] for event in found] == case["rows"]


def test_a_table_without_a_unit_is_left_with_a_note() -> None:
    text = "序号 项目名称 建设单位 总投资 年度计划投资 形象进度\n1 供水工程 县水利局 18600 9000 管线铺设\n"
    assert [note.kind for note in read(text).notes] == ["no_unit"]
    assert not reports(text)


@pytest.mark.parametrize(
    "unit",
    [
        "投资1亿元、",
        "固定资产投资增长5%，",
        "（投资5亿元",
        "其中甲项目3亿元。",
        "2024年投资3亿元，",
        "分别增长5%投资、",
        "1\t投资\t3\n",
    ],
)
def test_work_grows_no_faster_than_the_text(unit: str) -> None:
    """Four times the text makes about four times the calls; anything quadratic would make sixteen."""

    def calls(repeats: int) -> int:
        count = 0

        def counting(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        sys.setprofile(counting)
        try:
            read(unit * repeats + "总投资1亿元")
        finally:
            sys.setprofile(None)
        return count

    calls(50)
    assert calls(1000) < 6 * calls(250)
