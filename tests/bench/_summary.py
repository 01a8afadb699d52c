"""All rows that the measurements wrote, as one table, and as `build/bench/bench.json`."""

from __future__ import annotations

import json

from tests.bench._table import FOLDER, Row, publish

OUT = FOLDER / "bench.json"


def main() -> None:
    found: list[Row] = []
    for path in sorted(FOLDER.glob("*.json")):
        if path != OUT:
            found += json.loads(path.read_text("utf-8"))
    publish(found, OUT)


if __name__ == "__main__":
    main()
