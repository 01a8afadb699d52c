"""The services as processes that are started again whenever they end, as any supervisor does it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local.services import environment
from services.settings import PROJECT, Settings
from tests.integration.service_process import ask, measured, service

LOOK_SECONDS = 0.1
# A program that ended by itself is not started in a tight loop.
REST_SECONDS = 1.0
STOP_SECONDS = 30.0
METRICS: Mapping[str, str] = {
    "watch": "bulletins_published_total",
    "worker": "bulletins_extracted_total",
    "index": "indexer_messages_total",
}


class Program:
    """One service: killed by us, started again by itself."""

    def __init__(self, name: str, command: str, settings: Settings, port: int, folder: Path) -> None:
        self.name = name
        self.command = command
        self.log = folder / f"{name}.log"
        self.starts = 0
        self.started_at = 0.0
        self.kills = 0
        self.own_exits: list[int] = []
        self._settings = settings
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, name=f"keep-{name}", daemon=True)

    def start(self) -> None:
        self._keeper.start()

    def kill(self) -> int:
        """kill -9; gives the number of the start that will follow."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                self._killed = True
                self.kills += 1
                self._process.kill()
            return self.starts + 1

    def stop(self) -> tuple[int, float]:
        """Two SIGTERMs; gives the exit code and the seconds that it took."""
        self._stopping.set()
        self._keeper.join()
        assert self._process is not None
        begin = time.monotonic()
        for _ in range(2):
            self._process.terminate()
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return code, time.monotonic() - begin

    def end(self) -> None:
        """Whatever happened before: it does not run any more."""
        self._stopping.set()
        if self._keeper.is_alive():
            self._keeper.join()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def works(self) -> bool:
        """Whether the process that runs now has confirmed something (the API: whether it is ready)."""
        if self.command == "api":
            return self.get("/readyz")[0] == 200
        return self.progress() > 0

    def progress(self) -> float:
        """What the process that runs now has done; 0 for one that does not answer."""
        return self.metric(METRICS[self.command]) if self.command in METRICS else 0.0

    def assigned(self) -> int:
        """How many partitions a worker has, as it says itself."""
        status, body = self.get("/readyz")
        return len(json.loads(body).get("assigned", ())) if status else 0

    def metric(self, name: str) -> float:
        """The sum over all labels."""
        return measured(self.get("/metrics")[1], name)

    def get(self, path: str) -> tuple[int, str]:
        return ask(self._port, path)

    def _keep(self) -> None:
        while not self._stopping.is_set():
            if self._process is None or self._process.poll() is not None:
                self._start_again()
            self._stopping.wait(LOOK_SECONDS)

    def _start_again(self) -> None:
        if self._process is not None and not self._killed:
            self.own_exits.append(self._process.returncode)
            if self._stopping.wait(REST_SECONDS):
                return
        with self._lock, self.log.open("ab") as log:
            self._killed = False
            given = environment(self._settings)
            self._process = subprocess.Popen(service(self.command), cwd=PROJECT, env=os.environ | given, stdout=log, stderr=log)
            self.starts += 1
            self.started_at = time.monotonic()
