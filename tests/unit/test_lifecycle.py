"""A stop is heard whenever it comes, however often it is said, by every thread that waits."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

from services.lifecycle import StopFlag
from services.settings import PROJECT

ROUNDS = 3000
# A flag after the other, each waited for like a service does it; a wait that does not end is told after a while with its stack.
STOPPED_AGAIN_AND_AGAIN = """
import faulthandler
from services.lifecycle import StopFlag
while True:
    stop = StopFlag().install()
    faulthandler.dump_traceback_later(20, exit=True)
    print("waits", flush=True)
    while not stop:
        stop.wait(0.05)
"""


def test_two_signals_one_right_behind_the_other_stop_a_process_once() -> None:
    """The second comes while the first one's handler is at work, or the thread that it has woken: no lock may be held there."""
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED_AGAIN_AND_AGAIN], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            for number in range(ROUNDS):
                assert process.stdout.readline() == "waits\n", process.stderr.read()
                time.sleep(number % 20 / 10_000)
                process.terminate()
                again = time.perf_counter() + number % 61 / 200_000
                while time.perf_counter() < again:
                    pass
                process.terminate()
        finally:
            process.kill()


def test_every_thread_that_waits_is_woken() -> None:
    stop = StopFlag()
    woken: list[bool] = []
    threads = [threading.Thread(target=lambda: woken.append(stop.wait(60))) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert not stop.wait(0.01)
    stop.set()
    for thread in threads:
        thread.join(30)
    assert woken == [True] * 5
    assert stop
    assert stop.wait(60)


def test_a_wait_ends_without_a_stop() -> None:
    stop = StopFlag()
    assert not stop.wait(0.01)
    assert not stop.wait(0)
    assert not stop
