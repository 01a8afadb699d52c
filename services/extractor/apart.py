"""A bulletin read in a process of its own: what runs away there can be ended, be it one regular expression, and holds up nothing here.

It costs the start of a Python with the rules (0.3 s), so it is for long texts. `python -m services.extractor.apart SECONDS` reads a bulletin
as JSON from standard input and writes the pickled extraction to standard output.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time

from services.contracts import Bulletin, to_json
from services.extractor.extract import Extraction, extract
from services.extractor.timelimit import OutOfTime
from services.settings import PROJECT

COMMAND = [sys.executable, "-m", "services.extractor.apart"]
LOOK_SECONDS = 0.5
SPARE_SECONDS = 5.0


class ReaderEnded(RuntimeError):
    """The process ended without an answer."""


def extract_apart(bulletin: Bulletin, seconds: float) -> Extraction:
    """What `extract()` says. Raises OutOfTime when it has taken `seconds`, and ReaderEnded where the process fails or is ended (as the
    system does when memory runs out)."""
    command = [*COMMAND, str(seconds)]
    try:
        # A terminal's Ctrl-C is for the worker, which then gives this text back.
        run = subprocess.run(
            command,
            input=to_json(bulletin),
            capture_output=True,
            cwd=PROJECT,
            timeout=seconds,
            start_new_session=True,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OutOfTime from error
    if run.returncode:
        said = run.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        raise ReaderEnded(f"the process that read the text ended with {run.returncode}: {said[0]}")
    extraction: Extraction = pickle.loads(run.stdout)
    return extraction


def end_with_parent(seconds: float) -> None:
    """Let this process end soon after the one that started it, and in any case: by the system's alarm, which no code can hold up. A stop of
    all processes of a service is for the worker, which then waits for this one as long as it can."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # The parent ends it earlier where it can.
    signal.setitimer(signal.ITIMER_REAL, seconds + SPARE_SECONDS)
    threading.Thread(target=_watch, args=[os.getppid()], daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def main() -> None:
    end_with_parent(float(sys.argv[1]))
    bulletin = Bulletin.model_validate_json(sys.stdin.buffer.read())
    sys.stdout.buffer.write(pickle.dumps(extract(bulletin)))


if __name__ == "__main__":
    main()
