"""What every operation of the API keeps to, asked of a running one; the operations are those of its own OpenAPI document."""

from __future__ import annotations

import gzip
import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest

from services import indices
from services.api import openapi
from services.api.main import listen
from services.api.webhooks import model
from services.api.webhooks.model import Webhook
from tests.integration.api_process import Api, Reply

DOCUMENT = json.loads(openapi.FILE.read_text("utf-8"))
OPERATIONS = {
    operation["operationId"]: (path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    # The stream has no end and needs Kafka: tests of its own.
    if method == "get" and operation["operationId"] != "streamEvents"
}
STREAMS = {name for name, (_, operation) in OPERATIONS.items() if "304" not in operation["responses"]}
JSON = {name for name, (_, operation) in OPERATIONS.items() if "application/json" in operation["responses"]["200"]["content"]}
V1 = "application/vnd.bulletins.v1+json"
WEBHOOK = "0" * 23 + "1"


def address(api: Api, name: str) -> str:
    """One that the operation has a good answer to."""
    event = api.events(event_type="project_milestone", limit=1)[0]
    path = OPERATIONS[name][0].replace("{name}", quote(event["project"], safe=""))
    for part, value in (("event_id", event["event_id"]), ("bulletin_id", event["bulletin_id"]), ("webhook_id", WEBHOOK)):
        path = path.replace("{" + part + "}", value)
    # A list with a further page names the snapshot that it goes on in, and is another one with each.
    asked = {
        "listEventFacets": "field=stage",
        "listEvents": f"bulletin_id={event['bulletin_id']}&limit=1000",
        "listBulletins": "limit=1000",
    }
    return f"{path}?{asked.get(name, '')}"


@pytest.fixture(scope="module", autouse=True)
def a_webhook(sampled: Api) -> Iterator[None]:
    """There is one, for the time of these tests; where no broker is it cannot be made by a request, which asks where the topics end."""
    now = datetime.now(UTC)
    made = Webhook(
        webhook_id=WEBHOOK,
        url="https://example.org/hook",
        enabled=False,
        disabled_reason="switched off",
        enabled_at=now,
        created_at=now,
        secrets=[model.new_secret()],
        start="x",
    )
    index = sampled.settings.webhooks_index
    with indices.connect(sampled.settings) as client:
        client.index(index=index, id=WEBHOOK, document=made.model_dump(mode="json"), refresh=True)
        yield
        client.delete(index=index, id=WEBHOOK, refresh=True)


def ask(api: Api, path: str, method: str = "GET", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(api.url + path, headers=named, method=method), timeout=60) as reply:
            return Reply(reply.status, reply.headers, reply.read())
    except HTTPError as error:
        return Reply(error.code, error.headers, error.read())


def common(reply: Reply, request_id: str) -> None:
    """What stands in every reply, good or bad."""
    assert reply.headers["x-request-id"] == request_id
    policy = re.fullmatch(r'"default";q=(\d+);w=60', reply.headers["ratelimit-policy"])
    left = re.fullmatch(r'"default";r=(\d+);t=\d+', reply.headers["ratelimit"])
    assert policy is not None
    assert left is not None
    assert 0 <= int(left[1]) < int(policy[1])


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_answer_is_counted_named_and_of_the_media_type_that_is_told(sampled: Api, name: str) -> None:
    reply = ask(sampled, address(sampled, name), X_Request_ID=f"good-{name}")
    assert reply.status == 200
    common(reply, f"good-{name}")
    [told] = OPERATIONS[name][1]["responses"]["200"]["content"]
    assert reply.headers["content-type"].partition(";")[0] == told
    assert reply.headers["cache-control"] == ("no-store" if name in STREAMS else "no-cache")


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_head_is_that_of_the_answer(sampled: Api, name: str) -> None:
    path = address(sampled, name)
    whole, head = ask(sampled, path), ask(sampled, path, "HEAD", X_Request_ID=f"head-{name}")
    assert (head.status, head.body) == (200, b"")
    common(head, f"head-{name}")
    for header in ("content-type", "content-length", "etag", "cache-control", "vary"):
        assert head.headers[header] == whole.headers[header]
    if "etag" in head.headers:
        assert ask(sampled, path, "HEAD", If_None_Match=head.headers["etag"]).status == 304
    assert ask(sampled, f"{path}&unheard_of=1", "HEAD").status == 422
    # Counted as what it is, and under its route.
    metrics = sampled.get("/metrics").body.decode().replace(":path}", "}")
    assert f'method="HEAD",route="{OPERATIONS[name][0]}",status="200"' in metrics


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_error_is_counted_named_and_points_at_what_is_wrong(sampled: Api, name: str) -> None:
    path = address(sampled, name)
    reply = ask(sampled, f"{path}&unheard_of=1", X_Request_ID=f"bad-{name}")
    assert (reply.status, reply.headers["content-type"]) == (422, "application/problem+json")
    common(reply, f"bad-{name}")
    assert [error["pointer"] for error in reply.json["errors"]] == ["#/query/unheard_of"]
    assert reply.json["instance"] == path.partition("?")[0]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_version_that_is_not_there_is_refused(sampled: Api, name: str) -> None:
    reply = ask(sampled, address(sampled, name), Accept="application/vnd.bulletins.v2+json", X_Request_ID="v2")
    assert (reply.status, reply.headers["content-type"]) == (406, "application/problem+json")
    common(reply, "v2")


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - STREAMS))
def test_who_has_an_answer_already_gets_it_only_where_it_has_changed(sampled: Api, name: str) -> None:
    path = address(sampled, name)
    plain, versioned = ask(sampled, path), ask(sampled, path, Accept=V1)
    assert plain.body == versioned.body
    assert (versioned.headers["content-type"] == V1) == (name in JSON)
    assert (plain.headers["etag"] != versioned.headers["etag"]) == (name in JSON)
    for reply, accept in ((plain, "*/*"), (versioned, V1)):
        tag = reply.headers["etag"]
        assert re.fullmatch(r'W/"[0-9a-f]{24}"', tag)
        assert {"accept", "authorization"} <= {word.strip().lower() for word in reply.headers["vary"].split(",")}
        for given in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
            again = ask(sampled, path, Accept=accept, If_None_Match=given, X_Request_ID="again")
            assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
            assert again.headers["cache-control"] == "no-cache"
            common(again, "again")
        assert ask(sampled, path, Accept=accept, If_None_Match='"other"').status == 200


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_answer_of_some_length_is_compressed_for_who_takes_that(sampled: Api, name: str) -> None:
    path = address(sampled, name)
    plain = ask(sampled, path)
    packed = ask(sampled, path, Accept_Encoding="gzip")
    if len(plain.body) < 1024:
        assert packed.headers["content-encoding"] is None
    else:
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert "accept-encoding" in packed.headers["vary"].lower()
        assert packed.headers["etag"] == plain.headers["etag"]


def test_operations_are_named_for_good(sampled: Api) -> None:
    live: dict[str, Any] = sampled.get("/openapi.json").json
    assert live == DOCUMENT
    assert live["openapi"].startswith("3.1.")
    for name, (path, operation) in OPERATIONS.items():
        assert re.fullmatch(r"[a-z]+[A-Za-z]+", name)
        assert path.startswith("/v1/")
        assert {"400", "401", "403", "406", "414", "422", "429", "431", "503"} <= set(operation["responses"])


def test_an_answer_is_sent_at_once() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), timeout=10):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
