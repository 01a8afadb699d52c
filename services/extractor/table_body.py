"""The rows below the heads of a table flattened to text: a row a line, or a cell a line."""

from __future__ import annotations

import re
from functools import lru_cache

from services.extractor.expressions import expression
from services.extractor.lexicon import group
from services.extractor.numbers import BOUND
from services.extractor.table_lines import are_heads, heads_share
from services.extractor.table_placing import FIGURE, is_figure, placed

Span = tuple[int, int]

TOTALS = expression("合计|总计|小计|共计|平均")
_SERIAL = expression(r"\d{1,3}[.、]?|[一二三四五六七八九十]{1,3}、?|（[一二三四五六七八九十\d]{1,3}）")
# 一、续建项目（12个）
_GROUP = expression(
    r"(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）)?[一-鿿、“”]{2,16}(?:（[一-鿿\d]{1,8}）|\d{1,3}[个项])?"
)
_MOST_ROWS, _LONGEST_CELL = 500, 80
# A part of a table and a part of that; more lines without a row are none.
_MOST_GROUPS = 3
# So many lines more than columns may a row with a cell a line have, as long cells are cut.
_CUT = 4


def cells(text: str, line: Span) -> list[Span]:
    """The cells of a line; an empty one is (at, at). Strokes that only part columns are none."""
    found, start = [], line[0]
    for end in (*(m.start() for m in expression("\t").finditer(text[line[0] : line[1]])), line[1] - line[0]):
        found.append((start, line[0] + end))
        start = line[0] + end + 1
    strokes = [text[a:b].strip() in ("/", "|") for a, b in found]
    return [cell for cell, stroke in zip(found, strokes, strict=True) if not (stroke and sum(strokes) > 1)]


def rows_below(text: str, lines: list[Span], number: int, heads: list[Span], name: int) -> tuple[list[list[Span | None]], int]:
    """The rows below the heads from line `number` on, and the line behind the last of them."""
    rows: list[list[Span | None]] = []
    groups = 0  # one above the other since the last row
    lined = False  # where one row is a line, none has a cell a line
    while number < len(lines) and len(rows) < _MOST_ROWS:
        if text.find("\t", *lines[number]) >= 0:
            if rows and are_heads([text[a:b] for a, b in cells(text, lines[number])]):
                break  # the next table's
            row, taken = _in_line(text, lines[number], heads, name), 1
            lined = lined or row is not None
        elif lined:
            row, taken = None, 0
        else:
            row, taken = _stacked(text, lines[number : number + len(heads) + _CUT], heads, name)
        if row is None:
            groups += 1
            heads_group = groups <= _MOST_GROUPS and _is_group(text, lines, number)
            if not heads_group and not (rows and _goes_on(text, lines, number, rows[-1][0])):
                break
            number += 1
            continue
        groups = 0
        rows.append(row)
        number += taken
    return rows, number


def _is_group(text: str, lines: list[Span], number: int) -> bool:
    """Does the line only head a group of rows, not the next table?"""
    if number + 1 >= len(lines) or not _GROUP.fullmatch(text, *lines[number]):
        return False
    below = text[slice(*lines[number + 1])]
    return "。" not in below and not are_heads(below.split("\t"))


def _goes_on(text: str, lines: list[Span], number: int, serial: Span | None) -> bool:
    """Is the line the end of the last cell of the row before, which the number `serial` opens, so that the next row's follows?"""
    if serial is None or number + 1 >= len(lines) or not (own := _SERIAL_FIGURE.fullmatch(text, *serial)):
        return False
    return text[slice(*lines[number + 1])] == str(int(own[0]) + 1)


_SERIAL_FIGURE = expression(r"\d{1,3}")


def _in_line(text: str, line: Span, heads: list[Span], name: int) -> list[Span | None] | None:
    row = cells(text, line)
    if len(row) == len(heads):
        return list(row)
    if len(row) < len(heads) and any(a == b for a, b in row):
        # Its empty cells are shown, but for those at the line's end.
        return [*row, *[None] * (len(heads) - len(row))]
    worded = [n for n, (a, b) in enumerate(row) if expression("[一-鿿]{2}").search(text[a:b])]
    if len(row) < 2 or not worded:
        return None
    # A cell is missing: the name is the first with words.
    return placed(text, row[worded[0] :], heads, name)


def _stacked(text: str, lines: list[Span], heads: list[Span], name: int) -> tuple[list[Span | None] | None, int]:
    """The row that has a cell a line, beginning with the first of `lines`, and the number of its lines."""
    # What cannot be a cell ends the table.
    stop = next((n for n, (a, b) in enumerate(lines) if b - a > _LONGEST_CELL or text.find("\t", a, b) >= 0), len(lines))
    if not stop:
        return None, 0
    ended, lines = stop < len(lines), lines[:stop]
    for skipped in (0, 1) if name > 0 else (0,):
        # The serial number may have no head of its own, or a head and no number.
        row: list[Span | None] = list(lines[: len(heads) - skipped])
        if skipped:
            row = [None, *row]
        if len(row) == len(heads) and not _runs_on(text, row) and _fits(text, row, heads, name):
            return row, len(heads) - skipped
    if _TOTAL.fullmatch(text, *lines[0]):
        return _total(text, lines, heads, name)
    return _numbered(text, lines, heads, name, ended)


