"""What is remembered survives; what is half done is not there."""

from __future__ import annotations

import re
import resource
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from services.deadletter import Record
from services.lifecycle import StopFlag
from services.settings import PROJECT
from services.watcher.errors import StateUnusable, Stopped
from services.watcher.identity import Known
from services.watcher.state import STATE_FILE, State
from services.watcher.tables import ADDED, VERSION

KNOWN = Known("x", "d", 7, None)
RECORD = Record("topic", b"key", "值".encode(), [("ce_id", b"1"), ("ce_source", "file:n/甲.txt".encode()), ("ce_id", b"2")])


@pytest.fixture
def stop() -> StopFlag:
    return StopFlag()


@contextmanager
def opened(folder: Path, stop: StopFlag) -> Iterator[State]:
    state = State(folder, stop, longest_pause=0.05)
    try:
        yield state
    finally:
        state.close()


def test_what_was_read_and_what_waits_survive_a_restart(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path / "new/folder", stop) as state:

        def work() -> None:
            state.remember("file:n/a.txt", "1:2:3|", KNOWN)
            state.put(RECORD)

        state.transaction(work)
    with opened(tmp_path / "new/folder", stop) as state:
        assert state.known("file:n/a.txt") == KNOWN
        assert state.fingerprint("file:n/a.txt") == "1:2:3|"
        assert [waiting.record for waiting in state.waiting(0, 1000)] == [RECORD]


