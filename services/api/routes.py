"""The paths under /v1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter

from services import replies
from services.api import bulletin_routes, event_routes, examples, exports, feed, problems, stream_routes, summary_routes
from services.api.reading import Route
from services.api.webhooks import routes as webhook_routes
from services.contracts import EVENT_TYPES, Event


def router() -> APIRouter:
    """All paths of version 1. Reads the example messages for the OpenAPI document."""
    routes = APIRouter(prefix="/v1", route_class=Route)
    events = {role: examples.messages(role)[0] for role in EVENT_TYPES}
    page = {"items": list(events.values()), "total": 1204, "next": "eyJ2ZXJzaW9uIjoxfQ"}
    _get(routes, "/events", event_routes.list_events, "listEvents", replies.EventPage, {"page": page}, 410)
    for path, endpoint, name, model, example in summary_routes.SUMMARIES:
        _get(routes, path, endpoint, name, model, {"reply": example})
    for media_type, path, endpoint, name in exports.EXPORTS:
        routes.add_api_route(
            path,
            endpoint,
            operation_id=name,
            tags=["events"],
            response_class=exports.RESPONSES[media_type],
            responses={
                200: {"content": {media_type: {"schema": {"type": "string"}, "example": exports.EXAMPLES[media_type]}}},
                **problems.responses(422, 503),
            },
        )
    routes.add_api_route(
        "/events.atom",
        feed.get_feed,
        operation_id="getEventFeed",
        tags=["events"],
        response_class=feed.Atom,
        responses={
            200: {"content": {feed.ATOM: {"schema": {"type": "string"}, "example": feed.example(events["project_milestone"])}}},
            304: {"description": "The caller has it already (`If-None-Match`)."},
            **problems.responses(422, 503),
        },
    )
    routes.add_api_route(
        "/stream",
        stream_routes.stream_events,
        operation_id="streamEvents",
        tags=["events"],
        response_class=stream_routes.EventStream,
        responses={
            200: {
                "content": {
                    stream_routes.MEDIA_TYPE: {
                        "schema": {"type": "string"},
                        "example": stream_routes.example(events["project_milestone"]),
                    }
                }
            },
            **problems.responses(400, 410, 422, 503),
        },
    )
    # After the fixed paths, which it would take for ids.
    _get(routes, "/events/{event_id}", event_routes.get_event, "getEvent", Event, events, 404)
    timeline = summary_routes.timeline_example(events["project_milestone"])
    _get(
        routes,
        "/projects/{name:path}/timeline",
        summary_routes.get_timeline,
        "getProjectTimeline",
        replies.Timeline,
        {"project": timeline},
        404,
    )
    bulletin = examples.messages("text")[0]
    summary = {name: bulletin[name] for name in bulletin_routes.SUMMARY_FIELDS}
    listed = {"items": [summary], "total": 1, "next": None}
    _get(routes, "/bulletins", bulletin_routes.list_bulletins, "listBulletins", replies.BulletinPage, {"page": listed}, 410)
    whole: dict[str, Any] = {"bulletin": bulletin, "state": None, "events": [], "events_total": 0}
    _get(
        routes,
        "/bulletins/{bulletin_id}",
        bulletin_routes.get_bulletin,
        "getBulletin",
        replies.BulletinWithEvents,
        {"bulletin": whole},
        404,
    )
    webhook_routes.add(routes)
    return routes


def _get(
    routes: APIRouter,
    path: str,
    endpoint: Callable[..., Any],
    operation_id: str,
    model: Any,
    shown: dict[str, Any],
    *statuses: int,
) -> None:
    routes.add_api_route(
        path,
        endpoint,
        operation_id=operation_id,
        tags=[path.split("/")[1]],
        response_model=model,
        responses={
            200: examples.content(shown),
            304: {"description": "The caller has it already (`If-None-Match`)."},
            **problems.responses(*statuses, 422, 503),
        },
    )
