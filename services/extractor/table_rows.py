"""Rows of tables whose columns are parted by blanks, told from prose with stray ones."""

from __future__ import annotations

from services.extractor.characters import CJK, LIST_MARKS
from services.extractor.expressions import expression
from services.extractor.table_lines import are_heads
from services.extractor.wrap_lines import Lines

LONGEST_ROW = 120
_ITEM_MARKS = f"{LIST_MARKS} \t"
# A table's cell that is a figure; set one cell a line, such lines follow one another and are no wrapped number.
FIGURE = expression(r"[\d,.]+%?|[-—/]")
MARK = expression("[，。；：！？]")
_CJK_CHAR = expression(f"[{CJK}]")
_SERIAL = expression(r"\d{1,3}")
# 黄  敏: a name of two characters, drawn out to the width of three.
_DRAWN_OUT = expression(f"(?<!\\S)([{CJK}])[ \\t]{{1,4}}([{CJK}])(?!\\S)")
_FEWEST_COLUMNS = 4
_WIDE = expression(r"\t[ \t]{0,40}|[ \t]{2,40}")
_UNITS = frozenset("亿万千百元年月日个项家条座户人名公亩吨%台套处件季号期批倍米平宗只辆所间次天小时分至-—～、，。；")
# A date whose pieces stand apart, as PDF text has them, is no row of a table.
_DATE_PIECES = expression(r"\d [年月日]|[年月] \d")


# 其中：民间投资: before the first cell of a row that is a part of the one above.
_OF_WHICH = "其中："


class Rows:
    """Where the rows of the tables on a page are; asked line by line, from the first to the last.

    `columns`: how many the table has that was begun last, 0 outside of tables. `until`: where the row ends that was found last.
    `wide_until`: the same, if only wide gaps part its cells. `joint`: where a line ends whose last cell goes on in the line below.
    """

    def __init__(self, text: str, lines: Lines) -> None:
        self._text, self._lines = text, lines
        self.columns = 0
        self.until = self.wide_until = self.joint = -1
        # The line that was last found to be none, and how many columns there were then.
        self._refused = (-1, 0)

    def is_row(self, line_start: int, at: int) -> bool:
        """A table's line: at least three gaps and no punctuation of a sentence, or several cells of nothing but figures."""
        asked = (line_start, self.columns)
        if asked == self._refused:
            return False
        found = self._is_row(line_start, at)
        if not found:
            self._refused = asked
        return found

    def _is_row(self, line_start: int, at: int) -> bool:
        number = self._lines.at(at)
        if not self.columns and self._lines.is_exact and self._lines.cut[number] and self._lines.is_full(number):
            return False
        # Bounded: a line may have any length and any number of blanks.
        longest = line_start + LONGEST_ROW
        line_end = self._text.find("\n", at, longest + 1)
        if line_end < 0:
            if longest < len(self._text):
                return False
            line_end = len(self._text)
        # Blanks at a line's end part nothing.
        line_end = line_start + len(self._text[line_start:line_end].rstrip(" \t"))
        # □ 某景区通过国家 4A 级景区复核: an item's mark is no cell.
        line = self._text[line_start:line_end].strip().lstrip(_ITEM_MARKS).removeprefix(_OF_WHICH)
        cells = (_DRAWN_OUT.sub(r"\1\2", line) if self.columns else line).split()
        if len(cells) > 1 and self._is_of_table(cells, line_start, line_end):
            self.until = line_end
            return True
        if 3 <= self.columns == len(_WIDE.split(line)):
            self.until = self.wide_until = line_end
            return True
        if len(cells) == 3 and self._is_short_row(cells, line_start, line_end):
            self.until = line_end
            return True
        if len(cells) < 4 or _DATE_PIECES.search(line) or _is_set_apart(cells):
            return False
        figures = sum(1 for cell in cells[1:] if FIGURE.fullmatch(cell))
        if any(c in line for c in "，。；！？：") and (
            figures < 2
            or len(cells) < 6
            or figures + 3 > len(cells)
            or not _CJK_CHAR.match(cells[1])
            or _has_marks_before_figures(cells)
        ):
            return False
        if not figures and sum(1 for cell in cells if len(cell) > 1) < len(cells) - 1:
            return False
        self.until = line_end
        return True

    def _is_of_table(self, cells: list[str], line_start: int, line_end: int) -> bool:
        """Are these the heads of a table's columns, or a row of the table whose heads stand above?"""
        if are_heads(cells):
            self.columns = len(cells)
            return True
        if not self.columns:
            return False
        if self._goes_on(cells, line_end):
            self.joint = line_end
            return True
        figures = sum(1 for cell in cells[1:] if FIGURE.fullmatch(cell))
        tabs = self._text.find("\t", line_start, line_end) >= 0
        if (
            figures
            and (tabs or abs(len(cells) - self.columns) <= 1)
            and not any(c in cell for cell in cells[:-1] for c in "，。；！？")
        ):
            return True
        if 3 <= self.columns == len(cells) and all(len(cell) > 1 and not MARK.search(cell) for cell in cells):
            return True
        if "。" in self._text[line_start:line_end]:
            self.columns = 0
        return False

    def is_in_cell(self, start: int, end: int) -> bool:
        """Does the blank stand within a cell of a row whose cells wide gaps part?"""
        return start < self.wide_until and _WIDE.fullmatch(self._text, start, end) is None

    def is_drawn_out(self, start: int, end: int) -> bool:
        """Do blanks in a row stand between the two characters of one name?"""
        return _DRAWN_OUT.match(self._text, start - 1) is not None and end - start <= len("    ")

    def _goes_on(self, cells: list[str], line_end: int) -> bool:
        """Are these a row's first cells, the last of them cut: `1  甲年产5万吨项` above `目  乙公司  5000`?"""
        if self.columns < _FEWEST_COLUMNS or not 1 < len(cells) < self.columns or not _SERIAL.fullmatch(cells[0]):
            return False
        below = self._text[line_end : line_end + LONGEST_ROW].lstrip("\n \t").split("\n", 1)[0]
        others = _DRAWN_OUT.sub(r"\1\2", below).split()
        return len(cells) + len(others) == self.columns + 1 and not _SERIAL.fullmatch(others[0])

    def _is_short_row(self, cells: list[str], line_start: int, line_end: int) -> bool:
        """Three columns are a row where a neighbouring line has three as well and none reads like a sentence."""
        before = self._text[max(0, line_start - 120) : line_start].rstrip().rsplit("\n", 1)[-1].split()
        after = self._text[line_end : line_end + 120].lstrip("\n \t").split("\n", 1)[0].split()
        return all(
            len(row) == 3 and min(map(len, row)) >= 3 and not any(c in "，。；：！？" for cell in row for c in cell)
            for row in (cells, before if len(before) == 3 else after)
        )


def _is_set_apart(cells: list[str]) -> bool:
    """Does a unit follow each figure, as where blanks only set figures apart from words (实施 64 个项目)?"""
    behind = [after for cell, after in zip(cells, cells[1:], strict=False) if cell.replace(".", "").isdigit()]
    return bool(behind) and all(after[0] in _UNITS for after in behind)


def _has_marks_before_figures(cells: list[str]) -> bool:
    """Only a row's last cells are prose; where a comma stands before a figure, all is prose with stray blanks."""
    last = max(number for number, cell in enumerate(cells) if FIGURE.fullmatch(cell))
    return any(c in cell for cell in cells[:last] for c in "，。；！？")
