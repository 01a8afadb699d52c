"""The words without which a regular expression matches nowhere: one pass over a text for the words of many patterns tells which of
them are worth trying."""

from __future__ import annotations

import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from functools import cache
from typing import Any

from services.extractor.lexicon import alternatives

_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
# Of more words it is no longer said that one is needed: each costs its place in the automaton.
_MOST_WORDS = 24


@cache
def needed_words(pattern: str) -> frozenset[str]:
    """Words of which every match holds one or has one beside it. Of the sets that would do the one whose shortest word is longest, of
    these the smallest; empty where none can be told."""
    return min(_needed(list(parser.parse(pattern))), key=_breadth, default=frozenset())


def one_needed(pattern: str) -> str:
    """A pattern of these words. Raises ValueError where none can be told."""
    if not (words := needed_words(pattern)):
        raise ValueError(f"no word is told that a match needs: {pattern}")
    return alternatives(words)


def _breadth(words: frozenset[str]) -> tuple[int, int]:
    """The fewer texts hold one of the words, the less: the longer they are, the rarer."""
    return -min(map(len, words)), len(words)


def _needed(items: list[Any]) -> list[frozenset[str]]:
    """The sets of words of each of which a match of the items has one."""
    found: list[frozenset[str]] = []
    # What the items right before this one match, all of it.
    run: frozenset[str] | None = _NOTHING
    for operation, argument in items:
        ahead = operation is codes.ASSERT and argument[0] > 0
        said = _sequence(list(argument[1])) if ahead else _said(operation, argument)
        longer = _joined(run, said)
        found += [words for words in (longer, said) if words and "" not in words]
        if said is None or operation is codes.ASSERT:
            found += _inside(operation, argument)
        if not ahead:
            run = said if longer is None else longer
    return found


def _inside(operation: Any, argument: Any) -> list[frozenset[str]]:
    """The sets of words that one item needs which can match more than some words."""
    if operation is codes.SUBPATTERN:
        return _needed(list(argument[3]))
    if operation is codes.ASSERT:
        return _needed(list(argument[1]))
    if operation in _REPEATS and argument[0] > 0:
        return _needed(list(argument[2]))
    if operation is codes.BRANCH:
        branches = [_needed(list(branch)) for branch in argument[1]]
        if all(branches):
            return [frozenset().union(*(min(branch, key=_breadth) for branch in branches))]
    return []


_NOTHING = frozenset(("",))


def _sequence(items: list[Any]) -> frozenset[str] | None:
    """All that the items can match one behind the other; None where that is no list of a few words."""
    words: frozenset[str] | None = _NOTHING
    for operation, argument in items:
        words = _joined(words, _said(operation, argument))
    return words


def _said(operation: Any, argument: Any) -> frozenset[str] | None:
    """The same for one item."""
    if operation is codes.LITERAL:
        return frozenset(chr(argument))
    if operation is codes.IN and all(part is codes.LITERAL for part, _ in argument):
        return frozenset(chr(character) for _, character in argument)
    if operation is codes.SUBPATTERN:
        return _sequence(list(argument[3]))
    if operation in (codes.ASSERT, codes.ASSERT_NOT, codes.AT):
        return _NOTHING
    if operation is codes.BRANCH:
        branches = [_sequence(list(branch)) for branch in argument[1]]
        return None if None in branches else _few(frozenset().union(*filter(None, branches)))
    if operation in _REPEATS:
        return _repeated(_sequence(list(argument[2])), argument[0], argument[1])
    return None


def _repeated(words: frozenset[str] | None, least: int, most: int) -> frozenset[str] | None:
    """The words so many times one behind the other."""
    if words is None or most > _MOST_WORDS:
        return None
    times, found = _NOTHING, _NOTHING if least == 0 else frozenset[str]()
    for number in range(1, most + 1):
        longer = _joined(times, words)
        if longer is None:
            return None
        times = longer
        if number >= least:
            found |= times
    return _few(found)


def _joined(before: frozenset[str] | None, behind: frozenset[str] | None) -> frozenset[str] | None:
    """Each of the first words with each of the second behind it."""
    if before is None or behind is None or len(before) * len(behind) > _MOST_WORDS:
        return None
    return frozenset(first + second for first in before for second in behind)


def _few(words: frozenset[str]) -> frozenset[str] | None:
    return words if len(words) <= _MOST_WORDS else None
