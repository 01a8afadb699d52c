"""Sums in tables flattened to text: the unit stands over the table or in the column's head, the metric in the head."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from services.contracts import Bound, Metric, Stage, Status
from services.extractor.expressions import expression
from services.extractor.numbers import BEHIND, BOUND
from services.extractor.reading import Document, Draft, Sentence
from services.extractor.rules import investment_measures as measures
from services.extractor.rules.investment_columns import Column, sum_columns
from services.extractor.rules.investment_words import words
from services.extractor.sums import Money, money
from services.extractor.table_body import TOTALS, Span, cells
from services.extractor.table_columns import count_columns, counts_column, day
from services.extractor.table_lines import counts_stage
from services.extractor.table_placing import FIGURE
from services.extractor.table_titles import title
from services.extractor.tables import Table, table_at

# About, not above: what may stand around the figure in a cell.
_BEFORE, _BEHIND = expression(f"(?:{BOUND})?"), expression(f"(?:{BEHIND})?")
# A cell of more is prose.
_LONGEST_SUM = 24
_NUMBER = expression(r"(\d{1,4})[个项]?")
# 续建项目（2个）, the head of a group of rows
_BATCH = expression(r"（共?(\d{1,4})[个项]）$")
_COUNTED = expression(r"(?:^|共|（|\t)(\d{1,4})[个项]")


def is_header(sentence: Sentence) -> bool:
    """Is the sentence the head of a table with a column of sums, or the first such head of one?"""
    return table_at(sentence) is not None


def rows(header: Sentence) -> Iterator[Draft]:
    """One report a sum of the table that begins with this sentence."""
    table = table_at(header)
    if table is None:
        return
    if measures.are_measured(header.document, table):
        yield from _measured_rows(header, table)
        return
    columns = sum_columns(header, table)
    if columns and not any(column.unit for column in columns.values()):
        header.document.note("no_unit", "a table of sums whose unit is not said", header.start, header.end)
    counted_at, signed_only = _counts(header.document, table)
    done = max(
        (n for n, column in columns.items() if column.metric is Metric.COMPLETED_INVESTMENT and column.share is None),
        default=None,
    )
    for row in table.rows:
        name = row[table.name]
        count = _count(header.document.text, row[counted_at]) if counted_at is not None else None
        present = [cell for cell in row if cell is not None]
        if name is not None and (total := TOTALS.search(header.document.text, present[0][0], name[1])):
            # 合计（共38个）is told of a batch, a bare 合计 of all rows; a bare 小计 or 平均 tells nothing new.
            counted = _COUNTED.search(header.document.text, total.end(), present[-1][1])
            count = int(counted[1]) if counted else count
            name = total.span() if counted or total[0] not in ("小计", "平均") else None
        if name is None or name[0] == name[1]:
            continue
        if batch := _BATCH.search(header.document.text, *name):
            name, count = (name[0], batch.start()), int(batch[1])
        for number, column in columns.items():
            cell = row[number]
            if cell is not None and (draft := _draft(header.document, name, cell, column, row)):
                draft.fields["project_count"] = count if column.metric is Metric.CONTRACTED_AMOUNT or not signed_only else None
                if number == done and (share := _share_in_words(header.document.text, row, cell[1])):
                    draft.fields["plan_percent"], draft.end = share[1], max(draft.end, share[0][1])
                yield draft


def _counts(document: Document, table: Table) -> tuple[int | None, bool]:
    """The column that counts the projects of each row, and whether it counts only those that have been signed: 签约项目数 says nothing
    of the projects that 到位资金 went to."""
    number = counts_column(document, table)
    if number is not None:
        return number, counts_stage(document.text[slice(*table.heads[number])])
    counted = count_columns(document, table, title(document, table))
    number = next((column.number for column in counted if column.stage is Stage.SIGNED and not column.planned), None)
    return number, number is not None


def _measured_rows(header: Sentence, table: Table) -> Iterator[Draft]:
    """The reports of a table of statistics, of those rows that measure money put into something."""
    document = header.document
    for row in table.rows:
        measure = measures.measure(document, table, row)
        if measure is None:
            continue
        for number, column in sum_columns(header, table, measure.metric).items():
            cell = row[number]
            own = measures.of_row(column, number, row, measure, document.text)
            if cell is not None and (draft := _draft(document, measure.name, cell, own, row)):
                yield draft


def _count(text: str, cell: Span | None) -> int | None:
    """The number of projects that a cell is."""
    match = _NUMBER.fullmatch(text, *cell) if cell else None
    return int(match[1]) or None if match else None


def _draft(document: Document, name: Span, cell: Span, column: Column, row: list[Span | None]) -> Draft | None:
    text, page = document.text, document.page
    read = _sum(text, cell, column.unit)
    share, change = _percent(text, row, column.share), _percent(text, row, column.change)
    if read is None and change is None:
        return None
    told = change[0] if change and read is None else cell
    beside = [percent[0] for percent in (share, change) if percent]
    agreed = day(document, row[column.days]) if column.days is not None else None
    return Draft(
        event_type="investment_report",
        start=min(name[0], told[0]),
        end=max(end for _, end in (name, told, *beside)),
        status=Status.PLANNED if column.planned else Status.ACTUAL,
        rule="investment.table",
        trigger=told,
        period=agreed or column.period,
        fields={
            "subject": page.words(*name),
            "metric": column.metric,
            "amount": {
                "value": read.value,
                "value_max": read.value_max,
                "currency": read.currency,
                "text": page.words(*cell),
                "bound": Bound(read.bound),
            }
            if read
            else None,
            "change_percent": change[1] if change else None,
            "plan_percent": share[1] if share else None,
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


def _percent(text: str, row: list[Span | None], number: int | None) -> tuple[Span, Decimal] | None:
    """The percentage in the row's cell of that number, and where it stands."""
    cell = row[number] if number is not None else None
    words = text[slice(*cell)].rstrip("%") if cell else ""
    return (cell, Decimal(words.replace(",", ""))) if cell and FIGURE.fullmatch(words) else None


# 完成年度计划的79.1%, in the column of the progress
_SHARE_OF_PLAN = expression(
    rf"(?:占|完成|达到?|为)[^，。；\d%]{{0,8}}?{words('plans')}[^，。；\d%]{{0,6}}(?P<share>\d{{1,3}}(?:\.\d{{1,2}})?)%"
)


def _share_in_words(text: str, row: list[Span | None], behind: int) -> tuple[Span, Decimal] | None:
    """The share of the plan that a cell behind the sum says in words."""
    for cell in row:
        if cell and cell[0] >= behind and text.find("%", *cell) >= 0 and (match := _SHARE_OF_PLAN.search(text, *cell)):
            return match.span(), Decimal(match["share"])
    return None


def planned_column(sentence: Sentence, at: int) -> Status | None:
    """What a column's head says of a cell with a unit of its own (拟补助金额 over 补助1400万元); None outside such tables."""
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
            column = sum_columns(near, table).get(number) if number is not None else None
            return None if column is None else Status.PLANNED if column.planned else Status.ACTUAL
    return None
