"""Events for people: one line each, or a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from services.contracts import EVENT_TYPES

# In terminal columns; a Chinese character takes two.
TITLE_WIDTH = 56
QUOTE_WIDTH = 72
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def line(event: dict[str, Any]) -> str:
    """Type, what it says, when, where and the quote; without anything that could steer a terminal."""
    parts = [event.get("event_type", "event"), *details(event), when(event), where(event), f"“{cut(quote(event), QUOTE_WIDTH)}”"]
    return "  ".join(clean(part) for part in parts if part)


def table(events: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The same in aligned columns under headings, grouped by type in the contract's order."""
    rows = [
        (
            clean(str(event["event_type"])),
            cut(clean(" · ".join(details(event))), TITLE_WIDTH),
            clean(when(event)),
            clean(where(event)),
            cut(clean(quote(event)), QUOTE_WIDTH),
        )
        for event in sorted(events, key=lambda event: _rank(str(event["event_type"])))
    ]
    heading = ("TYPE", "WHAT", "WHEN", "WHERE", "QUOTE")
    widths = [max(width(row[column]) for row in [heading, *rows]) for column in range(len(heading))]
    for row in [heading, *rows]:
        padded = [text + " " * (size - width(text)) for text, size in zip(row, widths, strict=True)]
        yield "  ".join(padded).rstrip()


def details(event: dict[str, Any]) -> list[str]:
    """The fields that matter most for each type, as words."""
    amount = event.get("amount") or {}
    change = event.get("change_percent")
    fields: dict[str, list[Any]] = {
        "investment_report": [
            event.get("metric"),
            amount.get("text"),
            None if change is None else f"{change:+g}%",
            event.get("subject"),
        ],
        "project_milestone": [event.get("stage"), event.get("project"), _count(event.get("project_count"))],
        "accolade": [event.get("level"), event.get("honor"), event.get("rank"), event.get("recipient")],
    }
    shown = [*fields.get(str(event.get("event_type")), []), "planned" if event.get("status") == "planned" else None]
    return [str(value) for value in shown if value]


def _count(number: int | None) -> str | None:
    return None if number is None else f"×{number}"


def _rank(event_type: str) -> int:
    return EVENT_TYPES.index(event_type) if event_type in EVENT_TYPES else len(EVENT_TYPES)


def when(event: dict[str, Any]) -> str:
    """The fact's time, else the day of publication."""
    period = event.get("period") or {}
    start, end = period.get("start"), period.get("end")
    if start and start == end:
        return str(start)
    if start or end:
        return f"{start or ''}…{end or ''}"
    return str(event.get("published_on") or "")


def where(event: dict[str, Any]) -> str:
    return str(event.get("region") or event.get("region_code") or "")


def quote(event: dict[str, Any]) -> str:
    return str((event.get("evidence") or {}).get("quote", ""))


def clean(text: str) -> str:
    """On one line, without control characters: a bulletin must not be able to write escape sequences to a terminal."""
    return _CONTROL.sub(" ", text).strip()


def width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def cut(text: str, columns: int) -> str:
    """At most this many columns, with an ellipsis where something is missing."""
    text = clean(text)
    if width(text) <= columns:
        return text
    kept, used = [], 1
    for character in text:
        used += width(character)
        if used > columns:
            break
        kept.append(character)
    return "".join(kept) + "…"
