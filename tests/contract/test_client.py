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
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    operation["operationId"]: (path, operation) for path, methods in DOCUMENT["paths"].items() for operation in methods.values()
}
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
}
# Operations without a method, each with the reason.
LEFT_OUT: dict[str, str] = {
    "getEventFeed": "it is for feed readers",
    "streamEvents": "it has no end",
    **{
        name: operation["tags"][0]
        for name, (_, operation) in OPERATIONS.items()
        # Once in a webhook's life: `bulletins webhooks`.
        if operation["tags"] == ["webhooks"]
    },
}
# Parameters that a list sends by itself or another method is for.
ELSEWHERE = {"listEvents": {"cursor", "collapse"}, "listBulletins": {"cursor"}}


class Asked(Exception):
    pass


@pytest.fixture
def client() -> Iterator[Client]:
    """One that only tells what it would ask."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        raise Asked(request)

    with Client("http://api.example", http=httpx2.MockTransport(answer)) as client:
        yield client


def test_every_operation_has_a_method_or_a_reason() -> None:
    assert set(OPERATIONS) == set(CALLS) | set(LEFT_OUT), "give it a method in services/client and a call here, or a reason"
    assert not set(CALLS) & set(LEFT_OUT)
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize("name", CALLS)
def test_a_method_asks_its_operation_for_everything_that_it_takes(client: Client, name: str) -> None:
    path, operation = OPERATIONS[name]
    with pytest.raises(Asked) as caught:
        CALLS[name](client)
    request: httpx2.Request = caught.value.args[0]
    values = {"event_id": ID, "bulletin_id": ID, "name": PROJECT}
    asked = [unquote(part) for part in request.url.raw_path.decode().partition("?")[0].split("/")]
    assert asked == [values.get(part.strip("{}"), part) for part in path.split("/")]
    taken = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "query"}
    assert set(request.url.params) == taken - ELSEWHERE.get(name, set())


def test_what_is_documented_is_every_method() -> None:
    from services.settings import PROJECT as ROOT

    told = (ROOT / "docs" / "client.md").read_text("utf-8")
    for name in CALLS:
        assert f"`{name}`" in told
