"""One pass over a bulletin for all words that the rules look for anywhere in it.

Each rule hands in its list of words; they are found together, in time that does not depend on how many there are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from services.extractor.reading import Document

_LISTS: dict[str, Callable[[], Iterable[str]]] = {}


class Found:
    """Where the words of a list stand in a text, in order; of those that begin at one place the longest."""

    def __init__(self, ends: dict[int, int]) -> None:
        self.starts = sorted(ends)
        self._ends = ends

    def between(self, start: int, end: int) -> list[tuple[int, int]]:
        """The words inside [start, end), as (start, end)."""
        first = bisect_left(self.starts, start)
        stop = bisect_left(self.starts, end, first)
        ends = self._ends
        return [(at, ends[at]) for at in self.starts[first:stop] if ends[at] <= end] if first < stop else []

    def matches(self, pattern: re.Pattern[str], text: str, start: int, end: int, last: int | None = None) -> list[re.Match[str]]:
        """What `pattern.finditer` finds in text[start:end], where each match begins with a word of the list; with `last` from so many
        of the words on, counted from the end."""
        first = bisect_left(self.starts, start)
        stop = bisect_left(self.starts, end, first)
        found: list[re.Match[str]] = []
        if first == stop:
            return found
        for at in self.starts[first if last is None else max(first, stop - last) : stop]:
            if (not found or at >= found[-1].end()) and (match := pattern.match(text, at, end)):
                found.append(match)
        return found

    def any_between(self, start: int, end: int) -> bool:
        """Does a word begin in [start, end)?"""
        first = bisect_left(self.starts, start)
        return first < len(self.starts) and self.starts[first] < end


def scanned(name: str, words: Callable[[], Iterable[str]]) -> Callable[[Document], Found]:
    """Has the words looked for under `name`, before the first bulletin is read; gives what finds them in one."""
    _LISTS[name] = words

    def found(document: Document) -> Found:
        known: dict[str, Found] | None = document.memo.get("scan")
        return (_scan(document) if known is None else known)[name]

    return found


@lru_cache(maxsize=1)
def _automaton() -> tuple[AhoCorasick, list[tuple[str, ...]]]:
    """What finds all words, and the lists that each of them is of."""
    lists: dict[str, list[str]] = {}
    for name, words in _LISTS.items():
        for word in set(words()):
            lists.setdefault(word, []).append(name)
    return AhoCorasick(list(lists)), [tuple(names) for names in lists.values()]


def _scan(document: Document) -> dict[str, Found]:
    automaton, lists = _automaton()
    ends: dict[str, dict[int, int]] = {name: {} for name in _LISTS}
    # They come by where they end, so of the words that begin at one place the longest comes last.
    for word, start, end in automaton.find_matches_as_indexes(document.text, overlapping=True):
        for name in lists[word]:
            ends[name][start] = end
    found = document.memo["scan"] = {name: Found(each) for name, each in ends.items()}
    return found
