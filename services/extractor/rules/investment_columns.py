"""The columns of sums in a table: the metric that the head says, or the title over the table, and the unit of the figures."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from services.contracts import Metric, Stage, Status
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, last, load
from services.extractor.numbers import unit_words
from services.extractor.reading import Document, Sentence
from services.extractor.rules.investment_cues import cues
from services.extractor.table_body import Span
from services.extractor.table_columns import day_columns
from services.extractor.table_lines import is_period, names_rows
from services.extractor.table_titles import last_month, stage_of, time_in, title
from services.extractor.tables import Table

_CURRENCIES = alternatives(set(load("units")["currencies"]) - {"人民币"})
_UNIT = expression(
    rf"(?:单位：?(?:[^，。；、\n]{{1,2}}、){{0,2}}|（|/)(?:人民币)?(?P<unit>(?:{unit_words('magnitudes')})?(?:{_CURRENCIES}))"
)
# Any other sum of projects that have been signed is what was agreed on.
_WHOLE = expression("总投资|总概算|计划|概算|估算|预计")
# How far above a table its unit may stand.
_UNIT_REACH = 200
# What a sum costs or may cost is true at any time; of these the title's time says when they were reached.
_TIMED = (Metric.CONTRACTED_AMOUNT, Metric.FUNDING, Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER)
# Below it is the last month of the time that the title says.
_ONE_MONTH = expression("[本当]月")
# What a share of the plan, or a growth, can be of.
_REACHED = (Metric.COMPLETED_INVESTMENT, Metric.FUNDING, Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER)


class Column(NamedTuple):
    """A column of sums. `unit` stands over its figures (万元, 亿美元); "" where none is said. `days`, `share` and `change`: the numbers
    of the columns that say when each of the sums was agreed, what share of the plan it is and how much it has grown."""

    metric: Metric
    planned: bool
    unit: str
    period: Time | None
    days: int | None
    share: int | None = None
    change: int | None = None


@lru_cache(maxsize=1)
def _kinds() -> list[tuple[str, bool, re.Pattern[str]]]:
    """Each kind of column in the lexicon's order: its metric, whether it is of plans, what heads it."""
    return [
        (column["metric"], column.get("planned", False), expression(f"(?:{'|'.join(column['heads'])})(?:\\s?（|/|$)"))
        for column in load("tables")["columns"]
    ]


def _kind(head: str, of_statistics: bool) -> tuple[str, bool] | None:
    if of_statistics and is_period(head):
        return "as_titled", False
    for metric, planned, pattern in _kinds():
        if pattern.match(head):
            return metric, planned or head.startswith(("拟", "计划", "预计"))
    return None


def sum_columns(header: Sentence, table: Table, measured: Metric | None = None) -> dict[int, Column]:
    """The columns of sums by number; `measured`: what the figures of one row measure, where each row says that of its own."""
    document = header.document
    text, over = document.text, table.heads[0][0]
    unit = _unit(last(_UNIT, text, max(0, over - _UNIT_REACH), over))
    named = title(document, table)
    when = time_in(document, named) if named else None
    of_all = measured or (_metric_of_all(document, table, named) if named else None)
    signed = next((column.number for column in day_columns(document, table) if column.stage == "signed"), None)
    reached = stage_of(document, named) if named else None
    agreed = reached is not None and reached[0] is Stage.SIGNED and reached[1] is Status.ACTUAL
    found: dict[int, Column] = {}
    for number, head in enumerate(table.heads):
        kind = _kind(text[slice(*head)], measured is not None)
        if kind is None:
            continue
        if kind[0] in ("plan_percent", "change_percent"):
            _beside(found, number, kind[0])
            continue
        metric = _said(kind[0], text[slice(*head)], of_all)
        if metric is None:
            continue
        if agreed and metric is Metric.TOTAL_INVESTMENT and not _WHOLE.search(text, *head):
            metric = Metric.CONTRACTED_AMOUNT
        own = _UNIT.search(text, *head)
        period = time_in(document, head) or (when if metric in _TIMED or measured else None)
        if period is when and when and _ONE_MONTH.match(text, *head):
            period = last_month(when)
        days = signed if metric is Metric.CONTRACTED_AMOUNT else None
        found[number] = Column(metric, kind[1], _unit(own) if own else unit, period, days)
    return found


def in_brackets(text: str, span: Span) -> str | None:
    """The unit of sums that stands in brackets in the span."""
    return _unit(_UNIT.search(text, *span)) or None


def _unit(match: re.Match[str] | None) -> str:
    return match["unit"] if match else ""


def _beside(found: dict[int, Column], number: int, kind: str) -> None:
    """A column of percentages belongs to the sums that were reached and stand nearest before it."""
    reached = [n for n, column in found.items() if column.metric in _REACHED and not column.planned]
    if reached:
        column = found[reached[-1]]
        found[reached[-1]] = column._replace(share=number) if kind == "plan_percent" else column._replace(change=number)


def _metric_of_all(document: Document, table: Table, named: Span) -> Metric | None:
    """What the title says that the figures of all areas or offices in the table are (各乡镇固定资产投资完成情况)."""
    if names_rows(document.text[slice(*table.heads[table.name])]):
        return None
    told = [cue for cue in cues(document.sentence_at(named[0])) if named[0] <= cue.start < named[1]]
    return told[-1].metric if told and not told[-1].generic else None


def _said(kind: str, head: str, of_all: Metric | None) -> Metric | None:
    """The metric of a column of this kind; 1-8月累计 alone, or 1-8月完成 and 年度目标, are of what the title says."""
    if kind == "as_titled":
        return of_all
    if kind in (Metric.COMPLETED_INVESTMENT, Metric.ANNUAL_PLANNED_INVESTMENT) and of_all and "投资" not in head:
        return of_all
    return Metric(kind)
