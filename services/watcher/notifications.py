"""What the operating system says about changes, so that a new file need not wait for the next rescan."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Iterable

from watchfiles import Change, watch

from services.lifecycle import pauses
from services.watcher.folder import Folder

log = logging.getLogger(__name__)

# A file that is written in one go is reported after one or two STEPs; a steady stream of changes is passed on every DEBOUNCE.
DEBOUNCE_MILLISECONDS = 100
STEP_MILLISECONDS = 20
# How long a stop may go unnoticed by the thread.
WAKE_MILLISECONDS = 500
LONGEST_PAUSE_SECONDS = 30.0


class Notifications:
    """Absolute paths that changed, collected by a thread. They are hints: rescans find what they miss (NFS, a full queue)."""

    def __init__(self, folders: Iterable[Folder]) -> None:
        self._roots = [folder.root for folder in folders]
        self._changed: queue.SimpleQueue[set[str]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(root,), name=f"watch {root}", daemon=True) for root in self._roots
        ]

    def __enter__(self) -> Notifications:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=2 * WAKE_MILLISECONDS / 1000)

    def wait(self, seconds: float) -> set[str]:
        """What changed since the last call; waits for the first change at most this long."""
        changed: set[str] = set()
        try:
            changed |= self._changed.get(timeout=seconds) if seconds > 0 else self._changed.get_nowait()
            while True:
                changed |= self._changed.get_nowait()
        except queue.Empty:
            return changed

    def _run(self, root: str) -> None:
        """Watch one folder; a folder that is not there, or goes, is tried again."""
        said = ""
        for pause in pauses(first=1.0, longest=LONGEST_PAUSE_SECONDS):
            try:
                self._watch(root)
            except OSError as error:
                # Also the limit of inotify watches (fs.inotify.max_user_watches): rescans go on finding files.
                if said != (said := str(error)):
                    log.warning("no notifications for %s, its files are found by rescans: %s", root, error)
            if self._stop.wait(pause):
                return

    def _watch(self, root: str) -> None:
        """Returns when asked to stop, or when the folder was replaced: notifications would go on being about the old one."""
        begun = os.stat(root)
        for changes in watch(
            root,
            watch_filter=None,
            debounce=DEBOUNCE_MILLISECONDS,
            step=STEP_MILLISECONDS,
            rust_timeout=WAKE_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            if paths := {path for change, path in changes if change is not Change.deleted}:
                self._changed.put(paths)
            if not os.path.samestat(begun, os.stat(root)):
                return