def test_a_message_without_a_value_or_headers_comes_back_as_it_went_in(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        state.transaction(lambda: state.put(Record("t", b"k", None, [])))
        assert [waiting.record for waiting in state.waiting(0, 1)] == [Record("t", b"k", None, [])]


def test_work_that_fails_leaves_nothing(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:

        def work() -> None:
            state.put(RECORD)
            state.remember("file:n/a.txt", "f", KNOWN)
            raise RuntimeError

        with suppress(RuntimeError):
            state.transaction(work)
        assert state.waiting_count() == 0
        assert state.known("file:n/a.txt") is None


def test_messages_wait_in_order_and_are_handed_out_by_size(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        state.transaction(lambda: [state.put(RECORD._replace(value=bytes([number]) * 10_000)) for number in range(5)])
        first = state.waiting(0, 15_000)
        assert [waiting.record.value[:1] for waiting in first if waiting.record.value] == [b"\x00", b"\x01"]
        rest = state.waiting(first[-1].seq, 10**9)
        assert len(rest) == 3
        assert len(state.waiting(0, 1)) == 1, "one message is handed out however large it is"
        assert state.waiting_count() == 5
        state.transaction(lambda: state.take_out(first[0].seq, first[-1].seq))
        assert state.waiting_count() == 3
        state.transaction(lambda: state.take_out(0, rest[-1].seq))
        assert (state.waiting_count(), state.waiting(0, 10**9)) == (0, [])


def test_numbers_of_messages_are_not_used_again(tmp_path: Path, stop: StopFlag) -> None:
    """Whoever was handed out up to a number finds what is put in later behind it."""
    with opened(tmp_path, stop) as state:
        state.transaction(lambda: state.put(RECORD))
        last = state.waiting(0, 1)[0].seq
        state.transaction(lambda: state.take_out(last, last))
        state.transaction(lambda: state.put(RECORD))
        assert len(state.waiting(last, 1)) == 1


def test_what_is_published_elsewhere(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        state.transaction(lambda: state.remember("a", "f", KNOWN))
        state.transaction(lambda: state.remember("b", "f", KNOWN._replace(revision=0)))
        assert not state.published_elsewhere("x", "a"), "a second source is no publication"
        assert state.published_elsewhere("x", "b")
        assert state.transaction(lambda: state.forget_fingerprints("x")) is True
        assert (state.fingerprint("a"), state.fingerprint("b")) == ("f", "")
        assert state.transaction(lambda: state.forget_fingerprints("unknown")) is False


def test_a_rejected_content_leaves_what_stood_there(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        state.transaction(lambda: state.remember("a", "f", KNOWN))
        state.transaction(lambda: state.remember_rejected("a", "g", "digest"))
        assert (state.known("a"), state.fingerprint("a"), state.rejected("a")) == (KNOWN, "g", "digest")
        state.transaction(lambda: state.remember("a", "h", KNOWN))
        assert state.rejected("a") is None
        state.transaction(lambda: state.remember_rejected("never", "f", "digest"))
        assert state.known("never") is None


def test_a_full_disk_is_waited_out_and_nothing_is_lost(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        state._connection.execute("PRAGMA max_page_count = 10")  # SQLite's own quota: SQLITE_FULL as from a full disk
        troubles: list[str | None] = []

        def work() -> None:
            if len(troubles) == 2:
                state._connection.execute("PRAGMA max_page_count = 1000")
            troubles.append(state.trouble)
            state.put(RECORD._replace(value=bytes(1_000_000)))

        state.transaction(work)
        assert troubles[0] is None
        assert troubles[1:] == ["database or disk is full"] * 2
        assert state.trouble is None
        assert state.waiting_count() == 1


def test_a_write_that_the_system_refuses_is_waited_out(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        tries = 0

        def work() -> None:
            nonlocal tries
            tries += 1
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft if tries == 3 else 100_000, hard))
            state.put(RECORD._replace(value=bytes(1_000_000)))

        try:
            state.transaction(work)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert tries == 3
        assert state.waiting_count() == 1


def test_a_stop_ends_the_waiting_with_nothing_half_done(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        state._connection.execute("PRAGMA max_page_count = 10")
        threading.Timer(0.1, stop.set).start()
        with pytest.raises(Stopped):
            state.transaction(lambda: state.put(RECORD._replace(value=bytes(1_000_000))))
        assert state.waiting_count() == 0


def test_a_damaged_file_ends_the_process_with_a_reason(tmp_path: Path, stop: StopFlag) -> None:
    (tmp_path / STATE_FILE).write_bytes(b"not a database at all" * 1000)
    with pytest.raises(StateUnusable, match=f"{STATE_FILE}.*not a database.*BULLETINS_STATE_DIR"):
        State(tmp_path, stop)


def test_damage_that_is_met_later_is_not_waited_out(tmp_path: Path, stop: StopFlag) -> None:
    with opened(tmp_path, stop) as state:
        state._connection.execute("DROP TABLE outbox")
        with pytest.raises(StateUnusable, match="no such table"):
            state.transaction(lambda: state.put(RECORD))


ROWS = (
    "INSERT INTO files VALUES ('file:n/a.txt', '1:2:3|', 'x', 'd', 7, NULL, NULL);"
    "INSERT INTO outbox (topic, key, value, headers) VALUES ('topic', x'6b', x'76', '[]');",
    "INSERT INTO sources (source_id, since) VALUES ('county', 5);"
    "INSERT INTO arrivals VALUES ('county', 6, 700);"
    "INSERT INTO pages (source_uri, source_id, url, hint, first_seen) VALUES ('http://a/', 'county', 'http://a/', '', 5);",
    "INSERT INTO likenesses VALUES (1, 'x', NULL, NULL);",
    "INSERT INTO watched VALUES ('county', NULL, NULL);",
)
"""What a program of each version wrote into the tables that it brought."""


def contents(file: Path) -> dict[str, list[tuple[object, ...]]]:
    connection = sqlite3.connect(file)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in tables}
    found["version"] = connection.execute("PRAGMA user_version").fetchall()
    connection.close()
    return found


def written(folder: Path, version: int) -> Path:
    """The file of a program of that version."""
    file = folder / STATE_FILE
    connection = sqlite3.connect(file)
    for statements in (*ADDED[:version], *ROWS[:version], f"PRAGMA user_version = {version};"):
        connection.executescript(statements)
    connection.close()
    return file


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_the_state_of_an_older_program_is_kept_whole(tmp_path: Path, stop: StopFlag, version: int) -> None:
    file = written(tmp_path, version)
    before = contents(file)
    with opened(tmp_path, stop) as state:
        assert state.known("file:n/a.txt") == KNOWN
        assert [waiting.record for waiting in state.waiting(0, 1)] == [Record("topic", b"k", b"v", [])]
    after = contents(file)
    assert after.pop("version") == [(VERSION,)]
    del before["version"]
    assert {name: after[name] for name in before} == before
    assert all(rows == [] for name, rows in after.items() if name not in before), "tables that are new are empty"
    assert after.keys() >= {"files", "outbox", "sources", "likenesses", "watched"}


def test_the_way_back_that_is_told_leaves_a_state_of_version_3(tmp_path: Path, stop: StopFlag) -> None:
    file = written(tmp_path, 3)
    before = contents(file)
    with opened(tmp_path, stop):
        pass
    told = re.search(r"sqlite3 \S+ '(DROP [^']+)'", (PROJECT / "docs" / "upgrades.md").read_text("utf-8"))
    assert told is not None
    connection = sqlite3.connect(file)
    connection.executescript(told[1])
    connection.close()
    assert contents(file) == before
    with opened(tmp_path, stop) as state:
        assert state.known("file:n/a.txt") == KNOWN


def test_the_state_of_a_newer_program_is_not_touched(tmp_path: Path, stop: StopFlag) -> None:
    connection = sqlite3.connect(tmp_path / STATE_FILE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StateUnusable, match="99"):
        State(tmp_path, stop)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, stop: StopFlag) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateUnusable, match="BULLETINS_STATE_DIR"):
        State(tmp_path / "file" / "state", stop)
