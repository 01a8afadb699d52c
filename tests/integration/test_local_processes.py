"""Programs that outlive the command that started them: found again, stopped for certain, never confused with another."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.errors import Interrupted, StackError
from deploy.local.processes import Command, Process
from services.lifecycle import StopFlag

SLEEP = "import time; print('up', flush=True); time.sleep(600)"
# Ignores SIGTERM, and says so when it does.
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
PARENT = (
    f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); print('up', flush=True); child.wait()"
)


def python(code: str) -> Command:
    return Command([sys.executable, "-c", code])


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    process = Process("sleeper", tmp_path)
    yield process
    process.kill()


def start(process: Process, code: str) -> None:
    process.start(python(code), {})
    process.wait_until(lambda: "up" in process.log.read_text("utf-8"), 30, StopFlag())


def test_another_command_finds_and_stops_it(process: Process, tmp_path: Path) -> None:
    process.start(python(SLEEP), {"port": "1"})
    found = Process("sleeper", tmp_path)
    assert found.running()
    assert found.identity == {"port": "1"}
    assert found.stop() is True
    assert not process.running()
    assert found.identity == {}
    assert found.stop() is False


def test_a_recycled_process_id_is_left_alone(process: Process, tmp_path: Path) -> None:
    start(process, SLEEP)
    record = tmp_path / "run" / "sleeper.json"
    remembered = json.loads(record.read_text("utf-8"))
    process.stop()
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as stranger:
        # As after a restart of the machine: the number is somebody else's now.
        record.write_text(json.dumps({**remembered, "pid": stranger.pid}), "utf-8")
        assert not process.running()
        assert process.stop() is False
        assert stranger.poll() is None
        stranger.kill()


def test_one_that_was_started_but_not_yet_recorded_by_number_is_still_stopped(process: Process, tmp_path: Path) -> None:
    start(process, SLEEP)
    number = process.pid
    assert number is not None
    record = tmp_path / "run" / "sleeper.json"
    record.write_text(json.dumps({**json.loads(record.read_text("utf-8")), "pid": None}), "utf-8")
    assert Process("sleeper", tmp_path).stop() is True
    assert not alive(number)


def test_what_ignores_sigterm_is_killed_after_the_grace(process: Process) -> None:
    start(process, STUBBORN)
    number = process.pid
    assert number is not None
    assert process.stop(grace=0.3) is True
    assert not alive(number)


def test_a_paused_one_is_stopped_too(process: Process) -> None:
    start(process, SLEEP)
    process.pause()
    number = process.pid
    assert number is not None
    assert psutil.Process(number).status() == psutil.STATUS_STOPPED
    assert process.stop() is True
    assert not alive(number)


def test_children_end_with_it_even_where_the_parent_is_gone(process: Process) -> None:
    start(process, PARENT)
    number = process.pid
    assert number is not None
    [child] = psutil.Process(number).children()
    psutil.Process(number).send_signal(signal.SIGKILL)
    assert child.is_running()
    process.stop()
    assert not alive(child.pid)


def test_one_that_dies_while_starting_shows_the_end_of_its_log(process: Process) -> None:
    process.start(python("print(*range(50), sep='\\n', flush=True); raise SystemExit('no room')"), {})
    with pytest.raises(StackError, match=r"(?s)sleeper stopped while starting.*sleeper\.log:\n    31\n.*no room$") as caught:
        process.wait_until(lambda: False, 30, StopFlag())
    assert "    30\n" not in str(caught.value)


def test_one_that_is_not_ready_in_time_is_an_error(process: Process) -> None:
    start(process, SLEEP)
    with pytest.raises(StackError, match="sleeper was not ready after 0 s"):
        process.wait_until(lambda: False, 0, StopFlag())


def test_the_stop_flag_ends_the_wait(process: Process) -> None:
    start(process, SLEEP)
    stop = StopFlag()
    stop.set()
    with pytest.raises(Interrupted):
        process.wait_until(lambda: False, 600, stop)


def test_a_program_that_is_not_there_is_an_error_and_leaves_no_record(process: Process) -> None:
    with pytest.raises(StackError, match="cannot start sleeper"):
        process.start(Command(["/no/such/program"]), {})
    assert not process.running()
    assert process.stop() is False


def test_the_log_of_the_start_before_is_kept_beside_the_new_one(process: Process) -> None:
    start(process, SLEEP)
    process.start(python("import time; print('second', flush=True); time.sleep(600)"), {})
    process.wait_until(lambda: process.log.read_text("utf-8") == "second\n", 30, StopFlag())
    assert process.log.with_suffix(".log.1").read_text("utf-8") == "up\n"


def alive(number: int) -> bool:
    return psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE
