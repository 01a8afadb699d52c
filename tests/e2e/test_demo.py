"""From a file in a folder to an event of the API, with everything real: the demo, twice, and with services killed on the way."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.local import demo
from deploy.local.errors import StackError
from deploy.local.java import QUICK_START
from deploy.local.preflight import free_port
from deploy.local.stack import Stack, down
from deploy.local.summary import Get
from services.contracts import EVENT_TYPES, Bulletin, bulletin_id, json_dict
from services.extractor.extract import extract
from services.lifecycle import StopFlag
from services.settings import Settings
from tests.servers import settings_for

SEEDS = sorted(demo.SEEDS.glob("*.txt"))


@pytest.fixture
def stack_settings(server_folder: Path) -> Iterator[Settings]:
    """Settings of a stack of the test's own below `server_folder`; whatever it runs is stopped at the end."""
    yield settings_for(f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}", server_folder)
    down(server_folder)


def identity(path: Path) -> str:
    return bulletin_id(path.read_text("utf-8"))


def readings(get: Get) -> dict[str, list[dict[str, Any]]]:
    """Every bulletin of the API with its events, and no event but these in the list of all."""
    found = {}
    for path in SEEDS:
        reply = get(f"/v1/bulletins/{identity(path)}")
        assert reply is not None
        found[reply["bulletin"]["bulletin_id"]] = reply["events"]
        # What is in the index is what the pure function reads from the bulletin as it was published.
        read = [json_dict(event) for event in extract(Bulletin.model_validate(reply["bulletin"])).events]
        assert by_id(reply["events"]) == by_id(read)
        assert all(reply["bulletin"]["text"][e["start"] : e["end"]] == e["quote"] for e in (r["evidence"] for r in read))
    everything = get("/v1/events", limit=1)
    assert everything is not None
    assert everything["total"] == sum(map(len, found.values()))
    return found


def by_id(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(events, key=lambda event: str(event["event_id"]))


def test_the_demo_shows_every_seed_and_a_second_one_adds_nothing(
    stack_settings: Settings, server_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = stack_settings.model_copy(update={"watch_folders": str(demo.SEEDS)})
    demo.run(settings, StopFlag(), server_folder, jvm_options=QUICK_START)
    told = capsys.readouterr().out
    get = demo.api_client(f"http://127.0.0.1:{settings.api_port}")
    first = readings(get)
    assert {event["event_type"] for events in first.values() for event in events} == {
        "investment_report",
        "project_milestone",
        "accolade",
    }
    for path in SEEDS:
        assert f"{path.name}: {len(first[identity(path)])} events" in told
    for kind in EVENT_TYPES:
        count = sum(event["event_type"] == kind for events in first.values() for event in events)
        assert re.search(rf"^  {kind} +{count}$", told, re.MULTILINE)
    assert "make down" in told
    # The explore page is there, and what it draws with.
    for path in ("/", "/explore/app.js", "/explore/charts/uPlot.iife.min.js"):
        assert requests.get(f"http://127.0.0.1:{settings.api_port}{path}", timeout=30).status_code == 200

    demo.run(settings, StopFlag(), server_folder, jvm_options=QUICK_START)
    assert "api: already running" in capsys.readouterr().out
    assert readings(get) == first


def test_killed_services_started_again_end_with_the_same_events(stack_settings: Settings, server_folder: Path) -> None:
    [watched] = stack_settings.folders()
    stack = Stack(stack_settings, server_folder, jvm_options=QUICK_START)
    stack.start()
    victims = [[stack.extractor], [stack.indexer], [stack.watcher], [stack.extractor, stack.indexer], []]
    for path, killed in zip(SEEDS, victims, strict=True):
        shutil.copy(path, watched)
        for service in killed:
            service.kill()
        assert stack.start() == [service.name for service in stack.services if service in killed]
    get = demo.api_client(stack.api.url)
    demo.wait_until_searchable(get, {identity(path): path.name for path in SEEDS}, stack.services, StopFlag())
    readings(get)


def test_a_demo_that_fails_after_its_start_leaves_nothing_running(
    stack_settings: Settings, server_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sample bulletins are not watched, so that nothing ever arrives.
    monkeypatch.setattr(demo, "IDLE_SECONDS", 0.0)
    with pytest.raises(StackError, match="no outcome for 000_"):
        demo.run(stack_settings, StopFlag(), server_folder, jvm_options=QUICK_START)
    assert not any(program.pid for program in Stack(stack_settings, server_folder).status())
