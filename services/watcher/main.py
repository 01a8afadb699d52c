"""The watcher's process. docs/watcher.md is its specification."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from services.lifecycle import StopFlag
from services.settings import Settings
from services.telemetry import HealthServer
from services.watcher.delivery import SERVICE
from services.watcher.errors import ConfigurationError, StateUnusable, Stopped
from services.watcher.preview import MOST_PAGES, preview
from services.watcher.sources.catalogue import Catalogue, load
from services.watcher.sources.overview import begin
from services.watcher.state import State
from services.watcher.watcher import Watcher

log = logging.getLogger(__name__)

DONE, FAILED, BAD_CONFIGURATION = 0, 1, 2
LOCK_FILE = "watcher.lock"
NAMES_SOURCES = "BULLETINS_WATCH_FOLDERS and BULLETINS_SOURCES name what is watched"


def run(
    settings: Settings, *, once: bool = False, dry_run: bool = False, sources: Sequence[str] = (), most_pages: int = MOST_PAGES
) -> int:
    """Watch until asked to stop. Call from the main thread.

    `once`: return when all files that are there, and all pages that are due, are confirmed. `dry_run`: print what would be
    published, one JSON object a line, of each site at most so many pages, and change nothing; needs no broker. `sources`: the ids
    of the only ones wanted. Returns 0 when done or asked to stop, 1 when only a restart or a repair can help, 2 for settings that
    cannot be used.
    """
    log.info("settings: %s", settings.shown())
    try:
        catalogue = load(settings, sources)
        if dry_run:
            return preview(catalogue, settings, most_pages)
        return _watch(catalogue, settings, once)
    except ConfigurationError as error:
        log.error("%s", error)
        return BAD_CONFIGURATION
    except (StateUnusable, sqlite3.Error) as error:
        log.error("the watcher cannot go on: %s", error)
        return FAILED
    except Stopped:
        log.info("asked to stop while waiting for the state")
        return FAILED if once else DONE


def _watch(catalogue: Catalogue, settings: Settings, once: bool) -> int:
    stop = StopFlag().install()
    with _only_watcher(settings.state_dir):
        state = State(settings.state_dir, stop, settings.retry_max_seconds)
        try:
            watcher = Watcher(catalogue, settings, state, stop)
            if gone := begin(catalogue, state):
                log.warning("no longer watched, unlike at the start before: %s; %s", ", ".join(gone), NAMES_SOURCES)
            with nullcontext() if once else _health(settings, watcher):
                watcher.run(once=once)
        finally:
            state.close()
    for root, reason in watcher.unlisted.items():
        log.error("%s was not watched: %s", root, reason)
    return FAILED if once and (stop or watcher.unlisted) else DONE


def _health(settings: Settings, watcher: Watcher) -> HealthServer:
    try:
        return HealthServer(SERVICE, settings.health_host, settings.watcher_health_port, watcher.readiness)
    except OSError as error:
        address = f"{settings.health_host}:{settings.watcher_health_port}"
        raise ConfigurationError(f"BULLETINS_WATCHER_HEALTH_PORT: {address}: {error.strerror}; set another port") from error


@contextmanager
def _only_watcher(folder: Path) -> Iterator[None]:
    """Two watchers on one state would publish everything twice. The lock goes with the process, however that ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StateUnusable(f"{folder} cannot be used: {error.strerror}; set BULLETINS_STATE_DIR") from error
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StateUnusable(f"another watcher uses {folder}; stop it, or set another BULLETINS_STATE_DIR") from error
