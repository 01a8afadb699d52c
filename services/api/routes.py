"""The paths under /v1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.api import cursor, problems, queries, replies
from services.api.cursor import CursorError, SortValue
from services.api.index import Found, Index
from services.api.params import BulletinQuery, EventQuery, ListQuery
from services.api.queries import SortKey
from services.contracts import EVENT_TYPES, Bulletin, BulletinState, Event, Uuid

BULLETIN_FIELDS = list(Bulletin.model_fields)
SUMMARY_FIELDS = [name for name in BULLETIN_FIELDS if name != "text"]
STATE_FIELDS = list(BulletinState.model_fields)


def router() -> APIRouter:
    """All paths of version 1. Reads the example messages for the OpenAPI document."""
    routes = APIRouter(prefix="/v1")
    events = {role: replies.examples(role)[0] for role in EVENT_TYPES}
    bulletin = replies.examples("text")[0]
    summary = {name: bulletin[name] for name in SUMMARY_FIELDS}
    page = {"items": list(events.values()), "total": 1204, "next": "eyJ2ZXJzaW9uIjoxfQ"}
    routes.add_api_route(
        "/events",
        list_events,
        operation_id="listEvents",
        tags=["events"],
        response_model=replies.EventPage,
        responses={200: replies.example_content({"page": page}), **problems.responses(422, 503)},
    )
    routes.add_api_route(
        "/events/{event_id}",
        get_event,
        operation_id="getEvent",
        tags=["events"],
        response_model=Event,
        responses={200: replies.example_content(events), **problems.responses(404, 422, 503)},
    )
    routes.add_api_route(
        "/bulletins",
        list_bulletins,
        operation_id="listBulletins",
        tags=["bulletins"],
        response_model=replies.BulletinPage,
        responses={
            200: replies.example_content({"page": {"items": [summary], "total": 1, "next": None}}),
            **problems.responses(422, 503),
        },
    )
    routes.add_api_route(
        "/bulletins/{bulletin_id}",
        get_bulletin,
        operation_id="getBulletin",
        tags=["bulletins"],
        response_model=replies.BulletinWithEvents,
        responses={
            200: replies.example_content({"bulletin": {"bulletin": bulletin, "state": None, "events": [], "events_total": 0}}),
            **problems.responses(404, 422, 503),
        },
    )
    return routes


async def list_events(request: Request, query: Annotated[EventQuery, Query()]) -> Response:
    """Events by type, stage, metric, status, level, place, names, amount, time and words; page by page."""
    sort = queries.event_sort(query)
    found = await _index(request).events(queries.events(query, _after(query, sort)))
    return _page(query, found)


async def get_event(request: Request, event_id: Annotated[Uuid, Path()]) -> Response:
    """One event."""
    found = await _index(request).events(queries.event(event_id))
    return _json(_only(found, f"event {event_id}"))


async def list_bulletins(request: Request, query: Annotated[BulletinQuery, Query()]) -> Response:
    """Bulletins, without their texts; page by page."""
    sort = queries.bulletin_sort(query)
    found = await _index(request).bulletins(queries.bulletins(query, _after(query, sort), SUMMARY_FIELDS))
    return _page(query, found)


async def get_bulletin(request: Request, bulletin_id: Annotated[Uuid, Path()]) -> Response:
    """One bulletin with its text, what holds of it now, and its events."""
    index = _index(request)
    bulletin = _only(await index.bulletins(queries.bulletin(bulletin_id, BULLETIN_FIELDS)), f"bulletin {bulletin_id}")
    states = await index.states(queries.bulletin(bulletin_id, STATE_FIELDS))
    events = await index.events(queries.events_of(bulletin_id))
    return _json(
        {
            "bulletin": bulletin,
            "state": states.documents[0] if states.documents else None,
            "events": events.documents,
            "events_total": events.total,
        }
    )


def _index(request: Request) -> Index:
    index: Index = request.app.state.index
    return index


def _after(query: ListQuery, sort: Sequence[SortKey]) -> list[SortValue] | None:
    if query.cursor is None:
        return None
    try:
        return cursor.decode(query.cursor, query.filters(), [key.kind for key in sort])
    except CursorError as error:
        item = {"type": "value_error", "loc": ("query", "cursor"), "msg": str(error), "input": query.cursor}
        raise RequestValidationError([item]) from error


def _page(query: ListQuery, found: Found) -> Response:
    more = len(found.documents) > query.limit
    following = cursor.encode(query.filters(), found.sort_values[query.limit - 1]) if more else None
    return _json({"items": found.documents[: query.limit], "total": found.total, "next": following})


def _only(found: Found, what: str) -> dict[str, Any]:
    if not found.documents:
        raise HTTPException(404, f"There is no {what}.")
    return found.documents[0]


def _json(value: dict[str, Any]) -> Response:
    return Response(orjson.dumps(value), media_type="application/json")
