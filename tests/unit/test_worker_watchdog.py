"""The watchdog counts only time in which messages wait and nothing is committed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from services.extractor import monitor
from services.extractor.monitor import Monitor, Progress, Watchdog
from services.settings import Settings


def test_waiting_messages_without_a_commit_count() -> None:
    watchdog = Watchdog()
    assert watchdog.observe(0, {0: 5}, {0: 9}) == 0
    assert watchdog.observe(30, {0: 5}, {0: 9}) == 30
    assert watchdog.observe(61, {0: 5}, {0: 20}) == 61


def test_any_commit_is_progress() -> None:
    watchdog = Watchdog()
    watchdog.observe(0, {0: 5, 1: 0}, {0: 9, 1: 4})
    assert watchdog.observe(50, {0: 5, 1: 1}, {0: 9, 1: 4}) == 0
    assert watchdog.observe(60, {0: 5, 1: 1}, {0: 9, 1: 4}) == 10


def test_an_idle_worker_is_not_stuck() -> None:
    watchdog = Watchdog()
    watchdog.observe(0, {0: 9}, {0: 9})
    assert watchdog.observe(1000, {0: 9}, {0: 9}) == 0
    assert watchdog.observe(1001, {0: 9}, {0: 10}) == 1


def test_time_without_a_broker_does_not_count() -> None:
    watchdog = Watchdog()
    watchdog.observe(0, {0: 5}, {0: 9})
    watchdog.pause()
    assert watchdog.observe(500, {0: 5}, {0: 9}) == 0
    assert watchdog.observe(510, {0: 5}, {0: 9}) == 10


def test_a_topic_made_anew_below_the_committed_offset_is_a_standstill() -> None:
    watchdog = Watchdog()
    watchdog.observe(0, {0: 50}, {0: 3})
    assert watchdog.observe(70, {0: 50}, {0: 3}) == 70


def test_partitions_that_come_or_go_start_the_clock_again() -> None:
    watchdog = Watchdog()
    watchdog.observe(0, {0: 5}, {0: 9})
    assert watchdog.observe(40, {0: 5, 1: 2}, {0: 9, 1: 7}) == 0


def test_time_in_which_a_message_may_be_read_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(seconds=0.0, reading_until=0.0)
    monkeypatch.setattr(monitor.time, "monotonic", lambda: now.seconds)
    watched = Monitor(Settings(watchdog_seconds=60), "text", lambda: {0}, lambda: now.reading_until)

    def look(seconds: float) -> tuple[bool, bool]:
        now.seconds = seconds
        watched._note(Progress({0: 5}, {0: 9}, members=1))
        return watched.is_stuck(), watched.readiness()[0]

    assert look(0) == (False, True)
    # A text of two megabytes may be read for five minutes.
    now.reading_until = 300.0
    assert [look(seconds) for seconds in (1, 100, 299)] == [(False, True)] * 3
    assert [look(seconds) for seconds in (320, 360)] == [(False, False), (True, False)]
