"""What the heads of a table's columns say of each row: who builds its project, on which day it reaches a stage, how far it is."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from services.contracts import Stage, Status
from services.extractor import dates
from services.extractor.calendar_days import months
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, group, load
from services.extractor.reading import Document
from services.extractor.table_body import Span
from services.extractor.table_lines import counts_stage, heads_figures
from services.extractor.tables import Table, row_at

# 2024.3: a month where days stand, a figure elsewhere.
_MONTH = expression(r"(?P<year>20\d\d)[./-](?P<month>1[0-2]|0?[1-9])")
_DAYS = "(?:时间|日期|年月|节点)$"


class DayColumn(NamedTuple):
    """The column `number` holds days on which `stage` is reached; `said`: whether its head calls them planned or past."""

    number: int
    stage: Stage
    said: Status | None


@lru_cache(maxsize=1)
def _stages() -> dict[str, Stage]:
    return {word: Stage(stage) for word, stage in load("tables")["stages"].items()}


@lru_cache(maxsize=1)
def _day_head() -> re.Pattern[str]:
    return expression(
        f"(?:(?P<planned>{group('tables', 'planned')})|(?P<actual>{group('tables', 'actual')}))?(?P<stage>{alternatives(_stages())}){_DAYS}"
    )


def day_columns(document: Document, table: Table) -> list[DayColumn]:
    """The columns whose head is a stage's day (计划竣工时间)."""
    found = []
    for number, head in enumerate(table.heads):
        if match := _day_head().match(document.text, *head):
            said = Status.PLANNED if match["planned"] else Status.ACTUAL if match["actual"] else None
            found.append(DayColumn(number, _stages()[match["stage"]], said))
    return found


class CountColumn(NamedTuple):
    """The column `number` counts the projects of each row that have reached `stage`, or are to."""

    number: int
    stage: Stage
    planned: bool


# （个）, 单位：个、项
_OF_PROJECTS = expression(r"（[个项]）|单位：[^，。；\n]{0,6}[个项]|(?:个数|数量?)$")


def count_columns(document: Document, table: Table, over: Span | None) -> list[CountColumn]:
    """The columns of counted projects whose head is a stage (已开工), where it or what stands `over` the table says that it counts."""
    text, found = document.text, []
    counted = over is not None and _OF_PROJECTS.search(text, over[0], table.heads[0][0])
    for number, head in enumerate(table.heads):
        if not counts_stage(text[slice(*head)]) or not (counted or _OF_PROJECTS.search(text, *head)):
            continue
        stage = _stage_in().search(text, *head)
        if stage:
            planned = _planned_head().match(text, *head) is not None
            found.append(CountColumn(number, _stages()[stage[0]], planned))
    return found


@lru_cache(maxsize=1)
def _stage_in() -> re.Pattern[str]:
    return expression(alternatives(_stages()))


@lru_cache(maxsize=1)
def _planned_head() -> re.Pattern[str]:
    return expression(group("tables", "planned"))


def day(document: Document, cell: Span | None) -> Time | None:
    """The time that the cell is, and nothing else."""
    if cell and (short := _MONTH.fullmatch(document.text, *cell)):
        span = months(int(short["year"]), int(short["month"]), int(short["month"]))
        return Time(*cell, *span, False, True) if span else None
    found = dates.times(document.text, *cell, document.anchor) if cell else []
    whole = len(found) == 1 and (found[0].start, found[0].end) == cell and (found[0].first or found[0].last)
    return found[0] if whole else None


def is_stages_day(document: Document, at: int) -> bool:
    """Does a cell begin at `at` that says when the row's project reaches one stage, and nothing of the others?"""
    found = row_at(document, at)
    return found is not None and any(column.number == found[2] for column in day_columns(document, found[0]))


def builders_column(document: Document, table: Table) -> int | None:
    """The column that names who builds or owns each row's project."""
    return _column(document, table, f"{group('tables', 'builders')}$")


def share_column(document: Document, table: Table) -> int | None:
    """The column that says which share of its building work each row's project has behind it (形象进度)."""
    return _column(document, table, f"{group('tables', 'physical')}{{1,2}}进度")


def progress_column(document: Document, table: Table) -> int | None:
    """The column that says how far each row's project is."""
    return _column(document, table, f".{{0,4}}{group('tables', 'progress')}")


def counts_column(document: Document, table: Table) -> int | None:
    """The column that counts the projects of each row."""
    return _column(document, table, f"{group('tables', 'counts')}(?:（|$)")


def _column(document: Document, table: Table, head: str) -> int | None:
    pattern = expression(head)
    return next((number for number, (a, b) in enumerate(table.heads) if pattern.match(document.text, a, b)), None)


class HonourColumns(NamedTuple):
    """The numbers of the columns of a table of honours; `states` says how far each is. `of_ranks`: are the honours but ranks?"""

    honours: int
    recipients: int
    grantors: int | None
    grades: int | None
    ranks: int | None
    days: int | None
    states: int | None
    of_ranks: bool


def honour_columns(document: Document, table: Table) -> HonourColumns | None:
    """The table's columns; None where it is none of honours."""
    return _of_heads(tuple(document.text[a:b] for a, b in table.heads))


@cache
def _of_heads(heads: tuple[str, ...]) -> HonourColumns | None:
    behind: list[str] = load("tables")["last_of_kind"]

    def number(kind: str) -> int | None:
        pattern = expression(f"(?:{group('tables', kind)})(?:（[^（）]{{1,8}}）)?")
        found = [n for n, head in enumerate(heads) if pattern.fullmatch(head)]
        return min(found, key=lambda n: (behind.index(heads[n]) if heads[n] in behind else -1, n), default=None)

    honours, receiving = number("honours"), number("recipients")
    if honours is None or receiving is None:
        return None
    grantors, grades, ranks = number("grantors"), number("grades"), number("ranks")
    days, states = number("honour_days"), number("honour_states")
    return HonourColumns(honours, receiving, grantors, grades, ranks, days, states, heads[honours] in behind)


def of_honours(document: Document, at: int) -> bool:
    """Does a cell begin at `at` of a row of a table of honours?"""
    found = row_at(document, at)
    return found is not None and honour_columns(document, found[0]) is not None


def names_project(document: Document, at: int) -> bool:
    """Does a cell begin at `at` that names the project of a row, which may be called like an honour (精品示范园)?"""
    found = row_at(document, at)
    if found is None or found[2] != found[0].name or honour_columns(document, found[0]):
        return False
    table = found[0]
    return progress_column(document, table) is not None or any(heads_figures(document.text[a:b]) for a, b in table.heads)
