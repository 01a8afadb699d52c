"""What the watcher remembers, in one SQLite file: what stood where when last read, and what the broker has not confirmed yet.

The outbox is the point of it: a message is stored there, whole, in the same transaction that remembers its file, and goes when the
broker has confirmed it. So whatever is killed at whatever time, the very same bytes are sent again or not at all.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

import orjson

from services.deadletter import Headers, Record
from services.lifecycle import StopFlag, pauses
from services.watcher.errors import StateUnusable, Stopped
from services.watcher.identity import Known
from services.watcher.tables import ADDED, VERSION

log = logging.getLogger(__name__)

STATE_FILE: Final = "watcher.sqlite3"
# For now, however long it lasts: full disk, failing file server, another process (a backup) holding the lock.
_PASSING: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY}
)
_BUSY_SECONDS: Final = 2.0

T = TypeVar("T")


class Waiting(NamedTuple):
    """A message that the broker has not confirmed; they are sent in the order of `seq`."""

    seq: int
    record: Record

    @property
    def size(self) -> int:
        """Bytes of the value, and what a message has beside it."""
        return len(self.record.value or b"") + 1024


class State:
    """Open it in one process only, use it in one thread only."""

    def __init__(self, folder: Path, stop: StopFlag, longest_pause: float = 30.0) -> None:
        """Raises StateUnusable."""
        self._file = folder / STATE_FILE
        self._stop = stop
        self._longest_pause = longest_pause
        self.trouble: str | None = None
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = _open(self._file)
        except (OSError, sqlite3.Error) as error:
            raise StateUnusable(f"{self._file} cannot be opened: {error}; set BULLETINS_STATE_DIR or mend the file") from error

    def close(self) -> None:
        self._connection.close()

    def transaction(self, work: Callable[[], T]) -> T:
        """Run `work` and keep all that it writes, or nothing of it. Where the disk is full and the like it waits, and runs it again.

        All other methods are to be called from such a `work`.

        Raises Stopped when asked to stop meanwhile, StateUnusable where waiting does not help, and whatever `work` raises.
        """
        for pause in pauses(longest=self._longest_pause):
            try:
                with self._begun():
                    result = work()
            except sqlite3.Error as error:
                self._note(error)
                if self._stop.wait(pause):
                    raise Stopped from error
            else:
                self.trouble = None
                return result
        raise AssertionError("pauses never end")

    def fingerprint(self, source_uri: str) -> str | None:
        row = self._connection.execute("SELECT fingerprint FROM files WHERE source_uri = ?", (source_uri,)).fetchone()
        return row[0] if row else None

    def known(self, source_uri: str) -> Known | None:
        """None where nothing ever stood there that is a bulletin."""
        query = "SELECT bulletin_id, described, revision, supersedes FROM files WHERE source_uri = ? AND bulletin_id IS NOT NULL"
        row = self._connection.execute(query, (source_uri,)).fetchone()
        return Known(*row) if row else None

    def rejected(self, source_uri: str) -> str | None:
        row = self._connection.execute("SELECT rejected FROM files WHERE source_uri = ?", (source_uri,)).fetchone()
        return row[0] if row else None

    def published_elsewhere(self, bulletin_id: str, source_uri: str) -> bool:
        """Was this text published from another address, and does it stand there still, as far as was read?"""
        query = "SELECT 1 FROM files WHERE bulletin_id = ? AND revision > 0 AND source_uri <> ? LIMIT 1"
        return self._connection.execute(query, (bulletin_id, source_uri)).fetchone() is not None

    def remember(self, source_uri: str, fingerprint: str, known: Known) -> None:
        """What was read at an address."""
        self._connection.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, NULL) ON CONFLICT (source_uri) DO UPDATE SET fingerprint = excluded.fingerprint,"
            " bulletin_id = excluded.bulletin_id, described = excluded.described, revision = excluded.revision,"
            " supersedes = excluded.supersedes, rejected = NULL",
            (source_uri, fingerprint, *known),
        )

    def remember_rejected(self, source_uri: str, fingerprint: str, digest: str) -> None:
        """What is there now is no bulletin; what stood there before goes on standing."""
        self._connection.execute(
            "INSERT INTO files (source_uri, fingerprint, rejected) VALUES (?, ?, ?)"
            " ON CONFLICT (source_uri) DO UPDATE SET fingerprint = excluded.fingerprint, rejected = excluded.rejected",
            (source_uri, fingerprint, digest),
        )

    def forget_fingerprints(self, bulletin_id: str) -> bool:
        """Have the second sources of a text read again; whether there are any."""
        query = "UPDATE files SET fingerprint = '' WHERE bulletin_id = ? AND revision = 0"
        return self._connection.execute(query, (bulletin_id,)).rowcount > 0

    def put(self, record: Record) -> None:
        """Into the outbox."""
        headers = orjson.dumps([(name, value.decode()) for name, value in record.headers])
        self._connection.execute(
            "INSERT INTO outbox (topic, key, value, headers) VALUES (?, ?, ?, ?)",
            (record.topic, record.key, record.value, headers),
        )

    def waiting(self, after: int, most_bytes: int) -> list[Waiting]:
        """The first messages in the outbox behind a sequence number: one, and more while they are not `most_bytes` together."""
        query = "SELECT seq, topic, key, value, headers FROM outbox WHERE seq > ? ORDER BY seq"
        found: list[Waiting] = []
        for seq, topic, key, value, headers in self._connection.execute(query, (after,)):
            found.append(Waiting(seq, Record(topic, key, value, _headers(headers))))
            most_bytes -= found[-1].size
            if most_bytes <= 0:
                break
        return found

    def take_out(self, first: int, last: int) -> None:
        """Of the outbox, both inclusive: confirmed."""
        self._connection.execute("DELETE FROM outbox WHERE seq BETWEEN ? AND ?", (first, last))

    def waiting_count(self) -> int:
        """How many messages are in the outbox; they are put in at the end and taken out at the beginning."""
        first, last = self._connection.execute("SELECT (SELECT min(seq) FROM outbox), (SELECT max(seq) FROM outbox)").fetchone()
        return int(last - first + 1) if first is not None else 0

    def note_arrival(self, source_id: str, at: float, characters: int) -> None:
        """A new bulletin of a source."""
        self._connection.execute("INSERT INTO arrivals VALUES (?, ?, ?)", (source_id, at, characters))

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """For tables whose statements are elsewhere: sources/memory.py, likeness.py."""
        return self._connection.execute(statement, parameters)

    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        self._connection.executemany(statement, rows)

    @contextmanager
    def _begun(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled it back already.
            with suppress(sqlite3.OperationalError):
                self._connection.execute("ROLLBACK")
            raise

    def _note(self, error: sqlite3.Error) -> None:
        """Raises StateUnusable where waiting does not help."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the low byte is the kind, the rest tells details
        if code not in _PASSING:
            raise StateUnusable(f"{self._file}: {error}; mend or remove the file (then all files are published again)") from error
        if self.trouble is None:
            log.warning("the state cannot be written, will go on trying: %s: %s", self._file, error)
        self.trouble = str(error)


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=_BUSY_SECONDS, isolation_level=None)
    # A message fills one page or two, not a chain of four: half the work to take it out again.
    connection.execute("PRAGMA page_size = 16384")
    connection.execute("PRAGMA journal_mode = WAL")
    # A confirmed message must not be forgotten, nor a sent one, also when the power fails: then ids would repeat with new revisions.
    connection.execute("PRAGMA synchronous = FULL")
    # 32 MiB: a first scan's messages come and go in the log without being written a second time into the file.
    connection.execute("PRAGMA wal_autocheckpoint = 2000")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for number, schema in enumerate(ADDED[version:], version + 1):
        connection.executescript(f"BEGIN; {schema} PRAGMA user_version = {number}; COMMIT;")
    if version > VERSION:
        connection.close()
        raise StateUnusable(f"{file} has version {version}, this program knows {VERSION}; use the program that wrote it")
    return connection


def _headers(stored: bytes) -> Headers:
    return [(name, value.encode()) for name, value in orjson.loads(stored)]
