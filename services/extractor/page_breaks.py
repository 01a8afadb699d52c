"""What a printer sets between two pages: the page's number, the running head, the running foot.

A sentence that goes on over the page has them in its midst: `力促新材料产业`, `- 4 -`, `某县第九届人民代表大会第二次会议文件（一）`, `园年内开工`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

from services.extractor.characters import ITEM_OPENING
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load

# A page's number that can be nothing else: 第 3 页 共 4 页, - 3 -, —３—, ·17·.
_SURE_NUMBER = (
    r"第[ \t]{0,2}\d{1,3}[ \t]{0,2}页(?:[ \t，/（]{0,3}共[ \t]{0,2}\d{1,3}[ \t]{0,2}页）?)?"
    r"|--?[ \t]{0,2}\d{1,3}[ \t]{0,2}--?|——?[ \t]{0,2}\d{1,3}[ \t]{0,2}——?|·[ \t]{0,2}\d{1,3}[ \t]{0,2}·"
)
_NUMBER = expression(f"(?:{_SURE_NUMBER})")
# One that could be a figure, but for the head that it stands beside.
_FIGURE = expression(r"\d{1,3}(?:[ \t]?/[ \t]?\d{1,3})?")
# Before or behind a head on the same line.
_BESIDE = expression(rf"^(?:{_SURE_NUMBER}|\d{{1,3}})[ \t]{{1,80}}(?=[^ \t])|[ \t]{{1,80}}(?:{_SURE_NUMBER}|\d{{1,3}})$")
# Without its blanks: a paper's name stands at one edge, its number at the other (云河县项目简报          2024 年第 3 期).
_HEAD = expression("[^，。；、：！？]{5,44}")
_DIGIT = expression(r"\d")
_PROSE = expression("[，。；、]")
_ENDED = expression("[。！？：][”）]{0,2}$")
_ITEM = expression(ITEM_OPENING)
# The end of the line above that is looked at.
_TAIL = 60
_LONGEST = 120


class _Kind(Enum):
    NUMBER = auto()
    # Names a paper that has such heads.
    PAPER = auto()
    # The same words stand beside other pages' numbers.
    REPEATED = auto()


class _Line(NamedTuple):
    start: int
    end: int
    words: str


@lru_cache(maxsize=1)
def _papers() -> re.Pattern[str]:
    return expression("|".join(load("pages")["running_heads"]))


@lru_cache(maxsize=1)
def _signs() -> re.Pattern[str]:
    """What a page's number or a paper's name has in it."""
    return expression(f"{alternatives(load('pages')['papers'])}|{_SURE_NUMBER}")


def without_page_breaks(text: str) -> str:
    """The text with blanks for what stands between two pages, of the same length; where that parts a sentence, one line end is left."""
    signs = [match.start() for match in _signs().finditer(text)] if "\n" in text else []
    # Most of them stand in prose.
    if not any(map(_kind, _lines_with(signs, text))):
        return text
    pieces: list[str] = []
    kept = 0
    for start, end, blank in _breaks(_lines(text), signs):
        pieces += (text[kept:start], blank)
        kept = end
    return "".join([*pieces, text[kept:]]) if kept else text


def _lines_with(signs: list[int], text: str) -> Iterator[str]:
    """The lines that signs stand in, each once."""
    end = -1
    for sign in signs:
        if sign > end:
            start = text.rfind("\n", max(0, end), sign) + 1
            end = text.find("\n", sign)
            if end < 0:
                end = len(text)
            yield text[start:end].strip()


def _lines(text: str) -> list[_Line]:
    """The lines that are not empty."""
    found = []
    start = 0
    for line in text.split("\n"):
        if words := line.strip():
            found.append(_Line(start, start + len(line), words))
        start += len(line) + 1
    return found


def _breaks(lines: list[_Line], signs: list[int]) -> Iterator[tuple[int, int, str]]:
    """What is to be put in the place of each [start, end). What opens or closes the text stays."""
    kinds = _kinds(lines, signs)
    last = 0
    for begin in sorted(kinds):
        if begin <= last:
            continue
        last = begin
        while last + 1 in kinds:
            last += 1
        if begin > 0 and last + 1 < len(lines):
            yield from _break(lines, kinds, begin, last + 1)


def _break(lines: list[_Line], kinds: dict[int, _Kind], begin: int, end: int) -> Iterator[tuple[int, int, str]]:
    """The same for the page's end that lines [begin, end) are."""
    above, below = lines[begin - 1], lines[end]
    if _ENDED.search(above.words, max(0, len(above.words) - _TAIL)) or _ITEM.match(below.words):
        for at in range(begin, end):
            # A paper's name may be the title of what stands below it.
            if kinds[at] is not _Kind.PAPER:
                yield lines[at].start, lines[at].end, " " * (lines[at].end - lines[at].start)
    elif _PROSE.search(above.words) or any(kinds[at] is _Kind.NUMBER for at in range(begin, end)):
        yield above.end, below.start, " " * (below.start - above.end - 1) + "\n"


def _kinds(lines: list[_Line], signs: list[int]) -> dict[int, _Kind]:
    """The lines that stand between pages."""
    starts = [line.start for line in lines]
    kinds: dict[int, _Kind] = {}
    for at in dict.fromkeys(bisect_right(starts, sign) - 1 for sign in signs):
        if kind := _kind(lines[at].words):
            kinds[at] = kind
    for at in [at for at, kind in kinds.items() if kind is _Kind.PAPER]:
        kinds |= {near: _Kind.NUMBER for near in _beside(at, lines, kinds) if _FIGURE.fullmatch(lines[near].words)}
    heads = {
        near: shape
        for at, kind in kinds.items()
        if kind is _Kind.NUMBER
        for near in _beside(at, lines, kinds)
        if _HEAD.fullmatch(shape := _DIGIT.sub("0", "".join(lines[near].words.split())))
    }
    times = Counter(heads.values())
    return kinds | {at: _Kind.REPEATED for at, shape in heads.items() if times[shape] > 1}


def _beside(at: int, lines: list[_Line], kinds: dict[int, _Kind]) -> list[int]:
    """The lines above and below one that are not known yet."""
    return [near for near in (at - 1, at + 1) if 0 <= near < len(lines) and near not in kinds]


def _kind(words: str) -> _Kind | None:
    if len(words) > _LONGEST:
        return None
    if _NUMBER.fullmatch(words):
        return _Kind.NUMBER
    head = _BESIDE.sub("", words, count=1)
    if not _papers().fullmatch("".join(head.split())):
        return None
    return _Kind.PAPER if head == words else _Kind.NUMBER
