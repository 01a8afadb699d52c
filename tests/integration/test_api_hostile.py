"""Requests that nobody should send but somebody will, against a running API: each row names its answer and what the answer points at.

Rows are bytes as they go over the wire. None may end in 5xx, in a traceback, or in more than it asked for.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from services.api.main import MAX_HEAD_BYTES
from services.contracts import content_id
from tests.integration.api_process import Api

NOTHING = {"items": [], "total": 0, "next": None}
UNKNOWN_ID = content_id("event", "unknown")
V4 = "0b0e1f3a-5a53-4b7a-9d5a-000000000000"

# What would be read as a query, a script, a path or a pattern somewhere else: here it is text that nothing contains.
TEXTS = [
    '{"match_all":{}}',
    '{"script":{"source":"java.lang.Runtime.getRuntime().exec(1)"}}',
    "*",
    "*:*",
    "_exists_:event_id",
    "evidence.quote:* OR 1=1",
    "' OR '1'='1",
    '"; DROP TABLE events; --',
    "/.*/",
    "?",
    "a~2^9",
    "[* TO *]",
    "${jndi:ldap://127.0.0.1/a}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "now-1d/d",
    "\x00",
    "\x00\r\nSet-Cookie: a=b",
    "\u202e\u2066\ufeff",
    "\U0010ffff\ufffe",
    "𠮷" * 200,
    "( " * 100,
    "\\" * 200,
]
# Query string; the parameter that the problem points at.
REFUSED: list[tuple[str, str]] = [
    *((f"{name}=1", name) for name in ("limt", "Limit", "limit%5B%5D", "limit%20", "from", "offset", "page", "size", "search_after")),
    *((f"{name}=x", name) for name in ("_source", "source", "script", "query", "query_string", "pit", "preference", "index", "aggs")),
    ("__proto__=x", "__proto__"),
    ("=x", ""),
    ("a~/b=x", "a~0~1b"),
    ("stage%00=signed", "stage%00"),
    ("limit=1;q=x", "limit"),
    # Deep and endless pages
    *(
        (f"limit={quote(value)}", "limit")
        for value in ("0", "-1", "1001", "99999999999999999999", "1e2", "1.0", "1_0", " 1", "+1", "0x1", "٣", "５", "NaN", "true", "")
    ),
    # Cursors
    *((f"cursor={value}", "cursor") for value in ("", "x", "%00", "e30", "AAAA" * 20, "A" * 16_001, "%F0%9F%98%80", "null")),
    # Values out of bounds
    ("q=", "q"),
    ("q=%20%09", "q"),
    (f"q={'a' * 201}", "q"),
    (f"q={quote('区' * 201)}", "q"),
    (f"q={'a' * 40_000}", "q"),
    (f"project_exact={'a' * 2001}", "project_exact/0"),
    ("project_exact=", "project_exact/0"),
    ("&".join(["project_exact=a"] * 21), "project_exact"),
    ("&".join(["stage=signed"] * 3000), "stage"),
    ("stage=begun", "stage/0"),
    ("stage=signed&stage=SIGNED", "stage/1"),
    ("stage=*", "stage/0"),
    ("sort=_score", "sort"),
    ("sort=event_id", "sort"),
    ("sort=-amount,_script", "sort"),
    ("collapse=event_id", "collapse"),
    ("fields=*", "fields/0"),
    ("fields=stage&fields=_id", "fields/1"),
    ("&".join(["fields=stage"] * 36), "fields"),
    *((f"region_code={value}", "region_code/0") for value in ("4101*", "41010", "4101066", "010106", "41010a", "410106%0A", "４１０１０６")),
    *((f"bulletin_id={value}", "bulletin_id/0") for value in ("x", V4, UNKNOWN_ID.upper(), UNKNOWN_ID + "%0A", "%7B%7D")),
    *((f"currency={value}", "currency") for value in ("cny", "CNYX", "CNY%0A", "*")),
    # Amounts
    *(
        (f"amount_min={quote(value)}", "amount_min")
        for value in ("-1", "1e14", "1e400", "NaN", "Infinity", "-inf", "1_000", " 1", "0x10", "１", "1,000", "一亿", "1e", "")
    ),
    ("amount_min=2&amount_max=1", "amount_max"),
    # Days
    *(
        (f"published_from={quote(value)}", "published_from")
        for value in (
            "0", "86400", "1704067200", "2024", "2024-02-30", "2024-13-01", "0000-01-01", "10000-01-01", "-001-01-01", "2024-1-1",
            "2024-01-01T00:00:00", "2024-01-01||/M", "now-1d", "２０２４-01-01", "2024-W01-1", "",
        )
    ),
    ("published_from=2024-01-02&published_to=2024-01-01", "published_to"),
    ("period_from=2024-01-02&period_to=2024-01-01", "period_to"),
    # Twice what can be once: which one would count?
    ("limit=1&limit=2", "limit"),
    ("q=a&q=b", "q"),
    ("q=a&%71=b", "q"),
    ("sort=amount&sort=amount", "sort"),
    # No text
    ("q=%FF", "q"),
    ("q=%C9%CF%BD%D6%C7%F8", "q"),
    ("q=%ED%A0%80", "q"),
    ("q=%C0%AF", "q"),
    ("q=%F4%90%80%80", "q"),
    ("%FF=x", "%EF%BF%BD"),
]  # fmt: skip
# Path with its query; status; what the problem points at.
PATHS: list[tuple[str, int, str | None]] = [
    ("/v1/events/123", 422, "#/path/event_id"),
    (f"/v1/events/{V4}", 422, "#/path/event_id"),
    (f"/v1/events/{UNKNOWN_ID.upper()}", 422, "#/path/event_id"),
    (f"/v1/events/{UNKNOWN_ID}%00", 422, "#/path/event_id"),
    (f"/v1/events/{UNKNOWN_ID}", 404, None),
    ("/v1/events/_search", 422, "#/path/event_id"),
    ("/v1/events/%FF", 422, "#/path"),
    ("/v1/events/..%2F..%2Fbulletin-keys", 404, None),
    ("/v1/events/../bulletin-keys/_search", 404, None),
    ("/v1//events", 404, None),
    ("//v1/events", 404, None),
    ("/v1/events/", 404, None),
    ("/V1/events", 404, None),
    ("/v1/events.json", 404, None),
    ("/v2/events", 404, None),
    ("/_search", 404, None),
    ("/bulletin-keys/_search", 404, None),
    ("/docs/assets/../../../../etc/passwd", 404, None),
    ("/docs/assets/%2e%2e/%2e%2e/etc/passwd", 404, None),
    ("/explore/..%2F..%2Fapp.py", 404, None),
    ("/explore/%00", 404, None),
    ("http://127.0.0.1:9200/v1/events", 404, None),
    ("/v1/events?limit=1#/../", 422, "#/query/limit"),
    ("/v1/bulletins/x", 422, "#/path/bulletin_id"),
    ("/v1/bulletins?sort=amount", 422, "#/query/sort"),
    ("/v1/bulletins?source_uri=" + "a" * 4001, 422, "#/query/source_uri"),
    ("/v1/projects//timeline", 422, "#/path/name"),
    (f"/v1/projects/{'a' * 501}/timeline", 422, "#/path/name"),
    ("/v1/projects/%FF/timeline", 422, "#/path"),
    ("/v1/projects/%00/timeline", 404, None),
    ("/v1/projects/*/timeline?match=words", 404, None),
    ("/v1/projects/x/timeline?match=regexp", 422, "#/query/match"),
    ("/v1/projects/a/b/../../c/timeline", 404, None),
    ("/v1/events/facets", 422, "#/query/field"),
    ("/v1/events/facets?field=evidence.quote", 422, "#/query/field/0"),
    ("/v1/events/facets?field=stage&size=201", 422, "#/query/size"),
    ("/v1/events/facets?" + "&".join(["field=stage"] * 21), 422, "#/query/field"),
    ("/v1/events/histogram?interval=minute", 422, "#/query/interval"),
    ("/v1/events/histogram?interval=1d", 422, "#/query/interval"),
    ("/v1/events/histogram?date=event_id", 422, "#/query/date"),
    ("/v1/regions?within=*", 422, "#/query/within"),
    ("/v1/accolades/leaderboard?size=101", 422, "#/query/size"),
    ("/v1/webhooks?limit=1", 422, "#/query/limit"),
    ("/v1/webhooks/x", 422, "#/path/webhook_id"),
    (f"/v1/webhooks/{'0' * 24}", 404, None),
    (f"/v1/webhooks/{'0' * 24}?x=1", 422, "#/query/x"),
    (f"/v1/webhooks/{'0' * 24}%0A", 422, "#/path/webhook_id"),
    (f"/v1/webhooks/{'0' * 24}/deliveries?limit=201", 422, "#/query/limit"),
    (f"/v1/webhooks/{'0' * 24}/deliveries?failed=perhaps", 422, "#/query/failed"),
    (f"/v1/webhooks/{'0' * 24}/deliveries", 404, None),
    ("/v1/webhooks/..%2Fbulletin-keys", 404, None),
    ("/v1/events.csv?bom=perhaps", 422, "#/query/bom"),
    ("/v1/events.csv?limit=1", 422, "#/query/limit"),
    ("/v1/events.ndjson?cursor=x", 422, "#/query/cursor"),
]
# Headers; status.
HEADERS: list[tuple[str, bytes, int]] = [
    ("a header of 40 kB", b"X-A: " + b"a" * 40_000, 431),
    ("5,000 headers", b"\r\n".join(b"X-%d: y" % number for number in range(5000)), 431),
    ("a hundred headers", b"\r\n".join(b"X-%d: y" % number for number in range(100)), 200),
    ("a cookie of 30 kB", b"Cookie: a=" + b"b" * 30_000, 200),
    ("30 kB of tags", b"If-None-Match: " + b'W/"x", ' * 4000, 200),
    ("no name", b": x", 400),
    ("a blank before the colon", b"X-A : x", 400),
    ("a folded one", b"X-A: x\r\n y", 200),
    ("NUL", b"X-A: \x00", 400),
    ("no ASCII", b"X-A: \xff\xe5\x8c\xba", 200),
    ("two hosts", b"Host: a\r\nHost: b", 400),
    ("a body of unknown end", b"Transfer-Encoding: chunked\r\nContent-Length: 5", 400),
    ("two lengths", b"Content-Length: 1\r\nContent-Length: 2", 400),
    ("a length below zero", b"Content-Length: -1", 400),
    ("a length that is none", b"Content-Length: 1e3", 400),
    ("another encoding", b"Transfer-Encoding: gzip", 400),
    ("only HTML accepted", b"Accept: text/html", 200),
    ("nothing accepted", b"Accept: ", 200),
    ("no media type", b"Accept: ;;q=x,,", 200),
    ("another version", b"Accept: application/vnd.bulletins.v2+json", 406),
    ("a version without end", b"Accept: application/vnd.bulletins.v" + b"9" * 5000 + b"+json", 406),
    ("only what cannot be decoded", b"Accept-Encoding: identity;q=0, x", 200),
    ("a range", b"Range: bytes=0-1", 200),
    ("a foreign method within", b"X-HTTP-Method-Override: DELETE", 200),
    ("a foreign address within", b"X-Forwarded-For: 127.0.0.1\r\nX-Original-URL: /metrics", 200),
    ("a key that is none", b"Authorization: Bearer \xff\xff", 200),
    ("an id that would forge a line of the log", b"X-Request-ID: a\tINFO forged", 200),
    ("another protocol", b"Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk", 200),
    ("what it need not expect", b"Expect: a-pony", 200),
]
METHODS = [b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"QUERY", b"PROPFIND", b"get", b"X" * 200]


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def send(api: Api, target: str | bytes, head: bytes = b"", method: bytes = b"GET", body: bytes = b"") -> Answer:
    """The answer to these very bytes."""
    line = method + b" " + (target if isinstance(target, bytes) else target.encode()) + b" HTTP/1.1\r\n"
    ours = b"" if b"Host:" in head else b"Host: x\r\n"
    with socket.create_connection(("127.0.0.1", api.settings.api_port), timeout=60) as connection:
        with suppress(ConnectionError):  # it need not read a request to its end to refuse it
            connection.sendall(
                line
                + ours
                + b"Connection: close\r\n" * (b"Connection:" not in head)
                + head
                + b"\r\n" * bool(head)
                + b"\r\n"
                + body
            )
        answer = http.client.HTTPResponse(connection, method=method.decode())
        answer.begin()
        return Answer(answer.status, answer.headers, answer.read())


def problem(answer: Answer, status: int) -> dict[str, Any]:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer
    told: dict[str, Any] = answer.json
    assert set(told) == {"type", "title", "status", "detail", "instance", "errors"}
    assert told["status"] == status
    assert told["detail"]
    return told


@pytest.fixture(scope="module")
def api(sampled: Api) -> Iterator[Api]:
    yield sampled
    assert sampled.get("/readyz").status == 200
    log = sampled.log.read_text("utf-8")
    assert "Traceback" not in log
    assert "Elasticsearch refused" not in log
    assert "\tINFO forged" not in log


@pytest.mark.parametrize("text", TEXTS, ids=repr)
@pytest.mark.parametrize("name", ["q", "project", "region", "project_exact", "publisher_exact"])
def test_words_are_only_words(api: Api, name: str, text: str) -> None:
    answer = send(api, f"/v1/events?{name}={quote(text)}")
    assert (answer.status, answer.json) == (200, NOTHING)
    assert answer.headers["set-cookie"] is None


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_words_are_only_words_for_bulletins_and_projects_too(api: Api, text: str) -> None:
    for name in ("q", "source_id", "source_uri", "publisher"):
        answer = send(api, f"/v1/bulletins?{name}={quote(text)}")
        assert (answer.status, answer.json) == (200, NOTHING)
    problem(send(api, f"/v1/projects/{quote(text, safe='')}/timeline"), 404)
    problem(send(api, f"/v1/projects/{quote(text, safe='')}/timeline?match=words"), 404)


@pytest.mark.parametrize(("query", "name"), REFUSED, ids=lambda value: repr(value[:60]))
def test_a_parameter_that_makes_no_sense_is_pointed_at(api: Api, query: str, name: str) -> None:
    told = problem(send(api, f"/v1/events?{query}"), 422)
    assert [error["pointer"] for error in told["errors"]][:1] == [f"#/query/{name}"]
    assert len(told["errors"]) <= 50
    assert all(len(error["detail"]) < 1500 for error in told["errors"])


@pytest.mark.parametrize(("target", "status", "pointer"), PATHS, ids=lambda value: repr(value)[:60])
def test_an_address_that_makes_no_sense_is_told(api: Api, target: str, status: int, pointer: str | None) -> None:
    told = problem(send(api, target), status)
    assert [error["pointer"] for error in told["errors"]][:1] == ([] if pointer is None else [pointer])


@pytest.mark.parametrize(("head", "status"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS])
def test_a_header_does_no_harm(api: Api, head: bytes, status: int) -> None:
    answer = send(api, "/v1/events?limit=1", head)
    if status == 200:
        assert (answer.status, len(answer.json["items"])) == (200, 1)
    else:
        problem(answer, status)


@pytest.mark.parametrize("method", METHODS, ids=repr)
def test_another_method_is_refused(api: Api, method: bytes) -> None:
    body = b"a" * 2_000_000 if method == b"POST" else b""
    head = b"Content-Length: %d" % len(body) if body else b""
    for target in ("/v1/events", f"/v1/events/{UNKNOWN_ID}", "/v1/events.csv"):
        answer = send(api, target, head, method, body)
        assert answer.status == 405
        assert answer.headers["allow"] == "GET, HEAD"
        problem(answer, 405)


def test_a_body_is_bounded_wherever_one_is_taken(api: Api) -> None:
    webhook = "/v1/webhooks/" + "0" * 24
    long = b"a" * 2_000_000
    for method, target in ((b"POST", "/v1/webhooks"), (b"PATCH", webhook), (b"POST", f"{webhook}/replay"), (b"DELETE", webhook)):
        for head, body, status in (
            (b"Content-Length: 2000000", long, 413),
            (b"Content-Length: " + b"9" * 19, long, 413),
            (b"Transfer-Encoding: chunked", b"1\r\na\r\n0\r\n\r\n", 411),
        ):
            problem(send(api, target, head, method, body), status)
    # A body that is broken: whoever sees it first answers, and only once.
    for _ in range(20):
        for ending in (b"", b"Connection: keep-alive"):
            head = b"\r\n".join(filter(None, (b"Transfer-Encoding: chunked", ending)))
            assert send(api, "/v1/webhooks", head, b"POST", long[:200_000]).status in (400, 411)
    # Where none is taken nothing is read, and so nothing is too long.
    assert send(api, webhook, b"Content-Length: 2000000", b"PUT", long).status == 405
    problem(send(api, "/v1/nothing", b"Content-Length: 2000000", b"POST", long), 404)


@pytest.mark.parametrize("size", [50_000, 300_000])
def test_an_address_that_is_too_long_is_refused(api: Api, size: int) -> None:
    names = "&".join(f"project_exact={quote('区' * (size // 180))}" for _ in range(20))
    for target in ("/v1/events?q=" + "a" * size, "/" + "a" * size, f"/v1/events?{names}"):
        answer = send(api, target)
        # Where the beginning arrives long before the end, the server does not wait for it.
        problem(answer, 414 if size < MAX_HEAD_BYTES else answer.status)
        assert answer.status in (400, 414)
        assert len(answer.body) < 4000


def test_of_thousands_of_errors_some_are_told(api: Api) -> None:
    told = problem(send(api, "/v1/events?" + "&".join(f"a{number}=" for number in range(6000))), 422)
    assert len(told["errors"]) == 50


def test_a_cursor_is_good_for_the_list_that_gave_it_and_for_no_other(api: Api) -> None:
    cursor = send(api, "/v1/events?limit=1&sort=position").json["next"]
    other = send(api, "/v1/bulletins?limit=1").json["next"]
    assert send(api, f"/v1/events?limit=2&sort=position&cursor={cursor}").status == 200
    middle = len(cursor) // 2
    changed = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
    for query in (
        f"sort=amount&cursor={cursor}",
        f"sort=position&q=x&cursor={cursor}",
        f"sort=position&collapse=fact_id&cursor={cursor}",
        f"sort=position&cursor={changed}",
        f"sort=position&cursor={cursor[:-4]}",
        f"sort=position&cursor={cursor}A",
        f"sort=position&cursor={cursor[22:]}",
        f"sort=position&cursor={other}",
        f"sort=position&cursor={cursor}&cursor={cursor}",
    ):
        assert problem(send(api, f"/v1/events?{query}"), 422)["errors"][0]["pointer"] == "#/query/cursor"
    assert problem(send(api, f"/v1/bulletins?cursor={cursor}"), 422)["errors"][0]["pointer"] == "#/query/cursor"


def test_all_filters_at_once_are_a_question_like_any_other(api: Api) -> None:
    names = [f"{name}_exact" for name in ("region", "project", "organization", "subject", "recipient", "honor", "publisher")]
    values: list[tuple[str, str]] = [(name, "a" * 100) for name in names for _ in range(20)]
    values += [(name, "区 " * 100) for name in ("region", "project", "organization", "subject", "recipient", "honor", "q")]
    values += [(name, UNKNOWN_ID) for name in ("bulletin_id", "fact_id") for _ in range(20)]
    values += [("region_code", f"{number:02}0000") for number in range(11, 31)]
    values += [("event_type", "accolade"), ("stage", "signed"), ("metric", "other"), ("level", "national"), ("status", "actual")]
    values += [("amount_min", "0"), ("amount_max", "1e13"), ("period_from", "0001-01-01"), ("period_to", "9999-12-31")]
    values += [("published_from", "0001-01-01"), ("published_to", "9999-12-31"), ("sort", "-amount"), ("limit", "1000")]
    query = "&".join(f"{name}={quote(value)}" for name, value in values)
    answer = send(api, f"/v1/events?{query}&collapse=fact_id")
    assert (answer.status, answer.json) == (200, NOTHING)
    for path in ("/v1/events/facets?field=stage&", "/v1/events/histogram?", "/v1/regions?", "/v1/accolades/leaderboard?"):
        assert send(api, path + query.replace("&sort=-amount&limit=1000", "")).status == 200
