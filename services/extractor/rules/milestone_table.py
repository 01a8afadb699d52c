"""Stages in tables flattened to text: a column says on which day each row's project reaches one (计划竣工时间), or the title that all
have (签约项目一览表)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from services.contracts import Stage, Status
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.reading import Document, Draft, Sentence
from services.extractor.table_body import TOTALS, Span
from services.extractor.table_columns import (
    builders_column,
    count_columns,
    day,
    day_columns,
    names_project,
    progress_column,
    share_column,
)
from services.extractor.table_lines import counts_stage
from services.extractor.table_titles import stage_of, time_in, title
from services.extractor.tables import Table, is_further_head, table_at


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
            elif said and said[0] is column.stage and not _says(row[column.number]):
                yield from _reached(document, table, row, said)  # the day is left out
    yield from _counted(document, table)
    yield from _shares(document, table)
    if said and all(column.stage is not said[0] for column in days):
        for row in table.rows:
            yield from _reached(document, table, row, said)


def _says(cell: Span | None) -> bool:
    return cell is not None and cell[0] < cell[1]


def tells_nothing(sentence: Sentence) -> bool:
    """Is the sentence a head of a table (计划竣工时间, 已开工), or a line with one that counts, or a cell that only names a project?"""
    if "\t" not in sentence.text:
        return is_further_head(sentence) or names_project(sentence.document, sentence.start)
    return table_at(sentence) is not None and any(map(counts_stage, sentence.text.strip().split("\t")))


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
    document: Document,
    table: Table,
    row: list[Span | None],
    reached: tuple[Stage, Status, Time | None],
    told: Span | None = None,
    share: Decimal | None = None,
) -> Iterator[Draft]:
    """That the project of a row has reached a stage; `told`: the cell that says when, or which `share` of the work is done."""
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
            "progress_percent": share,
        },
        period=time,
        confidence=0.8,
        reasons={"stage": "the column's head" if told else "the title over the table"},
    )


# Of a whole that is done nothing is under way, and 0% is none.
_SHARE = expression(r"(?P<share>[1-9]\d?(?:\.\d{1,2})?|0\.\d{1,2})(?P<sign>%)?")


def _shares(document: Document, table: Table) -> Iterator[Draft]:
    """That the projects are under way of which a column says how far they are in figures (形象进度: 85%)."""
    number = share_column(document, table)
    if number is None:
        return
    signed = "%" in document.text[slice(*table.heads[number])]
    for row in table.rows:
        cell = row[number]
        match = _SHARE.fullmatch(document.text, *cell) if cell else None
        if match and (signed or match["sign"]):
            reached = Stage.UNDER_CONSTRUCTION, Status.ACTUAL, None
            yield from _reached(document, table, row, reached, cell, Decimal(match["share"]))


_COUNT = expression(r"([1-9]\d{0,3})[个项]?")
_BATCH = expression(
    "(?:附?表[一二三四五六七八九十\\d]{0,2}[：、]?)?(?:各?县?(?:区|市)?)(?P<batch>[^，。；：\\s]{2,20}?(?:项目|工程))"
)


def _counted(document: Document, table: Table) -> Iterator[Draft]:
    """The batches of the areas or kinds that the rows are about (乡镇, 已开工, 已完工); of the total, what the title says that is counted."""
    over = title(document, table)
    columns = count_columns(document, table, over)
    when = time_in(document, over) if over and columns else None
    for row in table.rows if columns else ():
        first = next(cell for cell in row if cell is not None)
        total = TOTALS.search(document.text, *first)
        named = first if total else row[table.name]
        if named is None or named[0] == named[1]:
            continue
        project = _batch(document, named, over if total else None)
        for column in columns:
            cell = row[column.number]
            count = _COUNT.fullmatch(document.text, *cell) if cell else None
            if cell and count:
                yield Draft(
                    event_type="project_milestone",
                    start=named[0],
                    end=cell[1],
                    status=Status.PLANNED if column.planned else Status.ACTUAL,
                    rule="milestone.table",
                    trigger=cell,
                    fields={
                        "project": project,
                        "organization": None,
                        "stage": column.stage,
                        "project_count": int(count[1]),
                        "progress_percent": None,
                    },
                    period=time_in(document, table.heads[column.number]) or when,
                    confidence=0.7,
                    reasons={"stage": "the column's head"},
                )


def _batch(document: Document, named: Span, over: Span | None) -> str:
    """What the projects of a row are called; `over`: the title, for the row of totals."""
    batch = _BATCH.search(document.text, *over) if over else None
    if batch:
        return document.page.words(*batch.span("batch"))
    words = document.page.words(*named)
    return words if over or words.endswith(("项目", "工程")) else f"{words}项目"


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
