"""Lines of a page that belong to a table: those that begin with a head of columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from services.extractor.expressions import expression
from services.extractor.lexicon import load

_LONGEST_HEAD = 24
_MANY_HEADS = 5
_PLAIN = expression("[一-鿿]{2,8}")


# Behind a head: （万元）, /亿元
_UNIT = r"(?:\s?（[^（）]{1,12}）|/[万亿千百]{0,2}元)?"


@lru_cache(maxsize=1)
def _heads() -> re.Pattern[str]:
    words = load("tables")
    parts = [
        *words["names"],
        *words["areas"],
        *words["classes"],
        *words["matters"],
        *words["measures"],
        *words["prizes"],
        *words["measure_units"],
        *words["others"],
        *words["stage_counts"],
        *(pattern for column in words["columns"] for pattern in column["heads"]),
    ]
    return expression(f"(?:{'|'.join(parts)}){_UNIT}")


@lru_cache(maxsize=4096)
def is_head(cell: str) -> bool:
    """Is the cell the head of a column (项目名称, 总投资（万元）, 形象进度)?"""
    return 2 <= len(cell) <= _LONGEST_HEAD and bool(_heads().fullmatch(cell))


@cache
def _headed(kind: str) -> re.Pattern[str]:
    return expression("|".join(load("tables")[kind]))


@lru_cache(maxsize=1)
def _figures() -> re.Pattern[str]:
    return _heading(load("tables")["columns"])


@lru_cache(maxsize=1)
def _shares() -> re.Pattern[str]:
    return _heading(column for column in load("tables")["columns"] if column["metric"].endswith("percent"))


def _heading(columns: Iterable[dict[str, Any]]) -> re.Pattern[str]:
    """What heads one of these columns of the lexicon, with a unit or without."""
    return expression(f"(?:{'|'.join(head for column in columns for head in column['heads'])}){_UNIT}")


def heads_figures(cell: str) -> bool:
    """Is the cell the head of a column of sums or percentages?"""
    return bool(_figures().fullmatch(cell))


def counts_stage(cell: str) -> bool:
    """Is the cell the head of a column that may count the projects which have reached a stage (已开工, 竣工数)?"""
    return bool(_staged().fullmatch(cell))


@lru_cache(maxsize=1)
def _staged() -> re.Pattern[str]:
    return expression(f"(?:{'|'.join(load('tables')['stage_counts'])}){_UNIT}")


def heads_share(cell: str) -> bool:
    """Is the cell the head of a column of percentages?"""
    return bool(_shares().fullmatch(cell))


def names_rows(cell: str) -> bool:
    """Is the cell the head of the column that says what each row is about?"""
    return bool(_headed("names").fullmatch(cell))


def names_measures(cell: str) -> bool:
    """Is the cell the head of the column that says what the figures of each row measure (指标名称)?"""
    return bool(_headed("measures").fullmatch(cell))


def is_period(cell: str) -> bool:
    """Is the cell a time that may head the figures of a table of statistics, and nothing else?"""
    return bool(_headed("periods").fullmatch(cell))


def is_serials(cell: str) -> bool:
    """Is the cell the head of the column of the rows' numbers?"""
    return cell in ("序号", "编号")


def opens_heads(cell: str) -> bool:
    """Is the cell what the first column is headed: the rows' numbers or names?"""
    return is_serials(cell) or names_rows(cell) or bool(_headed("areas").fullmatch(cell))


# What a table of figures may be about, the surest first, and how many columns of figures it has at least.
_FIGURES_OF = {"measures": 2, "areas": 2, "classes": 2, "matters": 1}


def name_column(heads: list[str]) -> int | None:
    """The number of the column that says what each row is about: it is headed so, or names the measures, areas or kinds that all else
    are figures of."""
    named = [number for number, head in enumerate(heads) if names_rows(head)]
    if named:
        # 企业名称 beside 项目名称 says who builds it.
        return next((number for number in named if not _headed("builders").fullmatch(heads[number])), named[0])
    figures = sum(heads_figures(head) or is_period(head) or counts_stage(head) for head in heads)
    told = (number for kind, fewest in _FIGURES_OF.items() if figures >= fewest and (number := _first(kind, heads)) is not None)
    known = next(told, None)
    return _first("prizes", heads) if known is None and _first("winners", heads) is not None else known


def _first(kind: str, heads: list[str]) -> int | None:
    pattern = _headed(kind)
    return next((number for number, head in enumerate(heads) if pattern.fullmatch(head)), None)


def are_heads(cells: list[str]) -> bool:
    """Are these the heads of a table's columns, one of them that of the rows' names?"""
    # Prose is told by its first words.
    if len(cells) < 2 or not (is_head(cells[0]) or names_measures(cells[0])):
        return False
    measured = names_measures(cells[0])
    # Of many heads, one that no other table has may stand between others.
    unknown = [number for number, cell in enumerate(cells) if not (is_head(cell) or measured and is_period(cell))]
    if unknown and (len(cells) < _MANY_HEADS or len(unknown) > 1 or not may_be_head(cells[unknown[0]])):
        return False
    return 0 not in unknown and name_column(cells) is not None


def may_be_head(cell: str) -> bool:
    """Could the cell be the head of a column, were it among heads?"""
    return bool(_PLAIN.fullmatch(cell))


# The head of a column of numbers, on a line of its own.
_SERIALS = expression(r"(?:序号|编号)(?<=\n.号)[ \t]*\n")


# A line of prose: a long one with a full stop, or any that ends with one; in a cell it may stand (尚未开工。原因：征拆未完).
_PROSE = expression(r"(?<=\n)(?:(?=[^\n]{24})[^\n。]*+。|[^\n]{0,24}。(?=\n))")


class CellLines:
    """Where a page has tables with a cell a line: from the head of their numbers to the next line of prose. Found once, in linear time."""

    def __init__(self, text: str) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for head in _SERIALS.finditer(text):
            if not self._ends or head.end() > self._ends[-1]:
                stop = _PROSE.search(text, head.end())
                self._starts.append(head.end())
                self._ends.append(stop.start() if stop else len(text))

        self.any = bool(self._starts)

    def has(self, at: int) -> bool:
        near = bisect_right(self._starts, at) - 1
        return near >= 0 and at < self._ends[near]
