"""What is remembered of web sources, their pages and hosts: the statements on the tables that state.py describes.

All methods are to be called within State.transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from services.watcher.fetch.courtesy import HostState
from services.watcher.sources.links import Link
from services.watcher.sources.model import Expected
from services.watcher.sources.visit import Page, Validators
from services.watcher.state import State

KEEP_ARRIVALS_SECONDS: Final = 400 * 86400.0


class SourceRecord(NamedTuple):
    """Times are Unix times; `listed` is None where no list was ever read."""

    source_id: str
    since: float
    due: float = 0.0
    visited: float | None = None
    succeeded: float | None = None
    failures: int = 0
    problem: str | None = None
    listed: int | None = None
    empty: int = 0
    bad_pages: int = 0
    missed: int = 0


class PageRecord(NamedTuple):
    page: Page
    first_seen: float
    failures: int
    characters: int
    problem: str | None


class Memory:
    def __init__(self, state: State) -> None:
        self._state = state

    def source(self, source_id: str, now: float) -> SourceRecord:
        """Begins to remember it where it is new, or where a clock that was put back says that it is not yet."""
        self._state.execute("INSERT OR IGNORE INTO sources (source_id, since) VALUES (?, ?)", (source_id, now))
        row = self._state.execute("SELECT * FROM sources WHERE source_id = ?", (source_id,)).fetchone()
        record = SourceRecord(*row)
        return record._replace(since=min(record.since, now))

    def put_source(self, record: SourceRecord) -> None:
        marks = ", ".join("?" * len(record))
        self._state.execute(f"INSERT OR REPLACE INTO sources VALUES ({marks})", record)

    def validators(self, source_id: str, recipe: str) -> dict[str, Validators]:
        query = "SELECT url, etag, last_modified FROM lists WHERE source_id = ? AND recipe = ?"
        return {url: Validators(*rest) for url, *rest in self._state.execute(query, (source_id, recipe))}

    def put_validators(self, source_id: str, recipe: str, validators: Iterable[tuple[str, Validators]]) -> None:
        self._state.execute("DELETE FROM lists WHERE source_id = ?", (source_id,))
        for url, each in validators:
            self._state.execute("INSERT INTO lists VALUES (?, ?, ?, ?, ?)", (source_id, url, recipe, *each))

    def add_link(self, source_id: str, link: Link, now: float, others: Collection[str]) -> str:
        """Remember a page that a source names, due now where it is new or told to have changed; gives its `source_uri`.

        A page belongs to the source that named it first while that is one of the `others` that are watched. http and https are one
        address.
        """
        twin = (
            link.url.replace("https://", "http://", 1)
            if link.url.startswith("https:")
            else link.url.replace("http:", "https:", 1)
        )
        row = self._state.execute(
            "SELECT source_uri, source_id, hint FROM pages WHERE source_uri IN (?, ?)", (link.url, twin)
        ).fetchone()
        day = link.published_on.isoformat() if link.published_on else None
        if row is None:
            self._state.execute(
                "INSERT INTO pages (source_uri, source_id, url, hint, title, published_on, first_seen, due) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (link.url, source_id, link.url, link.hint, link.title, day, now, now),
            )
            return link.url
        source_uri, owner, hint = row
        if owner == source_id or owner not in others:
            self._state.execute(
                "UPDATE pages SET source_id = ?, url = ?, hint = ?, title = ?, published_on = ?,"
                " due = CASE WHEN ? THEN ? ELSE due END, failures = CASE WHEN ? THEN 0 ELSE failures END WHERE source_uri = ?",
                (source_id, link.url, link.hint, link.title, day, hint != link.hint, now, hint != link.hint, source_uri),
            )
        return str(source_uri)

    def mend_pages(self, source_id: str, now: float, longest: float) -> None:
        """Pages that are due later than any can be were given their time by a clock that was wrong: they are due now."""
        self._state.execute("UPDATE pages SET due = ? WHERE source_id = ? AND due > ?", (now, source_id, now + longest))

    def due_page(self, source_id: str, now: float) -> PageRecord | None:
        """The page whose turn it is, longest due first; also one that has to be read anew because a text left its other address."""
        row = self._state.execute(
            _PAGE + " WHERE pages.source_id = ? AND (due <= ? OR (files.fingerprint = '' AND failures = 0)) ORDER BY due LIMIT 1",
            (source_id, now),
        ).fetchone()
        return _record(row) if row else None

    def due_count(self, source_id: str, now: float) -> int:
        query = "SELECT count(*) FROM pages WHERE source_id = ? AND due <= ?"
        return int(self._state.execute(query, (source_id, now)).fetchone()[0])

    def page(self, source_uri: str) -> PageRecord | None:
        row = self._state.execute(_PAGE + " WHERE pages.source_uri = ?", (source_uri,)).fetchone()
        return _record(row) if row else None

    def put_look(
        self, source_uri: str, *, due: float | None, failures: int, problem: str | None, validators: Validators, characters: int
    ) -> None:
        self._state.execute(
            "UPDATE pages SET due = ?, failures = ?, problem = ?, etag = ?, last_modified = ?, characters = ? WHERE source_uri = ?",
            (due, failures, problem, *validators, characters, source_uri),
        )

    def leave(self, source_uri: str) -> None:
        """A page that is never to be fetched."""
        self._state.execute("UPDATE pages SET due = NULL WHERE source_uri = ?", (source_uri,))

    def stands_elsewhere(self, bulletin_id: str, source_id: str, source_uri: str) -> bool:
        """Does another page of the same source say the same?"""
        query = (
            "SELECT 1 FROM files JOIN pages USING (source_uri) WHERE files.bulletin_id = ? AND pages.source_id = ?"
            " AND files.source_uri <> ? LIMIT 1"
        )
        return self._state.execute(query, (bulletin_id, source_id, source_uri)).fetchone() is not None

    def failing_pages(self, source_id: str) -> list[tuple[str, str]]:
        """Address and problem of the pages that could not be read last time."""
        query = "SELECT source_uri, problem FROM pages WHERE source_id = ? AND problem IS NOT NULL ORDER BY source_uri"
        return [(uri, problem) for uri, problem in self._state.execute(query, (source_id,))]

    def arrivals_since(self, source_id: str, since: float) -> int:
        query = "SELECT count(*) FROM arrivals WHERE source_id = ? AND at >= ?"
        return int(self._state.execute(query, (source_id, since)).fetchone()[0])

    def last_arrival(self, source_id: str) -> float | None:
        row = self._state.execute("SELECT max(at) FROM arrivals WHERE source_id = ?", (source_id,)).fetchone()
        return None if row[0] is None else float(row[0])

    def last_lengths(self, source_id: str, most: int) -> list[int]:
        """Characters of the last new texts, the newest first."""
        query = "SELECT characters FROM arrivals WHERE source_id = ? ORDER BY at DESC LIMIT ?"
        return [row[0] for row in self._state.execute(query, (source_id, most))]

    def watched(self) -> dict[str, Expected | None]:
        """The sources of the watcher that was started last, with what is expected of them."""
        found: dict[str, Expected | None] = {}
        for source_id, new, seconds in self._state.execute("SELECT * FROM watched ORDER BY source_id"):
            found[source_id] = None if new is None else Expected(new=new, every=timedelta(seconds=seconds))
        return found

    def put_watched(self, sources: Mapping[str, Expected | None]) -> None:
        for source_id, expected in sources.items():
            said = (expected.new, expected.every.total_seconds()) if expected else (None, None)
            self._state.execute("INSERT OR REPLACE INTO watched VALUES (?, ?, ?)", (source_id, *said))

    def leave_watched(self, source_ids: Iterable[str]) -> None:
        """These are watched no longer."""
        self._state.execute_many("DELETE FROM watched WHERE source_id = ?", [(source_id,) for source_id in source_ids])

    def forget_old_arrivals(self, now: float) -> None:
        self._state.execute("DELETE FROM arrivals WHERE at < ?", (now - KEEP_ARRIVALS_SECONDS,))

    def hosts(self) -> list[HostState]:
        query = "SELECT origin, not_before, failures, robots, robots_at FROM hosts"
        return [HostState(*row) for row in self._state.execute(query)]

    def put_hosts(self, hosts: Iterable[HostState]) -> None:
        for host in hosts:
            self._state.execute(
                "INSERT OR REPLACE INTO hosts VALUES (?, ?, ?, ?, ?)",
                (host.origin, host.not_before, host.failures, host.robots, host.robots_at),
            )


_PAGE: Final = (
    "SELECT pages.source_uri, pages.url, etag, last_modified, files.fingerprint, title, published_on, first_seen, failures,"
    " characters, problem FROM pages LEFT JOIN files USING (source_uri)"
)


def _record(row: tuple[object, ...]) -> PageRecord:
    source_uri, url, etag, last_modified, fingerprint, title, published_on, first_seen, failures, characters, problem = row
    # Without a fingerprint it has to be read whatever the server says of changes.
    validators = Validators(etag, last_modified) if fingerprint else Validators()  # type: ignore[arg-type]
    page = Page(source_uri, url, validators, fingerprint or "", title, published_on)  # type: ignore[arg-type]
    return PageRecord(page, first_seen, failures, characters, problem)  # type: ignore[arg-type]
