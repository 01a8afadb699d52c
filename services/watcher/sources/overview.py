"""The health of all sources, from a copy of the state: also while a watcher works on it, and where none does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.preview import copy_state
from services.watcher.sources.catalogue import Catalogue
from services.watcher.sources.health import Report, report
from services.watcher.sources.memory import Memory
from services.watcher.state import STATE_FILE, State


def overview(catalogue: Catalogue, settings: Settings, now: float) -> list[tuple[Report, list[tuple[str, str]]]]:
    """Each source with its failing pages and their problems. Raises StateUnusable."""
    with tempfile.TemporaryDirectory(prefix="bulletins-sources-") as scratch:
        copy_state(settings.state_dir / STATE_FILE, Path(scratch) / STATE_FILE)
        state = State(Path(scratch), StopFlag())
        try:
            memory = Memory(state)
            return state.transaction(
                lambda: [
                    (report(memory, each, catalogue.expected.get(each), now), memory.failing_pages(each))
                    for each in catalogue.ids
                ]
            )
        finally:
            state.close()
