"""What becomes of a page that was looked at: taken in like a file, tried again, or given up with a dead letter.

A site in trouble must not change what it said: an error page, an empty page, a page that is gone, and a text that cannot be an edition of
the one before all leave standing what stood there.
"""

from __future__ import annotations

import logging
from typing import Final, NamedTuple

from services.contracts import bulletin_id
from services.watcher.decode import MAX_FILE_BYTES
from services.watcher.describe import Description
from services.watcher.errors import Rejected
from services.watcher.intake import Intake, Reading, Taken
from services.watcher.metrics import PAGES_SEEN
from services.watcher.sources import due
from services.watcher.sources.catalogue import Site
from services.watcher.sources.memory import Memory, PageRecord, SourceRecord
from services.watcher.sources.visit import Look, Sight
from services.watcher.state import State

log = logging.getLogger(__name__)

# An edition drops a sentence or a table. What drops four fifths of a text is a notice in its place.
SHRUNK_SHARE: Final = 0.2
SHRUNK_CHARACTERS: Final = 200


class SuspectRevision(Rejected):
    """A text that stands at a known address and is hardly an edition of what stood there."""


class FoundPage(NamedTuple):
    source_id: str
    source_uri: str
    fingerprint: str


class Outcome(NamedTuple):
    """What was decided about a page, and why."""

    action: str
    """An Action's name, or unchanged, gone, retry, reject."""
    reading: Reading | None = None
    problem: Rejected | None = None


class Pages:
    def __init__(self, state: State, memory: Memory, intake: Intake) -> None:
        self._state = state
        self._memory = memory
        self._intake = intake

    def take(self, site: Site, record: PageRecord, look: Look, taken: Taken, now: float) -> Outcome:
        """Within a transaction."""
        PAGES_SEEN.labels(site.id, str(look.sight)).inc()
        if look.sight is Sight.READ and look.description is not None:
            return self._read(site, record, look, look.description, taken, now)
        if look.sight is Sight.UNCHANGED:
            self._put(site, record, look, now, record.problem, record.characters)
            return Outcome("unchanged")
        assert look.problem is not None
        if look.sight is Sight.REJECTED:
            return self._reject(site, record, look, look.problem, taken, now)
        return self._failed(site, record, look, look.problem, taken, now)

    def _read(self, site: Site, record: PageRecord, look: Look, description: Description, taken: Taken, now: float) -> Outcome:
        source_uri = look.page.source_uri
        if suspicion := self._suspicion(site, record, description):
            return self._failed(site, record, look, suspicion, taken, now)
        reading = self._intake.decide(source_uri, description)
        try:
            self._intake.keep(FoundPage(site.id, source_uri, look.fingerprint), reading, taken)
        except Rejected as error:
            return self._reject(site, record, look, error, taken, now)
        self._put(site, record, look, now, None, len(description.text))
        return Outcome(str(reading.decision.action), reading)

    def _suspicion(self, site: Site, record: PageRecord, description: Description) -> SuspectRevision | None:
        source_uri, length = record.page.source_uri, len(description.text)
        known, identity = self._state.known(source_uri), bulletin_id(description.text)
        if known is None or known.bulletin_id == identity:
            return None
        if record.characters >= SHRUNK_CHARACTERS and length < SHRUNK_SHARE * record.characters:
            return SuspectRevision(f"the text has {length} characters where {record.characters} stood; that goes on standing")
        if self._memory.stands_elsewhere(identity, site.id, source_uri):
            return SuspectRevision("another page of the same source has this very text; what stood here goes on standing")
        return None

    def _failed(self, site: Site, record: PageRecord, look: Look, problem: Rejected, taken: Taken, now: float) -> Outcome:
        """Nothing changes but when it is tried again, and after many tries there is a dead letter."""
        source_uri, gone = look.page.source_uri, look.sight is Sight.GONE
        failures = record.failures if look.resting_until else record.failures + 1
        again = look.resting_until or due.next_page_try(site.source, failures, now, gone=gone)
        told = f"{type(problem).__name__}: {problem}"
        if not record.failures:
            log.info("%s: %s", source_uri, told)
        if failures >= due.MAX_TRIES and not gone:
            self._reject_content(site, look, problem, taken)
        self._memory.put_look(
            source_uri, due=again, failures=failures, problem=told, validators=look.page.validators, characters=record.characters
        )
        return Outcome("gone" if gone else "retry", None, problem)

    def _reject(self, site: Site, record: PageRecord, look: Look, problem: Rejected, taken: Taken, now: float) -> Outcome:
        self._reject_content(site, look, problem, taken)
        told = f"{type(problem).__name__}: {problem}"
        # The same bytes are no bulletin later either; other ones are told of by the source's list.
        again = due.next_page_try(site.source, due.MAX_TRIES, now, gone=False)
        self._memory.put_look(
            look.page.source_uri, due=again, failures=1, problem=told, validators=look.validators, characters=record.characters
        )
        return Outcome("reject", None, problem)

    def _reject_content(self, site: Site, look: Look, problem: Rejected, taken: Taken) -> None:
        raw = look.raw if len(look.raw) <= MAX_FILE_BYTES else b""
        self._intake.reject(FoundPage(site.id, look.page.source_uri, look.fingerprint), raw, problem, taken)

    def _put(self, site: Site, record: PageRecord, look: Look, now: float, problem: str | None, characters: int) -> None:
        self._memory.put_look(
            look.page.source_uri,
            due=due.next_look(site.source, record.first_seen, now),
            failures=0,
            problem=problem,
            validators=look.validators,
            characters=characters,
        )


def counted(record: SourceRecord, look: Look, outcome: Outcome) -> SourceRecord:
    """The source's record with what this page tells of its structure: nothing where the page is gone, or its host rests."""
    if look.resting_until or outcome.action in ("unchanged", "gone"):
        return record
    if outcome.problem is not None:
        return record._replace(bad_pages=record.bad_pages + 1)
    return record._replace(bad_pages=0, missed=record.missed + 1 if look.selector_missed else 0)
