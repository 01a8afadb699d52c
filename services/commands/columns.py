"""Tables for a terminal and for pipes: columns beside each other, never cut; what is long stands in the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime


def columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """A line a row, the first being the headings."""
    from services.commands.present import clean, width

    # What stands in a header or a source's name must not steer the terminal.
    shown = [[clean(text) for text in row] for row in rows]
    widths = [max(width(row[column]) for row in shown) for column in range(len(shown[0]))]
    for row in shown:
        yield "  ".join(text + " " * (size - width(text)) for text, size in zip(row, widths, strict=True)).rstrip()


def moment(seconds: float | None) -> str | None:
    """A Unix time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
