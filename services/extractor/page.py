"""Reading the page: from a text as it was published to clean running text, with a way back to every original character.

Bulletins come out of newspaper PDFs and web pages: lines are broken inside words and numbers, blanks stand inside names,
Markdown signs remain. `read` takes all that out and keeps, for each character of the clean text, its place in the original.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from services.extractor.characters import unify
from services.extractor.expressions import expression
from services.extractor.page_breaks import without_page_breaks
from services.extractor.table_edges import EDGE, JOINT, with_edges
from services.extractor.table_lines import CellLines
from services.extractor.wrap import Wrap

# White space with or without line ends, or Markdown signs. Each branch begins with a plain character, so that the search leaps from
# one to the next.
# A line may begin with the edge of an empty cell.
_LINE_END = rf"\n[^\S{EDGE}]*(?:#{{1,6}}(?=[^#]))?[ \t]*"
_EDGE = rf"{EDGE}[ \t]*"
_NOISE = expression(
    rf"{_LINE_END}| [ \t]*+(?:{_EDGE}|{_LINE_END})?|\t[ \t]*+(?:{_EDGE}|{_LINE_END})?|{_EDGE}|{JOINT}|\*\*{{0,2}}|_(?<![A-Za-z0-9]_)_|``*",
)

_DROPPED = f"*_`{JOINT}"

# What stands in the clean text for a run of white space.
_MARKS = ("\n", "\t", " ")


@dataclass(frozen=True, slots=True)
class Page:
    """`text` is the clean text; newlines in it part lines that do not run on, tabs part table columns, blanks part a headline
    that runs into its text. `starts`/`places`: runs of characters that lie side by side in both texts."""

    text: str
    original: str
    starts: array[int]
    places: array[int]

    def place(self, at: int) -> int:
        """Where the clean text's character number `at` stands in the original."""
        run = bisect_right(self.starts, at) - 1
        return self.places[run] + at - self.starts[run]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's [start, end) of a clean, non-empty [start, end)."""
        run = bisect_right(self.starts, start) - 1
        first = self.places[run] + start - self.starts[run]
        if run + 1 == len(self.starts) or end <= self.starts[run + 1]:
            return first, first + end - start
        return first, self.place(end - 1) + 1

    def clean_span(self, first: int, last: int) -> tuple[int, int]:
        """The clean [start, end) whose `span` is [first, last)."""
        return self._clean_place(first), self._clean_place(last - 1) + 1

    def _clean_place(self, place: int) -> int:
        run = bisect_right(self.places, place) - 1
        return self.starts[run] + place - self.places[run]

    def first_article(self) -> int:
        """Where the page's first article ends in the clean text: at the first plain break, or with the page.

        Unlike in `_parts`, breaks all over the page part it as well: how many there are depends on what stands behind.
        """
        found = _BREAK.search(self.original)
        if found is None:
            return len(self.text)
        run = max(0, bisect_right(self.places, found.start()) - 1)
        end = self.starts[run + 1] if run + 1 < len(self.starts) else len(self.text)
        return min(end, self.starts[run] + max(0, found.start() - self.places[run]))

    def gaps(self, start: int, end: int) -> list[int]:
        """Where within the clean span the original has blanks, on one line, that the clean text leaves out."""
        runs = range(bisect_right(self.starts, start), bisect_left(self.starts, end))
        found = []
        for run in runs:
            left_out = self.original[self.place(self.starts[run] - 1) + 1 : self.places[run]]
            if left_out and not left_out.strip() and "\n" not in left_out:
                found.append(self.starts[run])
        return found

    def words(self, start: int, end: int) -> str:
        """The original's words of a clean span, as they stood, without what the clean text leaves out (white space, Markdown signs,
        page numbers)."""
        if start >= end:
            return ""
        run = bisect_right(self.starts, start) - 1
        if run + 1 == len(self.starts) or end <= self.starts[run + 1]:
            first = self.places[run] + start - self.starts[run]
            return self.original[first : first + end - start]
        first, last = self.span(start, end)
        if last - first == end - start:
            return self.original[first:last]
        pieces = []
        while start < end:
            run += 1
            stop = min(end, self.starts[run]) if run < len(self.starts) else end
            if self.text[start:stop] not in _MARKS:
                place = self.place(start)
                pieces.append(self.original[place : place + stop - start])
            start = stop
        return "".join(pieces)


def read(text: str) -> Page:
    """Clean a text. Linear in its length."""
    unified = unify(text)
    parts = _parts(unified)
    unified = with_edges(_single("".join(_numbered(unified[start:end]) for start, end in parts)), text, parts)
    cleaned = _Cleaned(CellLines(unified))
    for start, end in _parts(unified):
        cleaned.add(unified[start:end], start)
    return cleaned.page(text)


