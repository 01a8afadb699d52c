"""Every snippet of docs/subscribe.md, run as it stands but for the servers' addresses, gets an event."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.local import java
from deploy.local.artifacts import Cache, locked
from deploy.local.services import environment
from services import envelope, indices, topics
from services.contracts import EVENT_ADAPTER, to_json
from services.ops import journal
from services.settings import PROJECT, Settings
from tests.integration.api_process import Api, made, running

PAGE = (PROJECT / "docs" / "subscribe.md").read_text("utf-8")
SNIPPETS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.M | re.S))
PATIENCE_SECONDS = 120
# Given to a program that is started anew each time until something is there.
AT_ONCE = {"atom"}


@pytest.fixture
def api(settings: Settings, empty_topics: None) -> Iterator[Api]:
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        with running(settings) as api:
            yield api
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def publish(settings: Settings) -> str:
    """A new event, on its topic and in the index; its id."""
    event = made("project_milestone", stage="operational", region="上街区", region_code="410106")
    model = EVENT_ADAPTER.validate_python(event)
    with indices.connect(settings) as client:
        client.index(index=settings.events_index, id=model.event_id, document=event, refresh=True)
    with journal.Writer(settings) as writer:
        writer.send(
            [(topics.load()["project_milestone"].name, model.bulletin_id.encode(), to_json(model), envelope.headers(model))]
        )
    return model.event_id


def command(name: str, code: str, folder: Path) -> list[str]:
    if name.endswith(".java"):
        (folder / name).write_text(code, "utf-8")
        jars = Cache().fetch("kafka", [artifact for artifact in locked() if artifact.path.suffix == ".jar"])
        lib = [str(jar) for jar in jars if jar.name.startswith(("kafka-clients", "slf4j-api"))]
        return [java.find().executable, "-cp", os.pathsep.join(lib), str(folder / name)]
    if code.startswith(("import ", "from ")):
        return [sys.executable, "-c", code]
    return ["/bin/sh", "-c", code]


@contextmanager
def program(words: list[str], settings: Settings) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A running program and the lines that it has printed so far; stopped at the end with all that it started."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {**os.environ, **environment(settings), "PATH": path, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=variables, start_new_session=True
    )
    lines: list[str] = []
    assert process.stdout is not None
    reading = threading.Thread(target=lines.extend, args=(process.stdout,))
    reading.start()
    try:
        yield process, lines
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)
        reading.join()


def test_every_block_that_can_be_run_has_a_name() -> None:
    assert PAGE.count("\n```") == 2 * len(SNIPPETS)
    assert {"kafka-python", "kcat", "Subscribe.java", "curl", "sse", "atom", "tail"} <= set(SNIPPETS)


@pytest.mark.parametrize("name", sorted(SNIPPETS))
def test_a_snippet_gets_an_event(name: str, api: Api, settings: Settings, tmp_path: Path) -> None:
    code: Any = SNIPPETS[name].replace("127.0.0.1:9092", settings.kafka_bootstrap).replace("http://127.0.0.1:8000", api.url)
    tool = code.split()[0]
    if name == "kcat" and shutil.which(tool) is None:
        pytest.skip("there is no kcat: install it (Debian: sudo apt install kcat); its snippet was not run")
    published: list[str] = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    words = command(name, code, tmp_path)
    while True:
        with program(words, settings) as (process, lines):
            while name not in AT_ONCE or process.poll() is None:
                # Who begins now misses what was published before: there is always a next one.
                published.append(publish(settings))
                time.sleep(0.2)
                if any(event_id in line for line in list(lines) for event_id in published):
                    return
                assert time.monotonic() < deadline, lines
                assert name in AT_ONCE or process.poll() is None, lines
        if any(event_id in line for line in lines for event_id in published):
            return
