"""The lines of a page, and which of them a width has cut."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from typing import Any

from services.extractor.expressions import expression
from services.extractor.once import once

TERMINAL = "。！？"
FINISHED = "。！？：；，、”）"
_MARK = expression("[，。；、].")
# 一、2025年工作回顾: the mark behind a title's number is none of a sentence.
_NUMBER = expression(r"(?:[一二三四五六七八九十]{1,3}|\d{1,2})、")
_INDENT = 2.0
_DEEPEST_INDENT = 9
_DRAWN = 2.0
_NARROWEST = 11
# Lines on each side that a line's length is compared with: a column of a newspaper has as many at least.
_NEAR = 15


def width_of(line: str) -> float:
    """Width in Chinese characters: a Latin letter or digit counts half."""
    # Encoding to Latin-1 drops everything else: the fastest way to count.
    return len(line) - len(line.encode("latin-1", "ignore")) / 2


def _has_mark(line: str) -> bool:
    number = _NUMBER.match(line)
    return _MARK.search(line, number.end() if number else 0) is not None


class Lines:
    """The page's lines that are not empty, and which of them look as if a width had cut them."""

    def __init__(self, text: str) -> None:
        self.starts: list[int] = []
        self.lengths: list[int] = []
        self.widths: list[float] = []
        self.cut: list[bool] = []
        unfinished = spaced = begin = 0
        for whole in text.split("\n"):
            begin, end = begin + len(whole) + 1, begin + len(whole)
            line = whole.strip()
            if not line:
                continue
            indent = len(whole) - len(whole.lstrip())
            # A paragraph is indented by two characters, or by four blanks of half their width.
            indented = 1 < indent < _DEEPEST_INDENT
            width = width_of(line) + (_INDENT if indented else 0)
            # Only a line that a width has cut has a comma or full stop within it and none at its end.
            length = len(line) + (indent if indented else 0)
            cut = length >= _NARROWEST and line[-1] not in FINISHED and _has_mark(line)
            self.starts.append(end - len(whole) + indent)
            self.lengths.append(length)
            self.widths.append(width)
            self.cut.append(cut)
            unfinished += line[-1] not in TERMINAL
            spaced += cut and text.startswith("\n\n", end)
        cuts = sum(self.cut)
        self.unfinished = unfinished
        # Two lines that are cut at the same width show it as well as three that differ.
        same = cuts == 2 and len({length for length, cut in zip(self.lengths, self.cut, strict=True) if cut}) == 1
        self.is_cut = cuts >= 3 or same
        # An empty line behind each line parts nothing.
        self.spaced = spaced * 2 > cuts

    @once
    def is_exact(self) -> bool:
        """Were lines cut by a machine, so that every line of prose but a paragraph's last has its number of characters or width?

        People and typesetters draw closing marks to the line before: a fifth of their lines and more have other lengths.
        """
        cut = [number for number, cut in enumerate(self.cut) if cut]
        alike = sum(self._near(self._by_length, self.lengths[number], number) > 2 for number in cut)
        return self.is_cut and (alike >= 0.8 * len(cut) or sum(map(self.is_full, cut)) >= 0.97 * len(cut))

    def at(self, start: int) -> int:
        """The number of the line that holds `start`."""
        number = bisect_right(self.starts, start) - 1
        return number if number > 0 else 0

    def is_nearly_full(self, number: int) -> bool:
        """Is the line as wide as the lines near it that a width has cut, but for what a closing mark has drawn to or from it?"""
        around = range(max(0, number - _NEAR), min(len(self.cut), number + _NEAR + 1))
        near = [self.widths[n] for n in around if self.cut[n] and n != number]
        return not near or abs(Counter(near).most_common(1)[0][0] - self.widths[number]) <= _DRAWN

    def is_full(self, number: int) -> bool:
        """Has the line exactly the length or the width of two lines near it that a width has cut?"""
        if not self.is_cut or self.lengths[number] < _NARROWEST:
            return False
        # The line itself is among those of its length and width if it is cut.
        enough = 2 + self.cut[number]
        if self._near(self._by_length, self.lengths[number], number) >= enough:
            return True
        # Widths are multiples of one half.
        width, by_width = self.widths[number], self._by_width
        near = self._near(by_width, width, number)
        return near >= enough or (
            near + self._near(by_width, width - 0.5, number) + self._near(by_width, width + 0.5, number) >= enough
        )

    @staticmethod
    def _near(numbers_by_size: dict[Any, list[int]], size: float, number: int) -> int:
        """How many of the lines of a size are near this one, itself counted."""
        numbers = numbers_by_size.get(size)
        if numbers is None:
            return 0
        return bisect_right(numbers, number + _NEAR) - bisect_left(numbers, number - _NEAR)

    @once
    def _by_length(self) -> dict[int, list[int]]:
        """The numbers of the lines that a width has cut, by their length."""
        found: dict[int, list[int]] = defaultdict(list)
        for number, cut in enumerate(self.cut):
            if cut:
                found[self.lengths[number]].append(number)
        return dict(found)

    @once
    def _by_width(self) -> dict[float, list[int]]:
        found: dict[float, list[int]] = defaultdict(list)
        for number, cut in enumerate(self.cut):
            if cut:
                found[self.widths[number]].append(number)
        return dict(found)
