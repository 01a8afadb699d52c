"""Which sources the watcher has is known to whoever asks, and a start that drops one says so."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.local import demo
from deploy.local.server import Server
from deploy.local.services import Watcher
from services.cli import app
from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.sources.catalogue import load
from services.watcher.sources.memory import Memory
from services.watcher.sources.overview import begin, left_out
from services.watcher.state import State

DAY = 86400.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a watcher with a folder and a list, which is expected to bring something."""
    file = tmp_path / "sources.yaml"
    listed = {
        "id": "county",
        "kind": "list",
        "url": "http://www.county.example/",
        "links": "a",
        "expected": {"new": 3, "every": "2d"},
    }
    file.write_text(json.dumps({"sources": [listed]}), "utf-8")
    return Settings(watch_folders=f"more={tmp_path}", sources=file, state_dir=tmp_path / "state")


def started(settings: Settings, *chosen: str) -> list[str]:
    """What the start of a watcher leaves in its state; gives what is watched no longer."""
    state = State(settings.state_dir, StopFlag())
    gone = begin(load(settings, chosen), state)
    state.close()
    return gone


def without_sources(settings: Settings) -> Settings:
    return settings.model_copy(update={"sources": None})


def shown(settings: Settings, *arguments: str) -> Result:
    """Of a shell that knows the state and nothing of what is watched."""
    environment = {"BULLETINS_STATE_DIR": str(settings.state_dir), "BULLETINS_WATCH_FOLDERS": str(settings.state_dir)}
    return CliRunner().invoke(app, list(arguments), env={**environment, "COLUMNS": "80"})


def test_sources_of_the_watcher_are_seen_and_judged_without_its_settings(settings: Settings) -> None:
    started(settings)
    state = State(settings.state_dir, StopFlag())
    memory = Memory(state)
    state.transaction(lambda: memory.put_source(memory.source("county", time.time() - 9 * DAY)))
    state.close()
    result = shown(settings, "sources")
    assert result.exit_code == 1, "the alarm of a source that this shell does not name"
    assert "silent: nothing new in 2 days, expected are 3" in result.stdout
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["SOURCE", "county", "more", "state"]


def test_times_are_whole_in_a_narrow_terminal_and_in_pipes(settings: Settings) -> None:
    started(settings)
    state = State(settings.state_dir, StopFlag())
    memory = Memory(state)
    state.transaction(lambda: memory.put_source(memory.source("county", 0)._replace(succeeded=0.0)))
    state.close()
    [line] = [line for line in shown(settings, "sources").stdout.splitlines() if line.startswith("county")]
    assert "1970-01-01T00:00:00+00:00" in line


def test_a_start_without_a_source_tells_it_once(settings: Settings) -> None:
    assert started(settings) == []
    assert left_out(settings) == []
    assert left_out(without_sources(settings)) == ["county"]
    assert started(settings, "more") == [], "a start for some sources alone takes none away"
    assert started(without_sources(settings)) == ["county"]
    assert started(without_sources(settings)) == []
    assert left_out(without_sources(settings)) == []


def test_a_trial_of_a_source_does_not_make_it_a_watched_one(settings: Settings) -> None:
    assert settings.sources is not None
    listed = json.loads(settings.sources.read_text("utf-8"))["sources"]
    trial = {**listed[0], "id": "trial", "enabled": False}
    settings.sources.write_text(json.dumps({"sources": [*listed, trial]}), "utf-8")
    started(settings)
    assert started(settings, "trial") == []
    assert left_out(settings) == []
    assert started(settings) == [], "what was never watched is not missed"


def test_a_start_by_choice_notes_what_is_expected_now_of_a_watched_source(settings: Settings) -> None:
    started(settings)
    assert settings.sources is not None
    settings.sources.write_text(settings.sources.read_text("utf-8").replace('"new": 3', '"new": 7'), "utf-8")
    started(settings, "county")
    state = State(settings.state_dir, StopFlag())
    expected = Memory(state).watched()["county"]
    state.close()
    assert expected is not None
    assert expected.new == 7


def test_without_a_state_nothing_is_left_out(settings: Settings) -> None:
    assert left_out(settings) == []
    assert not settings.state_dir.exists()


def test_the_local_stack_says_which_sources_a_start_drops(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started(settings)
    said: list[str] = []
    monkeypatch.setattr(Server, "start", lambda self: True)
    Watcher(settings, tmp_path, say=said.append).start()
    assert said == []
    Watcher(without_sources(settings), tmp_path, say=said.append).start()
    assert len(said) == 1
    assert said[0].startswith("watcher: no longer watches county: ")


def test_the_local_stack_starts_the_watcher_again_for_other_sources_in_the_same_file(settings: Settings, tmp_path: Path) -> None:
    file = settings.sources
    assert file is not None

    def identity() -> dict[str, str]:
        return dict(Watcher(settings, tmp_path / "stack").identity())

    first = identity()
    assert identity() == first
    file.write_text(json.dumps({"sources": []}), "utf-8")
    second = identity()
    assert second != first
    file.unlink()
    assert identity() not in (first, second)


def test_the_demo_calls_the_samples_as_a_start_without_settings_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BULLETINS_WATCH_FOLDERS", f"more={tmp_path}")
    assert demo.demo_settings().named_folders() == [("more", tmp_path), ("bulletins", demo.SEEDS)]
    monkeypatch.setenv("BULLETINS_WATCH_FOLDERS", f"bulletins={tmp_path}")
    assert demo.demo_settings().named_folders() == [("bulletins", tmp_path), ("seeds", demo.SEEDS)]
    monkeypatch.setenv("BULLETINS_WATCH_FOLDERS", "bulletins=/a:seeds=/b:seeds-2=/c")
    assert demo.demo_settings().named_folders()[3:] == [("seeds-3", demo.SEEDS)]
