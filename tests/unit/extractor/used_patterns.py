"""Which patterns are made while bulletins are read, wherever they are made, and by which methods they are used.

`python -m tests.unit.extractor.used_patterns` prints them as JSON: {pattern: [method, …]}. A process of its own, for a pattern that was
made before cannot be watched any more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from services.extractor import expressions

FOUND: dict[str, set[str]] = {}
GOLD = Path(__file__).resolve().parents[2] / "gold"
SPECS = Path(__file__).with_name("specs")
# Of the annotated bulletins; the sentences of the specs are read all.
EVERY = 3


class Watched:
    """In the place of an `Expression`: notes each use."""

    def __init__(self, pattern: str, prepared: Callable[[str], str]) -> None:
        self.pattern = pattern
        self._prepared = prepared
        self._compiled: re.Pattern[str] | None = None
        FOUND.setdefault(pattern, set())

    def __getattr__(self, name: str) -> Any:
        if name not in expressions._METHODS:
            raise AttributeError(name)
        FOUND[self.pattern].add(name)
        if self._compiled is None:
            self._compiled = re.compile(self._prepared(self.pattern))
        return getattr(self._compiled, name)


def texts() -> Iterator[str]:
    import yaml

    for path in sorted(GOLD.glob("*/*.txt"))[::EVERY]:
        yield path.read_text("utf-8")
    for path in sorted(SPECS.glob("*.yaml")):
        yield from _strings(yaml.safe_load(path.read_text("utf-8")))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield value
    for inner in (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(inner)


def main() -> None:
    expressions.Expression = Watched  # type: ignore[assignment, misc]
    # Their patterns are made when they are imported.
    from services.contracts import Bulletin, bulletin_id
    from services.extractor.extract import extract

    for text in texts():
        extract(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="patterns", source_uri="patterns:1"))
    print(json.dumps({pattern: sorted(methods) for pattern, methods in FOUND.items()}))


if __name__ == "__main__":
    main()
