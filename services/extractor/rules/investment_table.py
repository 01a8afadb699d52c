"""Sums in tables flattened to text: the unit stands over the table or in the column's head, the metric in the head."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from services.contracts import Bound, Metric, Status
from services.extractor import dates
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, last, load
from services.extractor.numbers import BEHIND, BOUND, unit_words
from services.extractor.reading import Draft, Sentence
from services.extractor.sums import Money, money
from services.extractor.table_body import FIGURE, TOTALS, Span, cells
from services.extractor.tables import Table, table_at

_CURRENCIES = alternatives(set(load("units")["currencies"]) - {"人民币"})
_UNIT_WORDS = rf"(?:人民币)?(?P<magnitude>{unit_words('magnitudes')})?(?P<currency>{_CURRENCIES})"
_UNIT = expression(rf"(?:单位：?|（|/){_UNIT_WORDS}")
# About, not above: what may stand around the figure in a cell.
_BEFORE, _BEHIND = expression(f"(?:{BOUND})?"), expression(f"(?:{BEHIND})?")
# A cell of more is prose.
_LONGEST_SUM = 24
# How far above a table its unit may stand.
_UNIT_REACH = 200
_COUNTED = expression(r"(?:^|共|（|\t)(\d{1,4})[个项]")


class _Column(NamedTuple):
    """A column of sums: `unit` stands over its figures (万元, 亿美元); "" where none is said."""

    metric: Metric
    planned: bool
    unit: str
    period: dates.Time | None


def is_header(sentence: Sentence) -> bool:
    """Is the sentence the head of a table with a column of sums, or the first such head of one?"""
    return table_at(sentence) is not None


@lru_cache(maxsize=1)
def _metrics() -> list[tuple[str, bool, re.Pattern[str]]]:
    """Each kind of column in the lexicon's order: its metric, whether it is of plans, what heads it."""
    return [
        (column["metric"], column.get("planned", False), expression(f"(?:{'|'.join(column['heads'])})(?:\\s?（|/|$)"))
        for column in load("tables")["columns"]
    ]


def _kind(head: str) -> tuple[str, bool] | None:
    for metric, planned, pattern in _metrics():
        if pattern.match(head):
            return metric, planned or head.startswith(("拟", "计划", "预计"))
    return None


def _columns(header: Sentence, table: Table) -> tuple[dict[int, _Column], dict[int, int]]:
    """The columns of sums by number; and of each column of shares of the plan, which column's sums they are shares of."""
    text = header.document.text
    over = _unit(last(_UNIT, text, max(0, table.heads[0][0] - _UNIT_REACH), table.heads[0][0]))
    found: dict[int, _Column] = {}
    shares: dict[int, int] = {}
    for number, (start, end) in enumerate(table.heads):
        kind = _kind(text[start:end])
        if kind is None:
            continue
        if kind[0] == "plan_percent":
            done = [n for n, column in found.items() if column.metric is Metric.COMPLETED_INVESTMENT]
            if done:
                shares[done[-1]] = number
            continue
        own = _UNIT.search(text, start, end)
        found[number] = _Column(Metric(kind[0]), kind[1], _unit(own) if own else over, _period(header, start, end))
    return found, shares


def _unit(match: re.Match[str] | None) -> str:
    return f"{match['magnitude'] or ''}{match['currency']}" if match else ""


def _period(header: Sentence, start: int, end: int) -> dates.Time | None:
    """The time that a column's head names (1-5月完成投资)."""
    document = header.document
    found = dates.times(document.text, start, end, document.anchor, document.year_at(header))
    return next((time for time in found if time.first or time.last), None)


def rows(header: Sentence) -> Iterator[Draft]:
    """One report a sum of the table that begins with this sentence."""
    table = table_at(header)
    if table is None:
        return
    columns, shares = _columns(header, table)
    known = {number: column for number, column in columns.items() if column.unit}
    if columns and not known:
        header.document.note("no_unit", "a table of sums whose unit is not said", header.start, header.end)
    for row in table.rows:
        name = row[table.name]
        count = None
        present = [cell for cell in row if cell is not None]
        if name is not None and (total := TOTALS.search(header.document.text, present[0][0], name[1])):
            # 合计（共38个）is told of a batch, a bare 合计 of all rows; a bare 小计 or 平均 tells nothing new.
            counted = _COUNTED.search(header.document.text, total.end(), present[-1][1])
            count = int(counted[1]) if counted else None
            name = total.span() if counted or total[0] not in ("小计", "平均") else None
        if name is None:
            continue
        for number, column in columns.items():
            cell = row[number]
            share = row[shares[number]] if number in shares else None
            if cell is not None and (draft := _draft(header, name, cell, column, share)):
                draft.fields["project_count"] = count
                yield draft


def _draft(header: Sentence, name: Span, cell: Span, column: _Column, share: Span | None) -> Draft | None:
    document = header.document
    text, page = document.text, document.page
    read = _sum(text, cell, column.unit)
    if read is None:
        return None
    percent = _percent(text, share) if share else None
    return Draft(
        event_type="investment_report",
        start=min(name[0], cell[0]),
        end=max(name[1], cell[1], share[1] if share and percent is not None else 0),
        status=Status.PLANNED if column.planned else Status.ACTUAL,
        rule="investment.table",
        trigger=cell,
        period=column.period,
        fields={
            "subject": page.words(*name),
            "metric": column.metric,
            "amount": {
                "value": read.value,
                "value_max": read.value_max,
                "currency": read.currency,
                "text": page.words(*cell),
                "bound": Bound(read.bound),
            },
            "change_percent": None,
            "plan_percent": percent,
            "project_count": None,
            "rankings": [],
        },
        confidence=0.75,
        reasons={"metric": "the column's head", "amount": "the unit stands over the table"},
    )


def _sum(text: str, cell: Span, unit: str) -> Money | None:
    """The sum that a cell is and nothing else (6.8, 约1.7, 5~6, 不超过9000万元); a unit of its own goes before the column's."""
    if cell[1] - cell[0] > _LONGEST_SUM:
        return None
    words = text[slice(*cell)].strip()
    for whole in (words, words + unit):
        found = money(whole)
        if len(found) == 1 and found[0].value and not found[0].class_name:
            read = found[0]
            if _BEFORE.fullmatch(whole, 0, read.start) and _BEHIND.fullmatch(whole, read.end):
                return read
    return None


def _percent(text: str, cell: Span) -> Decimal | None:
    words = text[slice(*cell)].rstrip("%")
    return Decimal(words.replace(",", "")) if FIGURE.fullmatch(words) else None


def planned_column(sentence: Sentence, at: int) -> Status | None:
    """What a column's head says of a cell with a unit of its own (拟补助金额 over 补助1200万元); None outside such tables."""
    if "\t" not in sentence.text:
        return None
    own = cells(sentence.document.text, (sentence.start, sentence.end - sentence.text.endswith("\n")))
    number = next((n for n, (a, b) in enumerate(own) if a <= at < b), None)
    document = sentence.document
    index = sentence.index
    while index > 0 and sentence.index - index < 60:
        index -= 1
        near = document.sentence(index)
        if "\t" not in near.text:
            return None
        table = table_at(near)
        if table:
            column = _columns(near, table)[0].get(number) if number is not None else None
            return None if column is None else Status.PLANNED if column.planned else Status.ACTUAL
    return None