# 合计, and on the line below it （6个） or 6个项目
_SO_MANY = expression(r"（共?\d{1,4}[个项]）|共?\d{1,4}[个项](?:项目|工程)?")
# 合计（24项）
_TOTAL = expression(rf"(?:{TOTALS.pattern})(?:（共?\d+[个项]）|\d+[个项])?：?")


def _total(text: str, lines: list[Span], heads: list[Span], name: int) -> tuple[list[Span | None] | None, int]:
    """A row of totals without its empty cells: the figures below it but for the next row's number, which stands over words."""
    length = 2 if len(lines) > 1 and _SO_MANY.fullmatch(text, *lines[1]) else 1
    first = length
    while (
        length < len(lines)
        and is_figure(text, lines[length])
        and (length + 1 == len(lines) or is_figure(text, lines[length + 1]))
    ):
        length += 1
    if length < len(lines) and is_figure(text, lines[length]) and not _SERIAL.fullmatch(text, *lines[length]):
        length += 1
    if length == first:
        return None, 0
    row = [(lines[0][0], lines[first - 1][1]), *lines[first:length]]
    # 开工率80% and the like below another head.
    while length + 1 < len(lines) and not _SERIAL.fullmatch(text, *lines[length]) and length < len(heads):
        length += 1
    return placed(text, row, heads, name), length


def _runs_on(text: str, row: list[Span | None]) -> bool:
    """Is the last cell the number of the next row, because one is missing?"""
    first, last = row[0], row[-1]
    return bool(first and last and (own := _SERIAL_FIGURE.fullmatch(text, *first)) and text[slice(*last)] == str(int(own[0]) + 1))


def _numbered(text: str, lines: list[Span], heads: list[Span], name: int, ended: bool) -> tuple[list[Span | None] | None, int]:
    """A row with cells missing, from its own number to the next row's; `ended`: what stands behind the lines is no cell."""
    own = _SERIAL.fullmatch(text, *lines[0])
    if not own or not own[0].rstrip(".、").isdigit():
        return None, 0
    following = str(int(own[0].rstrip(".、")) + 1)
    for length in range(3, len(lines)):
        # A figure of the row itself stands among figures.
        if text[slice(*lines[length])].rstrip(".、") == following and not FIGURE.fullmatch(text, *lines[length - 1]):
            return placed(text, list(lines[1:length]), heads, name), length
        if _TOTAL.fullmatch(text, *lines[length]):
            return placed(text, list(lines[1:length]), heads, name), length
    # The last row of all ends with the page, or before a line that is no cell.
    length = next((n for n, (a, b) in enumerate(lines) if expression("[。：]").search(text, a, b)), len(lines))
    ends = ended or length < len(lines) or lines[-1][1] >= len(text.rstrip("\n"))
    return (placed(text, list(lines[1:length]), heads, name), length) if ends and 3 < length < len(heads) else (None, 0)


_OF_SUMS = expression("投资(?:额|总额)?(?:（|$)|资金(?!来源|渠道|性质|类[别型])|金额|完成(?:（|$)")
# 约1.7, 不超过9000万元
_SUM = expression(rf"(?:{BOUND})?\d.*")


@lru_cache(maxsize=1)
def _prose() -> re.Pattern[str]:
    return expression(group("tables", "prose"))


def _fits(text: str, row: list[Span | None], heads: list[Span], name: int) -> bool:
    """Is the name's cell one of words, and each cell below a head of sums a figure?"""
    total = False
    for number, (cell, (a, b)) in enumerate(zip(row, heads, strict=True)):
        if cell is None:
            continue
        if text[a:b] in ("序号", "编号") and not _SERIAL.fullmatch(text, *cell):
            if number or not TOTALS.fullmatch(text, *cell):
                return False
            total = True
        if number and _TOTAL.fullmatch(text, *cell):
            return False  # the next row's
        if number == name and not total and not expression("[一-鿿]{2}").search(text[slice(*cell)]):
            return False
        if _OF_SUMS.search(text, a, b) and not is_figure(text, cell) and not _SUM.fullmatch(text, *cell):
            return False
        if heads_share(text[a:b]) and not is_figure(text, cell):
            return False
        # A sentence stands below the table, but where a cell may be one.
        if text[cell[0] : cell[1]].endswith("。") and not _prose().search(text, a, b):
            return False
    return True
