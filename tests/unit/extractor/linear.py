"""Does a regular expression take time in proportion to its text? Read off its parsed form, so that no clock is needed.

Only repeats without a bound are looked at; what is bounded costs a constant factor. Time runs away in three ways:

- a repeated group that can read one text in several ways (`(?:总|额|总额)*x`) tries all of them when what stands behind it fails;
- a repeated character reads the rest of a run from each place of the run (`[^，]*x` on a text without a comma);
- two repeats side by side share a run in every possible way (`\\d*[\\d,]*x`).

None of it happens where nothing behind the repeat can fail: it then takes what it finds, and the next search begins behind it.
"""

from __future__ import annotations

import re
import re._constants as codes
import re._parser as parser
from collections.abc import Iterator, Sequence
from typing import Any

Characters = frozenset[str]
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)
# One character stands for all of its class that no pattern names.
_OTHERS = "0 中x_\n\t\u3000é☃"
_CATEGORIES = {
    codes.CATEGORY_DIGIT: re.compile(r"\d"),
    codes.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    codes.CATEGORY_SPACE: re.compile(r"\s"),
    codes.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    codes.CATEGORY_WORD: re.compile(r"\w"),
    codes.CATEGORY_NOT_WORD: re.compile(r"\W"),
}


def faults(pattern: str) -> list[str]:
    """Why the pattern may take more than linear time; empty where it cannot."""
    return list(_Analysis(pattern).faults())


class _Analysis:
    def __init__(self, pattern: str) -> None:
        self.tree = parser.parse(pattern)
        self.alphabet = frozenset(_OTHERS) | frozenset(_named(self.tree))

    def faults(self) -> Iterator[str]:
        yield from self._sequence(list(self.tree), [], [])

    def _sequence(self, items: list[Any], before: list[Any], behind: list[Any]) -> Iterator[str]:
        """The faults of `items`, between what stands before and behind them."""
        for number, (operation, argument) in enumerate(items):
            earlier, later = before + items[:number], items[number + 1 :] + behind
            if operation is codes.SUBPATTERN:
                yield from self._sequence(list(argument[3]), earlier, later)
            elif operation is codes.ATOMIC_GROUP:
                yield from self._sequence(list(argument), earlier, later)
            elif operation is codes.BRANCH:
                for branch in argument[1]:
                    yield from self._sequence(list(branch), earlier, later)
            elif operation in (codes.ASSERT, codes.ASSERT_NOT):
                # What an assertion reads it reads again at each place; behind it nothing is kept.
                yield from self._sequence(list(argument[1]), earlier, [_FAILS])
            elif operation in _REPEATS:
                yield from self._repeat(operation, argument, earlier, later)

    def _repeat(self, operation: Any, argument: Any, before: list[Any], behind: list[Any]) -> Iterator[str]:
        _, most, body = argument
        items = list(body)
        if most is not codes.MAXREPEAT:
            yield from self._sequence(items, before, behind)
            return
        can_fail = any(self._can_fail(item) for item in behind)
        if len(items) != 1 or items[0][0] not in (codes.LITERAL, codes.NOT_LITERAL, codes.IN, codes.ANY):
            # Behind the body comes the body again, or what follows the repeat.
            yield from self._sequence(items, before, [*items, *behind, *([_FAILS] if can_fail else [])])
            if can_fail and operation is not codes.POSSESSIVE_REPEAT:
                yield "a repeated group is not possessive, and what stands behind it may fail"
            return
        if not can_fail:
            return
        own = self._set(items[0])
        if not self._fenced(before, own):
            yield f"a repeat of {_shown(own)} begins anywhere in its run, and what stands behind it may fail"
        elif operation is not codes.POSSESSIVE_REPEAT and self._shares(behind, own):
            yield f"a repeat of {_shown(own)} is followed by another that may take of its run"

    def _fenced(self, before: Sequence[Any], own: Characters) -> bool:
        """Does something have to stand before the repeat that its run does not hold, so that a run is begun once?"""
        for operation, argument in reversed(before):
            if operation is codes.AT and argument in (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING):
                return True
            if operation is codes.ASSERT_NOT and argument[0] < 0 and len(argument[1]) == 1 and own <= self._set(argument[1][0]):
                return True
            if operation is codes.ASSERT and argument[0] < 0 and not self._last(list(argument[1])) & own:
                return True
            if operation in (codes.ASSERT, codes.ASSERT_NOT, codes.AT) or self._nullable((operation, argument)):
                continue
            if not self._all((operation, argument)) & own:
                return True
            # A piece of fixed length that the run may hold as well: what stands before it may still fence both.
        return False

    def _shares(self, behind: Sequence[Any], own: Characters) -> bool:
        """Is there another repeat without a bound behind, with nothing in between that parts the two?"""
        for operation, argument in behind:
            inner = argument[2] if operation in _REPEATS else None
            if inner is not None and argument[1] is codes.MAXREPEAT and self._all((operation, argument)) & own:
                return True
            if operation not in (codes.ASSERT, codes.ASSERT_NOT, codes.AT) and not self._nullable((operation, argument)):
                return False
        return False

    def _can_fail(self, item: Any) -> bool:
        operation, argument = item
        if operation is codes.SUBPATTERN:
            return any(self._can_fail(inner) for inner in argument[3])
        if operation is codes.ATOMIC_GROUP:
            return any(self._can_fail(inner) for inner in argument)
        if operation is codes.BRANCH:
            return all(any(self._can_fail(inner) for inner in branch) for branch in argument[1])
        return not (operation in _REPEATS and argument[0] == 0)

    def _nullable(self, item: Any) -> bool:
        operation, argument = item
        if operation is codes.SUBPATTERN:
            return all(self._nullable(inner) for inner in argument[3])
        if operation is codes.ATOMIC_GROUP:
            return all(self._nullable(inner) for inner in argument)
        if operation is codes.BRANCH:
            return any(all(self._nullable(inner) for inner in branch) for branch in argument[1])
        if operation in _REPEATS:
            return argument[0] == 0 or all(self._nullable(inner) for inner in argument[2])
        return operation in (codes.ASSERT, codes.ASSERT_NOT, codes.AT)

    def _last(self, items: list[Any]) -> Characters:
        return self._all(items[-1]) if items else self.alphabet

    def _all(self, item: Any) -> Characters:
        """Every character that the item may read."""
        operation, argument = item
        if operation is codes.SUBPATTERN:
            return self._union(argument[3])
        if operation is codes.ATOMIC_GROUP:
            return self._union(argument)
        if operation is codes.BRANCH:
            return frozenset().union(*(self._union(branch) for branch in argument[1]))
        if operation in _REPEATS:
            return self._union(argument[2])
        return self._set(item)

    def _union(self, items: Any) -> Characters:
        return frozenset().union(*(self._all(item) for item in items))

    def _set(self, item: Any) -> Characters:
        """The characters of the alphabet that a piece of one character matches; none for an assertion, all where it is not known."""
        operation, argument = item
        if operation is codes.LITERAL:
            return frozenset(chr(argument))
        if operation is codes.NOT_LITERAL:
            return self.alphabet - {chr(argument)}
        if operation is codes.ANY:
            return self.alphabet - {"\n"}
        if operation is codes.IN:
            negated = argument[0][0] is codes.NEGATE
            found = frozenset(c for c in self.alphabet if any(_in(c, part) for part in argument if part[0] is not codes.NEGATE))
            return self.alphabet - found if negated else found
        if operation in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
            return frozenset()
        return self.alphabet


# Something that may fail and reads nothing.
_FAILS = (codes.AT, codes.AT_END)


def _in(character: str, part: Any) -> bool:
    operation, argument = part
    if operation is codes.LITERAL:
        return ord(character) == argument
    if operation is codes.RANGE:
        return bool(argument[0] <= ord(character) <= argument[1])
    return bool(_CATEGORIES[argument].match(character))


def _named(tree: Any) -> Iterator[str]:
    """The characters that a pattern names."""
    for operation, argument in tree:
        if operation in (codes.LITERAL, codes.NOT_LITERAL):
            yield chr(argument)
        elif operation is codes.RANGE:
            yield chr(argument[0])
            yield chr(argument[1])
        elif operation is codes.IN:
            yield from _named(argument)
        elif operation is codes.BRANCH:
            for branch in argument[1]:
                yield from _named(branch)
        elif operation is codes.SUBPATTERN:
            yield from _named(argument[3])
        elif operation is codes.ATOMIC_GROUP:
            yield from _named(argument)
        elif operation in _REPEATS:
            yield from _named(argument[2])
        elif operation in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _named(argument[1])


def _shown(characters: Characters) -> str:
    return repr("".join(sorted(characters))[:12])
