"""The client without an API: what it makes of every kind of answer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from services.api.examples import messages
from services.client import ApiError, ApiProblem, Client, UnexpectedReplyError, UnreachableError
from services.client.client import address
from services.contracts import EVENT_ADAPTER
from services.replies import Problem, ProblemError
from services.settings import Settings

KEY = "bulletins1_0123456789ab_secret"
MILESTONE = messages("project_milestone")[0]
BUSY = Problem(title="Too Many Requests", status=429, detail="At most 5 requests a minute.", instance="/v1/regions")
WRONG = Problem(
    title="Unprocessable Entity",
    status=422,
    detail="see errors",
    instance="/v1/events",
    errors=[ProblemError(pointer="#/query/limit", detail="too small"), ProblemError(pointer="#/query/stage", detail="unknown")],
)


class Server:
    """Answers with what it is given, the last one again and again, and keeps what it was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self._answers: Iterator[httpx2.Response | Exception] = itertools.chain(answers, itertools.repeat(answers[-1]))
        self.requests: list[httpx2.Request] = []
        self.waits: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def client(self, key: str | None = None, **options: Any) -> Client:
        return Client("http://api.example/", key, http=httpx2.MockTransport(self), sleep=self.waits.append, **options)


def good(value: Any) -> httpx2.Response:
    return httpx2.Response(200, json=value)


def refused(problem: Problem, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.Response(problem.status, content=problem.model_dump_json(), headers=named)


REGIONS = good({"items": []})


def test_a_list_is_followed_to_its_end_and_begins_anew_when_it_is_iterated_again() -> None:
    pages = [good({"items": [MILESTONE] * count, "total": 3, "next": cursor}) for count, cursor in ((2, "a b"), (1, None))]
    server = Server(*pages, *pages)
    listing = server.client().events(page_size=2, stage="started")
    assert server.requests == []
    assert list(listing) == [EVENT_ADAPTER.validate_python(MILESTONE)] * 3
    assert [request.url.params.get("cursor") for request in server.requests] == [None, "a b"]
    assert {request.url.params["stage"] for request in server.requests} == {"started"}
    assert len(list(listing)) == 3


def test_values_are_written_as_the_api_reads_them() -> None:
    server = Server(REGIONS)
    server.client().regions(stage=["started", "signed"], published_from=date(2024, 1, 2), amount_min=1e8, q="a&b=c 上街")
    [asked] = server.requests
    assert asked.url.params.multi_items() == [
        ("stage", "started"),
        ("stage", "signed"),
        ("published_from", "2024-01-02"),
        ("amount_min", "100000000.0"),
        ("q", "a&b=c 上街"),
    ]


def test_facts_have_their_event_and_how_often_it_is_told() -> None:
    server = Server(good({"items": [{**MILESTONE, "reports": 4}], "total": 1, "next": None}))
    [fact] = server.client().facts()
    assert (fact.event, fact.reports) == (EVENT_ADAPTER.validate_python(MILESTONE), 4)
    assert server.requests[0].url.params["collapse"] == "fact_id"


def test_the_key_and_the_version_are_sent_and_the_key_is_not_told() -> None:
    server = Server(refused(WRONG))
    with pytest.raises(ApiProblem) as caught:
        server.client(KEY).regions()
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert server.requests[0].headers["accept"].startswith("application/vnd.bulletins.v1+json")
    assert KEY not in f"{caught.value!r}{caught.value}{server.client(KEY)!r}"
    with pytest.raises(ValueError, match="blanks"):
        server.client("a\r\nX-Other: b")


def test_a_problem_is_an_exception_with_its_fields() -> None:
    with pytest.raises(ApiProblem) as caught:
        Server(refused(WRONG, X_Request_ID="abc")).client().event("x")
    problem = caught.value
    assert (problem.status, problem.title, problem.detail, problem.type) == (
        422,
        "Unprocessable Entity",
        "see errors",
        "about:blank",
    )
    assert [error.pointer for error in problem.errors] == ["#/query/limit", "#/query/stage"]
    assert (problem.instance, problem.request_id, problem.retry_after) == ("/v1/events", "abc", None)
    assert str(problem) == "422 Unprocessable Entity: limit: too small; stage: unknown"


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        ("#/query/event_type/0", "event_type"),
        ("#/body/filter/stage/1", "filter.stage"),
        ("#/path/event_id", "event_id"),
        ("#/query", "query"),
    ],
)
def test_a_problem_names_the_parameter_not_which_of_its_values(pointer: str, name: str) -> None:
    problem = WRONG.model_copy(update={"errors": [ProblemError(pointer=pointer, detail="unknown")]})
    assert str(ApiProblem(problem)) == f"422 Unprocessable Entity: {name}: unknown"


