"""What the lists share: where they go on, and what they say of a place that they cannot go on from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from services.api import cursor, wording
from services.api.cursor import CursorError, SortValue
from services.api.index import Found, Index
from services.api.params import BulletinQuery, EventQuery
from services.api.snapshots import Snapshots


class Begun(NamedTuple):
    """Where a page begins: nothing is set for the first one."""

    snapshot: str | None = None
    after: Sequence[SortValue] | None = None
    offset: int = 0


def index(request: Request) -> Index:
    found: Index = request.app.state.index
    return found


def begun(request: Request, query: EventQuery | BulletinQuery) -> Begun:
    """Raises RequestValidationError for a cursor that is not of this list."""
    if query.cursor is None:
        return Begun()
    try:
        place = cursor.decode(request.app.state.cursor_key, query.cursor, query.filters())
    except CursorError as error:
        raise wrong_cursor(query, str(error)) from error
    return Begun(place.snapshot, place.after, place.offset)


def following(request: Request, snapshots: Snapshots, query: EventQuery | BulletinQuery, place: cursor.Place) -> str:
    """The cursor of the page that goes on there."""
    snapshots.hand_out(place.snapshot)
    return cursor.encode(request.app.state.cursor_key, query.filters(), place)


def wrong_cursor(query: EventQuery | BulletinQuery, message: str) -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": ("query", "cursor"), "msg": message, "input": query.cursor}])


def no_parameters(request: Request) -> None:
    """Raises RequestValidationError where there are any: what is asked for by its id takes none."""
    if request.query_params:
        wrong = [
            {"type": "extra_forbidden", "loc": ("query", name), "msg": wording.unknown(name, ())} for name in request.query_params
        ]
        raise RequestValidationError(wrong)


def only(found: Found, what: str) -> dict[str, Any]:
    if not found.documents:
        raise HTTPException(404, f"There is no {what}.")
    return found.documents[0]
