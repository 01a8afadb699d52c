"""The API as a process, and events to fill its index with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deploy.local.services import environment
from services.contracts import content_id
from services.settings import PROJECT, Settings

EXAMPLES = PROJECT / "schemas" / "examples"


class Reply:
    """An answer of the API, whatever its status."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """A running API process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # A file, not a pipe: nobody reads along, and a full pipe would stop the process.
        settings.state_dir.mkdir(parents=True, exist_ok=True)
        self.log = settings.state_dir / "api.log"
        self.url = f"http://127.0.0.1:{settings.api_port}"
        with self.log.open("w") as log:
            command = [sys.executable, "-m", "services.cli", "api"]
            self.process = subprocess.Popen(command, cwd=PROJECT, env={**os.environ, **environment(settings)}, stderr=log)
        while not self.answers():
            if self.process.poll() is not None:
                raise AssertionError(self.stop()[1])
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return self.get("/livez").status == 200
        except urllib.error.URLError:
            return False

    def get(self, path: str, **parameters: Any) -> Reply:
        query = f"?{urllib.parse.urlencode(parameters, doseq=True)}" if parameters else ""
        try:
            with urllib.request.urlopen(self.url + path + query, timeout=60) as reply:
                return Reply(reply.status, reply.headers, reply.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.headers, error.read())

    def events(self, **parameters: Any) -> list[dict[str, Any]]:
        reply = self.get("/v1/events", **parameters)
        assert reply.status == 200, reply.body
        items: list[dict[str, Any]] = reply.json["items"]
        assert reply.json["total"] >= len(items)
        return items

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and log."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60), self.log.read_text("utf-8")


@contextmanager
def running(settings: Settings) -> Iterator[Api]:
    api = Api(settings)
    try:
        yield api
    finally:
        if api.process.poll() is None:
            api.stop()


def examples(role: str) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted((EXAMPLES / role).iterdir())]


def made(role: str, start: int = 0, **fields: Any) -> dict[str, Any]:
    """An event of the first example's bulletin, with an id of its own; its quote begins at `start`."""
    evidence = {"quote": "某", "start": start, "end": start + 1}
    bulletin = {"bulletin_id": examples("outcome")[0]["bulletin_id"], "evidence": evidence}
    return {**examples(role)[0], **bulletin, "event_id": content_id("event", uuid.uuid4()), **fields}
