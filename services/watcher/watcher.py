"""The watcher's loop: look, wait until files have settled, visit sites, take in what is found, have it delivered."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterator
from itertools import islice

from services.lifecycle import StopFlag
from services.settings import Settings
from services.watcher.delivery import Delivery
from services.watcher.folder import Folder, Seen
from services.watcher.identity import Action
from services.watcher.intake import Intake, Taken
from services.watcher.metrics import FILES_SEEN, FILES_SETTLING
from services.watcher.notifications import Notifications
from services.watcher.rescans import Rescans
from services.watcher.settle import Settling
from services.watcher.sources.catalogue import Catalogue
from services.watcher.sources.courteous import courtesy
from services.watcher.sources.health import Health
from services.watcher.sources.visits import Visits
from services.watcher.state import State

log = logging.getLogger(__name__)

BATCH_FILES = 200
BATCH_BYTES = 8 * 1024 * 1024
LOOK_UP_FILES = 1000
MOST_WAITING = 10_000
END = object()
# How long nothing may happen before the loop looks whether it is to stop, to rescan or to send.
IDLE_SECONDS = 0.25
BUSY_SECONDS = 0.02
# Longer than a broker's restart takes, shorter than a person's patience.
STUCK_SECONDS = 30.0


class Watcher:
    """One process's work on some folders and sites. `readiness` may be called from another thread."""

    def __init__(self, catalogue: Catalogue, settings: Settings, state: State, stop: StopFlag) -> None:
        """Raises ConfigurationError."""
        self._folders = catalogue.folders
        self._settle_seconds = settings.settle_seconds
        self._state = state
        self._stop = stop
        self._settling = Settling(settings.settle_seconds)
        self._settled: deque[Seen] = deque()
        self._intake = Intake(state, stop=stop)
        self._visits = Visits(
            catalogue.sites, state, self._intake, courtesy(settings, state, stop), at_once=settings.fetch_threads
        )
        self._health = Health(catalogue.ids, catalogue.expected, state)
        self._delivery = Delivery(settings, state, stop)
        self._rescans = Rescans(catalogue.folders, settings.rescan_seconds)
        self._scan: Iterator[None] | None = None
        self._seen: dict[Folder, int] = {}
        self._unlisted: dict[str, str] = {}
        # When a scan ended last; without folders there is nothing to be seen.
        self._scanned: float | None = None if self._folders else time.monotonic()
        self._caught_up = False

    def run(self, *, once: bool = False) -> None:
        """Work until asked to stop; with `once` until all files that were there and rested, and all pages that were due, are confirmed.

        Raises what State.transaction raises.
        """
        try:
            with Notifications(() if once else self._folders) as notifications:
                while not self._stop and not (once and self._caught_up and self._is_idle()):
                    self._round(notifications)
        finally:
            self._delivery.close()

    @property
    def unlisted(self) -> dict[str, str]:
        """The watched folders that could not be listed at the last scan, with the reason."""
        return dict(self._unlisted)

    def readiness(self) -> tuple[bool, dict[str, object]]:
        """Ready: everything was looked at once, and what is found can be stored and sent now."""
        stuck = self._delivery.stuck_seconds
        problems = {
            "broker": self._delivery.trouble,
            "state": self._state.trouble,
            "folders": self.unlisted or None,
            "first_scan": None if self._caught_up else "not all files that were there at the start are confirmed",
            "stuck": f"no message confirmed for {stuck:.0f} s" if stuck > STUCK_SECONDS else None,
        }
        reasons = {name: problem for name, problem in problems.items() if problem is not None}
        return not reasons, {"pending": self._delivery.pending, "settling": len(self._settling), **reasons}

    def _round(self, notifications: Notifications) -> None:
        self._look(notifications.wait(0))
        taken = self._take()
        visited = not self._delivery.is_full and self._visits.step()
        self._delivery.pump(0)
        self._health.tell()
        FILES_SETTLING.set(len(self._settling))
        # The sites may take hours, or be in trouble: being ready does not wait for them.
        if self._are_files_idle() and not self._caught_up and self._has_seen_all():
            self._caught_up = True
            return
        if self._is_idle():
            self._look(notifications.wait(min(IDLE_SECONDS, self._settling.next_in() or IDLE_SECONDS)))
        elif not taken and not visited and (self._scan is None or self._is_crowded()):
            self._delivery.pump(IDLE_SECONDS if self._delivery.trouble else BUSY_SECONDS)
            if not self._delivery.pending:
                self._stop.wait(BUSY_SECONDS)

    def _is_idle(self) -> bool:
        return self._are_files_idle() and self._visits.is_idle

    def _are_files_idle(self) -> bool:
        return self._scan is None and not self._settled and not self._delivery.pending and self._settling.next_in() != 0

    def _has_seen_all(self) -> bool:
        """A file that still changes is not waited for: it has been looked at, and may change for ever."""
        return (
            self._scanned is not None
            and time.monotonic() - self._scanned > self._settle_seconds
            and self._delivery.trouble is None
        )

    def _look(self, changed: set[str]) -> None:
        """Begin to wait for the files that notifications and, when it is time, scans find to be new or changed."""
        hints = [seen for path in sorted(changed) for folder in self._folders for seen in folder.belongs(path)]
        self._wait_for_changed(hints)
        if self._scan is None and (due := self._rescans.due()):
            self._scan = self._scan_these(due)
        # In portions, so that a scan of many files does not keep a new one waiting.
        if self._scan is not None and not self._is_crowded() and next(self._scan, END) is END:
            self._scan = None

    def _is_crowded(self) -> bool:
        """A first scan of many files goes on when what it has found is taken in: what waits takes 1 kB a file."""
        return len(self._settling) + len(self._settled) >= MOST_WAITING

    def _scan_these(self, folders: list[Folder]) -> Iterator[None]:
        """Look at all files of these folders, a portion at each step."""
        for folder in folders:
            count = 0
            try:
                files = folder.scan()
                while portion := list(islice(files, LOOK_UP_FILES)):
                    count += len(portion)
                    self._wait_for_changed(portion)
                    yield
                self._unlisted.pop(folder.root, None)
                self._health.folder_scanned(folder.source_id, None)
            except OSError as error:
                if folder.root not in self._unlisted:
                    log.warning("the folder %s cannot be listed, will go on trying: %s", folder.root, error.strerror)
                self._unlisted = {**self._unlisted, folder.root: str(error.strerror)}
                self._health.folder_scanned(folder.source_id, f"cannot be listed: {error.strerror}")
            self._seen[folder] = count
            self._rescans.done(folder)
        FILES_SEEN.set(sum(self._seen.values()))
        self._scanned = time.monotonic()

    def _wait_for_changed(self, files: list[Seen]) -> None:
        known = self._state.transaction(lambda: [self._state.fingerprint(seen.source_uri) for seen in files]) if files else []
        for seen, fingerprint in zip(files, known, strict=True):
            if seen.fingerprint != fingerprint:
                self._settling.add(seen)

    def _take(self) -> bool:
        """Take in the next files that have settled, while there is room; whether there were any."""
        if self._delivery.is_full:
            return False
        if not self._settled:
            self._settled.extend(self._settling.settled(BATCH_FILES))
        batch = self._next_batch()
        if batch:
            self._tell(self._intake.take(batch))
        return bool(batch)

    def _next_batch(self) -> list[Seen]:
        """One file at least, and more while they are not too large together to be stored at once."""
        batch: list[Seen] = []
        size = 0
        while self._settled and size < BATCH_BYTES:
            batch.append(self._settled.popleft())
            size += batch[-1].size
        return batch

    def _tell(self, taken: Taken) -> None:
        self._settled.extendleft(reversed(taken.later))
        for seen in taken.unsettled:
            if again := seen.folder.look(seen.relative):
                self._settling.add(again)
        if taken.orphans:
            self._rescans.hurry()
        actions = {str(action): count for action, count in taken.actions.items() if action is not Action.NOTHING}
        if actions or taken.rejected:
            log.info("taken in: %s, %d rejected", actions, len(taken.rejected))
