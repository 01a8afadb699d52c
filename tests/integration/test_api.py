"""The API as a process of its own, over a real index."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.preflight import free_port
from deploy.local.services import environment
from services import indices
from services.contracts import bulletin_id, content_id
from services.settings import PROJECT
from tests.integration.api_process import Api, examples, made, running
from tests.servers import settings_for

TYPES = ("investment_report", "project_milestone", "accolade")

FILLED: list[dict[str, Any]] = [
    made(
        "investment_report",
        metric="completed_investment",
        amount={"value": 5e8, "value_max": 8e8, "currency": "CNY", "text": "5至8亿元", "bound": "exact"},
        published_on="2024-03-01",
        period={"start": "2024-01-01", "end": "2024-02-29", "text": "1-2月"},
        region="上街区",
        region_code="410106",
    ),
    made(
        "investment_report",
        start=100,
        metric="funding",
        amount={"value": 36e8, "value_max": None, "currency": "USD", "text": "36亿美元", "bound": "exact"},
        published_on="2024-04-01",
        period=None,
        region="郑州市",
        region_code="410100",
    ),
    made(
        "project_milestone",
        start=200,
        stage="operational",
        project="奥克斯智能空调生产基地",
        organization="奥克斯集团",
        status="planned",
        published_on="2023-01-01",
        period={"start": None, "end": "2026-12-31", "text": "2026年年底前"},
        region="中原区",
        region_code="410102",
    ),
    made(
        "accolade",
        recipient="河南某科技有限公司",
        level="national",
        published_on=None,
        period={"start": "2022-01-01", "end": None, "text": "2022年以来"},
        region="朝阳区",
        region_code="110105",
        evidence={"quote": "获评国家级专精特新“小巨人”企业", "start": 900, "end": 916},
    ),
]


@pytest.fixture(scope="module")
def api(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API over an index with the example bulletins and FILLED events."""
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path_factory.mktemp("api"))
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        for event in FILLED:
            client.index(index=settings.events_index, id=event["event_id"], document=event)
        for bulletin in examples("text"):
            client.index(index=settings.bulletins_index, id=bulletin["bulletin_id"], document=bulletin)
        outcome = examples("outcome")[0]
        state = {"bulletin_id": outcome["bulletin_id"], "stands": True, "outcome": outcome}
        client.index(index=settings.states_index, id=outcome["bulletin_id"], document=state)
        client.indices.refresh(index=[index.alias for index in indices.all_indices(settings)])
        with running(settings) as api:
            yield api
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


@pytest.mark.parametrize(
    ("parameters", "places"),
    [
        ({}, [1, 0, 2, 3]),
        ({"sort": "published_on"}, [2, 0, 1, 3]),
        ({"sort": "amount"}, [0]),
        ({"sort": "-amount", "currency": "USD"}, [1]),
        ({"sort": "period_end"}, [0, 2, 1, 3]),
        ({"event_type": ["accolade", "project_milestone"]}, [2, 3]),
        ({"metric": "funding"}, [1]),
        ({"stage": ["operational", "started"]}, [2]),
        ({"level": "national"}, [3]),
        ({"status": "planned", "project": "智能空调"}, [2]),
        ({"project": "智能 基地"}, [2]),
        ({"project": "基地智能"}, []),
        ({"organization": "奥克斯"}, [2]),
        ({"recipient": "科技"}, [3]),
        ({"region": "中原"}, [2]),
        ({"region_code": "410000"}, [1, 0, 2]),
        ({"region_code": "410100"}, [1, 0, 2]),
        ({"region_code": "410106"}, [0]),
        ({"region_code": ["410106", "110000"]}, [0, 3]),
        ({"q": "小巨人"}, [3]),
        ({"q": "国家级 小巨人"}, [3]),
        ({"q": "巨小人"}, []),
        ({"q": "*"}, []),
        ({"amount_min": 8e8}, [0]),
        ({"amount_min": 8e8 + 1}, []),
        ({"amount_max": 5e8}, [0]),
        ({"amount_max": 4e8}, []),
        ({"amount_min": 1, "currency": "USD"}, [1]),
        ({"published_from": "2024-03-01", "published_to": "2024-03-31"}, [0]),
        ({"period_from": "2024-03-01"}, [2, 3]),
        ({"period_to": "2023-12-31"}, [2, 3]),
        ({"period_from": "2027-01-01"}, [3]),
        ({"period_from": "2024-02-29", "period_to": "2024-02-29"}, [0, 2, 3]),
        ({"fact_id": FILLED[2]["fact_id"]}, [2]),
        ({"event_type": "accolade", "stage": "operational"}, []),
    ],
    ids=str,
)
def test_filters_find_what_they_say(api: Api, parameters: dict[str, Any], places: list[int]) -> None:
    found = [event["event_id"] for event in api.events(**parameters)]
    assert found == [FILLED[place]["event_id"] for place in places]


