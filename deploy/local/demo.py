"""`make demo`: the local stack with the sample bulletins, a summary of what was read from them, and everything left running."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import chain, count
from pathlib import Path
from typing import Any

import requests
from pydantic import ValidationError

from deploy.local import summary
from deploy.local.errors import Interrupted, StackError
from deploy.local.server import Server
from deploy.local.stack import FOLDER, Stack
from deploy.local.summary import Get
from services.contracts import bulletin_id
from services.lifecycle import StopFlag
from services.settings import PROJECT, Settings, misspelt

SEEDS = PROJECT / "seeds" / "bulletins"
# Nothing new for this long means that nothing will come: a bulletin takes about a second from its file to the API.
IDLE_SECONDS = 90.0
POLL_SECONDS = 0.3
REQUEST_SECONDS = 10.0

EXIT_FAILED = 1
EXIT_BAD_SETTING = 2
# As a shell reports a program that Ctrl-C or a closed pipe ended.
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


def main() -> int:
    """Run the demo; the exit code is 0 only if every sample bulletin can be found with all its events."""
    for sentence in misspelt(os.environ):
        complain(sentence)
    try:
        settings = demo_settings()
        run(settings, StopFlag().install())
    except ValidationError as error:
        for item in error.errors():
            complain(f"BULLETINS_{'_'.join(map(str, item['loc'])).upper()}: {item['msg']}")
        return EXIT_BAD_SETTING
    except Interrupted:
        complain("stopped; nothing that this command started is left running")
        return EXIT_INTERRUPTED
    except StackError as error:
        complain(str(error))
        return EXIT_FAILED
    except BrokenPipeError:
        # The interpreter flushes standard output once more at exit and would complain there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except PermissionError as error:
        complain(
            f"{error.filename} may not be written: it belongs to another user, perhaps from a run with sudo; remove it or chown it"
        )
        return EXIT_FAILED
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        complain(f"the disk is full ({error.filename or FOLDER}): free some room and run the command again")
        return EXIT_FAILED
    return 0


def complain(message: str) -> None:
    print(f"\ndemo: {message}", file=sys.stderr, flush=True)


def say(message: str) -> None:
    print(f"  {message}", flush=True)


def demo_settings() -> Settings:
    """The settings of the environment; whatever else is watched, the sample bulletins are. Raises ValidationError."""
    settings = Settings()
    if SEEDS in [folder.resolve() for folder in settings.folders()]:
        return settings
    # By the name that they have without any setting: under another they would be another source.
    taken = {name for name, _ in settings.named_folders()}
    name = next(name for name in chain((SEEDS.name, "seeds"), (f"seeds-{number}" for number in count(2))) if name not in taken)
    seeds = str(SEEDS) if name == SEEDS.name else f"{name}={SEEDS}"
    return settings.model_copy(update={"watch_folders": os.pathsep.join(filter(None, [settings.watch_folders, seeds]))})


def run(settings: Settings, stop: StopFlag, folder: Path = FOLDER, *, jvm_options: Sequence[str] = ()) -> None:
    """Start everything with its files below `folder`, wait until every sample bulletin can be queried, summarise.

    Raises StackError or Interrupted, and then what this call started is stopped.
    """
    begun = time.monotonic()
    stack = Stack(settings, folder, jvm_options=jvm_options, say=say, stop=stop)
    print("Starting the local stack (Kafka, Elasticsearch, watcher, extractor, indexer, deliverer, API)", flush=True)
    started = stack.start()
    try:
        expected = {bulletin_id(path.read_text("utf-8")): path.name for path in sorted(SEEDS.glob("*.txt"))}
        print(f"Waiting until the {len(expected)} bulletins of {SEEDS.relative_to(PROJECT)} can be queried", flush=True)
        get = api_client(stack.api.url)
        wait_until_searchable(get, expected, stack.services, stop)
        print(summary.of_events(get), flush=True)
    except BaseException:
        stack.stop_programs(started)
        raise
    print(summary.where_things_are(stack), flush=True)
    print(f"\nReady after {time.monotonic() - begun:.0f} s. Everything goes on running; stop it with: make down", flush=True)


def api_client(url: str) -> Get:
    """`get(path, **parameters)` of the HTTP API: the reply's object, or None for 404. Raises StackError for any other answer."""
    session = requests.Session()
    session.trust_env = False  # a proxy from the environment cannot reach our loopback

    def get(path: str, **parameters: str | int) -> dict[str, Any] | None:
        try:
            reply = session.get(url + path, params=parameters, timeout=REQUEST_SECONDS)
        except requests.RequestException as error:
            raise StackError(f"the API does not answer at {url}{path}: {error}") from error
        if reply.status_code == 404:
            return None
        if reply.status_code != 200:
            raise StackError(f"the API answers {reply.status_code} to {reply.url}: {reply.text[:500]}")
        body: dict[str, Any] = reply.json()
        return body

    return get


def wait_until_searchable(get: Get, expected: Mapping[str, str], services: list[Server], stop: StopFlag) -> None:
    """Return when each bulletin (id → name for people) has its outcome and the index has exactly the events that it names.

    Raises StackError if a service dies or nothing new arrives for IDLE_SECONDS, Interrupted on the stop flag.
    """
    waiting = dict(expected)
    deadline = time.monotonic() + IDLE_SECONDS
    while waiting:
        for identity, name in list(waiting.items()):
            count = searchable_events(get, identity)
            if count is not None:
                say(f"{name}: {count} events")
                del waiting[identity]
                deadline = time.monotonic() + IDLE_SECONDS
        for service in services:
            if not service.process.running():
                raise StackError(f"{service.name} has stopped.{service.process.log_end()}")
        if waiting and time.monotonic() > deadline:
            raise StackError(
                f"no outcome for {', '.join(waiting.values())} within {IDLE_SECONDS:.0f} s.\n"
                f"See the logs in {services[0].process.log.parent}, and the dead letters: .venv/bin/bulletins dlq list"
            )
        if waiting and stop.wait(POLL_SECONDS):
            raise Interrupted("stopped while waiting for the bulletins")


def searchable_events(get: Get, identity: str) -> int | None:
    """How many events of a bulletin the API finds, once they are all that its outcome names; None before."""
    match get(f"/v1/bulletins/{identity}"):
        case {"state": {"outcome": {"event_ids": list(ids)}}, "events_total": int(total)} if total == len(ids):
            return total
        case _:
            return None


if __name__ == "__main__":
    sys.exit(main())
