"""Folders are scanned by their own schedules, else as often as the settings say."""

from __future__ import annotations

from pathlib import Path

from services.watcher.folder import Folder
from services.watcher.rescans import Rescans


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_each_folder_is_due_by_its_schedule(tmp_path: Path) -> None:
    clock, often, rarely = Clock(), Folder("often", tmp_path), Folder("rarely", tmp_path, every=600)
    rescans = Rescans([often, rarely], 30, clock)
    assert rescans.due() == [often, rarely], "all at the start"
    for folder in (often, rarely):
        rescans.done(folder)
    assert rescans.due() == []
    clock.now += 31
    assert rescans.due() == [often]
    clock.now += 570
    assert rescans.due() == [often, rarely]
    rescans.done(often)
    rescans.done(rarely)
    rescans.hurry()
    assert rescans.due() == [often, rarely]


def test_jitter_spreads_scans_around_the_schedule(tmp_path: Path) -> None:
    clock, folder = Clock(), Folder("n", tmp_path, every=100, jitter=0.5)
    waits = []
    for _ in range(200):
        rescans = Rescans([folder], 30, clock)
        rescans.done(folder)
        waits.append(rescans._due[folder] - clock.now)
    assert 50 <= min(waits) < 70
    assert 130 < max(waits) <= 150
