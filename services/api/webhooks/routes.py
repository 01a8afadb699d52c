"""Webhooks managed over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints, model_validator

from services.api import lists, problems
from services.api.params import EventFilter
from services.api.webhooks.manage import From, Manager, RefusedError
from services.api.webhooks.model import Webhook
from services.api.webhooks.store import KEPT_DELIVERIES, UnknownWebhook
from services.api.wording import Strict, written
from services.replies import DeliveryList, ProblemError, WebhookList, WebhookReply, WebhookTest, WebhookWithSecret

Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Description = Annotated[str, StringConstraints(min_length=1, max_length=500)]
WebhookId = Annotated[
    str,
    Path(pattern="^[0-9a-f]{24}$", description="As `POST /v1/webhooks` gave it."),
    written("[0-9a-f]{24}", "the id of a webhook as `POST /v1/webhooks` gave it"),
]
FROM: Final = "`now`, `beginning`, or a time: what was published then and later."


class NewWebhook(Strict):
    url: Url = Field(
        description="http or https, and not inside the network of this server.", examples=["https://example.org/hook"]
    )
    filter: EventFilter = Field(default=EventFilter(), description="As the parameters of /v1/events; all events without one.")
    description: Description | None = None
    start: From = Field(default="now", alias="from", description=FROM)


class Change(Strict):
    """Only what is given is changed."""

    url: Url | None = None
    filter: EventFilter | None = None
    description: Description | None = None
    enabled: bool | None = Field(default=None, description="`true` begins again where it was, also after it was disabled.")

    @model_validator(mode="after")
    def _check_nulls(self) -> Change:
        for name in self.model_fields_set - {"description"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name}: leave it out instead of giving null")
        return self


class Replay(Strict):
    start: From | None = Field(default=None, alias="from", description=FROM)
    after: str | None = Field(default=None, max_length=8000, description="An id of /v1/stream: what follows that event.")

    @model_validator(mode="after")
    def _check_one(self) -> Replay:
        if (self.start is None) == (self.after is None):
            raise ValueError("give either from or after")
        return self


class Rotation(Strict):
    grace_hours: float = Field(default=24, ge=0, le=8760, description="So long messages are signed with the secret before, too.")


ROTATION: Final = Rotation()


class DeliveryQuery(Strict):
    limit: int = Field(default=50, ge=1, le=KEPT_DELIVERIES)
    failed: bool = Field(default=False, description="Only those that failed.")


def shown(webhook: Webhook) -> dict[str, Any]:
    progress = webhook.now_at()
    known = webhook.model_dump(mode="json") | progress.model_dump(mode="json")
    return {name: known[name] for name in WebhookReply.model_fields} | {"filter": orjson.loads(webhook.filter)}


async def create_webhook(request: Request, given: Annotated[NewWebhook, Body()]) -> Response:
    """Make a webhook. The reply has its secret, which is not shown again."""
    webhook = await _manager(request).create(given.url, given.filter, given.description, given.start)
    reply = shown(webhook) | {"secret": webhook.secrets[0].secret}
    return JSONResponse(reply, 201, {"Location": f"/v1/webhooks/{webhook.webhook_id}", "Cache-Control": "no-store"})


async def list_webhooks(request: Request) -> Response:
    """All webhooks, the oldest first."""
    found = await _manager(request).store.listed()
    return _reply({"items": [shown(webhook) for webhook in found], "total": len(found), "next": None})


async def get_webhook(request: Request, webhook_id: WebhookId) -> Response:
    """One webhook, and how far it has come."""
    return _reply(shown(await _manager(request).store.get(webhook_id)))


async def change_webhook(request: Request, webhook_id: WebhookId, given: Annotated[Change, Body()]) -> Response:
    """Change, switch off or enable a webhook."""
    fields = {name: getattr(given, name) for name in given.model_fields_set}
    return _reply(shown(await _manager(request).change(webhook_id, **fields)))


async def delete_webhook(request: Request, webhook_id: WebhookId) -> Response:
    """Delete a webhook; what is under way may still be sent."""
    await _manager(request).store.delete(webhook_id)
    return Response(status_code=204)


async def list_deliveries(request: Request, webhook_id: WebhookId, query: Annotated[DeliveryQuery, Query()]) -> Response:
    """The last tries to deliver a message, the newest first; 200 are kept."""
    found = await _manager(request).store.deliveries(webhook_id, query.limit, query.failed)
    return _reply({"items": [delivery.model_dump(mode="json") for delivery in found]})


async def replay_webhook(request: Request, webhook_id: WebhookId, given: Annotated[Replay, Body()]) -> Response:
    """Deliver again what was published from a time on, or after an event."""
    return _reply(shown(await _manager(request).replay(webhook_id, given.start, given.after)))


async def rotate_secret(request: Request, webhook_id: WebhookId, given: Annotated[Rotation, Body()] = ROTATION) -> Response:
    """Give a webhook a new secret, which the reply has."""
    webhook = await _manager(request).rotate(webhook_id, timedelta(hours=given.grace_hours))
    return _reply(shown(webhook) | {"secret": webhook.secrets[0].secret})


async def test_webhook(request: Request, webhook_id: WebhookId) -> Response:
    """Send one message of the type `test` now, and tell what came of it."""
    answer = await _manager(request).test(webhook_id)
    return _reply(
        {"delivered": answer.confirmed, "status": answer.status, "error": answer.error, "seconds": round(answer.seconds, 3)}
    )


def _manager(request: Request) -> Manager:
    manager: Manager = request.app.state.webhooks
    return manager


def _reply(value: dict[str, Any]) -> Response:
    return JSONResponse(value, headers={"Cache-Control": "no-store"})


async def unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, UnknownWebhook)
    return problems.reply(request, 404, str(error))


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return problems.invalid(request, [ProblemError(pointer=problems.pointer(("body", error.field)), detail=str(error))])


def add(routes: APIRouter) -> None:
    """The paths below /webhooks."""
    example: dict[str, Any] = {
        "webhook_id": "5f0c8e6c1b9a4d7e8f201a2b",
        "url": "https://example.org/hook",
        "description": "产业处",
        "filter": {"event_type": ["project_milestone"], "stage": ["operational"], "region_code": ["410100"]},
        "enabled": True,
        "disabled_reason": None,
        "created_at": "2025-08-20T08:00:00Z",
        "position": "AQMBKQEpASnsZ5Jf",
        "delivered": 12,
        "attempts": 13,
        "delivered_at": "2025-08-21T02:11:43Z",
        "failing_since": None,
        "next_try_at": None,
        "error": None,
    }
    secret = {**example, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    delivery = {
        "webhook_id": example["webhook_id"],
        "message_id": "6536062a-4092-5973-ab81-208426d0bc66",
        "event_type": "project_milestone",
        "number": 11,
        "outcome": "delivered",
        "status": 204,
        "error": None,
        "at": "2025-08-20T08:00:00Z",
        "seconds": 0.21,
    }
    one = "/webhooks/{webhook_id}"
    tested = {"delivered": True, "status": 204, "error": None, "seconds": 0.21}
    listed = {"items": [example], "total": 1, "next": None}
    for method, path, endpoint, name, model, shown_as, statuses in (
        ("POST", "/webhooks", create_webhook, "createWebhook", WebhookWithSecret, secret, ()),
        ("GET", "/webhooks", list_webhooks, "listWebhooks", WebhookList, listed, ()),
        ("GET", one, get_webhook, "getWebhook", WebhookReply, example, (404,)),
        ("PATCH", one, change_webhook, "changeWebhook", WebhookReply, example, (404,)),
        ("DELETE", one, delete_webhook, "deleteWebhook", None, None, (404,)),
        ("GET", f"{one}/deliveries", list_deliveries, "listDeliveries", DeliveryList, {"items": [delivery]}, (404,)),
        ("POST", f"{one}/replay", replay_webhook, "replayWebhook", WebhookReply, example, (404, 410)),
        ("POST", f"{one}/rotate", rotate_secret, "rotateWebhookSecret", WebhookWithSecret, secret, (404,)),
        ("POST", f"{one}/test", test_webhook, "testWebhook", WebhookTest, tested, (404,)),
    ):
        good = 201 if endpoint is create_webhook else 204 if endpoint is delete_webhook else 200
        told: dict[str, Any] = {"content": {"application/json": {"example": shown_as}}} if shown_as else {}
        routes.add_api_route(
            path,
            endpoint,
            methods=[method],
            status_code=good,
            operation_id=name,
            tags=["webhooks"],
            dependencies=[] if endpoint is list_deliveries else [Depends(lists.no_parameters)],
            response_model=model,
            responses={good: told, **problems.responses(*statuses, *(() if method == "GET" else (411, 413)), 422, 503)},
        )
