"""The stream of the client without an API: how it reads, comes again, and when it gives up."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from services.api.examples import messages
from services.client import ApiError, ApiProblem, UnexpectedReplyError, UnreachableError
from services.client.filters import as_json
from services.contracts import EVENT_ADAPTER
from services.replies import Problem
from tests.unit.client.test_client_replies import Server, refused

MILESTONE = messages("project_milestone")[0]
EVENT = EVENT_ADAPTER.validate_python(MILESTONE)
OPENED = "retry: 250\n: connected\nid: 0\n\n"
BUSY = Problem(title="Service Unavailable", status=503, detail="Come again.", instance="/v1/stream")
GONE = Problem(title="Gone", status=410, detail="It is no longer kept.", instance="/v1/stream")


def told(event_id: str, data: str | None = None) -> str:
    return f"id: {event_id}\nevent: project_milestone\ndata: {json.dumps(MILESTONE) if data is None else data}\n\n"


def stream(*blocks: str) -> httpx2.Response:
    return httpx2.Response(200, content="".join(blocks).encode(), headers={"Content-Type": "text/event-stream"})


def asked(server: Server) -> list[str | None]:
    return [request.headers.get("last-event-id") for request in server.requests]


def test_it_goes_on_after_what_came_whole() -> None:
    server = Server(
        stream(OPENED, told("1"), ": heartbeat\nid: 2\n\n", told("3")[:-1]),  # broken off before the empty line
        stream(": connected\nid: 2\n\n", told("3"), told("4")[:40]),  # and within a line
        stream(": connected\nid: 3\n\n", told("4")),
    )
    with server.client().stream(stage="started", last_event_id="") as events:
        assert [next(events) for _ in range(3)] == [("1", EVENT), ("3", EVENT), ("4", EVENT)]
    assert asked(server) == ["", "2", "3"]
    assert server.waits == [0.25, 0.25]
    assert {request.url.params["stage"] for request in server.requests} == {"started"}
    assert list(events) == []


def test_where_it_stands_is_known_before_an_event_comes() -> None:
    server = Server(stream(OPENED))
    events = server.client().stream()
    assert (events.last_event_id, asked(server)) == ("0", [None])


def test_other_line_ends_and_data_of_several_lines_are_read() -> None:
    data = json.dumps(MILESTONE, indent=1).replace("\n", "\r\ndata: ")
    server = Server(stream(OPENED.replace("\n", "\r\n"), f"data:{data}\r\nid:7\r\n\r\n"))
    assert next(server.client().stream()) == ("7", EVENT)


def test_pauses_grow_and_what_the_api_asks_for_is_kept() -> None:
    broken = httpx2.ConnectError("refused")
    server = Server(
        stream(OPENED), broken, broken, httpx2.Response(502), refused(BUSY, Retry_After="5"), broken, broken, stream(told("1"))
    )
    assert next(server.client(retries=0, longest_wait=6).stream()) == ("1", EVENT)
    assert server.waits == [0.25, 0.5, 1.0, 2.0, 5.0, 6.0, 6.0]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(GONE), ApiProblem),
        (httpx2.Response(401), ApiProblem),
        (refused(BUSY, Retry_After="3600"), ApiProblem),
        (stream(told("1", '{"event_type": "rumour"}')), UnexpectedReplyError),
    ],
)
def test_what_waiting_does_not_mend_is_raised(answer: httpx2.Response, error: type[ApiError]) -> None:
    events = Server(stream(OPENED), answer).client().stream()
    with pytest.raises(error):
        next(events)
    assert events.last_event_id == "0"


@pytest.mark.parametrize("answer", [httpx2.ConnectError("refused"), refused(BUSY, Retry_After="3600")])
def test_a_first_connection_that_fails_is_told(answer: httpx2.Response | Exception) -> None:
    with pytest.raises((UnreachableError, ApiProblem)):
        Server(answer).client().stream()


def test_a_change_is_sent_again_only_where_it_was_not_made() -> None:
    busy = Problem(title="Too Many Requests", status=429, detail="", instance="/v1/webhooks")
    server = Server(refused(busy, Retry_After="1"), refused(BUSY, Retry_After="1"))
    with pytest.raises(ApiProblem) as caught:
        server.client().webhooks.create("http://hook.example")
    assert (caught.value.status, [request.method for request in server.requests]) == (503, ["POST", "POST"])
    assert json.loads(server.requests[0].content) == {"url": "http://hook.example", "from": "now"}


def test_a_filter_is_written_as_the_api_takes_it_in_a_body() -> None:
    filters: dict[str, Any] = {"stage": "started", "region_code": ("410100",), "q": "签约", "amount_min": Decimal("1e8")}
    assert as_json({**filters, "published_from": date(2024, 1, 2)}) == {  # type: ignore[typeddict-item]
        "stage": ["started"],
        "region_code": ["410100"],
        "q": "签约",
        "amount_min": 1e8,
        "published_from": "2024-01-02",
    }


def test_a_replay_begins_at_one_place() -> None:
    server = Server(httpx2.Response(500))
    for wrong in ({}, {"start": "now", "after": "x"}):
        with pytest.raises(ValueError, match="either"):
            server.client().webhooks.replay("x", **wrong)  # type: ignore[arg-type]
    assert server.requests == []
