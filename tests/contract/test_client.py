"""The client knows every operation of the OpenAPI document and asks as it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints
from urllib.parse import unquote

import httpx2
import pytest

from services.api import openapi
from services.client import BulletinFilters, Client, EventFilters
from services.contracts import content_id

DOCUMENT: dict[str, Any] = json.loads(openapi.FILE.read_text("utf-8"))
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
HOOK = "5f0c8e6c1b9a4d7e8f201a2b"
ID = content_id("event", "x")
EVENTS = dict.fromkeys(get_type_hints(EventFilters), "x")
BULLETINS = dict.fromkeys(get_type_hints(BulletinFilters), "x")
PROJECT = "a/b?c#d%2F../智能"
# Each operation by its method, called with everything that it takes.
CALLS: dict[str, Callable[[Client], Any]] = {
    "listEvents": lambda client: client.events(fields=["stage"], sort="amount", page_size=7, **EVENTS).first(),  # type: ignore[arg-type]
    "getEvent": lambda client: client.event(ID),
    "exportEventsNdjson": lambda client: list(client.export(fields=["stage"], sort="amount", **EVENTS)),  # type: ignore[arg-type]
    "exportEventsCsv": lambda client: list(client.export_csv(fields=["stage"], sort="amount", bom=False, **EVENTS)),  # type: ignore[arg-type]
    "listEventFacets": lambda client: client.facets("stage", size=3, **EVENTS),  # type: ignore[arg-type]
    "getEventHistogram": lambda client: client.histogram(date="published_on", interval="year", **EVENTS),  # type: ignore[arg-type]
    "listRegions": lambda client: client.regions(within="410000", **EVENTS),  # type: ignore[arg-type]
    "getAccoladeLeaderboard": lambda client: client.leaderboard(size=3, **EVENTS),  # type: ignore[arg-type]
    "getProjectTimeline": lambda client: client.timeline(PROJECT, match="words", region_code="410000"),
    "listBulletins": lambda client: client.bulletins(sort="published_on", page_size=7, **BULLETINS).first(),  # type: ignore[arg-type]
    "getBulletin": lambda client: client.bulletin(ID),
    "streamEvents": lambda client: client.stream(last_event_id="x", **EVENTS),  # type: ignore[arg-type]
    "getEventFeed": lambda client: client.feed(limit=7, **EVENTS),  # type: ignore[arg-type]
    "createWebhook": lambda client: client.webhooks.create("http://hook.example", start="beginning", filter={}, description="x"),
    "listWebhooks": lambda client: client.webhooks.all(),
    "getWebhook": lambda client: client.webhooks.get(HOOK),
    "changeWebhook": lambda client: client.webhooks.change(HOOK, url="http://x", filter={}, description=None, enabled=True),
    "deleteWebhook": lambda client: client.webhooks.delete(HOOK),
    "listDeliveries": lambda client: client.webhooks.deliveries(HOOK, limit=7, failed=True),
    "replayWebhook": lambda client: client.webhooks.replay(HOOK, start="now"),
    "rotateWebhookSecret": lambda client: client.webhooks.rotate(HOOK, grace_hours=1),
    "testWebhook": lambda client: client.webhooks.test(HOOK),
}
# Parameters that a list sends by itself, that another method is for, that a header has, or that exclude another one.
ELSEWHERE = {
    "listEvents": {"cursor", "collapse"},
    "listBulletins": {"cursor"},
    "streamEvents": {"last_event_id"},
    "replayWebhook": {"after"},
}


class Asked(Exception):
    pass


@pytest.fixture
def client() -> Iterator[Client]:
    """One that only tells what it would ask."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        raise Asked(request)

    with Client("http://api.example", http=httpx2.MockTransport(answer)) as client:
        yield client


def test_every_operation_has_a_method() -> None:
    assert set(OPERATIONS) == set(CALLS), "give it a method in services/client and a call here"


@pytest.mark.parametrize("name", CALLS)
def test_a_method_asks_its_operation_for_everything_that_it_takes(client: Client, name: str) -> None:
    method, path, operation = OPERATIONS[name]
    with pytest.raises(Asked) as caught:
        CALLS[name](client)
    request: httpx2.Request = caught.value.args[0]
    values = {"event_id": ID, "bulletin_id": ID, "name": PROJECT, "webhook_id": HOOK}
    assert request.method == method
    asked = [unquote(part) for part in request.url.raw_path.decode().partition("?")[0].split("/")]
    assert asked == [values.get(part.strip("{}"), part) for part in path.split("/")]
    taken = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"}
    assert set(request.url.params) == taken - ELSEWHERE.get(name, set())
    body = json.loads(request.content) if request.content else {}
    assert set(body) == fields(operation) - ELSEWHERE.get(name, set())


def fields(operation: dict[str, Any]) -> set[str]:
    """Of the body that it takes."""
    if "requestBody" not in operation:
        return set()
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    [reference] = [one["$ref"] for one in (schema, *schema.get("allOf", [])) if "$ref" in one]
    return set(DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]["properties"])


def test_what_is_documented_is_every_method() -> None:
    from services.settings import PROJECT as ROOT

    told = (ROOT / "docs" / "client.md").read_text("utf-8")
    for name in CALLS:
        assert f"`{name}`" in told
