"""All events that the filters let through, as NDJSON and CSV, read from one snapshot page by page."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Annotated, Any, Final

import orjson
from fastapi import Query, Request, Response
from pydantic import Field

from services.api import lists, queries
from services.api.index import Index
from services.api.params import ExportQuery
from services.api.problems import UnavailableError
from services.api.streams import Stream

NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
# Exports at the same time in one process; each holds a snapshot and some pages of a thousand events.
AT_ONCE: Final = 4
PAGE: Final = 1000
# How the fields of an event become columns.
PARTS: Final = {
    "section": ("title", "department"),
    "evidence": ("quote", "start", "end"),
    "period": ("start", "end", "text"),
    "amount": ("value", "value_max", "currency", "text", "bound"),
}
# What a spreadsheet would take for a formula (OWASP, CSV injection); full-width forms count as well.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
Document = dict[str, Any]


class CsvQuery(ExportQuery):
    """The event list as CSV."""

    bom: bool = Field(
        default=True,
        description="Begin with a byte order mark: without one Excel takes Chinese for another encoding. `false` for programs.",
    )


async def export_ndjson(request: Request, query: Annotated[ExportQuery, Query()]) -> Response:
    """Every event that the filters let through, one JSON object a line, in the order asked for."""

    def write(documents: Sequence[Document]) -> bytes:
        return b"".join(orjson.dumps(document) + b"\n" for document in documents)

    return _stream(request, query, b"", write, NDJSON, "events.ndjson")


async def export_csv(request: Request, query: Annotated[CsvQuery, Query()]) -> Response:
    """Every event that the filters let through as a table (RFC 4180, UTF-8). What a spreadsheet would run is quoted with `'`."""
    names = columns(query.selected())
    head = ("\ufeff" if query.bom else "").encode() + _lines(
        [[name if part is None else f"{name}.{part}" for name, part in names]]
    )

    def write(documents: Sequence[Document]) -> bytes:
        return _lines([[cell(document, name, part) for name, part in names] for document in documents])

    return _stream(request, query, head, write, CSV, "events.csv")


EXPORTS: Final = [
    (NDJSON, "/events.ndjson", export_ndjson, "exportEventsNdjson"),
    (CSV, "/events.csv", export_csv, "exportEventsCsv"),
]
RESPONSES: Final = {
    NDJSON: type("Ndjson", (Response,), {"media_type": NDJSON}),
    CSV: type("Csv", (Response,), {"media_type": CSV}),
}
EXAMPLES: Final = {
    NDJSON: '{"event_id":"6536062a-4092-5973-ab81-208426d0bc66","stage":"started"}\n',
    CSV: "event_id,stage\r\n6536062a-4092-5973-ab81-208426d0bc66,started\r\n",
}


def columns(fields: Sequence[str]) -> list[tuple[str, str | None]]:
    """A column a field, or one for each part of it; those that say what it is come first."""
    first = ["event_id", "event_type", "published_on", "status", "region", "region_code"]
    ordered = [name for name in first if name in fields] + [name for name in fields if name not in first]
    return [(name, part) for name in ordered for part in PARTS.get(name, (None,))]


def cell(document: Document, name: str, part: str | None) -> object:
    """The text or number of a cell; null is empty. Numbers stay numbers: a decline of 3 % is -3."""
    value = document.get(name)
    if part is not None:
        value = (value or {}).get(part)
    if name == "rankings":
        value = "; ".join(f"{ranking['scope']}: {ranking['position']}" for ranking in value or ())
    if isinstance(value, str) and value.startswith(FORMULA):
        return "'" + value
    return value


def _lines(rows: Sequence[Sequence[object]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode("utf-8", "backslashreplace")


def _stream(
    request: Request,
    query: ExportQuery,
    head: bytes,
    write: Callable[[Sequence[Document]], bytes],
    media_type: str,
    file_name: str,
) -> Response:
    state = request.app.state
    if state.exports >= AT_ONCE:
        raise UnavailableError(f"{AT_ONCE} exports run already; try again later.")

    async def content() -> AsyncGenerator[bytes, None]:
        state.exports += 1
        try:
            yield head
            async for documents in _pages(lists.index(request), query):
                yield write(documents)
        finally:
            state.exports -= 1

    headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "no-store"}
    return Stream(content(), media_type, headers)


async def _pages(index: Index, query: ExportQuery) -> AsyncGenerator[list[Document], None]:
    snapshot = await index.event_snapshots.open()
    try:
        after: list[Any] | None = None
        while True:
            found = await index.resume(queries.export(query, PAGE, after), snapshot)
            if found.documents:
                yield found.documents
            if len(found.documents) < PAGE:
                return
            after = found.sort_values[-1]
            snapshot = found.snapshot
    finally:
        await index.event_snapshots.drop(snapshot)
