"""The tables of the watcher's state, as each version of it added them."""

from __future__ import annotations

from typing import Final

_FILES: Final = """
CREATE TABLE files (
    source_uri TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,      -- '' where the file is to be read again whatever it looks like
    bulletin_id TEXT,               -- what stands there; NULL where nothing ever did
    described TEXT NOT NULL DEFAULT '',
    revision INTEGER NOT NULL DEFAULT 0,    -- 0: never published from there
    supersedes TEXT,
    rejected TEXT                   -- digest of the present content where it is no bulletin
) WITHOUT ROWID;
CREATE INDEX files_by_bulletin ON files (bulletin_id);
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL,
    key BLOB,
    value BLOB,
    headers BLOB NOT NULL           -- JSON
);
"""
_SITES: Final = """
CREATE TABLE pages (                -- that a web source named; what was read there is in files
    source_uri TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,        -- that named it first
    url TEXT NOT NULL,              -- where it is fetched: as source_uri, or the same by https
    hint TEXT NOT NULL,             -- what the source says of its last change
    title TEXT,
    published_on TEXT,
    etag TEXT,
    last_modified TEXT,
    first_seen REAL NOT NULL,       -- times are Unix times
    due REAL,                       -- to be looked at then; NULL: not again
    failures INTEGER NOT NULL DEFAULT 0,
    characters INTEGER NOT NULL DEFAULT 0,
    problem TEXT
) WITHOUT ROWID;
CREATE INDEX pages_by_due ON pages (source_id, due);
CREATE TABLE lists (                -- lists, feeds and sitemaps, as last read
    source_id TEXT NOT NULL,
    url TEXT NOT NULL,
    recipe TEXT NOT NULL,           -- how it was read: after a change of the source's description it is read again
    etag TEXT,
    last_modified TEXT,
    PRIMARY KEY (source_id, url)
) WITHOUT ROWID;
CREATE TABLE sources (
    source_id TEXT PRIMARY KEY,
    since REAL NOT NULL,            -- watched since then
    due REAL NOT NULL DEFAULT 0,
    visited REAL,
    succeeded REAL,
    failures INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    listed INTEGER,                 -- links at the last reading
    empty INTEGER NOT NULL DEFAULT 0,       -- readings in a row without any link
    bad_pages INTEGER NOT NULL DEFAULT 0,   -- pages in a row that were no bulletins
    missed INTEGER NOT NULL DEFAULT 0       -- pages in a row in which the selector found no text
) WITHOUT ROWID;
CREATE TABLE arrivals (             -- new bulletins
    source_id TEXT NOT NULL,
    at REAL NOT NULL,
    characters INTEGER NOT NULL
);
CREATE INDEX arrivals_by_source ON arrivals (source_id, at);
CREATE TABLE hosts (
    origin TEXT PRIMARY KEY,
    not_before REAL NOT NULL,
    failures INTEGER NOT NULL,
    robots TEXT,
    robots_at REAL NOT NULL
) WITHOUT ROWID;
"""
_LIKENESSES: Final = """
CREATE TABLE likenesses (           -- texts by their sentences, see likeness.py
    likeness_id INTEGER PRIMARY KEY,
    bulletin_id TEXT NOT NULL UNIQUE,
    near_duplicate_of TEXT,
    numbers BLOB                    -- NULL where near_duplicate_of is not
);
CREATE TABLE likeness_bands (
    band INTEGER NOT NULL,
    likeness_id INTEGER NOT NULL,
    PRIMARY KEY (band, likeness_id)
) WITHOUT ROWID;
CREATE INDEX likeness_bands_by_text ON likeness_bands (likeness_id);
"""
_WATCHED: Final = """
CREATE TABLE watched (              -- sources of the watcher that was started last for all
    source_id TEXT PRIMARY KEY,
    expected_new INTEGER,           -- NULL where its description does not say it
    expected_seconds REAL
) WITHOUT ROWID;
"""
# What each version added to the one before it.
ADDED: Final = (_FILES, _SITES, _LIKENESSES, _WATCHED)
VERSION: Final = len(ADDED)
