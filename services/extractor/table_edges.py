"""The edges of a table's cells where the page shows them: bars, Markdown's strokes; tabs or blanks in place of an empty cell; rows that
a width has cut."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from services.extractor.characters import CJK, ITEM_OPENING
from services.extractor.expressions import expression
from services.extractor.once import once
from services.extractor.table_body import TOTALS
from services.extractor.table_lines import are_heads, is_serials
from services.extractor.wrap_lines import width_of

# The edge of a cell, and a line's end within one, until the page is cleaned; no text has them as characters of its own.
EDGE, JOINT = "\x1f", "\x1e"
# Rows of Markdown, and those whose cells are parted by bars without one at their ends; one bar parts a headline.
_BARRED = expression(r"(?m)^[ \t]{0,8}\|[^\n]*$|^[^|\n]{1,80}(?:\|[^|\n]{0,80}){2,14}$")
_RULE = expression(r"[\s|:：—–=+-]*")
# Lines drawn around cells.
_DRAWN = dict.fromkeys(map(ord, "│┃║┆┇┊┋╎┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬╭╮╰╯┏┓┗┛┣┫┳┻╋╞╡╪╟╢╫"), "|") | dict.fromkeys(map(ord, "─━═┄┅┈┉╌"), "-")
_GRID = expression(r"(?m)^[ \t]{0,8}\+(?=[-=]{2})[-=+]{3,200}[ \t]*$")
# Wide gaps part cells; 黄  敏 is one name, drawn out to the width of three.
_APART = expression(rf"(?<!\S)[{CJK}] {{1,4}}[{CJK}](?!\S)|\S++(?: \S++)*+")
_TABBED = expression(r"[^\t ]++(?: ++[^\t ]++)*+")
_COMMA_HEADS = expression("(?m)^[^，。；\n]{2,12}，[^，。；\n]{2,12}，[^，。；\n]{2,16}，[^。；\n]*$")
_COMMA, _BETWEEN_COMMAS = expression("[，,]"), expression("[^，,]+")
_LONGEST, _FEWEST = 240, 3
# How many lines among a table's rows may be none, one above the other.
_OTHERS = 2
# How far from its head's first column, in columns of half a Chinese character, a cell may begin.
_BESIDE = 1
# So many lines of the greatest length there is show that a width has cut the page.
_FULL_LINES, _NARROWEST, _WIDEST = 3, 16, 60
_MOST_LINES = 8
_BLANK = f" {EDGE}"
# A gap that may part cells.
_GAP = expression(r" (?<=\S ) |\t")
_PROSE = expression("[，。；]")
# The line over the next table.
_TITLE = expression(r"^[ ]{0,8}附?表[一二三四五六七八九十\d]|(?:单位|日期|时间)：")
_LONGEST_REST = 16
_NO_REST = expression(rf"[，。；：]|{_GAP.pattern}|^{ITEM_OPENING}")


def with_edges(text: str, original: str, parts: Sequence[tuple[int, int]]) -> str:
    """The text with an EDGE for each edge between a table's cells, blanks for other strokes; of the same length. `original`: with the
    characters in the width that they were written in. `parts`: from where to where the articles reach, each with a width of its own."""
    if "│" in text or "┃" in text or "║" in text:
        text = text.translate(_DRAWN)
    if "|" in text:
        text = _with_bars(
            _GRID.sub(lambda match: "|" + " " * (len(match[0]) - 1), text) if "+-" in text or "+=" in text else text
        )
    return _Tables(text, original, parts).placed() if _GAP.search(text) or _COMMA_HEADS.search(text) else text


def _with_bars(text: str) -> str:
    """The text with an EDGE for each bar between two cells."""
    pieces: list[str] = []
    kept, framed = 0, False
    for match in _BARRED.finditer(text):
        line, first = match[0], match[0].find("|")
        if not pieces or match.start() > kept + 1:
            framed = not line[:first].strip()  # as the table's first line has it
        if _RULE.fullmatch(line):
            line = " " * len(line)
        elif framed and not line[:first].strip():
            inner = line.rstrip(" \t")[first + 1 :].removesuffix("|")
            line = " " * (first + 1) + inner + " " * (len(line) - first - 1 - len(inner))
        pieces += (text[kept : match.start()], line.replace("|", EDGE))
        kept = match.end()
    return "".join([*pieces, text[kept:]])


class _Row(NamedTuple):
    """`words`: of a row that is `lines` lines long, without the ends of lines; these stand before the characters `ends`."""

    start: int
    words: str
    ends: list[int]
    cells: list[tuple[int, int]]

    @property
    def lines(self) -> int:
        return len(self.ends) + 1


class _Tables:
    """The page's tables whose cells are parted by tabs or by wide gaps."""

    def __init__(self, text: str, original: str, parts: Sequence[tuple[int, int]]) -> None:
        self._text, self._original, self._parts = text, original, parts
        self._lines = text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lines)]

    @once
    def _full(self) -> frozenset[int]:
        """The numbers of the lines that are as long as lines can be in an article that a width has cut."""
        found: set[int] = set()
        for start, end in self._parts:
            numbers = range(bisect_left(self._starts, start), bisect_left(self._starts, end))
            most = max((len(self._lines[number]) for number in numbers), default=0)
            full = [number for number in numbers if len(self._lines[number]) == most]
            if _NARROWEST <= most <= _WIDEST and len(full) >= _FULL_LINES:
                found.update(full)
        return frozenset(found)

    def placed(self) -> str:
        """The text with the edges of those tables of which gaps alone do not show what stands in which column."""
        pieces: list[str] = []
        kept = number = below = 0
        while number < len(self._lines):
            heads = self._heads(number)
            if heads is None:
                run = (self._run(number) or self._listed(number)) if number >= below else []
                for row, columns, width in _by_marks(run):
                    pieces += (self._text[kept : row.start], _rewritten(row, columns, width))
                    kept = row.start + len(row.words)
                number += len(run) or 1
                continue
            rows = [heads, *self._rows_below(heads, number + heads.lines)]
            below = bisect_right(self._starts, rows[-1].start) - 1 + rows[-1].lines
            for row, columns in self._columns(rows):
                pieces += (self._text[kept : row.start], _rewritten(row, columns, len(heads.cells)))
                kept = row.start + len(row.words) + len(row.ends)
            number += heads.lines
        return "".join([*pieces, self._text[kept:]]) if kept else self._text

    def _run(self, number: int) -> list[_Row]:
        """The lines from this one on that have as many tabs, though no heads are known above them; [] for a single line."""
        tabs = self._inner_tabs(number)
        end = number + 1
        while tabs >= _FEWEST - 1 and end < len(self._lines) and self._inner_tabs(end) == tabs and self._heads(end) is None:
            end += 1
        return [self._row(line, 1) for line in range(number, end)] if end - number > 1 else []

    def _listed(self, number: int) -> list[_Row]:
        """Heads parted by commas and nothing else, with the rows below them that have as many; [] where the line is no such heads."""
        line = self._lines[number]
        commas = line.count("，") if len(line) <= _LONGEST else 0
        if commas < _FEWEST or "。" in line or not are_heads(line.strip().split("，")):
            return []
        end = number + 1
        while end < len(self._lines) and len(_COMMA.findall(self._lines[end])) == commas:
            end += 1
        lines = range(number, end) if end - number > 1 else ()
        return [
            _Row(self._starts[n], self._lines[n], [], [cell.span() for cell in _BETWEEN_COMMAS.finditer(self._lines[n])])
            for n in lines
        ]

    def _inner_tabs(self, number: int) -> int:
        """How many tabs stand between words of the line."""
        return self._lines[number].strip().count("\t")

    def _heads(self, number: int) -> _Row | None:
        """The heads of a table that begin in the line, each in a column of its own."""
        line = self._lines[number]
        if len(line) > _LONGEST or not _GAP.search(line) or EDGE in line or _PROSE.search(line):
            return None
        for lines in range(_MOST_LINES if number in self._full else 1, 0, -1):
            row = self._row(number, lines)
            tabs = row.words.count("\t")
            if (
                len(row.cells) >= _FEWEST
                and tabs in (0, len(row.cells) - 1)
                and are_heads([row.words[a:b] for a, b in row.cells])
            ):
                return row
        return None

    def _row(self, number: int, most: int) -> _Row:
        """The line with those behind it that it goes on in, `most` at most."""
        words, start = self._lines[number], self._starts[number]
        ends: list[int] = []
        while len(ends) + 1 < most and number in self._full and number + 1 < len(self._lines):
            ends.append(len(words))
            number += 1
            words += self._lines[number]
        cells = (_TABBED if "\t" in words else _APART).finditer(words)
        return _Row(start, words, ends, [cell.span() for cell in cells])

    def _whole(self, number: int, width: int) -> _Row:
        """The row of `width` cells that begins in the line. Where its last line is full, words may be left over for the next."""
        for lines in range(1, _MOST_LINES + 1):
            row = self._row(number, lines)
            last = number + row.lines - 1
            if len(row.cells) > width > 1 and lines > 1:
                return self._row(number, lines - 1)
            if len(row.cells) == width and last in self._full:
                return self._row(number, lines + 1) if self._is_rest(last + 1) else row
            if row.lines < lines or last not in self._full:
                break
        return row

    def _is_rest(self, number: int) -> bool:
        """May the line be the end of a cell, and nothing else?"""
        line = self._lines[number] if number < len(self._lines) else ""
        return 0 < len(line.strip()) < _LONGEST_REST and number not in self._full and not _NO_REST.search(line)

    def _rows_below(self, heads: _Row, number: int) -> Iterator[_Row]:
        others = 0
        while number < len(self._lines) and others <= _OTHERS:
            row = self._whole(number, len(heads.cells))
            if len(row.cells) < 2 or len(row.words) > _LONGEST or row.words.rstrip().endswith("。") or _TITLE.search(row.words):
                others += bool(row.words.strip())
                number += 1
                continue
            if self._heads(number):
                return
            others = 0
            yield row
            number += row.lines

    def _columns(self, table: list[_Row]) -> list[tuple[_Row, list[int]]]:
        """The rows with the number of each cell's column; [] where the gaps tell as much."""
        heads, *rows = table
        found = [(heads, list(range(len(heads.cells))))]
        more = bool(heads.ends)
        for row in rows:
            if len(row.cells) == len(heads.cells):
                columns: list[int] | None = list(range(len(row.cells)))
            elif "\t" in heads.words:
                columns = _tabbed(row, heads)
            else:
                columns = self._aligned(row, heads)
            if columns is not None:
                more = more or bool(row.ends) or columns[-1] >= len(columns) or row.words.endswith("\t")
                found.append((row, columns))
        return found if more else []

    def _aligned(self, row: _Row, heads: _Row) -> list[int] | None:
        """The columns of a row's cells by the heads that they stand under."""
        if row.ends or heads.ends:
            return list(range(len(row.cells))) if _FEWEST <= len(row.cells) < len(heads.cells) else None
        over = [self._places(heads, cell) for cell in heads.cells]
        columns: list[int] = []
        for cell in row.cells:
            under = _under(self._places(row, cell), over)
            if under is None or columns and under <= columns[-1]:
                return None
            columns.append(under)
        # Without its number a row goes on the one above, but for the total.
        numbered = columns[0] > 0 and is_serials(heads.words[slice(*heads.cells[0])])
        return None if numbered and not TOTALS.match(row.words, row.cells[0][0]) else columns

    def _places(self, row: _Row, cell: tuple[int, int]) -> tuple[float, float]:
        """From where to where the cell reaches, in columns of half a Chinese character."""
        start = 2 * width_of(self._original[row.start : row.start + cell[0]])
        return start, start + 2 * width_of(self._original[row.start + cell[0] : row.start + cell[1]])