def test_an_event_comes_back_as_it_went_in(api: Api) -> None:
    for event in FILLED:
        assert api.get(f"/v1/events/{event['event_id']}").json == event
    reply = api.get(f"/v1/events/{content_id('event', 'none')}")
    assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json")


def test_what_is_not_of_the_contract_stays_in_the_index(api: Api) -> None:
    assert set(api.events(limit=1)[0]) <= set(FILLED[0]) | set(FILLED[1])


def test_a_bulletin_comes_with_its_state_and_events(api: Api) -> None:
    outcome = examples("outcome")[0]
    reply = api.get(f"/v1/bulletins/{outcome['bulletin_id']}").json
    assert reply["bulletin"]["bulletin_id"] == bulletin_id(reply["bulletin"]["text"])
    assert reply["state"]["outcome"] == outcome
    assert reply["events"] == FILLED
    assert reply["events_total"] == len(FILLED)
    assert api.get(f"/v1/bulletins/{bulletin_id('none')}").status == 404


def test_bulletins_are_listed_without_their_texts(api: Api) -> None:
    listed = api.get("/v1/bulletins", q="上街区").json
    assert listed["total"] >= 1
    assert all("text" not in item for item in listed["items"])
    first = listed["items"][0]
    exact = api.get("/v1/bulletins", source_uri=first["source_uri"]).json
    assert [item["bulletin_id"] for item in exact["items"]] == [first["bulletin_id"]]
    assert api.get("/v1/bulletins", source_id="nobody").json == {"items": [], "total": 0, "next": None}
    assert len(api.get("/v1/bulletins", source_id=first["source_id"]).json["items"]) >= 1