def test_a_server_in_between_may_refuse_in_its_own_words() -> None:
    with pytest.raises(ApiProblem) as caught:
        Server(httpx2.Response(502, text="<h1>Bad gateway</h1>")).client().regions()
    assert str(caught.value) == "502 Bad Gateway: <h1>Bad gateway</h1>"


@pytest.mark.parametrize(
    ("answers", "waits"),
    [
        ([refused(BUSY, Retry_After="7"), REGIONS], [7.0]),
        ([refused(BUSY, Retry_After="2"), refused(BUSY, Retry_After="1"), REGIONS], [2.0, 1.0]),
        ([httpx2.Response(503), httpx2.Response(503), REGIONS], [0.5, 1.0]),
        ([refused(BUSY, Retry_After="soon"), REGIONS], [0.5]),
        ([refused(BUSY, Retry_After=format_datetime(datetime(2000, 1, 1, tzinfo=UTC))), REGIONS], [0.0]),
    ],
)
def test_it_comes_again_when_it_is_told_to(answers: list[httpx2.Response], waits: list[float]) -> None:
    server = Server(*answers)
    assert server.client().regions().items == []
    assert server.waits == waits


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        (refused(BUSY, Retry_After="1"), 3),
        (refused(BUSY, Retry_After="31"), 1),
        (refused(BUSY, Retry_After=format_datetime(datetime.now(UTC) + timedelta(hours=1))), 1),
        (httpx2.Response(500), 1),
        (httpx2.Response(502), 1),
        (refused(WRONG, Retry_After="1"), 1),
    ],
)
def test_it_does_not_come_again_for_ever_nor_in_vain(answer: httpx2.Response, tries: int) -> None:
    server = Server(answer)
    with pytest.raises(ApiProblem) as caught:
        server.client(retries=2, longest_wait=30).regions()
    assert caught.value.status == answer.status_code
    assert len(server.requests) == tries
    assert len(server.waits) == tries - 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx2.ConnectError("refused"), UnreachableError),
        (httpx2.ReadTimeout(""), UnreachableError),
        (httpx2.Response(200, text="<html>"), UnexpectedReplyError),
        (httpx2.Response(200, json={"items": 1}), UnexpectedReplyError),
        (httpx2.Response(302, headers={"location": "http://elsewhere.example/"}), UnexpectedReplyError),
    ],
)
def test_what_is_not_the_api_is_told(answer: httpx2.Response | Exception, error: type[ApiError]) -> None:
    server = Server(answer)
    with pytest.raises(error, match=r"http://api\.example"):
        server.client(KEY).regions()
    assert len(server.requests) == 1


def test_an_event_may_hold_what_other_readers_take_for_the_end_of_a_line() -> None:
    quote = "一\u2028二\u0085三"
    event = {**MILESTONE, "evidence": {"quote": quote, "start": 0, "end": len(quote)}}
    body = (json.dumps(event, ensure_ascii=False) + "\n").encode() * 2
    told = list(Server(httpx2.Response(200, content=body)).client().export())
    assert [event.evidence.quote for event in told] == [quote] * 2
    [selected] = (
        Server(httpx2.Response(200, content=b'{"event_id":"%s","stage":"x"}\n' % MILESTONE["event_id"].encode()))
        .client()
        .export(fields=["stage"])
    )
    assert selected.model_dump(exclude_none=True) == {"event_id": MILESTONE["event_id"], "stage": "x"}


@pytest.mark.parametrize(
    ("body", "error"), [(b'{"event_id":1}\n', UnexpectedReplyError), (b'{"event_id":', UnreachableError), (b"", None)]
)
def test_a_stream_ends_with_a_whole_line(body: bytes, error: type[ApiError] | None) -> None:
    read: Callable[[], list[Any]] = lambda: list(Server(httpx2.Response(200, content=body)).client().export())  # noqa: E731
    if error is None:
        assert read() == []
    else:
        with pytest.raises(error):
            read()


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"api_host": "0.0.0.0", "api_port": 81}, "http://127.0.0.1:81"),
        ({"api_host": "::"}, "http://[::1]:8000"),
        ({"api_host": "fd00::1"}, "http://[fd00::1]:8000"),
    ],
)
def test_without_an_address_it_asks_where_the_settings_have_an_api_listen(settings: dict[str, Any], url: str) -> None:
    assert address(Settings(**settings)) == url
    assert Client.from_settings(Settings(**settings)).url == url


def test_the_address_and_key_of_the_settings_are_used() -> None:
    server = Server(REGIONS)
    settings = Settings(api_url="https://api.example/below/", api_key=KEY)
    with Client.from_settings(settings, http=httpx2.MockTransport(server)) as client:
        client.regions()
    assert str(server.requests[0].url) == "https://api.example/below/v1/regions"
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in str(settings.shown())
