"""An end to what takes too long."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class OutOfTime(BaseException):
    """Not an Exception: what is interrupted may not take it for a failure of its own."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises OutOfTime in the block when it has taken so long.

    In the main thread by a signal, which also ends a regular expression. In another by what CPython has for it
    (PyThreadState_SetAsyncExc), which waits for the next step of Python: no thread gets its turn while one regular expression is at work.
    """
    if threading.current_thread() is threading.main_thread():
        yield from _by_signal(seconds)
    else:
        yield from _by_timer(seconds)


def _by_signal(seconds: float) -> Iterator[None]:
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


def _by_timer(seconds: float) -> Iterator[None]:
    reader = ctypes.c_ulong(threading.get_ident())
    working, done = threading.Lock(), False

    def end() -> None:
        with working:
            if not done:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(reader, ctypes.py_object(OutOfTime))

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        # Either the timer comes too late, or what it raises is raised here at the latest.
        with working:
            done = True
        timer.cancel()
