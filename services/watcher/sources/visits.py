"""Visits to web sources: when one is due its list is read, then its due pages, one after the other; each is stored before the next.

Threads fetch and read; deciding and storing is done here, in the watcher's own thread. A process that is killed has lost at most the page
that each source was at, and fetches that again.
"""

from __future__ import annotations

import hashlib
import heapq
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from services.watcher.errors import Stopped
from services.watcher.fetch.courtesy import Courtesy
from services.watcher.intake import Intake, Taken
from services.watcher.sources import due
from services.watcher.sources.catalogue import Site
from services.watcher.sources.memory import Memory, PageRecord, SourceRecord
from services.watcher.sources.pages import Outcome, Pages, counted
from services.watcher.sources.visit import Listing, Look, NoAnswer, Sight, look_at, read_listing
from services.watcher.sources.workers import Done, Workers
from services.watcher.state import State

log = logging.getLogger(__name__)

# Clocks are corrected by less than this all the time.
_CLOCK_SECONDS: Final = 60.0
_NEVER: Final = float("inf")


@dataclass(slots=True)
class _Visit:
    site: Site
    page: PageRecord | None = None
    """Being looked at; None while the list is read."""
    looked: int = 0


@dataclass(frozen=True, slots=True)
class Observer:
    """Who wants to know what is found, as it is found."""

    listing: Callable[[Site, Listing], None] = lambda _site, _listing: None
    page: Callable[[Site, Look, Outcome], None] = lambda _site, _look, _outcome: None


