"""A receiver of webhooks, as a user would write one, and the process that delivers to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.error import URLError

from deploy.local.services import environment
from services.settings import PROJECT, Settings


class Received(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Receiver(ThreadingHTTPServer):
    """Answers with `status`, or what it gives for a message; keeps what it has got."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.received: list[Received] = []
        self.status: int | Callable[[Received], int] = 204
        self.headers: dict[str, str] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def ids(self, path: str = "/hook") -> list[str]:
        return [one.id for one in list(self.received) if one.path == path]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        body = self.rfile.read(length)
        if len(body) < length:
            # The sender was killed in the middle of it: no message has come.
            self.close_connection = True
            return
        got = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        status = self.server.status(got) if callable(self.server.status) else self.server.status
        self.server.received.append(got)
        self.send_response(status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()


class Deliverer:
    """`bulletins deliver` as a process."""

    def __init__(self, settings: Settings) -> None:
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        self.log = settings.state_dir / "deliverer.log"
        self._url = f"http://127.0.0.1:{settings.deliverer_health_port}/readyz"
        with self.log.open("a") as log:
            command = [sys.executable, "-m", "services.cli", "deliver"]
            self.process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **environment(settings)}, stderr=log)
        while not self._ready():
            assert self.process.poll() is None, self.log.read_text("utf-8")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(self._url, timeout=10):
                return True
        except URLError:
            return False

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def __enter__(self) -> Deliverer:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.stop()


def wait_until(condition: Callable[[], Any], what: Callable[[], Any]) -> None:
    """Until it holds; `what` tells of what it waits for should that never come."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)
