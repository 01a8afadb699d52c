"""For tests of the watcher: the real process, files for it, and what it published."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any

from services import topics
from services.contracts import Bulletin
from services.settings import PROJECT, Settings
from services.watcher.state import STATE_FILE
from tests.integration.extractor_process import PATIENCE_SECONDS, count, measured, records, service, wait_for

TEXT = topics.load()["text"]


class Watcher:
    """`bulletins watch` as a process of its own, with its log in `folder`."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *options: str,
        file_limit: int | None = None,
        seconds_ahead: int = 0,
        **changed: object,
    ) -> None:
        """`file_limit`: no file that the process writes may be longer, as on a full disk; can be lifted. Its clock is
        `seconds_ahead`."""
        # Rescans far apart: what a test sees soon was seen by a notification, unless it asks otherwise.
        self.settings = settings.model_copy(update={"rescan_seconds": 3600, "retry_max_seconds": 0.5, **changed})
        self.log = folder / "watcher.log"
        fields = {name: getattr(self.settings, name) for name in type(settings).model_fields}
        given = {f"BULLETINS_{name.upper()}": str(value) for name, value in fields.items() if value is not None}

        def limit() -> None:
            if file_limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))

        with self.log.open("ab") as log:
            command = [*service(seconds_ahead), "watch", *options]
            self.process = subprocess.Popen(
                command, cwd=PROJECT, env=os.environ | given, stdout=log, stderr=log, preexec_fn=limit
            )

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()
        if error is not None:
            print(self.log.read_text("utf-8"))

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a request to its health port; (0, "") while it does not listen."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.watcher_health_port}{path}", timeout=5) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (OSError, HTTPException):  # killed while it answered
            return 0, ""

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200 and self.metric("service_ready") == 1

    def readiness(self) -> dict[str, Any]:
        status, body = self.get("/readyz")
        return json.loads(body) if status else {}

    def is_held_up_by(self, trouble: str) -> bool:
        """Whether /readyz and the metrics say so."""
        status, body = self.get("/readyz")
        return status == 503 and trouble in json.loads(body) and self.metric("service_ready") == 0

    def metric(self, name: str, **labels: str) -> float:
        return measured(self.get("/metrics")[1], name, **labels)

    def lift_file_limit(self) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def terminate(self, signals: int = 1) -> int:
        """Ask to stop; gives the exit code."""
        for _ in range(signals):
            self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def ended(self) -> int:
        """Wait until it ends by itself; gives the exit code."""
        return self.process.wait(PATIENCE_SECONDS)


def watched(settings: Settings) -> Path:
    [folder] = settings.folders()
    return folder


def write(settings: Settings, name: str, text: str | bytes) -> Path:
    path = watched(settings) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def published(settings: Settings) -> list[Bulletin]:
    """All bulletins on the text topic by their revision; each is checked by the model."""
    return sorted(
        (Bulletin.model_validate_json(record.value) for record in records(settings, TEXT.name)), key=lambda each: each.revision
    )


def wait_until_published(settings: Settings, number: int) -> list[Bulletin]:
    wait_for(lambda: count(settings, TEXT.name) >= number, f"{number} messages on {TEXT.name}")
    return published(settings)


def outbox_size(settings: Settings) -> int:
    """How many messages a watcher that was killed had stored and not seen confirmed."""
    file = settings.state_dir / STATE_FILE
    if not file.exists():
        return 0
    connection = sqlite3.connect(file)
    try:
        return int(connection.execute("SELECT count(*) FROM outbox").fetchone()[0])
    except sqlite3.OperationalError:  # killed before it had made its tables
        return 0
    finally:
        connection.close()


def says(watcher: Watcher, words: str) -> Callable[[], bool]:
    return lambda: words in watcher.log.read_text("utf-8")
