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
