"""Webhooks managed over the API; their meaning: docs/webhooks.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypedDict, TypeVar, Unpack
from urllib.parse import quote

from pydantic import TypeAdapter

from services.client.filters import EventFilters, as_json
from services.client.transport import VERSION, Transport
from services.replies import Delivery, DeliveryList, WebhookList, WebhookReply, WebhookTest, WebhookWithSecret

PATH: Final = "/v1/webhooks"
# `now`, `beginning`, or what was published then and later; a time has a time zone.
From = Literal["now", "beginning"] | datetime
Reply = TypeVar("Reply")


class WebhookFields(TypedDict, total=False):
    """`filter`: which events; all without one. A `description` of None takes it away."""

    filter: EventFilters
    description: str | None


class WebhookChange(WebhookFields, total=False):
    """`enabled=True` goes on where it was."""

    url: str
    enabled: bool


class Webhooks:
    """Needs a key with the scope `admin`. Every method raises what the client's do; ApiProblem 404 for an unknown webhook."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, url: str, *, start: From = "now", **fields: Unpack[WebhookFields]) -> WebhookWithSecret:
        """Make one. The reply has its secret, which is not shown again."""
        return self._ask("POST", "", {"url": url, "from": _moment(start), **_written(fields)}, WebhookWithSecret)

    def all(self) -> list[WebhookReply]:
        """The oldest first."""
        return self._ask("GET", "", None, WebhookList).items

    def get(self, webhook_id: str) -> WebhookReply:
        """One, and how far it has come."""
        return self._ask("GET", _one(webhook_id), None, WebhookReply)

    def change(self, webhook_id: str, **fields: Unpack[WebhookChange]) -> WebhookReply:
        """Only what is given is changed."""
        return self._ask("PATCH", _one(webhook_id), _written(fields), WebhookReply)

    def delete(self, webhook_id: str) -> None:
        """What is under way may still be sent."""
        with self._transport.stream(PATH + _one(webhook_id), {}, VERSION, method="DELETE"):
            return

    def deliveries(self, webhook_id: str, *, limit: int | None = None, failed: bool | None = None) -> list[Delivery]:
        """The last tries, the newest first; with `failed` only those that failed."""
        path = f"{PATH}{_one(webhook_id)}/deliveries"
        return self._transport.read(path, {"limit": limit, "failed": failed}, TypeAdapter(DeliveryList)).items

    def replay(self, webhook_id: str, *, start: From | None = None, after: str | None = None) -> WebhookReply:
        """Deliver again from a time on, or `after` an id of the stream; enables it. Raises ValueError unless one of both is given."""
        if (start is None) == (after is None):
            raise ValueError("give either start or after")
        body = {"after": after} if start is None else {"from": _moment(start)}
        return self._ask("POST", f"{_one(webhook_id)}/replay", body, WebhookReply)

    def rotate(self, webhook_id: str, *, grace_hours: float = 24) -> WebhookWithSecret:
        """Give it a new secret; messages are signed with the one before, too, for so long."""
        return self._ask("POST", f"{_one(webhook_id)}/rotate", {"grace_hours": grace_hours}, WebhookWithSecret)

    def test(self, webhook_id: str) -> WebhookTest:
        """Send one message of the type `test` now."""
        return self._ask("POST", f"{_one(webhook_id)}/test", None, WebhookTest)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, form: type[Reply]) -> Reply:
        return self._transport.read(PATH + path, {}, TypeAdapter(form), method=method, body=body)


def _one(webhook_id: str) -> str:
    return f"/{quote(webhook_id, safe='').replace('.', '%2E')}"


def _moment(start: From) -> str:
    return start.isoformat() if isinstance(start, datetime) else start


def _written(fields: WebhookFields | WebhookChange) -> dict[str, Any]:
    written: dict[str, Any] = dict(fields)
    return written if "filter" not in fields else {**written, "filter": as_json(fields["filter"])}
