"""The lexicons under `seeds/lexicon`: what words mean. Adding a phrase there needs no code."""

from __future__ import annotations

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


def alternatives(words: list[str]) -> str:
    """A regular expression that matches any of the words, the longest first."""
    import re

    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))
