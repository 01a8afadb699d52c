"""Days, months and the times that they make; what they are relative to."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from services.extractor.expressions import expression
from services.extractor.numbers import CHINESE_DIGIT, chinese


@dataclass(frozen=True, slots=True)
class Anchor:
    """What relative expressions are relative to: the day of publication where the bulletin says it, else only its year."""

    published_on: date | None
    year: int | None


@dataclass(frozen=True, slots=True)
class Time:
    """[start, end) in the clean text; `first` and `last` inclusive, None where open or unknown.

    `comparison`: it names what a change is measured against (比上年同期), it is not when something happened.
    `year_given`: the expression names its year (2024年, 今年), it does not take it from what stands around it.
    `point`: the last day of what 起 or 以来 makes the beginning of (自6月1日起), else None.
    """

    start: int
    end: int
    first: date | None
    last: date | None
    comparison: bool
    year_given: bool
    point: date | None = None


# A number of one or two digits, or written out.
NUMBER = rf"(?:\d{{1,2}}|[{CHINESE_DIGIT}十]{{1,3}})"


def year_of(text: str | None) -> int | None:
    """The year written in digits of either kind; None for what is none."""
    if not text:
        return None
    value = int(text) if text.isdigit() else chinese(text)
    return None if value is None else int(value)


def small(text: str | None) -> int | None:
    """A number of one or two digits, or written out."""
    value = None if not text else (int(text) if text.isascii() else chinese(text))
    return None if value is None else int(value)


def day_of(year: int, month: int, day: int) -> date | None:
    """The day; the month's last where it has no such day, None where there is no such month."""
    if not 1 <= month <= 12 or not 1 <= day <= 31 or not 1900 <= year <= 2200:
        return None
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def months(year: int, first: int | None, last: int | None, day: int | None = None) -> tuple[date | None, date | None] | None:
    """The first and last day of the months from `first` to `last`, or to that `day` of it (1月至9月12日)."""
    if not first or not last or not 1 <= first <= last <= 12:
        return None
    return date(year, first, 1), day_of(year, last, day or calendar.monthrange(year, last)[1])


def of_month(year: int, month: int, match: re.Match[str]) -> tuple[date | None, date | None] | None:
    """The day or the third of a month that the expression names."""
    if match["day"]:
        day = day_of(year, month, small(match["day"]) or 0)
        return (day, day) if day else None
    if match["ten"] in ("底", "末"):
        return None, date(year, month, calendar.monthrange(year, month)[1])
    tens = {"上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}
    if match["ten"]:
        low, high = tens[match["ten"]]
        return day_of(year, month, low), day_of(year, month, high)
    return months(year, month, month)


# 3月3日，今年首批12个项目开工: the year tells which batch it is.
_OF_BATCH = expression("(?:首批|第[一二三四五六七八九十\\d]{1,3}[批期轮])")


def own_times(text: str, told: list[Time]) -> list[Time]:
    """Without the years that name a batch, where there are others."""
    if len(told) < 2:
        return told
    return [time for time in told if not (text[time.end - 1] == "年" and _OF_BATCH.match(text, time.end))] or told


def sets_year(text: str, start: int, match: re.Match[str]) -> bool:
    """Is the year that is named that of the times behind it? So is next year, where it opens what begins at `start` or stands behind
    a semicolon, and nothing but a comma stands behind it (明年，X上半年完工，Y下半年完工)."""
    relative = match["relative"]
    if not relative or relative[0] in "今本":
        return True
    alone = relative in ("明年", "来年") and relative == match[0] and text.startswith("，", match.end())
    before = text[start : match.start()].rstrip()
    return alone and (not before or before[-1] in "；：")
