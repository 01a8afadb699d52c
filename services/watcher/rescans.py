"""When each folder is scanned for what no notification told of."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from services.watcher.folder import Folder


class Rescans:
    def __init__(self, folders: Sequence[Folder], seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """All are due at once. `seconds`: between two scans of a folder that has no schedule of its own."""
        self._seconds = seconds
        self._clock = clock
        self._due = dict.fromkeys(folders, clock())

    def due(self) -> list[Folder]:
        now = self._clock()
        return [folder for folder, due in self._due.items() if due <= now]

    def done(self, folder: Folder) -> None:
        """It was scanned, or could not be."""
        every = self._seconds if folder.every is None else folder.every
        self._due[folder] = self._clock() + every * random.uniform(1 - folder.jitter, 1 + folder.jitter)

    def hurry(self) -> None:
        """All are due at once again."""
        self._due = dict.fromkeys(self._due, self._clock())
