"""An end to what takes too long."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTime(BaseException):
    """Not an Exception: what is interrupted may not take it for a failure of its own."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises OutOfTime in the block when it has taken so long, also out of one regular expression. For the main thread alone, which is the
    one that signals reach: raises ValueError in any other."""
    before = signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        # The signal may still come here.
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:
            signal.signal(signal.SIGALRM, before)


def _end(_: int, __: FrameType | None) -> None:
    raise OutOfTime
