"""The health of all sources, from a copy of the state: also while a watcher works on it, and where none does; and which sources the
watcher has that was started last."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.errors import ConfigurationError
from services.watcher.preview import copy_state
from services.watcher.sources.catalogue import Catalogue, load
from services.watcher.sources.health import Report, report
from services.watcher.sources.memory import Memory
from services.watcher.state import STATE_FILE, State


def overview(catalogue: Catalogue, settings: Settings, now: float) -> list[tuple[Report, list[tuple[str, str]]]]:
    """Each source of the catalogue, and each that the watcher has which was started last, perhaps with other settings; with its failing
    pages and their problems. Raises StateUnusable."""
    with tempfile.TemporaryDirectory(prefix="bulletins-sources-") as scratch:
        copy_state(settings.state_dir / STATE_FILE, Path(scratch) / STATE_FILE)
        state = State(Path(scratch), StopFlag())
        try:
            memory = Memory(state)

            def reports() -> list[tuple[Report, list[tuple[str, str]]]]:
                sources = {**memory.watched(), **catalogue.expectations}
                return [
                    (report(memory, source_id, expected, now), memory.failing_pages(source_id))
                    for source_id, expected in sources.items()
                ]

            return state.transaction(reports)
        finally:
            state.close()


def begin(catalogue: Catalogue, state: State) -> list[str]:
    """At the start of a watcher: remember what it watches. Gives what the one before watched and this one does not. A start for some
    sources alone takes none away and adds none, for it may be a trial of one that is not enabled."""
    memory = Memory(state)

    def work() -> list[str]:
        before = memory.watched()
        if not catalogue.is_whole:
            memory.put_watched({key: value for key, value in catalogue.expectations.items() if key in before})
            return []
        gone = sorted(before.keys() - set(catalogue.ids))
        memory.leave_watched(gone)
        memory.put_watched(catalogue.expectations)
        return gone

    return state.transaction(work)


def left_out(settings: Settings) -> list[str]:
    """The sources of the watcher that was started last that one with these settings would not watch; changes nothing."""
    file = settings.state_dir / STATE_FILE
    try:
        known = set(load(settings).ids)
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return sorted({source_id for (source_id,) in connection.execute("SELECT source_id FROM watched")} - known)
    except (ConfigurationError, sqlite3.Error):
        # No state yet, or one of an older version; what is wrong with the settings the watcher itself will say.
        return []
