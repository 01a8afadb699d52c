"""For tests of a service: `bulletins COMMAND` as a process of its own, asked by its health port, killed, frozen and stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from deploy.local.services import environment
from services.settings import PROJECT, Settings

# Generous: a limit only keeps a broken test from running for ever.
PATIENCE_SECONDS = 120

T = TypeVar("T")


class ServiceProcess:
    """Ends with its block; its log is shown where that fails."""

    def __init__(
        self,
        command: Sequence[str],
        settings: Settings,
        health_port: int,
        log: Path,
        preexec: Callable[[], None] | None = None,
    ) -> None:
        """`command` is a whole command line, see `service`; `preexec` runs in the new process before it."""
        self.settings = settings
        self.health_port = health_port
        self.log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                command, cwd=PROJECT, env=os.environ | environment(settings), stdout=file, stderr=file, preexec_fn=preexec
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
        if error is not None:
            print(self.log.read_text("utf-8"))

    def get(self, path: str) -> tuple[int, str]:
        return ask(self.health_port, path)

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200 and self.metric("service_ready") == 1

    def reason(self) -> str:
        """Why it is not ready, as /readyz and the metrics say; empty while it is, or does not answer."""
        status, body = self.get("/readyz")
        return str(json.loads(body).get("reason", "")) if status == 503 and self.metric("service_ready") == 0 else ""

    def metric(self, name: str, **labels: str) -> float:
        return measured(self.get("/metrics")[1], name, **labels)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self, signals: int = 1) -> int:
        """Ask to stop; gives the exit code."""
        for _ in range(signals):
            self.process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Wait until it ends by itself; gives the exit code."""
        return self.process.wait(PATIENCE_SECONDS)


def service(*command: str, seconds_ahead: int = 0) -> list[str]:
    """The command line of `bulletins COMMAND…`, its clock so far ahead."""
    where = ["tests.integration.other_clock", str(seconds_ahead)] if seconds_ahead else ["services.cli"]
    return [sys.executable, "-m", *where, *command]


def ask(port: int, path: str) -> tuple[int, str]:
    """Status and body of a request to a health port; (0, "") while nobody listens there."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except (OSError, HTTPException):  # killed while it answered
        return 0, ""


def measured(metrics: str, name: str, **labels: str) -> float:
    """The sum of a metric over all labels but these; 0 for one that has not counted yet."""
    lines = [line for line in metrics.splitlines() if line.partition("{")[0].partition(" ")[0] == name]
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(float(line.rpartition(" ")[2]) for line in lines if all(item in line for item in wanted))


def wait_for(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")
        time.sleep(0.1)


@contextmanager
def feeding(send: Callable[[T], object], portions: Sequence[T], pause_seconds: float) -> Iterator[None]:
    """Send these one after another while the block runs, what is left at its end at once."""
    done = threading.Event()

    def feed() -> None:
        for portion in portions:
            send(portion)
            done.wait(pause_seconds)

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
