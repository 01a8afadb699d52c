"""The lexicons under `seeds/lexicon`: what words mean. Adding a phrase there needs no code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LEXICON = Path(__file__).resolve().parents[2] / "seeds" / "lexicon"


@cache
def load(name: str) -> Any:
    """The content of `seeds/lexicon/NAME.yaml`. Raises FileNotFoundError or yaml.YAMLError where it cannot be read."""
    path = LEXICON / f"{name}.yaml"
    # The C loader is ten times as fast; start-up counts.
    return yaml.load(path.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def alternatives(words: Iterable[str]) -> str:
    """A regular expression that matches any of the words, the longest first.

    Words with the same first character share it, so that where none begins the search fails on one character and elsewhere tries
    few: five times as fast as a plain list of 600 words.
    """
    groups: dict[str, list[str]] = {}
    for word in sorted(set(words), key=lambda word: (-len(word), word)):
        groups.setdefault(word[0], []).append(re.escape(word[1:]))
    return "|".join(
        re.escape(first) + (rests[0] if len(rests) == 1 else f"(?:{'|'.join(rests)})") for first, rests in groups.items()
    )


@cache
def group(name: str, *lists: str) -> str:
    """A group that matches any word of these lists of `seeds/lexicon/NAME.yaml`, the longest first. Raises KeyError for a list that is
    not there."""
    return f"(?:{alternatives(word for key in lists for word in load(name)[key])})"


def last(pattern: re.Pattern[str], text: str, start: int, end: int) -> re.Match[str] | None:
    """The last match in text[start:end]."""
    found = None
    for match in pattern.finditer(text, start, end):
        found = match
    return found
