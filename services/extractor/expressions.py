"""Regular expressions that are compiled when they are first used.

The rules make about 1,400 of them while bulletins are read, and compiling all takes longer than everything else that happens before the
first event; the first bulletin needs about half.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from services.extractor.beginnings import begun_with, ended_with, looking_ahead
from services.extractor.needed_words import one_needed

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub")


@cache
def expression(text: str) -> re.Pattern[str]:
    """The pattern of `text`, one and the same at each call. Raises re.error at its first use where it is none."""
    return cast("re.Pattern[str]", Expression(text, str))


@cache
def leaping(text: str) -> re.Pattern[str]:
    """The same with a look-ahead for the characters that a match can begin with.

    A search tries all branches at every character unless each begins with a plain one; the look-ahead fails at once where none
    begins, which makes such searches about twice as fast, some five times.
    """
    return cast("re.Pattern[str]", Expression(text, looking_ahead))


@cache
def beginning(text: str) -> re.Pattern[str]:
    """Where a match of `text` begins: its first character alone. To ask whether there is one, this takes a third of the time."""
    return cast("re.Pattern[str]", Expression(text, begun_with))


@cache
def needed(text: str) -> re.Pattern[str]:
    """A word that a match of `text` holds or has beside it: where there is none, `text` need not be tried."""
    return cast("re.Pattern[str]", Expression(text, one_needed))


class Ending:
    """A pattern that ends with `$`, tried only where what is looked through ends with a character that a match can end with: a search
    tries all branches at every character before the last ones tell that nothing matches."""

    def __init__(self, pattern: str) -> None:
        self._whole = leaping(pattern)
        self._last = cast("re.Pattern[str]", Expression(pattern, ended_with))

    def search(self, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        end = len(text) if end is None else end
        return self._whole.search(text, start, end) if start < end and self._last.match(text, end - 1) else None

    def match(self, text: str, start: int, end: int) -> re.Match[str] | None:
        return self._whole.match(text, start, end) if start < end and self._last.match(text, end - 1) else None


@cache
def ending(text: str) -> Ending:
    """The pattern of `text`, which ends with `$`. Raises ValueError at its first use where any character may end a match."""
    return Ending(text)


class Expression:
    """Stands for the pattern of `pattern` until a method of it is asked for, and from then on holds its methods itself."""

    def __init__(self, pattern: str, prepared: Callable[[str], str]) -> None:
        self.pattern = pattern
        self._prepared = prepared

    def __getattr__(self, name: str) -> Any:
        # Called only for what is not there: at the first use.
        if name not in _METHODS:
            raise AttributeError(name)
        compiled = re.compile(self._prepared(self.pattern))
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(self, name)
