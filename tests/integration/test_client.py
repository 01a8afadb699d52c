"""The client against a running API: as its page shows it, with a key, held back, and cut off."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from deploy.local.preflight import free_port
from deploy.local.services import environment
from services import keystore
from services.apikeys import Scope
from services.client import ApiProblem, Client
from services.contracts import json_dict
from services.settings import PROJECT, Settings
from tests.integration.api_process import Api, running

SNIPPETS = re.findall(r"^```python\n(.*?)^```", (PROJECT / "docs" / "client.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)


def changed(api: Api, tmp_path: Path, **fields: Any) -> Settings:
    return api.settings.model_copy(update={"api_port": free_port(), "state_dir": tmp_path, **fields})


def test_every_snippet_of_its_page_runs(
    sampled: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BULLETINS_API_URL", sampled.url)
    assert len(SNIPPETS) >= 7
    names: dict[str, Any] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "docs/client.md", "exec"), names)
    shown = capsys.readouterr().out
    assert "422 #/query/status/0" in shown
    assert shown.startswith(("completed ", "operational "))
    assert names["whole"].events
    assert names["amounts"] > 0
    rows = (tmp_path / "events.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) > sampled.get("/v1/events", limit=1).json["total"]


def test_all_ways_to_all_events_give_the_same(sampled: Api) -> None:
    with Client(sampled.url) as client:
        exported = [json_dict(event) for event in client.export(sort="position")]
        assert exported == [json_dict(event) for event in client.events(sort="position", page_size=37)]
        assert exported == sampled_events(sampled)
        facts = list(client.facts(sort="fact_id", page_size=50))
        assert len({fact.event.fact_id for fact in facts}) == len(facts) < len(exported)
        assert sum(fact.reports for fact in facts) == len(exported)
        first = client.events(sort="position", fields=["stage"], page_size=1).first()
        assert (first.total, first.items[0].event_id) == (len(exported), exported[0]["event_id"])
        told = {item.bulletin_id for item in client.bulletins(page_size=3)}
        assert {event["bulletin_id"] for event in exported} <= told


def test_a_feed_is_what_the_api_writes(sampled: Api) -> None:
    with Client(sampled.url) as client:
        feed = ElementTree.fromstring(client.feed(limit=3, event_type="accolade"))
    atom = "{http://www.w3.org/2005/Atom}"
    newest = sampled.events(event_type="accolade", sort="-published_on", limit=3)
    assert [entry.findtext(f"{atom}id") for entry in feed.iter(f"{atom}entry")] == [
        f"urn:uuid:{event['event_id']}" for event in newest
    ]


def sampled_events(api: Api) -> list[dict[str, Any]]:
    """As they come, without the client."""
    return [json.loads(line) for line in api.get("/v1/events.ndjson", sort="position").body.split(b"\n") if line]


def test_a_key_is_shown_by_the_client_and_by_the_command(sampled: Api, tmp_path: Path) -> None:
    settings = changed(sampled, tmp_path, api_host="0.0.0.0")
    _, key = keystore.create(settings, "reader", [Scope.READ], 600)
    with running(settings) as api:
        with Client(api.url) as client, pytest.raises(ApiProblem) as caught:
            client.regions()
        assert caught.value.status == 401
        with Client.from_settings(with_key(settings, key)) as client:
            assert client.regions().items
        refused = search(settings)
        assert (refused.returncode, "BULLETINS_API_KEY" in refused.stderr) == (1, True)
        found = search(with_key(settings, key))
        assert (found.returncode, len(found.stdout.splitlines())) == (0, 3)
        for output in (found.stdout, found.stderr, api.log.read_text("utf-8")):
            assert key not in output


def with_key(settings: Settings, key: str) -> Settings:
    return Settings.model_validate({**settings.model_dump(), "api_key": key})


def search(settings: Settings) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", "search", "--limit", "3"]
    variables = {**os.environ, **environment(settings)}
    return subprocess.run(command, cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60)


def test_it_waits_where_it_asks_too_often(sampled: Api, tmp_path: Path) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    with running(changed(sampled, tmp_path, api_rate_per_minute=60)) as api, Client(api.url, sleep=sleep) as client:
        for _ in range(1000):
            assert client.regions(within="410000").items
            if waits:
                break
    assert waits[:1] == [1.0]
