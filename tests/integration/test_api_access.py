"""Keys, limits, conventions and exports of a running API."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from defusedxml import ElementTree

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.preflight import free_port
from deploy.local.services import environment
from services import indices
from services.client import Client, UnreachableError
from services.settings import PROJECT, Settings
from tests.integration.api_process import Api, Reply, made, running
from tests.servers import settings_for

COUNT = 2500  # more than two pages of an export


@pytest.fixture(scope="module")
def settings(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path_factory.mktemp("access"))
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        event = made("project_milestone", project="=cmd()", organization="某" * 2000)  # more than sockets buffer
        for start in range(0, COUNT, 500):
            lines: list[Any] = []
            for number in range(start, start + 500):
                one = {
                    **event,
                    "event_id": f"{number:08d}-0000-5000-8000-000000000000",
                    "published_on": f"20{number % 90 + 10}-01-01",
                }
                lines += [{"index": {"_id": one["event_id"]}}, one]
            client.bulk(index=settings.events_index, operations=lines)
        client.indices.refresh(index=settings.events_index)
        yield settings
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def changed(settings: Settings, **fields: Any) -> Settings:
    return settings.model_copy(update={"api_port": free_port(), **fields})


@pytest.fixture(scope="module")
def api(settings: Settings) -> Iterator[Api]:
    with running(changed(settings, api_cors_origins="https://a.example", api_rate_per_minute=100_000)) as api:
        yield api


def ask(api: Api, path: str, method: str = "GET", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(api.url + path, headers=named, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return Reply(reply.status, reply.headers, reply.read())
    except HTTPError as error:
        return Reply(error.code, error.headers, error.read())


def command(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "services.cli", *arguments]
    variables = {**os.environ, **environment(settings)}
    return subprocess.run(words, cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60)


def key_id(key: str) -> str:
    return key.split("_")[1]


def test_beyond_loopback_it_does_not_start_without_keys(settings: Settings) -> None:
    refused = command(changed(settings, api_host="0.0.0.0"), "api")
    assert refused.returncode == 1
    for word in ("bulletins keys create", "BULLETINS_API_OPEN", "127.0.0.1"):
        assert word in refused.stderr
    with running(changed(settings, api_host="0.0.0.0", api_open=True)) as api:
        assert ask(api, "/v1/events").status == 200


def test_keys_are_asked_for_scoped_rotated_and_revoked(settings: Settings) -> None:
    reader = command(settings, "keys", "create", "读者", "--rate", "50").stdout.strip()
    other = command(settings, "keys", "create", "subscriber", "--scope", "subscribe").stdout.strip()
    with indices.connect(settings) as client:
        stored = client.get(index=settings.keys_index, id=key_id(reader))["_source"]
    assert reader.split("_", 2)[2] not in json.dumps(stored)
    with running(changed(settings, api_host="0.0.0.0")) as api:
        missing = ask(api, "/v1/events")
        assert (missing.status, missing.headers["content-type"]) == (401, "application/problem+json")
        assert missing.headers["www-authenticate"].startswith("Bearer")
        assert ask(api, "/v1/events", Authorization="Bearer " + reader[:-1] + "x").status == 401
        assert ask(api, "/metrics").status == 401
        for free in ("/livez", "/openapi.json", "/docs"):
            assert ask(api, free).status == 200
        good = ask(api, "/v1/events", Authorization=f"Bearer {reader}")
        assert good.status == 200
        assert good.headers["ratelimit-policy"] == '"default";q=50;w=60'
        assert ask(api, "/v1/events", X_API_Key=reader).status == 200
        refused = ask(api, "/v1/events", X_API_Key=other)
        assert (refused.status, "read" in refused.json["detail"]) == (403, True)
        assert ask(api, "/v1/events.atom", X_API_Key=other).status == 200
        assert ask(api, "/v1/events.atom", X_API_Key=reader).status == 403
        replies = [ask(api, "/v1/events?limit=1", X_API_Key=reader) for _ in range(60)]
        late = [reply for reply in replies if reply.status == 429]
        assert late
        assert int(late[0].headers["retry-after"]) >= 1
        assert late[0].headers["ratelimit"].startswith('"default";r=0;')
        assert reader not in api.log.read_text("utf-8")

    rotated = command(settings, "keys", "rotate", key_id(other), "--grace-hours", "0").stdout.strip()
    assert command(settings, "keys", "revoke", key_id(reader)).returncode == 0
    listed = command(settings, "keys", "list").stdout
    assert "读者" in listed
    assert "revoked" in listed
    assert rotated not in listed
    with running(changed(settings, api_host="0.0.0.0")) as api:
        assert ask(api, "/v1/events", X_API_Key=reader).status == 401
        assert ask(api, "/v1/events", X_API_Key=other).status == 401
        assert ask(api, "/v1/events", X_API_Key=rotated).status == 403
        for number in range(70):
            # Who guesses cannot say that each guess is another caller's.
            last = ask(api, "/v1/events", X_API_Key="guess", X_Forwarded_For=f"198.51.100.{number}")
        assert last.status == 429
    unknown = command(settings, "keys", "revoke", "0" * 12)
    assert (unknown.returncode, "no key" in unknown.stderr) == (1, True)


def test_a_request_has_an_id_in_the_reply_and_in_the_log(api: Api) -> None:
    assert ask(api, "/v1/events", X_Request_ID="abc-1").headers["x-request-id"] == "abc-1"
    while "abc-1" not in api.log.read_text("utf-8"):  # it is logged when the reply has ended
        time.sleep(0.01)
    made_up = ask(api, "/v1/nowhere", X_Request_ID="a b;c").headers["x-request-id"]
    assert len(made_up) == 16


def test_replies_are_compressed_for_who_asks(api: Api) -> None:
    reply = ask(api, "/v1/events?limit=100", Accept_Encoding="gzip")
    assert reply.headers["content-encoding"] == "gzip"
    assert len(json.loads(gzip.decompress(reply.body))["items"]) == 100
    assert ask(api, "/v1/events?limit=100").headers["content-encoding"] is None


def test_pages_of_the_origins_set_may_read_and_no_others(api: Api) -> None:
    assert ask(api, "/v1/events", Origin="https://a.example").headers["access-control-allow-origin"] == "https://a.example"
    assert ask(api, "/v1/events", Origin="https://b.example").headers["access-control-allow-origin"] is None
    preflight = ask(api, "/v1/events", "OPTIONS", Origin="https://a.example", Access_Control_Request_Method="GET")
    assert preflight.status == 200


def test_a_version_that_is_not_there_is_not_answered_by_another(api: Api) -> None:
    fixed = ask(api, "/v1/events", Accept="application/vnd.bulletins.v1+json")
    assert fixed.headers["content-type"] == "application/vnd.bulletins.v1+json"
    assert ask(api, "/v1/events", Accept="application/vnd.bulletins.v2+json").status == 406
    assert ask(api, "/v1/events", Accept="application/vnd.bulletins.v2+json, */*").status == 200


def test_a_page_of_another_site_changes_nothing_without_keys(api: Api) -> None:
    for headers in ({"Origin": "https://b.example"}, {"Sec_Fetch_Site": "cross-site"}, {"Origin": "http://x:1", "Host": "x:1"}):
        assert ask(api, "/v1/webhooks", "POST", **headers).status == 403


def test_an_export_has_every_event_once_in_order(api: Api) -> None:
    reply = ask(api, "/v1/events.ndjson?sort=published_on&fields=published_on")
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    events = [json.loads(line) for line in reply.body.splitlines()]
    assert len({event["event_id"] for event in events}) == len(events) == COUNT
    assert [event["published_on"] for event in events] == sorted(event["published_on"] for event in events)
    assert ask(api, "/v1/events.ndjson?published_from=2050-01-02&published_to=2050-01-31").body == b""


def test_a_table_opens_in_a_spreadsheet_and_runs_nothing(api: Api) -> None:
    reply = ask(api, "/v1/events.csv")
    assert reply.headers["content-type"].startswith("text/csv")
    assert "events.csv" in reply.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(reply.body.decode("utf-8-sig"), newline="")))
    assert len(rows) == COUNT
    assert reply.body.startswith(b"\xef\xbb\xbfevent_id,")
    assert {row["project"] for row in rows} == {"'=cmd()"}
    assert not ask(api, "/v1/events.csv?bom=false&fields=stage").body.startswith(b"\xef\xbb\xbf")


def test_a_feed_has_the_newest_first_and_is_known_again(api: Api) -> None:
    path = "/v1/events.atom?published_from=2050-01-01&limit=100"
    reply = ask(api, path)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/atom+xml")
    root = ElementTree.fromstring(reply.body)
    links = {link.get("rel"): link.get("href") for link in root.findall("{*}link")}
    assert links["self"] == api.url + path
    published = [entry.findtext("{*}published") for entry in root.findall("{*}entry")]
    assert len(published) == 100
    assert published == sorted(published, reverse=True)
    assert root.findtext("{*}updated") == published[0] == "2099-01-01T00:00:00+08:00"
    assert ask(api, path, If_None_Match=reply.headers["etag"]).status == 304
    more = ElementTree.fromstring(ask(api, "/v1/events.atom?published_from=2050-01-01&limit=3").body)
    assert (more.findtext("{*}id"), len(more.findall("{*}entry"))) == (root.findtext("{*}id"), 3)
    assert ElementTree.fromstring(ask(api, "/v1/events.atom?published_from=2100-01-01").body).findall("{*}entry") == []
    for wrong in ("limit=101", "limit=0", "stagee=started", "cursor=x"):
        assert ask(api, f"/v1/events.atom?{wrong}").status == 422


def test_no_more_exports_run_at_once_than_may(api: Api) -> None:
    held = [urllib.request.urlopen(f"{api.url}/v1/events.csv", timeout=60) for _ in range(4)]
    try:
        refused = ask(api, "/v1/events.csv")
        assert (refused.status, int(refused.headers["retry-after"]) > 0) == (503, True)
    finally:
        for one in held:
            one.close()
    for _ in range(100):
        if ask(api, "/v1/events.csv?limit_=1").status == 422 and ask(api, "/v1/events.csv").status == 200:
            return
    pytest.fail("exports that were given up still count")


def test_a_client_tells_an_export_that_breaks_off_from_one_that_ends(settings: Settings) -> None:
    with running(changed(settings)) as api, Client(api.url) as client:
        assert sum(1 for _ in client.export()) == COUNT
        events = client.export()
        next(events)
        api.process.kill()
        with pytest.raises(UnreachableError, match="broke off"):
            list(events)
