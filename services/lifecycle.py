"""Stop on a signal, wait with growing pauses: the parts of a service's life that all services share."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class StopFlag:
    """Set by SIGTERM and SIGINT; a handler does nothing else, so that a second signal is as harmless as the first."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def install(self) -> StopFlag:
        """Take over SIGTERM and SIGINT. Call from the main thread."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        return self

    def _on_signal(self, _signum: int, _frame: FrameType | None) -> None:
        self._event.set()

    def set(self) -> None:
        self._event.set()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep at most this long; True as soon as the flag is set."""
        return self._event.wait(seconds)


def pauses(first: float = 0.2, longest: float = 30.0) -> Iterator[float]:
    """Seconds to wait before each further try: doubling up to `longest`, with up to 20 % taken off so that workers spread."""
    pause = first
    while True:
        yield pause * random.uniform(0.8, 1.0)
        pause = min(pause * 2, longest)
