"""`bulletins watch --once --dry-run`: what would be published and why, without a broker and without changing anything."""

from __future__ import annotations

import json
import logging
import sqlite3
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.errors import Rejected, StateUnusable, Unsettled
from services.watcher.folder import Folder, Seen
from services.watcher.intake import Intake
from services.watcher.sources.catalogue import Catalogue
from services.watcher.sources.preview import preview_sites, told
from services.watcher.state import STATE_FILE, State

log = logging.getLogger(__name__)


MOST_PAGES: Final = 20
"""Of a site, unless said otherwise: asking for a page takes some seconds, and the site is not ours."""


def preview(catalogue: Catalogue, settings: Settings, most_pages: int = MOST_PAGES) -> int:
    """Print a JSON object for each file that is new or changed, and for each list and page of a site that is looked at: source_uri,
    action, and the bulletin's fields or the reason.

    Returns 0, or 1 where a folder or a list cannot be read. Raises StateUnusable or ConfigurationError.
    """
    stop = StopFlag()
    with tempfile.TemporaryDirectory(prefix="bulletins-preview-") as scratch:
        copy_state(settings.state_dir / STATE_FILE, Path(scratch) / STATE_FILE)
        state = State(Path(scratch), stop)
        try:
            intake = Intake(state)
            failed = [not _preview_folder(folder, intake, state) for folder in catalogue.folders]
            failed.append(not preview_sites(catalogue.sites, settings, state, intake, stop, most_pages, _print))
        finally:
            state.close()
    return int(any(failed) or bool(stop))


def _preview_folder(folder: Folder, intake: Intake, state: State) -> bool:
    """Whether it could be listed."""
    files = told = 0
    try:
        for seen in folder.scan():
            files += 1
            if state.fingerprint(seen.source_uri) != seen.fingerprint:
                told += 1
                _print(state.transaction(partial(_line, intake, state, seen)))
    except OSError as error:
        log.error("%s cannot be listed: %s", folder.root, error.strerror)
        return False
    log.info("%s: %d files, %d of them new or changed", folder.root, files, told)
    return True


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line, ensure_ascii=False, default=str), flush=True)


def copy_state(source: Path, target: Path) -> None:
    """A consistent copy of the state, also while a watcher writes to it; nothing where there is none. Raises StateUnusable."""
    if not source.exists():
        return
    try:
        original, copy = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(target)
        try:
            original.backup(copy)
        finally:
            original.close()
            copy.close()
    except sqlite3.Error as error:
        raise StateUnusable(f"{source} cannot be read: {error}") from error


def _line(intake: Intake, state: State, seen: Seen) -> dict[str, object]:
    try:
        reading = intake.read(seen, seen.folder.read(seen))
    except Unsettled:
        return {"source_uri": seen.source_uri, "action": "wait", "reason": "the file changes"}
    except Rejected as error:
        return {"source_uri": seen.source_uri, "action": "reject", "reason": type(error).__name__, "message": str(error)}
    # In the copy, so that the next file with the same text is told to be a second source.
    state.remember(seen.source_uri, seen.fingerprint, reading.known)
    return {"source_uri": seen.source_uri, "action": str(reading.decision.action), **told(reading)}
