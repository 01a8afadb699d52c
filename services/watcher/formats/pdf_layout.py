"""From characters on a page to lines in reading order: columns from left to right, each from top to bottom (recursive X-Y cut).

Ha, Haralick, Phillips: Recursive X-Y cut using bounding boxes of connected components (ICDAR 1995).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Final, NamedTuple

# All in the height of the page's usual line.
_WORD_GAP: Final = 0.25
_SEGMENT_GAP: Final = 0.8
_CELL_GAP: Final = 1.5
_GUTTER: Final = 0.9
_NARROWEST_COLUMN: Final = 5
_COLUMN_LINES: Final = 3
# Prose fills its column, the cells of a table do not.
_COLUMN_FILL: Final = 0.6
# What may stand beside the columns of prose (a caption, a number) without being one.
_MAX_BESIDE: Final = 0.2
# A page of more pieces or rows than this is no page of a newspaper, and its columns are not looked for.
_MAX_SEGMENTS: Final = 6000
_MAX_ROWS: Final = 600
_MAX_RUNS: Final = 20


class Glyph(NamedTuple):
    """A character and its box in points, the page's corner at the lower left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


class Line(NamedTuple):
    """A run of characters side by side, or several with tabs between."""

    text: str
    left: float
    bottom: float
    right: float
    top: float


def in_reading_order(glyphs: list[Glyph]) -> list[Line]:
    """The lines of a page, none empty."""
    segments = [segment for segment in _segments(glyphs) if segment.text.strip()]
    if not segments:
        return []
    em = median(segment.top - segment.bottom for segment in segments) or 1.0
    blocks = _blocks(segments, em) if len(segments) <= _MAX_SEGMENTS else iter([segments])
    return [line for block in blocks for line in _lines(block, em)]


def _segments(glyphs: list[Glyph]) -> Iterator[Line]:
    """Runs of characters that follow each other in the file and on the page."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and not _follows(run[-1], glyph):
            yield _joined(run)
            run = []
        run.append(glyph)
    if run:
        yield _joined(run)


def _follows(before: Glyph, glyph: Glyph) -> bool:
    height = max(before.top - before.bottom, glyph.top - glyph.bottom)
    gap = glyph.left - before.right
    return _on_one_line(before, glyph) and -0.5 * height < gap < _SEGMENT_GAP * height


def _joined(run: list[Glyph]) -> Line:
    pieces = [run[0].text]
    for before, glyph in zip(run, run[1:], strict=False):
        ascii_words = before.text.isascii() and glyph.text.isascii()
        if ascii_words and glyph.left - before.right > _WORD_GAP * (glyph.top - glyph.bottom):
            pieces.append(" ")
        pieces.append(glyph.text)
    return Line("".join(pieces), run[0].left, min(g.bottom for g in run), max(g.right for g in run), max(g.top for g in run))


def _on_one_line(first: Glyph | Line, second: Glyph | Line) -> bool:
    shared = min(first.top, second.top) - max(first.bottom, second.bottom)
    return shared > 0.5 * min(first.top - first.bottom, second.top - second.bottom)


def _blocks(segments: list[Line], em: float) -> Iterator[list[Line]]:
    """Parts of the page, each to be read line by line."""
    waiting = [segments]
    while waiting:
        region = waiting.pop()
        parts = _columns(region, em) or _around_columns(region, em)
        if len(parts) < 2:
            yield region
        else:
            waiting.extend(reversed(parts))


def _columns(region: list[Line], em: float) -> list[list[Line]]:
    """The region's columns from left to right; none where it has one only, or is a table."""
    groups: list[list[Line]] = []
    edge = float("-inf")
    for segment in sorted(region, key=lambda each: each.left):
        if segment.left - edge >= _GUTTER * em:
            groups.append([])
        groups[-1].append(segment)
        edge = max(edge, segment.right)
    if len(groups) < 2:
        return []
    prose = [group for group in groups if _is_prose(group, em)]
    beside = len(region) - sum(map(len, prose))
    return groups if len(prose) >= 2 and beside <= _MAX_BESIDE * len(region) else []


def _is_prose(group: list[Line], em: float) -> bool:
    width = max(segment.right for segment in group) - min(segment.left for segment in group)
    lines = _rows(group)
    filled = sum(sum(segment.right - segment.left for segment in line) for line in lines) / len(lines)
    return len(lines) >= _COLUMN_LINES and width >= _NARROWEST_COLUMN * em and filled >= _COLUMN_FILL * width


def _around_columns(region: list[Line], em: float) -> list[list[Line]]:
    """What is above, in and below the largest run of rows that are columns; nothing where there is none."""
    rows = _rows(region)
    if len(rows) <= _COLUMN_LINES or len(rows) > _MAX_ROWS:
        return []
    for first, end in _runs_with_gutter(rows, em)[:_MAX_RUNS]:
        parts = [[segment for row in part for segment in row] for part in (rows[:first], rows[first:end], rows[end:])]
        if _columns(parts[1], em):
            return [part for part in parts if part]
    return []


def _runs_with_gutter(rows: list[list[Line]], em: float) -> list[tuple[int, int]]:
    """The longest run [first, end) from each row on through which a white strip goes, those with the most pieces first."""
    left, right = min(row[0].left for row in rows), max(segment.right for row in rows for segment in row)
    gaps = [_gaps(row, em) for row in rows]
    runs: list[tuple[int, int, int]] = []
    for first in range(len(rows)):
        shared, end = gaps[first], first
        for at in range(first, len(rows)):
            shared = _shared(shared, gaps[at], em)
            if not shared:
                break
            # A strip along the edge parts nothing.
            if any(low > left and high < right for low, high in shared):
                end = at + 1
        if end - first >= _COLUMN_LINES:
            runs.append((sum(map(len, rows[first:end])), first, end))
    return [(first, end) for _, first, end in sorted(runs, key=lambda run: -run[0])]


def _gaps(row: list[Line], em: float) -> list[tuple[float, float]]:
    edges = [float("-inf"), *(edge for segment in row for edge in (segment.left, segment.right)), float("inf")]
    return [(low, high) for low, high in zip(edges[::2], edges[1::2], strict=True) if high - low >= _GUTTER * em]


def _shared(some: list[tuple[float, float]], others: list[tuple[float, float]], em: float) -> list[tuple[float, float]]:
    both = [(max(low, start), min(high, end)) for low, high in some for start, end in others]
    return [(low, high) for low, high in both if high - low >= _GUTTER * em]


def _rows(segments: list[Line]) -> list[list[Line]]:
    """What stands on one height, from top to bottom, each from left to right."""
    rows: list[list[Line]] = []
    for segment in sorted(segments, key=lambda each: (-(each.top + each.bottom), each.left)):
        if rows and _on_one_line(rows[-1][0], segment):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda each: each.left) for row in rows]


def _lines(block: list[Line], em: float) -> Iterator[Line]:
    for row in _rows(block):
        text = row[0].text.strip()
        for before, segment in zip(row, row[1:], strict=False):
            gap = segment.left - before.right
            text += ("\t" if gap > _CELL_GAP * em else "") + segment.text.strip()
        yield Line(text, row[0].left, min(s.bottom for s in row), max(s.right for s in row), max(s.top for s in row))
