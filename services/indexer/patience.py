"""How long to wait for a server that is away, and the word to readiness and metrics that we do."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from services.indexer.metrics import BLOCKED, WAITS
from services.lifecycle import StopFlag, pauses

log = logging.getLogger(__name__)


class Stopped(Exception):
    """The service is to end; what was under way is not finished and not acknowledged."""


class Patience:
    """Pauses that double up to `longest` seconds, without end; any success starts them anew."""

    def __init__(self, stop: StopFlag, longest: float) -> None:
        self._stop = stop
        self._longest = longest
        self._pauses: Iterator[float] | None = None
        self.reason: str | None = None
        """What is waited for now."""

    def wait(self, reason: str) -> None:
        """Sleep for the next pause. Raises Stopped as soon as the service is to end."""
        if self.reason is None:
            log.warning("waiting: %s", reason)
        self.reason = reason
        BLOCKED.set(1)
        WAITS.inc()
        if self._pauses is None:
            self._pauses = pauses(longest=self._longest)
        if self._stop.wait(next(self._pauses)):
            raise Stopped(reason)

    def reset(self) -> None:
        """The last try succeeded."""
        if self.reason is None:
            return
        log.info("going on after: %s", self.reason)
        self.reason = None
        self._pauses = None
        BLOCKED.set(0)
