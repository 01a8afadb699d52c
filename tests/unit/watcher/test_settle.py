"""A file is read when it has rested."""

from __future__ import annotations

from pathlib import Path

from services.watcher.folder import Folder
from services.watcher.settle import Settling


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A folder with files, a clock, and what waits."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = Folder("n", root)
        self.clock = Clock()
        self.settling = Settling(1.0, self.clock)

    def see(self, name: str) -> None:
        seen = self.folder.look(name)
        assert seen is not None
        self.settling.add(seen)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)
        self.see(name)

    def settled(self, most: int = 100) -> list[str]:
        return [seen.relative for seen in self.settling.settled(most)]


def test_a_file_that_rests_is_settled_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("a.txt", "1")
    desk.clock.now += 0.9
    desk.see("a.txt")  # a second notification for the same state changes nothing
    assert desk.settled() == []
    assert desk.settling.next_in() == 1000 + 1.0 - desk.clock.now
    desk.clock.now += 0.1
    assert desk.settled() == ["a.txt"]
    assert desk.settled() == []
    assert desk.settling.next_in() is None


def test_a_file_that_grows_begins_anew_and_does_not_hold_up_others(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("a.txt", "1")
    desk.write("b.txt", "1")
    desk.clock.now += 0.9
    desk.write("a.txt", "12")
    desk.clock.now += 0.2
    assert desk.settled() == ["b.txt"]
    desk.clock.now += 0.8
    assert desk.settled() == ["a.txt"]


def test_a_change_that_nobody_told_of_is_noticed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("a.txt", "1")
    desk.clock.now += 1
    (tmp_path / "a.txt").write_text("12")
    assert desk.settled() == []
    desk.clock.now += 1
    assert desk.settled() == ["a.txt"]


def test_a_file_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.write("a.txt", "1")
    (tmp_path / "a.txt").unlink()
    desk.clock.now += 1
    assert desk.settled() == []
    assert len(desk.settling) == 0


def test_no_more_than_asked_for_and_the_oldest_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for name in ("c.txt", "a.txt", "b.txt"):
        desk.write(name, "1")
    desk.clock.now += 1
    assert desk.settled(2) == ["c.txt", "a.txt"]
    assert desk.settled(2) == ["b.txt"]


def test_the_files_own_time_does_not_count(tmp_path: Path) -> None:
    """A file server's clock may be ahead or behind."""
    import os

    desk = Desk(tmp_path)
    desk.write("a.txt", "1")
    os.utime(tmp_path / "a.txt", (1, 1))
    desk.see("a.txt")
    assert desk.settled() == []
    desk.clock.now += 1
    assert desk.settled() == ["a.txt"]
