"""When a source is visited, and a page looked at, the next time. Seconds and Unix times."""

from __future__ import annotations

import random
from typing import Final

from services.watcher.sources.model import PageSource, WebSource

DAY: Final = 86400.0
MAX_TRIES: Final = 8
"""With the pauses below about five days; then a page is given up, with a dead letter."""
MAX_GONE: Final = 3
FIRST_PAUSE: Final = 600.0
FIRST_SOURCE_PAUSE: Final = 60.0


def longest_visit(source: WebSource) -> float:
    """No visit is put off for longer: not by its schedule, nor by a host that asks for a pause (a day at most)."""
    return max(DAY, source.schedule.every.total_seconds() * (1 + source.schedule.jitter))


def longest_look(source: WebSource) -> float:
    """No look at a page is put off for longer."""
    return max(3 * DAY, source.recheck.total_seconds())


def next_visit(source: WebSource, now: float) -> float:
    every = source.schedule.every.total_seconds()
    return now + every * random.uniform(1 - source.schedule.jitter, 1 + source.schedule.jitter)


def next_try(source: WebSource, failures: int, now: float) -> float:
    """Of a source whose list could not be read: soon at first, at last as rarely as it is visited anyway."""
    pause = FIRST_SOURCE_PAUSE * 2.0 ** min(failures - 1, 30) * random.uniform(1.0, 1.5)
    return min(now + pause, next_visit(source, now))


def next_look(source: WebSource, first_seen: float, now: float) -> float | None:
    """Of a page that was read: at every visit where it is the source itself, else at ages that double, up to the source's limit."""
    if isinstance(source, PageSource):
        return now
    age = max(now - first_seen, DAY)
    return now + age if now + age - first_seen <= source.recheck.total_seconds() else None


def next_page_try(source: WebSource, failures: int, now: float, *, gone: bool) -> float | None:
    if isinstance(source, PageSource):
        return now
    if failures >= (MAX_GONE if gone else MAX_TRIES):
        return None
    pause = DAY * 2.0 ** (failures - 1) if gone else min(FIRST_PAUSE * 2.0 ** (failures - 1), 2 * DAY)
    return now + pause * random.uniform(1.0, 1.2)
