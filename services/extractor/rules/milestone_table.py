"""Stages in tables flattened to text: a column says on which day each row's project reaches one (计划竣工时间), or the title that all
have (签约项目一览表)."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts import Stage, Status
from services.extractor.dates import Time
from services.extractor.reading import Document, Draft, Sentence
from services.extractor.table_body import TOTALS, Span
from services.extractor.table_columns import builders_column, day, day_columns, progress_column
from services.extractor.table_titles import stage_of, time_in, title
from services.extractor.tables import Table, table_at


def find(sentence: Sentence) -> Iterator[Draft]:
    """The milestones of the table whose head the sentence is."""
    table = table_at(sentence)
    if table is None:
        return
    document = sentence.document
    days = day_columns(document, table)
    said = _titled(document, table)
    for column in days:
        # 计划开工项目表 says of the column 开工时间 that its days are planned.
        planned = Status.PLANNED if said and said[:2] == (column.stage, Status.PLANNED) else None
        for row in table.rows:
            time = day(document, row[column.number])
            status = column.said or planned or (_when(document, time, column.stage) if time else None)
            if time and status:
                yield from _reached(document, table, row, (column.stage, status, time), row[column.number])
    if said and all(column.stage is not said[0] for column in days):
        for row in table.rows:
            yield from _reached(document, table, row, said)


def _titled(document: Document, table: Table) -> tuple[Stage, Status, Time | None] | None:
    """The stage, and when, that the title says of all rows. Where a column says how far each project is, projects to be begun or
    finished are a programme; what has been signed stays so."""
    span = title(document, table)
    said = stage_of(document, span) if span else None
    if span is None or said is None or said[0] is not Stage.SIGNED and progress_column(document, table) is not None:
        return None
    time, today = time_in(document, span), document.anchor.published_on
    to_come = time and time.first and today and time.first > today
    return said[0], Status.PLANNED if to_come else said[1], time


def _reached(
    document: Document, table: Table, row: list[Span | None], reached: tuple[Stage, Status, Time | None], told: Span | None = None
) -> Iterator[Draft]:
    """That the project of a row has reached a stage; `told`: the cell that says when."""
    named = row[table.name]
    if named is None or TOTALS.match(document.text, *named):
        return
    stage, status, time = reached
    column = builders_column(document, table)
    builder = row[column] if column is not None else None
    if builder and builder[1] - builder[0] < 2:
        builder = None
    spans = [span for span in (named, told or builder) if span]
    yield Draft(
        event_type="project_milestone",
        start=min(a for a, _ in spans),
        end=max(b for _, b in spans),
        status=status,
        rule="milestone.table",
        trigger=told or named,
        fields={
            "project": document.page.words(*named),
            "organization": document.page.words(*builder) if builder else None,
            "stage": stage,
            "project_count": None,
            "progress_percent": None,
        },
        period=time,
        confidence=0.8,
        reasons={"stage": "the column's head" if told else "the title over the table"},
    )


def _when(document: Document, time: Time, stage: Stage) -> Status | None:
    """Whether it is over or still to come; None where that is not known. Nobody lists when a project will be signed."""
    today, year = document.anchor.published_on, document.anchor.year
    last, first = time.last or time.first, time.first or time.last
    if stage is Stage.SIGNED:
        return Status.ACTUAL
    if last is None or first is None:
        return None
    if today:
        return Status.ACTUAL if last <= today else Status.PLANNED
    if year is None or first.year == year:
        return None
    return Status.PLANNED if first.year > year else Status.ACTUAL
