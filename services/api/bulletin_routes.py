"""Bulletins: the list, and one with its text and events."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.api import cursor, lists, queries
from services.api.params import BulletinQuery, Id
from services.api.respond import json_reply
from services.contracts import Bulletin, BulletinState

BULLETIN_FIELDS = list(Bulletin.model_fields)
SUMMARY_FIELDS = [name for name in BULLETIN_FIELDS if name != "text"]
STATE_FIELDS = list(BulletinState.model_fields)


async def list_bulletins(request: Request, query: Annotated[BulletinQuery, Query()]) -> Response:
    """Bulletins, without their texts; page by page."""
    index = lists.index(request)
    begun = lists.begun(request, query)
    found = await index.page(index.bulletin_snapshots, queries.bulletins(query, begun.after, SUMMARY_FIELDS), begun.snapshot)
    following = None
    if len(found.documents) > query.limit:
        place = cursor.Place(snapshot=found.snapshot, after=found.sort_values[query.limit - 1])
        following = lists.following(request, index.bulletin_snapshots, query, place)
    return json_reply(request, {"items": found.documents[: query.limit], "total": found.total, "next": following})


async def get_bulletin(request: Request, bulletin_id: Annotated[Id, Path()]) -> Response:
    """One bulletin with its text, what holds of it now, and its events."""
    lists.no_parameters(request)
    index = lists.index(request)
    found = await index.bulletins(queries.bulletin(bulletin_id, BULLETIN_FIELDS))
    bulletin = lists.only(found, f"bulletin {bulletin_id}")
    states = await index.states(queries.bulletin(bulletin_id, STATE_FIELDS))
    events = await index.events(queries.events_of(bulletin_id))
    return json_reply(
        request,
        {
            "bulletin": bulletin,
            "state": states.documents[0] if states.documents else None,
            "events": events.documents,
            "events_total": events.total,
        },
    )
