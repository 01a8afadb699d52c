"""The end of the worker's process comes even where something does not end."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from services.extractor import worker
from services.settings import PROJECT


@pytest.mark.parametrize(
    "hanging",
    [
        "worker._end_after(0.2, 7); threading.Event().wait()",
        "threading.Thread(target=threading.Event().wait).start(); worker._end_after(0.2, 7)",
        "threading.Thread(target=threading.Event().wait).start(); worker._end_stray_threads(7)",
    ],
)
def test_a_process_that_hangs_ends_with_its_exit_code(hanging: str) -> None:
    program = f"import threading\nfrom services.extractor import worker\n{hanging}"
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, timeout=60, check=False).returncode == 7


def test_a_process_without_stray_threads_ends_by_itself() -> None:
    program = "from services.extractor import worker\nworker._end_stray_threads(7)"
    assert subprocess.run([sys.executable, "-c", program], cwd=PROJECT, timeout=60, check=False).returncode == 0


def test_a_step_of_the_stop_that_takes_too_long_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(worker._within(0.01, asyncio.Event().wait(), "waiting for nothing"))
    assert "gave up waiting for nothing" in caplog.text


SUPERVISED = """
import asyncio, re
from types import SimpleNamespace
from services.extractor import worker
from services.settings import Settings

async def supervise(stuck):
    app = SimpleNamespace(should_stop=False)
    monitor = SimpleNamespace(is_alive=lambda: True, is_stuck=lambda: stuck, stalled_seconds=1.0)
    endless = asyncio.create_task(asyncio.Event().wait())
    return await worker._Worker(Settings(watchdog_seconds=1), stop=False)._supervise(app, endless, endless, monitor)
"""
STANDS_STILL = f"""{SUPERVISED}
async def main():
    worker.DEAF_SECONDS = 0
    asyncio.get_running_loop().call_later(0.3, re.fullmatch, "(a|a)*b", "a" * 60)
    await supervise(stuck=False)

asyncio.run(main())
"""


def test_a_worker_whose_event_loop_stands_still_ends_with_an_error() -> None:
    """Within a regular expression, where no other thread of Python gets its turn."""
    ended = subprocess.run([sys.executable, "-c", STANDS_STILL], cwd=PROJECT, timeout=60, check=False, capture_output=True)
    assert ended.returncode == worker.FAILED
    assert b"most recent call first" in ended.stderr


def test_a_worker_that_is_stuck_ends_with_an_error() -> None:
    program = f"{SUPERVISED}\nraise SystemExit(asyncio.run(supervise(stuck=True)))"
    ended = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, timeout=60, check=False, capture_output=True, text=True)
    assert ended.returncode == worker.FAILED
    assert "none was committed for 1 s" in ended.stderr
