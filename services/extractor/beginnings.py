"""What the matches of a regular expression can begin with, so that a search need not try all its branches at every character."""

from __future__ import annotations

import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from typing import Any

_CATEGORIES = {codes.CATEGORY_DIGIT: r"\d", codes.CATEGORY_SPACE: r"\s", codes.CATEGORY_WORD: r"\w"}


def looking_ahead(pattern: str) -> str:
    """The pattern behind a look-ahead for the characters that it can begin with, where these can be told."""
    first = first_characters(pattern)
    return f"(?=[{''.join(sorted(first))}])(?:{pattern})" if first else pattern


def begun_with(pattern: str) -> str:
    """A character that a match of the pattern begins with. `re` looks for a class alone, without trying anything at the characters
    between, and only then back at what begins there."""
    first = first_characters(pattern)
    if first is None:
        raise ValueError(f"nothing is told of what a match begins with: {pattern}")
    return rf"[{''.join(sorted(first))}](?<=(?={pattern})[\s\S])"


def first_characters(pattern: str) -> set[str] | None:
    """What a match can begin with, as parts of a character class; None where it may be empty, or anything but some characters."""
    return _first(list(parser.parse(pattern)))


def _first(items: list[Any]) -> set[str] | None:
    found: set[str] = set()
    for operation, argument in items:
        if operation in (codes.ASSERT, codes.ASSERT_NOT, codes.AT):
            continue
        if operation in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT) and argument[0] == 0:
            # It may be left out, so that what follows it begins the match as well.
            begins = _first(list(argument[2]))
            if begins is None:
                return None
            found |= begins
            continue
        begins = _first_of(operation, argument)
        return None if begins is None else found | begins
    return None


def _first_of(operation: Any, argument: Any) -> set[str] | None:
    if operation is codes.LITERAL:
        return {re.escape(chr(argument))}
    if operation is codes.IN:
        return _class(argument)
    if operation is codes.SUBPATTERN:
        return _first(list(argument[3]))
    if operation in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        return _first(list(argument[2]))
    if operation is codes.BRANCH:
        branches = [_first(list(branch)) for branch in argument[1]]
        return None if None in branches else set().union(*filter(None, branches))
    return None


def _class(parts: list[Any]) -> set[str] | None:
    found: set[str] = set()
    for operation, argument in parts:
        if operation is codes.LITERAL:
            found.add(re.escape(chr(argument)))
        elif operation is codes.RANGE:
            found.add(f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}")
        elif operation is codes.CATEGORY and argument in _CATEGORIES:
            found.add(_CATEGORIES[argument])
        else:
            return None
    return found
