"""Events as they come, as server-sent events."""

from __future__ import annotations

from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Query, Request, Response

from services.api import problems
from services.api.live import position
from services.api.live.hub import Hub
from services.api.live.log import Message, comment, frame
from services.api.live.position import PositionError
from services.api.matching import matcher
from services.api.params import StreamQuery
from services.api.streams import Stream
from services.replies import ProblemError

MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventStream(Response):
    media_type = MEDIA_TYPE


async def stream_events(
    request: Request,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[str, Header(alias="Last-Event-ID", description="Go on after the event with this id.")] = "",
) -> Response:
    """Events that the filters let through, as they are published: `event` is the type, `data` the event, `id` what to go on from.
    Comments tell that the stream lives."""
    hub: Hub = request.app.state.hub
    try:
        content = await hub.subscribe(matcher(query), last_event_id or query.last_event_id or None, request.state.welcome)
    except PositionError as error:
        place = ("header", "Last-Event-ID") if last_event_id else ("query", "last_event_id")
        return problems.reply(
            request,
            400,
            "The id to go on from cannot be understood; see errors.",
            errors=[ProblemError(pointer=problems.pointer(place), detail=str(error))],
        )
    return Stream(content, MEDIA_TYPE, HEADERS)


def example(event: dict[str, Any]) -> str:
    """The beginning of a stream, for the OpenAPI document."""
    shape = [1]
    message = Message(0, 41, event["event_type"], orjson.dumps(event))
    return (comment("connected", position.encode(shape, [41])) + frame(message, position.encode(shape, [42]))).decode()
