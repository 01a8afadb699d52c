"""robots.txt, pauses between requests, Retry-After, back-off: kept, and kept over a restart."""

from __future__ import annotations

import email.utils
import threading
from collections.abc import Iterable

import pytest

from services.addresses import AddressRule
from services.lifecycle import StopFlag
from services.retryafter import retry_after_seconds
from services.watcher.errors import Stopped
from services.watcher.fetch.courtesy import (
    LONGEST_REST_SECONDS,
    ROBOTS_SECONDS,
    ROBOTS_STALE_SECONDS,
    Courtesy,
    HostState,
    backoff_seconds,
)
from services.watcher.fetch.errors import DisallowedByRobots, HostResting, Unreachable
from services.watcher.fetch.fetcher import Fetcher
from tests.site import Site

NOW = 1_700_000_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Waits(StopFlag):
    """A stop flag that does not sleep, and notes how long it was to; the clock goes on meanwhile."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._clock = clock

    def wait(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self._clock.now += seconds
        return bool(self)


def courtesy(
    site: Site, clock: Clock, known: Iterable[HostState] = (), *, seconds: float = 0, stop: StopFlag | None = None
) -> Courtesy:
    fetcher = Fetcher(AddressRule([site.host]), "bulletins/test", max_bytes=10**6, total_seconds=5)
    return Courtesy(fetcher, known, Waits(clock) if stop is None else stop, host_seconds=seconds, clock=clock)


def test_robots_txt_is_asked_first_once_a_day_and_obeyed(clock: Clock) -> None:
    with Site() as site:
        site.page("/robots.txt", "User-agent: bulletins\nDisallow: /private\n\nUser-agent: *\nDisallow: /\n", "text/plain")
        site.page("/a", "甲")
        site.page("/private/b", "乙")
        polite = courtesy(site, clock)
        polite.get(f"{site.url}/a")
        with pytest.raises(DisallowedByRobots, match="/private/b"):
            polite.get(f"{site.url}/private/b")
        polite.get(f"{site.url}/a")
        assert site.paths(robots=True) == ["/robots.txt", "/a", "/a"]
        clock.now += ROBOTS_SECONDS + 1
        polite.get(f"{site.url}/a")
        assert site.paths(robots=True)[-2:] == ["/robots.txt", "/a"]


def test_a_redirect_to_what_robots_txt_forbids_is_not_followed(clock: Clock) -> None:
    with Site() as site:
        site.page("/robots.txt", "User-agent: *\nDisallow: /private\n")
        site.redirect("/a", "/private/b")
        with pytest.raises(DisallowedByRobots):
            courtesy(site, clock).get(f"{site.url}/a")
        assert site.paths() == ["/a"]


@pytest.mark.parametrize("status", [404, 403, 401, 410])
def test_a_site_without_robots_txt_allows_all(status: int, clock: Clock) -> None:
    with Site() as site:
        site.gone("/robots.txt", status)
        site.page("/a", "甲")
        assert courtesy(site, clock).get(f"{site.url}/a").status == 200


def test_a_robots_txt_that_cannot_be_had_forbids_all_but_an_older_copy_holds(clock: Clock) -> None:
    with Site() as site:
        site.page("/a", "甲")
        site.gone("/robots.txt", 500)
        with pytest.raises(HostResting):
            courtesy(site, clock).get(f"{site.url}/a")
        assert site.paths() == []
        old = HostState(site.url, robots="User-agent: *\nDisallow: /b", robots_at=NOW - ROBOTS_SECONDS - 1)
        polite = courtesy(site, clock, [old])
        assert polite.get(f"{site.url}/a").status == 200
        too_old = HostState(site.url, robots="", robots_at=NOW - ROBOTS_STALE_SECONDS)
        with pytest.raises(HostResting):
            courtesy(site, clock, [too_old]).get(f"{site.url}/a")


def test_there_is_a_pause_between_requests_to_a_host(clock: Clock) -> None:
    with Site() as site, Site() as other:
        for each in (site, other):
            each.page("/a", "甲")
        stop = Waits(clock)
        fetcher = Fetcher(AddressRule([site.host, other.host]), "bulletins/test", max_bytes=10**6, total_seconds=5)
        polite = Courtesy(fetcher, (), stop, host_seconds=100, clock=clock)
        polite.get(f"{site.url}/a")
        assert [round(waited, -1) for waited in stop.waited] == [0, 100], "robots.txt is a request, too"
        polite.get(f"{other.url}/a")
        assert [round(waited, -1) for waited in stop.waited] == [0, 100, 0, 100], "each host has its own pause"


@pytest.mark.parametrize(
    ("line", "pause"),
    [("Crawl-delay: 7", 7), ("Crawl-delay: 100000", 60), ("Crawl-delay: inf", 2), ("Crawl-delay: nan", 2), ("", 2)],
)
def test_a_crawl_delay_is_kept_in_bounds(line: str, pause: int, clock: Clock) -> None:
    with Site() as site:
        site.page("/robots.txt", f"User-agent: *\n{line}\nDisallow: /b\n")
        site.page("/a", "甲")
        stop = Waits(clock)
        polite = courtesy(site, clock, seconds=2, stop=stop)
        polite.get(f"{site.url}/a")
        polite.get(f"{site.url}/a")
        assert round(stop.waited[-1]) == pause


def test_requests_to_a_host_never_overlap(clock: Clock) -> None:
    with Site() as site:
        busy, most = 0, 0
        lock = threading.Lock()

        def answer(wire: object) -> None:
            nonlocal busy, most
            with lock:
                busy += 1
                most = max(most, busy)
            site.closed.wait(0.05)
            with lock:
                busy -= 1
            wire.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")  # type: ignore[attr-defined]

        site.raw("/a", answer)
        polite = courtesy(site, clock)
        threads = [threading.Thread(target=polite.get, args=(f"{site.url}/a",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(site.paths()) == 8
        assert most == 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Tue, 14 Nov 2023 22:15:20 GMT", 120),
        ("Tuesday, 14-Nov-23 22:15:20 GMT", 120),
        ("Tue, 14 Nov 2020 22:15:20 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("9" * 400, 999999999),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(value, NOW) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_for_a_pause_gets_it_also_after_a_restart(status: int, clock: Clock) -> None:
    with Site() as site:
        site.page("/a", "", status=status, Retry_After=email.utils.formatdate(NOW + 600, usegmt=True))
        polite = courtesy(site, clock)
        assert polite.get(f"{site.url}/a").status == status
        for again in (polite, courtesy(site, clock, polite.changed())):
            with pytest.raises(HostResting) as resting:
                again.get(f"{site.url}/a")
            assert resting.value.until == pytest.approx(NOW + 600, abs=1)
        assert site.paths() == ["/a"]
        site.page("/a", "甲")
        clock.now += 601
        assert polite.get(f"{site.url}/a").status == 200
        [state] = polite.changed()
        assert state.failures == 0


def test_a_host_that_fails_is_left_alone_for_longer_each_time(clock: Clock) -> None:
    with Site() as site:
        site.gone("/a", 500)
        polite = courtesy(site, clock)
        rests = []
        for _ in range(6):
            try:
                polite.get(f"{site.url}/a")
            except HostResting as resting:
                clock.now = resting.until
                polite.get(f"{site.url}/a")
            rests.append(polite.changed()[0].not_before - clock.now)
        assert all(later > 1.2 * earlier for earlier, later in zip(rests, rests[1:], strict=False))


def test_back_off_doubles_is_spread_and_has_an_end() -> None:
    assert all(5 <= backoff_seconds(1) <= 7.5 for _ in range(100))
    assert all(40 <= backoff_seconds(4) <= 60 for _ in range(100))
    assert len({backoff_seconds(4) for _ in range(100)}) > 50
    assert backoff_seconds(10_000) <= 1.5 * LONGEST_REST_SECONDS


def test_a_site_that_is_away_is_a_failure_of_its_host(clock: Clock) -> None:
    with Site() as site:
        known = HostState(site.url, robots="", robots_at=NOW)
        polite = courtesy(site, clock, [known])
        url = site.url
    with pytest.raises(Unreachable):
        polite.get(url)
    assert polite.changed()[0].failures == 1


def test_who_is_asked_to_stop_does_not_wait_for_a_turn() -> None:
    with Site() as site:
        site.page("/a", "甲")
        stop = StopFlag()
        polite = courtesy(site, Clock(), seconds=1000, stop=stop)
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(Stopped):
            polite.get(f"{site.url}/a")
        assert site.paths(robots=True) == ["/robots.txt"]
