"""Events: the list, and one."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from services.api import cursor, lists, queries
from services.api.index import Found, Index
from services.api.lists import Begun
from services.api.params import EventQuery, Id
from services.api.respond import json_reply


async def list_events(request: Request, query: Annotated[EventQuery, Query()]) -> Response:
    """Events by type, stage, metric, status, level, place, names, amount, time and words; page by page."""
    index = lists.index(request)
    begun = lists.begun(request, query)
    if query.collapse is None:
        found = await index.page(index.event_snapshots, queries.events(query, begun.after), begun.snapshot)
        items = found.documents[: query.limit]
    else:
        if begun.offset >= queries.MAX_COLLAPSED:
            raise lists.wrong_cursor(
                query, f"a list of facts ends after {queries.MAX_COLLAPSED}: ask for less, or give sort=fact_id, which goes on"
            )
        found = await index.page(index.event_snapshots, queries.facts(query, begun.after, begun.offset), begun.snapshot)
        items = await _with_reports(index, query, found)
    following = _following(request, query, begun, found)
    return json_reply(request, {"items": items, "total": _total(query, found), "next": following})


async def get_event(request: Request, event_id: Annotated[Id, Path()]) -> Response:
    """One event."""
    lists.no_parameters(request)
    found = await lists.index(request).events(queries.event(event_id))
    return json_reply(request, lists.only(found, f"event {event_id}"))


async def _with_reports(index: Index, query: EventQuery, found: Found) -> list[dict[str, Any]]:
    facts = found.keys[: query.limit]
    if not facts:
        return []
    answer = await index.resume(queries.reports(query, facts), found.snapshot)
    counts = {bucket["key"]: bucket["doc_count"] for bucket in answer.aggregations["facts"]["buckets"]}
    return [{**document, "reports": counts[fact]} for document, fact in zip(found.documents, facts, strict=False)]


def _total(query: EventQuery, found: Found) -> int:
    return found.total if query.collapse is None else int(found.aggregations["facts"]["value"])


def _following(request: Request, query: EventQuery, begun: Begun, found: Found) -> str | None:
    given = min(query.limit, len(found.documents))
    offset = begun.offset + given
    # Where a list of facts ends for lack of depth, its cursor says so when it is used.
    ends_early = query.collapse is not None and query.sort != "fact_id" and offset >= queries.MAX_COLLAPSED
    if len(found.documents) <= query.limit and not ends_early:
        return None
    by_offset = query.collapse is not None and query.sort != "fact_id"
    place = cursor.Place(
        snapshot=found.snapshot,
        after=None if by_offset else found.sort_values[given - 1],
        offset=offset if by_offset else 0,
    )
    return lists.following(request, lists.index(request).event_snapshots, query, place)
