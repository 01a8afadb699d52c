"""`--dry-run` tells what would be done and does nothing."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.folder import Folder
from services.watcher.intake import Intake
from services.watcher.main import BAD_CONFIGURATION, DONE, FAILED, run
from services.watcher.state import State


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "n").mkdir()
    return Settings(watch_folders=str(tmp_path / "n"), state_dir=tmp_path / "state", kafka_bootstrap="127.0.0.1:9")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_file_is_told_with_what_would_become_of_it(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "n" / "a.txt").write_text("# 标题在此\n来源：某某日报\n", "utf-8")
    (tmp_path / "n" / "b.txt").write_text("# 标题在此\n来源：某某日报\n", "utf-8")
    (tmp_path / "n" / "c.txt").write_text("", "utf-8")
    assert run(settings, once=True, dry_run=True) == DONE
    first, second, third = lines(capsys)
    assert (first["source_uri"], first["action"], first["source_title"], first["publisher"]) == (
        "file:n/a.txt",
        "publish",
        "标题在此",
        "某某日报",
    )
    assert (second["action"], second["bulletin_id"]) == ("note", first["bulletin_id"])
    assert (third["action"], third["reason"], third["message"]) == ("reject", "EmptyText", "the file has no text")
    assert not (tmp_path / "state").exists()


def test_what_is_known_is_not_told_and_a_change_is_a_revision(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "n" / "a.txt").write_text("甲", "utf-8")
    state = State(settings.state_dir, StopFlag())
    Intake(state).take(Folder("n", tmp_path / "n").scan())
    assert run(settings, dry_run=True) == DONE
    assert lines(capsys) == []
    (tmp_path / "n" / "a.txt").write_text("乙", "utf-8")
    assert run(settings, dry_run=True) == DONE, "also while a watcher has the state open"
    [line] = lines(capsys)
    assert line["action"] == "revise"
    assert line["supersedes"] == state.known("file:n/a.txt").bulletin_id  # type: ignore[union-attr]
    assert state.waiting_count() == 1, "nothing was added"
    state.close()


def test_an_empty_folder_is_told_to_be_empty(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        assert run(settings, dry_run=True) == DONE
    assert f"{settings.watch_folders}: 0 files, 0 of them new or changed" in caplog.messages


def test_a_folder_that_is_not_there_fails(tmp_path: Path, settings: Settings) -> None:
    changed = settings.model_copy(update={"watch_folders": f"{tmp_path / 'n'}:{tmp_path / 'nowhere'}"})
    assert run(changed, dry_run=True) == FAILED


def test_settings_that_cannot_be_used_are_told_apart_from_failures(settings: Settings) -> None:
    assert run(settings.model_copy(update={"watch_folders": ""}), dry_run=True) == BAD_CONFIGURATION
