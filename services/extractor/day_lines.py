"""The lines of a live page that say when what stands below them happened: `10月19日 17:20`, `【10月18日】`, `17:20`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from services.extractor import dates
from services.extractor.expressions import expression
from services.extractor.reading import Document
from services.extractor.tables import row_at

_TIME = r"[0-2]?\d[:：][0-5]\d"
# The line end above a line that is a day, a time of day, or both, and that line.
_LINE = expression(
    r"\n[ \t【\[（(●■◆▲△○□★·]{0,6}(?:(?P<day>(?:20\d\d年)?\d{1,2}月\d{1,2}日)[ \t]{0,4}(?:[（(]?(?:星期|周)[一二三四五六日天][）)]?)?"
    rf"[ \t]{{0,4}}(?:{_TIME})?|{_TIME})[】\]）)]?[ \t]{{0,4}}(?=\n)"
)
# A single one is a page's date of publication.
_FEWEST = 2
_Line = tuple[int, "dates.Time | None"]


def day_above(document: Document, at: int) -> dates.Time | None:
    """The day that the lines above `at` say, where the page is a live one; None where it is not."""
    line = _line_above(document, at)
    return line[1] if line else None


def item_start(document: Document, at: int) -> int:
    """Where the item of a live page that holds `at` begins, behind the line of its time; 0 where the page is none."""
    line = _line_above(document, at)
    return line[0] if line else 0


def _line_above(document: Document, at: int) -> _Line | None:
    lines: list[_Line] | None = document.memo.get("day lines")
    if lines is None:
        lines = document.memo["day lines"] = _lines(document)
    number = bisect_right(lines, at, key=lambda line: line[0])
    return lines[number - 1] if number else None


def _lines(document: Document) -> list[_Line]:
    """Where each such line ends, and the day that it or the last one before it says."""
    # The first article by itself, so that what stands behind it changes nothing.
    first = document.page.first_article()
    # A day that is a table's cell is its row's.
    matches = [match for match in _LINE.finditer(document.text) if row_at(document, match.start() + 1) is None]
    within = [match for match in matches if match.end() <= first]
    return [line for part in (within, matches[len(within) :]) if len(part) >= _FEWEST for line in _read(document, part)]


def _read(document: Document, matches: list[re.Match[str]]) -> Iterator[_Line]:
    day: dates.Time | None = None
    for match in matches:
        if match["day"]:
            read = dates.times(document.text, *match.span("day"), document.anchor)
            day = read[0] if read and read[0].first and read[0].first == read[0].last else None
        yield match.end(), day
