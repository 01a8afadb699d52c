"""Sums of money, percentages, counts and times: cases as data under specs/."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.extractor import dates, numbers, sums

SPECS = Path(__file__).parent / "specs"
MONEY = yaml.safe_load((SPECS / "money.yaml").read_text("utf-8"))
DATES = yaml.safe_load((SPECS / "dates.yaml").read_text("utf-8"))


@pytest.mark.parametrize("text", MONEY)
def test_money(text: str) -> None:
    found = [
        [text[m.start : m.end], int(m.value), m.value_max and int(m.value_max), m.currency, m.bound.value, m.class_name]
        for m in sums.money(text)
    ]
    assert found == MONEY[text]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("同比增长16.5%", ["16.5"]),
        ("下降百分之三点五", ["3.5"]),
        ("增长1.3倍", ["130"]),
        ("实现翻一番", ["100"]),
        ("高出19.8个百分点", []),
        ("占比三成以上", ["30"]),
        ("增长一成六", ["16"]),
        ("同比翻了一番", ["100"]),
    ],
)
def test_percents(text: str, values: list[str]) -> None:
    assert [percent.value for percent in numbers.percents(text)] == [Decimal(value) for value in values]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("共12个", [(12, "个")]),
        ("民生工程30多个", [(30, "个")]),
        ("三家单位", [(3, "家")]),
        ("十一项工作", [(11, "项")]),
        ("第3个项目", []),
        ("高出4个百分点", []),
        ("一是压实责任，二是强化协同", []),
    ],
)
def test_counts(text: str, values: list[tuple[int, str]]) -> None:
    assert [(count.value, count.measure) for count in numbers.counts(text)] == values


@pytest.mark.parametrize("text", DATES["cases"])
def test_times(text: str) -> None:
    anchor = dates.Anchor(DATES["anchor"], DATES["anchor"].year)
    found: list[list[Any]] = [
        [text[t.start : t.end], t.first, t.last, t.comparison] for t in dates.times(text, 0, len(text), anchor)
    ]
    assert found == DATES["cases"][text]


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2024年全区重点工作这样干。力争到2026年底建成。", 2024),
        ("2023年政府工作报告。2022年，工业增长。2022年，投资增长。2022年，出口增长。", 2023),
        ("力争2023年底产值达到60亿元。2022年11月12日，班列开行。2023年底建成。", 2023),
        ("2025年前三季度工业运行简析。2025年前三季度，产值增长。到2026年二季度建成投产。", 2025),
        ("近日，全区召开会议。", None),
    ],
)
def test_the_year_of_a_bulletin_without_a_date(text: str, year: int | None) -> None:
    assert dates.anchor(text, None) == dates.Anchor(None, year)


@pytest.mark.parametrize(
    ("text", "told_from"),
    [
        ("某县会议纪要\n〔2025〕6号\n2025年6月13日，副县长主持召开调度会，纪要如下：", date(2025, 6, 13)),
        ("2025年春季集中开工侧记\n本报讯（记者 李明）3月18日，集中开工仪式在开发区举行。", date(2025, 3, 18)),
        ("2024年3月2日召开的会议要求加快进度。", None),
        # A digest of the week is told from none of its days.
        ("一周要闻（2024年3月18日—24日）\n3月20日，集中开工仪式举行。\n3月22日，大桥通车。", None),
    ],
)
def test_minutes_are_told_from_the_day_of_the_meeting(text: str, told_from: date | None) -> None:
    assert dates.anchor(text, None).published_on == told_from


def test_a_given_date_is_the_anchor() -> None:
    assert dates.anchor("2019年", date(2020, 5, 1)) == dates.Anchor(date(2020, 5, 1), 2020)


def test_in_the_first_months_a_day_of_the_last_is_of_the_year_before() -> None:
    for day, year in (("12月28日", 2024), ("3月28日", 2025), ("2025年12月28日", 2025)):
        found = dates.times(day, 0, len(day), dates.Anchor(date(2025, 1, 20), 2025))
        assert [time.first and time.first.year for time in found] == [year]


def test_a_chronicle_names_its_month_once() -> None:
    text = "某市2019年4月大事记\n3日　批复初步设计。\n28日　开通公交。"
    found = dates.times(text, 12, len(text), dates.Anchor(None, 2019))
    assert [time.first for time in found] == [date(2019, 4, 3), date(2019, 4, 28)]
