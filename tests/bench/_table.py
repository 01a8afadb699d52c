"""What the measurements share: their options, a line of the table, and where it is written."""

from __future__ import annotations

import argparse
import json
import signal
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.settings import PROJECT

FOLDER = PROJECT / "build" / "bench"
Row = dict[str, Any]


def options(doc: str | None, name: str, runs: int = 5) -> argparse.ArgumentParser:
    """What every measurement takes; `doc` is its module's docstring."""
    # A terminated run must stop its servers as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n\n")[0])
    parser.add_argument("--runs", type=int, default=runs, help="how often each is measured, in turns")
    parser.add_argument("--out", type=Path, default=FOLDER / f"{name}.json")
    return parser


def row(name: str, unit: str, ours: Sequence[float], reference: Sequence[float] | None = None, digits: int = 0) -> Row:
    """A line: medians of the runs, with the least and the most of ours and of the ratio. Without a reference its columns are null."""
    pairs = list(zip(ours, reference, strict=True)) if reference is not None else []
    ratios = [mine / other for mine, other in pairs]
    return {
        "name": name,
        "ours": round(statistics.median(ours), digits),
        "ours_min": round(min(ours), digits),
        "ours_max": round(max(ours), digits),
        "reference": round(statistics.median(other for _, other in pairs), digits) if pairs else None,
        "unit": unit,
        "ratio": round(statistics.median(ratios), 2) if ratios else None,
        "ratio_min": round(min(ratios), 2) if ratios else None,
        "ratio_max": round(max(ratios), 2) if ratios else None,
        "runs": len(ours),
    }


def publish(rows: Sequence[Row], out: Path) -> None:
    """Print the table and write it."""
    wide = max(len(line["name"]) for line in rows)
    print(f"{'':<{wide}} {'ours':>10} {'reference':>10}  unit          ratio (least to most), else ours (least to most)")
    for line in rows:
        told = f"{line['name']:<{wide}} {line['ours']:>10} {line['reference'] if line['reference'] is not None else '':>10}"
        print(f"{told}  {line['unit']:<13} {_spread(line)}".rstrip())
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(list(rows), indent=2) + "\n", "utf-8")


def _spread(line: Row) -> str:
    if line["ratio"] is not None:
        return f"{line['ratio']} ({line['ratio_min']} to {line['ratio_max']})"
    return f"({line['ours_min']} to {line['ours_max']})" if line["runs"] > 1 else ""
