"""Rows of tables of statistics: each says of itself what its figures measure, and in which unit (民间投资 | 亿元 | 3.3 | 13.2)."""

from __future__ import annotations

from typing import NamedTuple

from services.contracts import Metric
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.reading import Document
from services.extractor.rules.investment_columns import Column, in_brackets
from services.extractor.rules.investment_cues import cues
from services.extractor.table_body import Span
from services.extractor.table_lines import names_measures
from services.extractor.table_placing import FIGURE
from services.extractor.tables import Table

# 其中：, 1., #: before what is measured.
_LEAD = expression(r"(?:其中：?|[#＃*]|\d{1,2}[.、]|[一二三四五六七八九十]{1,2}、|（[一二三四五六七八九十\d]{1,2}）)*+")
# Behind the word of the investment: its sum or its growth, what it leaves out, its unit; 余额 or 企业数 there is another measure.
_TAIL = expression("(?:完成)?(?:总?额)?(?:（[^（）]{1,12}）)?(?:增[速长幅]率?)?(?:（[^（）]{1,12}）)?")
_PERCENT = ("%", "％")


class Measure(NamedTuple):
    """What a row's figures measure; `unit`: that of its sums, None where the row says none. `grown`: its figures are percentages, of
    growth."""

    name: Span
    metric: Metric
    unit: str | None
    grown: bool


def are_measured(document: Document, table: Table) -> bool:
    """Do the rows of the table say what they measure?"""
    return names_measures(document.text[slice(*table.heads[table.name])])


def measure(document: Document, table: Table, row: list[Span | None]) -> Measure | None:
    """What the row measures; None where it is no money put into anything."""
    cell = row[table.name]
    if cell is None:
        return None
    text = document.text
    lead = _LEAD.match(text, *cell)
    start = lead.end() if lead else cell[0]
    told = [cue for cue in cues(document.sentence_at(cell[0])) if start <= cue.start < cell[1]]
    if not told or told[-1].metric is None or not _TAIL.fullmatch(text, told[-1].end, cell[1]):
        return None
    said = _unit(document, table, row)
    grown = said in _PERCENT
    metric = Metric.OTHER if told[-1].generic else told[-1].metric
    return Measure((start, cell[1]), metric, "" if grown else said or in_brackets(text, (told[-1].end, cell[1])), grown)


def of_row(column: Column, number: int, row: list[Span | None], measure: Measure, text: str) -> Column:
    """A column of sums, number `number`, with what the row says of its own figures."""
    if measure.unit is not None:
        column = column._replace(unit=measure.unit)
    cell = row[number]
    return column._replace(change=number) if measure.grown and cell and FIGURE.fullmatch(text, *cell) else column


def _unit(document: Document, table: Table, row: list[Span | None]) -> str | None:
    """What the column of units says of the row."""
    heads = load("tables")["measure_units"]
    number = next((n for n, head in enumerate(table.heads) if document.text[slice(*head)] in heads), None)
    cell = row[number] if number is not None else None
    return document.text[slice(*cell)].strip() if cell else None
