"""The near end of reader_process.py: start it, give it documents, end it when it does not answer."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import date
from typing import IO, Any, Final

import orjson

from services.lifecycle import StopFlag
from services.settings import PROJECT
from services.watcher import errors
from services.watcher.errors import ReadingTooCostly, Rejected, Stopped
from services.watcher.formats.limits import Limits
from services.watcher.formats.page import Kind, Page

_MODULE: Final = "services.watcher.formats.reader_process"
# Above the child's own limit: this one ends a reader that is stuck itself. The first answer waits for the libraries to load.
_ANSWER_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.25
# Nothing of ours: a document's reader needs no secrets.
_ENVIRONMENT: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


class ConfinedReader:
    """Reads one document after the other; may be used from several threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, content: bytes, kind: Kind, charset: str | None = None, stop: StopFlag | None = None) -> Page:
        """Raises Rejected, or Stopped where asked to stop meanwhile."""
        with self._lock:
            answer = self._ask(content, kind, charset, stop)
        if "error" in answer:
            raise _rejected(answer["error"], answer["message"])
        page = answer["page"]
        day = page["published_on"]
        return Page(**page | {"kind": Kind(page["kind"]), "published_on": date.fromisoformat(day) if day else None})

    def close(self) -> None:
        """End the process; the next document starts another."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()

    def _ask(self, content: bytes, kind: Kind, charset: str | None, stop: StopFlag | None) -> dict[str, Any]:
        for _ in range(2):  # a reader that was killed from outside is started once more
            process = self._started()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(
                    orjson.dumps({"kind": kind, "charset": charset, "size": len(content), "limits": list(self._limits)}) + b"\n"
                )
                process.stdin.write(content)
                process.stdin.flush()
                if line := self._line(process.stdout, stop):
                    return orjson.loads(line)  # type: ignore[no-any-return]
            except BrokenPipeError:
                pass
            self.close()
        raise RuntimeError(f"{_MODULE} cannot be run; its own words are above")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=PROJECT,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                # A group of its own: to be killed with its children, and not to be stopped by a terminal's Ctrl-C.
                start_new_session=True,
            )
        return self._process

    def _line(self, pipe: IO[bytes], stop: StopFlag | None) -> bytes:
        """The answer; empty where the process has ended."""
        deadline = time.monotonic() + _ANSWER_SECONDS
        while not select.select([pipe], [], [], _LOOK_SECONDS)[0]:
            if stop:
                self.close()
                raise Stopped
            if time.monotonic() > deadline:
                self.close()
                raise ReadingTooCostly(f"it takes more than {_ANSWER_SECONDS:.0f} s to read")
        return pipe.readline()


def _rejected(name: str, message: str) -> Rejected:
    kind: type[Rejected] = getattr(errors, name)
    return kind(message)


READER: Final = ConfinedReader()