class _Cleaned:
    """The clean text as far as it is read."""

    def __init__(self, cell_lines: CellLines) -> None:
        self.cell_lines = cell_lines
        self.pieces: list[str] = []
        self.starts, self.places = array("l"), array("l")
        self.length = 0

    def add(self, part: str, base: int) -> None:
        """Clean a part of the page, which begins at `base` in the original."""
        part = without_page_breaks(part)
        wrap = Wrap(part, self.cell_lines, base)
        if wrap.wrapped:
            counts = self.cell_lines.has
            part = _PAGE_NUMBER.sub(lambda match: match[0] if counts(base + match.start()) else _one_line_end(match), part)
        wrap.text = part
        if self.pieces and self.pieces[-1] != "\n":
            self._keep("\n", base - 1)
        heading = _HEADING.match(part)
        position, begun = heading.end() if heading else 0, self.length
        keep, separator, edged = self._keep, wrap.separator, EDGE in part
        for match in _NOISE.finditer(part):
            start, end = match.span()
            if end <= position:
                continue
            if position < start:
                keep(part[position:start], base + position)
            position = end
            if part[start] in _DROPPED:
                continue
            if edged and EDGE in match[0]:
                keep("\t", base + start)
                continue
            mark = separator(start, end)
            if mark and self.length > begun:
                keep(mark, base + start)
        if position < len(part):
            keep(part[position:], base + position)

    def _keep(self, words: str, place: int) -> None:
        self.starts.append(self.length)
        self.places.append(place)
        self.pieces.append(words)
        self.length += len(words)

    def page(self, original: str) -> Page:
        if not self.starts:
            self.starts.append(0)
            self.places.append(0)
        return Page("".join(self.pieces), original, self.starts, self.places)


_HEADING = expression(r"\s{0,40}#{1,6}[ \t]{1,8}(?=\S)")
# Two empty lines or a rule part articles; where they are all over the page, they part nothing.
_BREAK = expression(r"\n(?:[ \t]*\n){2,}|\n[ \t]*[-=*_—]{5,}[ \t]*\n")
_LINES_A_BREAK = 10


def _parts(text: str) -> list[tuple[int, int]]:
    """The page cut at its plain breaks, so that how one article is wrapped says nothing about another."""
    starts = [match.end() for match in _BREAK.finditer(text)] if "\n" in text else []
    starts = [start for start in starts if start < len(text)]
    if len(starts) * _LINES_A_BREAK > text.count("\n") and len(starts) > 1:
        starts = []
    return list(zip([0, *starts], [*starts, len(text)], strict=True))


# An item's number with a full stop, and a figure that its words begin with; 2.1 总体情况 is a section's.
_NUMBER = expression(r"\n[ \t]{0,8}(?P<number>\d{1,2})(?P<mark>[.、])(?P<figure>[ \t]{0,4}\d{1,4}(?![.、 \t\d亿万千百%元]))?")
_ENDED = expression(r"[。；！？][”）]?\s{0,40}$")
_LONGEST_END = 42


def _numbered(text: str) -> str:
    """With a mark that no figure has between an item's number and the figure behind it: 3、12日 for 3.12日 or 3. 12日 below item 2."""
    pieces: list[str] = []
    kept = 0
    above, of_sections = 0, False
    # With a line end before the first line as well: a search that begins with one leaps from line to line.
    for match in _NUMBER.finditer(f"\n{text}"):
        number, at = int(match["number"]), match.start("mark") - 1
        of_sections = match["figure"] is not None and (number == above or of_sections and number == above + 1)
        begins = (
            number == above + 1 and not of_sections and _ENDED.search(text, max(0, match.start() - _LONGEST_END), match.start())
        )
        if begins and match["figure"] and match["mark"] == ".":
            pieces += (text[kept:at], "、")
            kept = at + 1
        above = number
    return "".join([*pieces, text[kept:]]) if kept else text


def _single(text: str) -> str:
    """Headlines that the PDF's text layer holds twice (a drop shadow) once; the second is overwritten with blanks."""
    pieces: list[str] = []
    kept = place = 0
    for line in text.split("\n"):
        if 8 <= len(line) <= 160:
            at = place
            for word in line.split(" "):
                half = len(word) // 2
                if half >= 4 and word[:half] == word[half:]:
                    pieces += (text[kept : at + half], " " * half)
                    kept = at + 2 * half
                at += len(word) + 1
        place += len(line) + 1
    pieces.append(text[kept:])
    return "".join(pieces) if kept else text


# A page's number between two halves of a sentence; in a table of one cell a line the neighbours are figures as well.
_PAGE_NUMBER = expression(
    r"(?P<before>[ \t\n](?<=[^\s。！？：\d][ \t\n])(?:(?<=\n)\s{0,40}|[ \t]{0,40}\n\s{0,40}))"
    r"(?P<number>[-—·]?[ \t]?\d{1,3}[ \t]?[-—·]?)(?P<behind>[ \t]{0,40}\n\s{0,40})(?=[^\s\d（(一二三四五六七八九十])"
)


def _one_line_end(match: re.Match[str]) -> str:
    """A page's end within a sentence is the end of a line, no more."""
    return " " * (len(match[0]) - len(match["behind"])) + "\n" + " " * (len(match["behind"]) - 1)
