"""How a host is treated: one request at a time and not too soon after the last, left alone when it asks for that or fails, robots.txt kept.

What is known of the hosts outlives a restart: `changed` gives it to be stored, `Courtesy` takes it back.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

from protego import Protego

from services.addresses import Target
from services.lifecycle import StopFlag
from services.retryafter import retry_after_seconds
from services.watcher.errors import Stopped
from services.watcher.fetch.errors import DisallowedByRobots, FetchRefused, HostResting, Unreachable
from services.watcher.fetch.fetcher import Fetcher, Reply

log = logging.getLogger(__name__)

PRODUCT: Final = "bulletins"
"""The word that a robots.txt has to name to mean us."""
ROBOTS_BYTES: Final = 512 * 1024  # RFC 9309 wants at least 500 KiB to be read
ROBOTS_SECONDS: Final = 24 * 3600.0
# RFC 9309: a robots.txt that cannot be had for a server's fault forbids everything; the copy that we have may be used so long.
ROBOTS_STALE_SECONDS: Final = 30 * 24 * 3600.0
MAX_CRAWL_DELAY: Final = 60.0
# Longer than this nobody waits in a visit: the host is left alone, and the source visited again later.
PATIENCE_SECONDS: Final = 60.0
FIRST_REST_SECONDS: Final = 5.0
LONGEST_REST_SECONDS: Final = 6 * 3600.0
MOST_REST_SECONDS: Final = 24 * 3600.0
"""Also where a host asks for more."""
_BUSY: Final = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class HostState:
    """`origin` as in `https://host:port`. Times are Unix times; `robots` is None where none was ever had."""

    origin: str
    not_before: float = 0.0
    failures: int = 0
    robots: str | None = None
    robots_at: float = 0.0


@dataclass(slots=True)
class _Host:
    state: HostState
    # Held from before a request until its answer is there.
    turn: threading.Lock = field(default_factory=threading.Lock)
    next_turn: float = 0.0


class Courtesy:
    """Safe to call from many threads. `get` is the only way in which sources are asked."""

    def __init__(
        self,
        fetcher: Fetcher,
        known: Iterable[HostState],
        stop: StopFlag,
        *,
        host_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`host_seconds`: between two requests to a host, at least."""
        self._fetcher = fetcher
        self._stop = stop
        self._host_seconds = host_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._hosts = {state.origin: _Host(state) for state in known}
        self._changed: set[str] = set()

    def get(self, url: str, *, headers: dict[str, str] | None = None, most_bytes: int | None = None) -> Reply:
        """Raises FetchRefused, Unreachable, HostResting, or Stopped when asked to stop while waiting for a turn."""
        origin, held = "", False

        def before(target: Target) -> None:
            nonlocal origin, held
            leave()
            origin = target.origin
            self._check_robots(target)
            self._enter(origin)
            held = True

        def leave() -> None:
            nonlocal held
            if held:
                held = False
                self._leave(origin)

        try:
            reply = self._fetcher.get(url, headers=headers, before=before, most_bytes=most_bytes)
        except Unreachable as error:
            if held:
                self._failed(origin, str(error), None)
            raise
        finally:
            leave()
        if reply.status in _BUSY or reply.status >= 500:
            self._failed(origin, f"it answered {reply.status}", reply.headers.get("retry-after"))
        else:
            self._update(origin, failures=0)
        return reply

    def changed(self) -> list[HostState]:
        """What has changed since the last call, to be stored."""
        with self._lock:
            states = [self._hosts[origin].state for origin in self._changed]
            self._changed.clear()
        return states

    def _enter(self, origin: str) -> None:
        """Wait for the host's turn, and hold it."""
        host = self._host(origin)
        while not host.turn.acquire(timeout=0.2):
            if self._stop:
                raise Stopped
        try:
            rest = self._rest(host.state)
            if rest > PATIENCE_SECONDS:
                raise HostResting(origin, host.state.not_before, "it asked for a pause, or fails")
            if self._stop.wait(max(0.0, rest, host.next_turn - time.monotonic())):
                raise Stopped
        except BaseException:
            host.turn.release()
            raise

    def _rest(self, state: HostState) -> float:
        """Seconds; none where it would be longer than any that is told, for then the clock was put back since."""
        rest = state.not_before - self._clock()
        return rest if rest <= MOST_REST_SECONDS else 0.0

    def _leave(self, origin: str) -> None:
        host = self._host(origin)
        host.next_turn = time.monotonic() + self._pause(host.state)
        host.turn.release()

    def _pause(self, state: HostState) -> float:
        delay = (_robots(state.robots).crawl_delay(PRODUCT) or 0.0) if state.robots else 0.0
        return max(self._host_seconds, min(delay, MAX_CRAWL_DELAY))

    def _failed(self, origin: str, reason: str, retry_after: str | None) -> None:
        """Leave the host alone for as long as it asks, else for a time that doubles with each failure."""
        failures = self._host(origin).state.failures + 1
        now = self._clock()
        asked = retry_after_seconds(retry_after, now)
        rest = asked if asked is not None else backoff_seconds(failures)
        log.info("%s is left alone for %.0f s: %s", origin, rest, reason)
        self._update(origin, failures=failures, not_before=now + min(rest, MOST_REST_SECONDS))

    def _check_robots(self, target: Target) -> None:
        """Raises DisallowedByRobots, or HostResting where it cannot be known what the site wants."""
        state = self._host(target.origin).state
        if state.robots is None or not 0 <= self._clock() - state.robots_at <= ROBOTS_SECONDS:
            state = self._fetch_robots(target.origin, state)
        if not _robots(state.robots or "").can_fetch(target.url, PRODUCT):
            raise DisallowedByRobots(f"{target.origin}/robots.txt does not allow {target.path} to be fetched")

    def _fetch_robots(self, origin: str, state: HostState) -> HostState:
        reply, reason = None, ""
        self._enter(origin)
        try:
            reply = self._fetcher.get(f"{origin}/robots.txt", most_bytes=ROBOTS_BYTES)
        except (Unreachable, FetchRefused) as error:
            reason = str(error)
        finally:
            self._leave(origin)
        now = self._clock()
        if reply is not None and reply.status == 200:
            return self._update(origin, robots=reply.body.decode("utf-8-sig", "replace"), robots_at=now)
        if reply is not None and 400 <= reply.status < 500 and reply.status != 429:
            return self._update(origin, robots="", robots_at=now)  # none there: all is allowed
        retry_after = reply.headers.get("retry-after") if reply is not None else None
        self._failed(origin, reason or f"robots.txt answered {reply.status if reply else 0}", retry_after)
        if state.robots is not None and now - state.robots_at < ROBOTS_STALE_SECONDS:
            return state
        raise HostResting(origin, self._host(origin).state.not_before, f"no robots.txt: {reason or 'its server fails'}")

    def _host(self, origin: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(origin, _Host(HostState(origin)))

    def _update(self, origin: str, **changes: float | str | None) -> HostState:
        host = self._host(origin)
        with self._lock:
            state = replace(host.state, **changes)  # type: ignore[arg-type]
            if state != host.state:
                host.state = state
                self._changed.add(origin)
        return state


def backoff_seconds(failures: int) -> float:
    """After so many failures in a row: doubling, with up to a half more, so that hosts and watchers spread."""
    return min(FIRST_REST_SECONDS * 2.0 ** min(failures - 1, 30), LONGEST_REST_SECONDS) * random.uniform(1.0, 1.5)


@lru_cache(maxsize=64)
def _robots(text: str) -> Protego:
    return Protego.parse(text)