def _under(cell: tuple[float, float], over: list[tuple[float, float]]) -> int | None:
    """The number of the head that the cell begins under, or of the only one that it stands under."""
    near = next((n for n, (start, _) in enumerate(over) if abs(start - cell[0]) <= _BESIDE), None)
    if near is not None:
        return near
    under = [n for n, (start, end) in enumerate(over) if start < cell[1] and cell[0] < end]
    return under[0] if len(under) == 1 else None


def _tabbed(row: _Row, heads: _Row) -> list[int] | None:
    columns = [row.words.count("\t", 0, start) for start, _ in row.cells]
    return columns if columns[-1] < len(heads.cells) else None


def _by_marks(rows: list[_Row]) -> list[tuple[_Row, list[int], int]]:
    """The rows with the columns of their cells by the tabs or commas before them, and how many there are; what is empty in each row is
    no column."""
    mark = expression("\t") if rows and "\t" in rows[0].words else _COMMA
    places = [[len(mark.findall(row.words, 0, start)) for start, _ in row.cells] for row in rows]
    used = sorted({place for row in places for place in row})
    return [(row, [used.index(place) for place in own], len(used)) for row, own in zip(rows, places, strict=True)]


def _rewritten(row: _Row, columns: list[int], width: int) -> str:
    """The row with an EDGE for each edge that stands before a cell, and those behind the last where there is room."""
    words = list(row.words)
    end, last = 0, 0
    for (start, stop), column in [*zip(row.cells, columns, strict=True), ((len(words), len(words)), width - 1)]:
        edges = column - last
        if 0 <= edges <= start - end:
            words[end:start] = EDGE * edges + " " * (start - end - edges)
        end, last = stop, column
    for at in reversed(row.ends):
        within = words[at - 1] not in _BLANK and at < len(words) and words[at] not in _BLANK
        words.insert(at, JOINT if within else " ")
    return "".join(words)
