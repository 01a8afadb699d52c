"""Half-written files: a file is read when it has looked the same for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from services.watcher.folder import Folder, Seen


class Settling:
    """Files that are being waited for.

    Compared are two looks at the file, never its time with the clock: a file server's clock may be minutes off.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        # In the order of the times: whoever changes goes to the end.
        self._since: dict[tuple[Folder, str], tuple[Seen, float]] = {}

    def __len__(self) -> int:
        return len(self._since)

    def add(self, seen: Seen) -> None:
        """Begin to wait for a file, anew where it has changed."""
        key = seen.folder, seen.relative
        known = self._since.get(key)
        if known is None or known[0].fingerprint != seen.fingerprint:
            self._since.pop(key, None)
            self._since[key] = seen, self._clock()

    def settled(self, most: int) -> list[Seen]:
        """At most `most` files that have rested long enough and look the same now; those that are gone are forgotten."""
        rested: list[Seen] = []
        now = self._clock()
        while self._since and len(rested) < most:
            key = next(iter(self._since))
            seen, since = self._since[key]
            if now - since < self._seconds:
                break
            del self._since[key]
            again = seen.folder.look(seen.relative)
            if again is not None and again.fingerprint == seen.fingerprint:
                rested.append(again)
            elif again is not None:
                self.add(again)
        return rested

    def next_in(self) -> float | None:
        """Seconds until the next file may have settled; None where none is waited for."""
        for _, since in self._since.values():
            return max(0.0, since + self._seconds - self._clock())
        return None
