"""Tables flattened to text: the heads of the columns, and each row's cells by column; a row a line or a cell a line."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.extractor.expressions import expression
from services.extractor.table_body import Span, cells, rows_below
from services.extractor.table_lines import are_heads, is_head, is_period, may_be_head, name_column, names_measures, opens_heads

if TYPE_CHECKING:
    from services.extractor.reading import Document, Sentence

_MOST_COLUMNS = 14
# What is longer and stands over a first head is the title.
_LONGEST_FIRST = 8


@dataclass(frozen=True, slots=True)
class Table:
    """`heads` and the cells of `rows` are spans of the clean text; a row has a cell or None for each head. `name`: the column that
    says what a row is about."""

    heads: list[Span]
    rows: list[list[Span | None]]
    name: int


def table_at(sentence: Sentence) -> Table | None:
    """The table whose heads, or whose first one, the sentence is."""
    return _tables(sentence.document).get(sentence.start)


def any_in(document: Document) -> bool:
    """Has the page a table? Most have none."""
    return bool(_tables(document))


def starts(document: Document) -> list[int]:
    """Where the page's tables begin, in order."""
    return list(_tables(document))


def extents(document: Document) -> list[Span]:
    """From where to where the page's tables reach, in order."""
    if "extents" not in document.memo:
        document.memo["extents"] = [
            (start, max(cell[1] for cell in table.rows[-1] if cell is not None)) for start, table in _tables(document).items()
        ]
    return document.memo["extents"]  # type: ignore[no-any-return]


def within(spans: Sequence[Span], at: int) -> bool:
    """Does one of the spans, which are in order, hold the character at `at`?"""
    near = bisect_right(spans, (at, at)) - 1
    return any(start <= at < end for start, end in spans[max(0, near) : near + 2])


def describes(document: Document, at: int) -> bool:
    """Is the character at `at` in a cell that says what a project consists of or lacks, or who was honoured with what, not what has
    been reached?"""
    if "descriptions" not in document.memo:
        document.memo["descriptions"] = sorted([*_descriptions(document), *_in_sheets(document.text)])
    spans: list[Span] = document.memo["descriptions"]
    near = bisect_right(spans, (at, len(document.text))) - 1
    return near >= 0 and spans[near][0] <= at < spans[near][1]


_DESCRIPTION = expression("内容|规模|概况|简介|性质|问题|荣誉|奖|称号|表彰|获得|获评|授予|姓名")
# 形象进度及存在问题
_PROGRESS = expression("进[度展]")


# 建设内容：新建厂房3栋, a line of a sheet, as far as it tells what is to be there.
_SHEET_LINE = expression("(?:建设|工程|项目|主要)?(?:内容|规模)(?:[及和与](?:内容|规模))?：[^。；\\n]*")
_NOW = expression("目前|现已|现正|截至|已完成|已经")


def _in_sheets(text: str) -> Iterator[Span]:
    for line in _SHEET_LINE.finditer(text) if "内容：" in text or "规模：" in text else ():
        now = _NOW.search(text, *line.span())
        yield line.start(), now.start() if now else line.end()


def _descriptions(document: Document) -> Iterator[Span]:
    """The cells below the heads of descriptions, in order."""
    for table in _tables(document).values():
        columns = [
            n
            for n, head in enumerate(table.heads)
            if _DESCRIPTION.search(document.text, *head) and not _PROGRESS.search(document.text, *head)
        ]
        for row in table.rows if columns else ():
            yield from (cell for n in columns if (cell := row[n]) is not None)


def _tables(document: Document) -> dict[int, Table]:
    """The tables of the page by where their heads begin, in order."""
    if "tables" not in document.memo:
        document.memo["tables"] = dict(_found(document.text))
    return document.memo["tables"]  # type: ignore[no-any-return]


def row_at(document: Document, at: int) -> tuple[Table, list[Span | None], int] | None:
    """The table and the row whose cell begins at `at`, and that cell's number."""
    if "rows" not in document.memo:
        document.memo["rows"] = {
            cell[0]: (table, row, number)
            for table in _tables(document).values()
            for row in table.rows
            for number, cell in enumerate(row)
            if cell is not None and cell[0] < cell[1]
        }
    return document.memo["rows"].get(at)  # type: ignore[no-any-return]


def is_further_head(sentence: Sentence) -> bool:
    """Is the sentence a head of a table that has each on a line of its own, but not its first?"""
    document = sentence.document
    if "further heads" not in document.memo:
        document.memo["further heads"] = {a for table in _tables(document).values() for a, _ in table.heads[1:]}
    return sentence.start in document.memo["further heads"]


def row_name(document: Document, at: int) -> Span | None:
    """What the table's row is about whose cell begins at `at`; None where no cell does, or the cell itself says what it is about."""
    found = row_at(document, at)
    return found[1][found[0].name] if found and found[2] != found[0].name else None


_HINTS = ("序号", "投资", "开工", "完工", "资金", "外资", "名称", "荣誉", "奖项", "称号", "等次", "奖次", "奖级")


def _found(text: str) -> Iterator[tuple[int, Table]]:
    lines = [match.span() for match in expression(r"[^\n]+").finditer(text)] if any(hint in text for hint in _HINTS) else []
    number = 0
    while number < len(lines):
        heads, behind = _heads(text, lines, number)
        number += 1
        if not heads:
            continue
        name = name_column([text[a:b] for a, b in heads]) or 0
        rows, end = rows_below(text, lines, behind, heads, name)
        # Without rows, the first of the lines was the title over the heads.
        if rows:
            number = end
            yield heads[0][0], Table(heads, rows, name)


def _heads(text: str, lines: list[Span], number: int) -> tuple[list[Span], int]:
    """The heads of the table that begins with line `number`, and the line behind them; [] where none begins."""
    start, end = lines[number]
    if text.find("\t", start, end) >= 0:
        row = cells(text, (start, end))
        return (row, number + 1) if are_heads([text[a:b] for a, b in row]) else ([], number)
    stacked: list[Span] = []
    while number < len(lines) and len(stacked) < _MOST_COLUMNS:
        line = text[slice(*lines[number])]
        between = len(stacked) > 1 and number + 1 < len(lines) and may_be_head(line) and is_head(text[slice(*lines[number + 1])])
        of_statistics = bool(stacked) and names_measures(text[slice(*stacked[0])]) and is_period(line)
        if not (is_head(line) or between or of_statistics):
            break
        stacked.append(lines[number])
        number += 1
    # 各乡镇投资完成情况（万元） reads like a head as well.
    if len(stacked) > 2 and stacked[0][1] - stacked[0][0] > _LONGEST_FIRST and opens_heads(text[slice(*stacked[1])]):
        del stacked[0]
    # Two heads on top of each other may be any two lines.
    return (stacked, number) if len(stacked) > 2 and are_heads([text[a:b] for a, b in stacked]) else ([], number)
