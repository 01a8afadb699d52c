"""What the matches of a regular expression can begin or end with, so that a search need not try all its branches at every character."""

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


def ended_with(pattern: str) -> str:
    """A class of the characters that a match of the pattern, which ends with `$`, can end with; of the end of a line as well, before
    which `$` matches too. Raises ValueError where these cannot be told."""
    parsed = parser.parse(pattern)
    last = _edge(parsed, backwards=True) if _ends_at_end(parsed) else None
    if not last or _may_be_empty(parsed):
        raise ValueError(f"nothing is told of what a match ends with: {pattern}")
    return rf"[{''.join(sorted(last))}\n]"


def _ends_at_end(items: Any) -> bool:
    if not items:
        return False
    operation, argument = items[-1]
    if operation is codes.SUBPATTERN:
        return _ends_at_end(argument[3])
    if operation is codes.BRANCH:
        return all(_ends_at_end(branch) for branch in argument[1])
    return operation is codes.AT and argument is codes.AT_END


def first_characters(pattern: str) -> set[str] | None:
    """What a match can begin with, as parts of a character class; None where it may be empty, or anything but some characters."""
    parsed = parser.parse(pattern)
    return None if _may_be_empty(parsed) else _edge(parsed)


def _may_be_empty(items: Any) -> bool:
    return bool(items.getwidth()[0] == 0)


def _edge(items: Any, *, backwards: bool = False) -> set[str] | None:
    """What a match of these can begin with, or `backwards` end with; None where it is anything but some characters."""
    found: set[str] = set()
    for operation, argument in reversed(list(items)) if backwards else items:
        if operation in (codes.ASSERT, codes.ASSERT_NOT, codes.AT):
            continue
        # What may be left out, or be empty, leaves what stands next at the edge.
        if operation in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            edge, passed = _edge(argument[2], backwards=backwards), argument[0] == 0 or _may_be_empty(argument[2])
        elif operation is codes.SUBPATTERN:
            edge, passed = _edge(argument[3], backwards=backwards), _may_be_empty(argument[3])
        elif operation is codes.BRANCH:
            edges = [_edge(branch, backwards=backwards) for branch in argument[1]]
            edge = None if None in edges else set().union(*filter(None, edges))
            passed = any(map(_may_be_empty, argument[1]))
        else:
            edge, passed = _character(operation, argument), False
        if edge is None:
            return None
        found |= edge
        if not passed:
            break
    return found


def _character(operation: Any, argument: Any) -> set[str] | None:
    if operation is codes.LITERAL:
        return {re.escape(chr(argument))}
    return _class(argument) if operation is codes.IN else None


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
