"""The chart library of the explore page: uPlot (MIT), as the WebJar that Maven Central has of it."""

from __future__ import annotations

from pathlib import Path

from deploy.local.artifacts import Cache, locked

CHARTS_LOCK = Path(__file__).with_name("charts.sha256")


def chart_library(cache: Cache | None = None) -> Path:
    """The jar, downloaded if need be and verified; what BULLETINS_CHART_LIBRARY names. Raises StackError."""
    [path] = (cache or Cache()).fetch("charts", locked(CHARTS_LOCK))
    return path


if __name__ == "__main__":
    print(chart_library(Cache(say=lambda _: None)))