@pytest.fixture(scope="module")
def crowded(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API over events that agree in everything but the id, some without what is sorted by."""
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path_factory.mktemp("crowded"))
    with indices.connect(settings) as client, running(settings) as api:
        indices.ensure_indices(client, settings)
        for event in [made(role, published_on="2024-01-01" if number % 2 else None) for number in range(5) for role in TYPES]:
            client.index(index=settings.events_index, id=event["event_id"], document=event)
        client.indices.refresh(index=settings.events_index)
        yield api
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


@pytest.mark.parametrize(
    "sort", ["-published_on", "published_on", "-amount", "amount", "-period_end", "period_end", "position", "fact_id"]
)
def test_pages_join_to_the_whole_list(crowded: Api, sort: str) -> None:
    whole = [event["event_id"] for event in crowded.events(sort=sort, limit=1000)]
    pages: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = crowded.get("/v1/events", sort=sort, limit=2, **cursor).json
        pages += [event["event_id"] for event in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert pages == whole
    assert len(whole) == len(set(whole)) == (5 if "amount" in sort else 15)
    wrong = crowded.get("/v1/events", sort=sort, limit=2, status="planned", **cursor)
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (422, "#/query/cursor")


def test_an_address_may_be_plain_chinese(api: Api) -> None:
    reply = exchange(api, "GET /v1/events?region=中原区 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert FILLED[2]["event_id"].encode() in reply


@pytest.mark.parametrize(
    "data", [b"HELLO\r\n\r\n", b"GET / FTP/1.1\r\n\r\n", b"GET /" + b"a" * 66_000], ids=["no request", "no HTTP", "too long"]
)
def test_what_is_no_request_gets_a_problem_document(api: Api, data: bytes) -> None:
    head, _, body = exchange(api, data).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head.lower()
    assert json.loads(body)["status"] == 400


def exchange(api: Api, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", api.settings.api_port), timeout=60) as connection:
        with suppress(ConnectionError):  # it need not read a request to its end to refuse it
            connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_a_caller_that_never_ends_its_request_is_cut_off(elasticsearch: Elasticsearch, tmp_path: Path) -> None:
    script = (
        "import services.api.protocol as p; p.HEAD_SECONDS = 0.5\n"
        "from services.api.main import run\nfrom services.settings import Settings\nraise SystemExit(run(Settings()))"
    )
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path)
    process = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, env={**os.environ, **environment(settings)})
    try:
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", settings.api_port), timeout=60)
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        with connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n")
            assert connection.recv(100) == b""
        # One that does end it is answered as ever, and again on the same connection.
        client = http.client.HTTPConnection("127.0.0.1", settings.api_port, timeout=60)
        for _ in range(2):
            client.request("GET", "/livez")
            assert client.getresponse().read() == b'{"status":"ok"}'
        client.close()
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_readiness_tells_whether_the_index_can_be_searched(api: Api) -> None:
    assert api.get("/readyz").json == {"ready": True}


def test_without_an_index_it_is_alive_and_says_when_to_come_again(elasticsearch: Elasticsearch, tmp_path: Path) -> None:
    with running(settings_for("127.0.0.1:9", elasticsearch.url, tmp_path)) as api:
        check_unavailable(api, "does not exist yet")


def test_without_elasticsearch_it_is_alive_and_says_when_to_come_again(tmp_path: Path) -> None:
    with running(settings_for("127.0.0.1:9", f"http://127.0.0.1:{free_port()}", tmp_path)) as api:
        check_unavailable(api, "does not answer")


def check_unavailable(api: Api, said: str) -> None:
    ready = api.get("/readyz")
    assert (ready.status, ready.json["ready"]) == (503, False)
    for path in ("/v1/events", f"/v1/events/{bulletin_id('x')}", "/v1/bulletins", f"/v1/bulletins/{bulletin_id('x')}"):
        reply = api.get(path)
        assert reply.status == 503
        assert reply.headers["content-type"] == "application/problem+json"
        assert int(reply.headers["retry-after"]) > 0
        assert said in reply.json["detail"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_success_and_its_log_has_no_traceback(
    elasticsearch: Elasticsearch, tmp_path: Path, number: int
) -> None:
    api = Api(settings_for("127.0.0.1:9", elasticsearch.url, tmp_path))
    api.get("/nowhere%0Aforged")
    api.get("/" + "a" * 5000)
    code, log = api.stop(number)
    assert code == 0
    assert "Traceback" not in log
    assert "GET /nowhere%0Aforged 404" in log
    assert "/livez" not in log
    assert max(map(len, log.splitlines())) < 2500


def test_a_port_that_is_taken_is_told(api: Api) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "services.cli", "api"],
        cwd=PROJECT,
        env={**os.environ, **environment(api.settings)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {api.settings.api_port}" in second.stderr
    assert "BULLETINS_API_PORT" in second.stderr
    assert "Traceback" not in second.stderr


class TestSearchCommand:
    def search(self, api: Api, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "services.cli", "search", *arguments]
        return subprocess.run(
            command, cwd=PROJECT, env={**os.environ, **environment(api.settings)}, capture_output=True, text=True
        )

    def test_prints_events_as_json_lines_or_as_a_table(self, api: Api) -> None:
        found = self.search(api, "小巨人", "--region", "北京市")
        assert (found.returncode, found.stderr) == (0, "")
        assert json.loads(found.stdout) == FILLED[3]
        table = self.search(api, "--type", "project_milestone", "--format", "table").stdout.splitlines()
        assert table[0].split() == ["TYPE", "WHAT", "WHEN", "WHERE", "QUOTE"]
        assert "奥克斯智能空调生产基地" in table[1]

    def test_says_how_many_more_there_are(self, api: Api) -> None:
        found = self.search(api, "--limit", "1")
        assert len(found.stdout.splitlines()) == 1
        assert "1 of 4 events" in found.stderr

    def test_says_what_the_api_refuses(self, api: Api) -> None:
        found = self.search(api, "--status", "perhaps")
        assert found.returncode == 2
        assert "422" in found.stderr
        assert "--status: " in found.stderr
        assert "actual" in found.stderr
        assert "--type: Input should be 'investment_report'" in self.search(api, "--type", "nosuch").stderr

    def test_says_where_nothing_answers(self, api: Api) -> None:
        found = self.search(api, "--api", f"http://127.0.0.1:{free_port()}")
        assert found.returncode == 1
        assert "does not answer" in found.stderr
        assert "Traceback" not in found.stderr
