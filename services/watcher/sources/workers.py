"""Threads that wait for other people's servers, so that the watcher's own thread need not."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

log = logging.getLogger(__name__)

K = TypeVar("K")


class Done(NamedTuple):
    """What a task gave, or what it raised."""

    result: object
    error: Exception | None


class Workers(Generic[K]):
    """Call from one thread. The threads do not keep the process alive: a fetch that is cut off by the end is made again."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._threads: list[threading.Thread] = []
        self._tasks: queue.SimpleQueue[tuple[K, Callable[[], object]]] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[tuple[K, Done]] = queue.SimpleQueue()

    def submit(self, key: K, task: Callable[[], object]) -> None:
        if len(self._threads) < self._count:
            self._threads.append(threading.Thread(target=self._run, name="fetch", daemon=True))
            self._threads[-1].start()
        self._tasks.put((key, task))

    def done(self, seconds: float = 0) -> tuple[K, Done] | None:
        """The next task that has ended; None where none has within so many seconds."""
        try:
            return self._done.get(timeout=seconds) if seconds > 0 else self._done.get_nowait()
        except queue.Empty:
            return None

    def _run(self) -> None:
        while True:
            key, task = self._tasks.get()
            try:
                self._done.put((key, Done(task(), None)))
            except Exception as error:  # noqa: BLE001 - whoever waits for the result gets it
                self._done.put((key, Done(None, error)))
