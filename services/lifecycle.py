"""Stop on a signal, wait with growing pauses: the parts of a service's life that all services share."""

from __future__ import annotations

import random
import signal
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from types import FrameType


class StopFlag:
    """Set by SIGTERM and SIGINT; a handler does nothing else, so that a second signal is as harmless as the first.

    A handler may interrupt anything, also this class at work in the same thread, and the lock of a `threading.Event` would wait there for
    itself. `SimpleQueue.put` takes none: the library has it for such places.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._told: SimpleQueue[None] = SimpleQueue()

    def install(self) -> StopFlag:
        """Take over SIGTERM and SIGINT. Call from the main thread."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        return self

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self.set()

    def set(self) -> None:
        self._is_set = True
        self._told.put(None)

    def __bool__(self) -> bool:
        return self._is_set

    def wait(self, seconds: float) -> bool:
        """Sleep at most this long; True as soon as the flag is set. Any number of threads may wait."""
        if not self._is_set and seconds > 0:
            try:
                self._told.get(timeout=seconds)
            except Empty:
                return self._is_set
            # For whoever waits as well.
            self._told.put(None)
        return self._is_set


def pauses(first: float = 0.2, longest: float = 30.0) -> Iterator[float]:
    """Seconds to wait before each further try: doubling up to `longest`, with up to 20 % taken off so that workers spread."""
    pause = first
    while True:
        yield pause * random.uniform(0.8, 1.0)
        pause = min(pause * 2, longest)
