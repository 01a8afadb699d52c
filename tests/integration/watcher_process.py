"""For tests of the watcher: the real process, files for it, and what it published."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services import topics
from services.contracts import Bulletin
from services.settings import Settings
from services.watcher.state import STATE_FILE
from tests.integration.service_process import ServiceProcess, service, wait_for
from tests.integration.topic_records import count, records

TEXT = topics.load()["text"]


# linux/prctl.h and linux/capability.h
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


class Watcher(ServiceProcess):
    """`bulletins watch` with its log in `folder`."""

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
        own = settings.model_copy(update={"rescan_seconds": 3600, "retry_max_seconds": 0.5, **changed})

        def limit() -> None:
            bind_by_permissions()
            if file_limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, resource.RLIM_INFINITY))

        command = service("watch", *options, seconds_ahead=seconds_ahead)
        super().__init__(command, own, own.watcher_health_port, folder / "watcher.log", limit)

    def readiness(self) -> dict[str, Any]:
        status, body = self.get("/readyz")
        return json.loads(body) if status else {}

    def is_held_up_by(self, trouble: str) -> bool:
        """Whether /readyz and the metrics say so."""
        status, body = self.get("/readyz")
        return status == 503 and trouble in json.loads(body) and self.metric("service_ready") == 0

    def lift_file_limit(self) -> None:
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def bind_by_permissions() -> None:
    """The superuser reads what nobody may read; without these capabilities, which no program started from here gets, it does not."""
    if sys.platform == "linux" and os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "prctl")


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
