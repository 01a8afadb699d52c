"""The application without its index: what it tells of itself, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.api.app import create_app
from services.api.observe import REQUESTS
from services.api.problems import MEDIA_TYPE, pointer
from services.api.protocol import with_ascii_target
from services.contracts import EVENT_TYPES
from services.settings import Settings


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings()), raise_server_exceptions=False) as client:
        yield client


def problem(reply: Any, status: int) -> dict[str, Any]:
    assert reply.status_code == status
    assert reply.headers["content-type"] == MEDIA_TYPE
    body: dict[str, Any] = reply.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


def test_an_unknown_address_is_a_problem(client: TestClient) -> None:
    assert problem(client.get("/v2/events?x=1"), 404)["instance"] == "/v2/events"
    assert problem(client.get("/v1/events/"), 404)["instance"] == "/v1/events/"
    assert problem(client.get("/v1/事件"), 404)["instance"].isascii()


def test_another_method_is_a_problem_that_names_the_right_one(client: TestClient) -> None:
    for path, methods in (
        ("/v1/events", "GET, HEAD"),
        ("/v1/webhooks", "GET, HEAD, POST"),
        ("/v1/webhooks/5f0c8e6c1b9a4d7e8f201a2b", "GET, HEAD, PATCH, DELETE"),
        ("/v1/webhooks/5f0c8e6c1b9a4d7e8f201a2b/test", "POST"),
    ):
        reply = client.put(path)
        problem(reply, 405)
        assert reply.headers["allow"] == methods


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/v1/events?limit=0", "#/query/limit"),
        ("/v1/events?limit=1001", "#/query/limit"),
        ("/v1/events?limt=5", "#/query/limt"),
        ("/v1/events?stage=begun", "#/query/stage/0"),
        ("/v1/events?cursor=abc", "#/query/cursor"),
        ("/v1/events?amount_min=2&amount_max=1", "#/query/amount_max"),
        ("/v1/events?a~/b=1", "#/query/a~0~1b"),
        ("/v1/events/123", "#/path/event_id"),
        ("/v1/bulletins?sort=amount", "#/query/sort"),
        ("/v1/bulletins/../../etc/passwd", None),
    ],
)
def test_a_wrong_parameter_is_pointed_at(client: TestClient, path: str, place: str | None) -> None:
    reply = client.get(path)
    if place is None:
        problem(reply, 404)
    else:
        assert [error["pointer"] for error in problem(reply, 422)["errors"]] == [place]


def test_pointers_escape_what_would_be_structure() -> None:
    assert pointer(("query", "a/b~c", 0)) == "#/query/a~1b~0c/0"


def test_the_process_answers_before_its_index_does(client: TestClient) -> None:
    assert client.get("/livez").json() == {"status": "ok"}


def test_metrics_count_by_declared_path_not_by_what_callers_invent(client: TestClient) -> None:
    client.get("/v1/events/123")
    client.get("/made/up/by/a/caller")
    text = client.get("/metrics").text
    assert 'api_requests_total{method="GET",route="/v1/events/{event_id}",status="422"}' in text
    assert "/made/up" not in text
    routes = {sample.labels["route"] for metric in REQUESTS.collect() for sample in metric.samples}
    assert "unknown" in routes


def test_the_openapi_document_is_complete(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operations = {operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()}
    assert sorted(operations) == [
        "changeWebhook",
        "createWebhook",
        "deleteWebhook",
        "exportEventsCsv",
        "exportEventsNdjson",
        "getAccoladeLeaderboard",
        "getBulletin",
        "getEvent",
        "getEventFeed",
        "getEventHistogram",
        "getProjectTimeline",
        "getWebhook",
        "listBulletins",
        "listDeliveries",
        "listEventFacets",
        "listEvents",
        "listRegions",
        "listWebhooks",
        "replayWebhook",
        "rotateWebhookSecret",
        "streamEvents",
        "testWebhook",
    ]
    for name, operation in operations.items():
        good = next(reply for status, reply in operation["responses"].items() if status.startswith("2"))
        if name != "deleteWebhook":
            [told] = good["content"].values()
            assert told.get("examples") or told.get("example")
        assert operation["description"]
        for status in ("422", "503"):
            assert MEDIA_TYPE in operation["responses"][status]["content"]
    schemas = document["components"]["schemas"]
    assert {"Problem", "ProblemError"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    named = {parameter["name"] for parameter in operations["listEvents"]["parameters"]}
    assert {"event_type", "stage", "region_code", "amount_min", "period_from", "q", "sort", "limit", "cursor"} <= named


def test_every_reference_of_the_openapi_document_leads_somewhere(client: TestClient) -> None:
    document = client.get("/openapi.json").json()

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    found = list(references(document))
    assert len(found) > 10
    for reference in found:
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]


def test_examples_show_each_event_type(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    shown = document["paths"]["/v1/events/{event_id}"]["get"]["responses"]["200"]["content"]["application/json"]["examples"]
    assert sorted(shown) == sorted(EVENT_TYPES)


def test_the_documentation_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/docs").text
    assert "http://" not in page
    assert "https://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/assets/{asset}" in page
        assert client.get(f"/docs/assets/{asset}").status_code == 200
    problem(client.get("/docs/assets/../../secret"), 404)


def test_plain_chinese_in_an_address_is_encoded_and_nothing_else_is_touched() -> None:
    request = "GET /v1/events?region=上街区 HTTP/1.1\r\nX-Name: 区\r\n\r\n".encode()
    line, _, rest = with_ascii_target(request).partition(b"\n")
    assert line == b"GET /v1/events?region=%E4%B8%8A%E8%A1%97%E5%8C%BA HTTP/1.1\r"
    assert rest == "X-Name: 区\r\n\r\n".encode()
    assert with_ascii_target(b"GET / HTTP/1.1\r\n\r\n") == b"GET / HTTP/1.1\r\n\r\n"
