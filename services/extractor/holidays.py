"""The days of holidays and seasons, of the lexicon `holidays`."""

from __future__ import annotations

from datetime import date

from services.extractor.lexicon import alternatives, load

_TABLE = load("holidays")
# A group that matches the name of any of them.
NAMES = f"(?:{alternatives([*_TABLE['fixed'], *_TABLE['near']])}|(?:{alternatives(_TABLE['before'])})(?=[之以]?前))"


def day_of_holiday(name: str, year: int) -> date:
    """The day in that year; about when it comes, where it differs from place to place or the year is not in the table. Raises KeyError
    for what is no such name."""
    told = (
        _TABLE["moving"].get(year, {}).get(name)
        or _TABLE["fixed"].get(name)
        or _TABLE["near"].get(name)
        or _TABLE["before"][name]
    )
    month, day = told.split("-")
    return date(year, int(month), int(day))


def next_holiday(name: str, today: date) -> date:
    """The first such day after `today`. Raises KeyError for what is no such name."""
    this = day_of_holiday(name, today.year)
    return this if this > today else day_of_holiday(name, today.year + 1)
