"""`python -m services.watcher.formats.reader_process`: reads documents for the process that started it, each in a child of its own.

The child is forked from here, where the libraries are loaded already: a document costs milliseconds, and whatever it does to its
reader ends with it. A job on standard input is a line of JSON and the document's bytes; the answer on standard output is a line of
JSON.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
from typing import Final

import orjson

from services.watcher.errors import Rejected
from services.watcher.formats.documents import read_document
from services.watcher.formats.limits import Limits
from services.watcher.formats.page import Kind

# A text of MAX_TEXT_BYTES in JSON, where every character may take two bytes, and what is said of it.
MAX_ANSWER_BYTES: Final = 5 * 1024 * 1024


def main() -> None:
    gc.freeze()
    while header := sys.stdin.buffer.readline():
        job = orjson.loads(header)
        content = sys.stdin.buffer.read(job["size"])
        answer = _answer(content, Kind(job["kind"]), job["charset"], Limits(*job["limits"]))
        sys.stdout.buffer.write(answer + b"\n")
        sys.stdout.buffer.flush()


def _answer(content: bytes, kind: Kind, charset: str | None, limits: Limits) -> bytes:
    """What the child says; where it says nothing, how it ended."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        _work(content, kind, charset, limits, write_end)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read(MAX_ANSWER_BYTES + 1)
    # Closed while the child still writes: more than an answer may have.
    _, status = os.waitpid(child, 0)
    if len(answer) > MAX_ANSWER_BYTES:
        return orjson.dumps({"error": "TextTooLarge", "message": "its text is longer than a bulletin may be; split the file"})
    if os.waitstatus_to_exitcode(status) == 0 and answer:
        return answer
    return _ended(os.waitstatus_to_exitcode(status), limits)


def _work(content: bytes, kind: Kind, charset: str | None, limits: Limits, pipe: int) -> None:
    """In the child. Does not return."""
    _confine(limits)
    answer: dict[str, object]
    try:
        answer = {"page": read_document(content, kind, charset)._asdict()}
    except Rejected as error:
        answer = {"error": type(error).__name__, "message": str(error)}
    except (MemoryError, RecursionError) as error:
        answer = {
            "error": "ReadingTooCostly",
            "message": f"it takes more memory to read than one document may: {type(error).__name__}",
        }
    except Exception as error:  # noqa: BLE001  the libraries raise whatever a damaged document makes them stumble over
        answer = {"error": "DamagedFile", "message": f"it cannot be read as {kind}: {type(error).__name__}: {str(error)[:200]}"}
    with os.fdopen(pipe, "wb") as out:
        out.write(orjson.dumps(answer))
    os._exit(0)


def _confine(limits: Limits) -> None:
    """Nothing here asks the process to behave: the kernel ends it."""
    for limit, most in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.memory_bytes),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(limits.wall_seconds)


def _ended(code: int, limits: Limits) -> bytes:
    if code in (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL):
        message = f"it takes more than {limits.cpu_seconds} s of computing or {limits.wall_seconds} s in all to read"
        return orjson.dumps({"error": "ReadingTooCostly", "message": message})
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return orjson.dumps({"error": "DamagedFile", "message": f"its reader crashed on it or ran out of memory ({how})"})


if __name__ == "__main__":
    main()