class Visits:
    """Call `step` again and again from one thread."""

    def __init__(
        self,
        sites: Sequence[Site],
        state: State,
        intake: Intake,
        courtesy: Courtesy,
        *,
        at_once: int,
        observer: Observer | None = None,
        now: Callable[[], float] = time.time,
        most_pages: int | None = None,
    ) -> None:
        """`at_once`: visits at the same time. `most_pages`: of one source in one visit."""
        self._sites = {site.id: site for site in sites}
        self._state = state
        self._memory = Memory(state)
        self._intake = intake
        self._pages = Pages(state, self._memory, intake)
        self._courtesy = courtesy
        self._at_once = at_once
        self._observer = observer or Observer()
        self._now = now
        self._most_pages = most_pages
        self._workers: Workers[str] = Workers(at_once)
        self._visits: dict[str, _Visit] = {}
        self._due: list[tuple[float, str]] = []
        self._clock = _NEVER

    @property
    def is_idle(self) -> bool:
        """Whether nobody is visited now, and nobody should be."""
        self._look_at_clock()
        return not self._visits and not (self._due and self._due[0][0] <= self._clock)

    def step(self, seconds: float = 0) -> bool:
        """Take in what has come, waiting so long for the first, and begin the visits that are due. Whether there was anything.

        Raises what State.transaction raises.
        """
        self._look_at_clock()
        while len(self._visits) < self._at_once and self._due and self._due[0][0] <= self._clock:
            self._begin(heapq.heappop(self._due)[1])
        done = self._workers.done(seconds)
        if done is None:
            return False
        self._take(*done)
        return True

    def _look_at_clock(self) -> None:
        """At the start, and where the clock was put back since: nothing waits for a time that the wrong clock told."""
        before, self._clock = self._clock, self._now()
        if self._clock >= before - _CLOCK_SECONDS:
            return
        if before != _NEVER:
            log.warning("the clock was put back by %.0f s", before - self._clock)
        self._state.transaction(self._mend_times)

    def _mend_times(self) -> None:
        self._due = []
        for source_id, site in self._sites.items():
            self._memory.mend_pages(source_id, self._clock, due.longest_look(site.source))
            if source_id not in self._visits:
                latest = self._clock + due.longest_visit(site.source)
                when = self._record(source_id).due
                self._due.append((when if when <= latest else self._clock, source_id))
        heapq.heapify(self._due)

    def _begin(self, source_id: str) -> None:
        site = self._sites[source_id]
        known = self._state.transaction(lambda: self._memory.validators(source_id, _recipe(site)))
        self._visits[source_id] = _Visit(site)
        self._workers.submit(source_id, lambda: read_listing(site, known, self._courtesy))

    def _take(self, source_id: str, done: Done) -> None:
        visit = self._visits[source_id]
        if isinstance(done.error, Stopped):
            del self._visits[source_id]
            return
        if done.error is not None:
            log.error("%s: a defect in reading it, which costs this source alone", source_id, exc_info=done.error)
        result = done.result if done.error is None else _told(visit, done.error)
        if isinstance(result, Listing):
            hosts = self._courtesy.changed()
            self._intake.transact(lambda taken: self._take_listing(visit, result, taken))
            self._state.transaction(lambda: self._memory.put_hosts(hosts))
            if result.problem:
                log.warning("%s: %s", source_id, result.problem)
            self._observer.listing(visit.site, result)
            self._go_on(visit, ended=result.problem is not None)
        elif isinstance(result, Look):
            outcome = self._take_look(visit, result)
            self._observer.page(visit.site, result, outcome)
            self._go_on(visit, ended=result.resting_until is not None)

    def _take_listing(self, visit: _Visit, listing: Listing, taken: Taken) -> None:
        site, now = visit.site, self._now()
        record = self._record(site.id)._replace(visited=now)
        if listing.problem is not None:
            failures = record.failures + 1
            again = listing.resting_until or due.next_try(site.source, failures, now)
            self._memory.put_source(record._replace(failures=failures, problem=listing.problem, due=again))
        else:
            record = record._replace(succeeded=now, failures=0, problem=None, due=due.next_visit(site.source, now))
            if not listing.unchanged:
                record = record._replace(listed=len(listing.links), empty=record.empty + 1 if listing.empty else 0)
                self._memory.put_validators(site.id, _recipe(site), listing.validators.items())
            self._memory.put_source(record)
            # Due in the order of the list.
            for number, link in enumerate(listing.links):
                self._memory.add_link(site.id, link, now - (len(listing.links) - number) * 1e-6, self._sites)
            for look in listing.looks:
                self._take_entry(site, look, taken, now)

    def _take_entry(self, site: Site, look: Look, taken: Taken, now: float) -> None:
        """A text that came with the list: its page is not fetched, and only read anew where it changed."""
        page = self._memory.page(look.page.source_uri)
        if page is None or page.page.fingerprint == look.fingerprint:
            return
        outcome = self._pages.take(site, page, look, taken, now)
        self._memory.leave(look.page.source_uri)
        self._memory.put_source(counted(self._record(site.id), look, outcome))
        self._observer.page(site, look, outcome)

    def _take_look(self, visit: _Visit, look: Look) -> Outcome:
        site, page, now = visit.site, visit.page, self._now()
        assert page is not None
        outcomes: list[Outcome] = []
        hosts = self._courtesy.changed()

        def work(taken: Taken) -> None:
            outcomes.append(self._pages.take(site, page, look, taken, now))
            record = counted(self._record(site.id), look, outcomes[-1])
            if look.resting_until is not None:
                record = record._replace(due=look.resting_until)
            self._memory.put_source(record)
            self._memory.put_hosts(hosts)

        self._intake.transact(work)
        visit.looked += 1
        return outcomes[-1]

    def _go_on(self, visit: _Visit, *, ended: bool) -> None:
        """To the next page that is due, or to the end of the visit."""
        site, now = visit.site, self._now()
        full = self._most_pages is not None and visit.looked >= self._most_pages
        page = None if ended or full else self._state.transaction(lambda: self._memory.due_page(site.id, now))
        # The one page of a source is due again at once, which means at the next visit.
        if page is None or (visit.page is not None and page.page.source_uri == visit.page.page.source_uri):
            del self._visits[site.id]
            record = self._state.transaction(lambda: self._record(site.id))
            heapq.heappush(self._due, (max(record.due, now + 1e-3), site.id))
            return
        visit.page = page
        self._workers.submit(site.id, lambda: look_at(site, page.page, self._courtesy))

    def _record(self, source_id: str) -> SourceRecord:
        return self._memory.source(source_id, self._now())


def _told(visit: _Visit, error: Exception) -> Listing | Look:
    told = f"{type(error).__name__}: {error}"
    if visit.page is None:
        return Listing(problem=told)
    return Look(visit.page.page, Sight.FAILED, NoAnswer(told))


def _recipe(site: Site) -> str:
    """Of all that decides which links are found in a list."""
    return hashlib.sha256(site.source.model_dump_json().encode()).hexdigest()[:16]
