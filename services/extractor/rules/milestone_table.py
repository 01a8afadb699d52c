"""Stages in tables flattened to text: a column says on which day each row's project reaches one (计划竣工时间)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from services.contracts import Stage, Status
from services.extractor import dates
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load
from services.extractor.reading import Document, Draft, Sentence
from services.extractor.table_body import TOTALS, Span
from services.extractor.tables import Table, table_at

# 实际 or 计划 before the stage, 时间 or 日期 behind it.
_PLANNED, _ACTUAL = "计划|预计|拟定?|目标", "实际|已"
_BUILDERS = expression("(?:建设|业主|投资|实施|承建|承担|责任)(?:责任)?(?:单位|主体|方|业主|企业)")


@lru_cache(maxsize=1)
def _stages() -> dict[str, Stage]:
    return {word: Stage(stage) for word, stage in load("tables")["stages"].items()}


def find(sentence: Sentence) -> Iterator[Draft]:
    """The milestones of the table whose head the sentence is."""
    table = table_at(sentence)
    if table is None:
        return
    document = sentence.document
    builders = next((n for n, head in enumerate(table.heads) if _BUILDERS.fullmatch(document.text, *head)), None)
    for number, head in enumerate(table.heads):
        match = _head().match(document.text, *head)
        if match is None:
            continue
        said = Status.PLANNED if match["planned"] else Status.ACTUAL if match["actual"] else None
        for row in table.rows:
            if draft := _reached(document, table, row, (number, builders), (_stages()[match["stage"]], said)):
                yield draft


@lru_cache(maxsize=1)
def _head() -> re.Pattern[str]:
    return expression(
        f"(?:(?P<planned>{_PLANNED})|(?P<actual>{_ACTUAL}))?(?P<stage>{alternatives(_stages())})(?:时间|日期|年月|节点)$"
    )


def _reached(
    document: Document,
    table: Table,
    row: list[Span | None],
    columns: tuple[int, int | None],
    reached: tuple[Stage, Status | None],
) -> Draft | None:
    """What the cell of days in a row says; None where it holds no day."""
    named, told = row[table.name], row[columns[0]]
    if named is None or told is None or TOTALS.match(document.text, *named):
        return None
    time = _day(document, told)
    status = reached[1] or (_when(document, time) if time else None)
    if time is None or status is None:
        return None
    builder = row[columns[1]] if columns[1] is not None else None
    return Draft(
        event_type="project_milestone",
        start=named[0],
        end=told[1],
        status=status,
        rule="milestone.table",
        trigger=told,
        fields={
            "project": document.page.words(*named),
            "organization": document.page.words(*builder) if builder and builder[1] - builder[0] > 1 else None,
            "stage": reached[0],
            "project_count": None,
            "progress_percent": None,
        },
        period=time,
        confidence=0.8,
    )


def _day(document: Document, cell: Span) -> Time | None:
    """The time that the cell is, and nothing else."""
    found = dates.times(document.text, *cell, document.anchor)
    whole = len(found) == 1 and (found[0].start, found[0].end) == cell and (found[0].first or found[0].last)
    return found[0] if whole else None


def _when(document: Document, time: Time) -> Status | None:
    """Whether it is over or still to come; None where that is not known."""
    today, year = document.anchor.published_on, document.anchor.year
    last, first = time.last or time.first, time.first or time.last
    if last is None or first is None:
        return None
    if today:
        return Status.ACTUAL if last <= today else Status.PLANNED
    if year is None or first.year == year:
        return None
    return Status.PLANNED if first.year > year else Status.ACTUAL
