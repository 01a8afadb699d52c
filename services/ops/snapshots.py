"""Backup and restore of the indices by Elasticsearch's own snapshots.

A restore goes beside what serves, under the next numbers, and takes the aliases over in one request: queries see neither an error
nor a gap. What came after the snapshot is then missing; `bulletins reconcile --repair` sends it again from the topics.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError

from services import indices
from services.indices import Index, Swap
from services.settings import Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
REQUEST_SECONDS = 60
# A shard of 50 GB from a slow store.
RESTORE_SECONDS = 6 * 3600

Say = Callable[[str], None]


class SnapshotError(Exception):
    """The message says what happened and what to do; what served before serves on."""


class Snapshot(NamedTuple):
    """`state` is Elasticsearch's: SUCCESS, PARTIAL, FAILED or IN_PROGRESS."""

    name: str
    state: str
    started: datetime
    indices: list[str]


def backup(settings: Settings, name: str | None, say: Say) -> Snapshot:
    """Snapshot what every alias names now; returns when it is whole. `say` is told the progress. Raises SnapshotError."""
    name = name or f"bulletins-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    with _client(settings) as client:
        _ensure_repository(client, settings)
        names = []
        for index in indices.all_indices(settings):
            names += indices.serving(client, index.alias) or _missing(index)
        client.snapshot.create(
            repository=settings.snapshot_repository,
            snapshot=name,
            indices=names,
            include_global_state=False,
            feature_states=["none"],
            wait_for_completion=False,
        )
        while (snapshot := _find(client, settings, name)).state == "IN_PROGRESS":
            _tell_progress(client, settings, name, say)
            time.sleep(LOOK_SECONDS)
    if snapshot.state != "SUCCESS":
        raise SnapshotError(f"snapshot {name} is {snapshot.state}: see Elasticsearch's log; what it holds cannot be relied on")
    return snapshot


def snapshots(settings: Settings) -> list[Snapshot]:
    """All of the repository, the oldest first. Raises SnapshotError."""
    with _client(settings) as client:
        _ensure_repository(client, settings)
        found = client.snapshot.get(repository=settings.snapshot_repository, snapshot="*", sort="start_time")
        return [_snapshot(item) for item in found["snapshots"]]


def restore(settings: Settings, name: str, say: Say, *, with_keys: bool = False) -> list[Swap]:
    """Restore a snapshot beside what serves and point the aliases at it.

    API keys and webhooks that are there are left alone unless `with_keys`: a snapshot may hold one that was revoked since. Where it
    is older than such an index, that is left as it is, or made empty. The indices that served before stay, read-only. Raises
    SnapshotError.
    """
    with _client(settings) as client:
        _ensure_repository(client, settings)
        snapshot = _find(client, settings, name)
        if snapshot.state != "SUCCESS":
            raise SnapshotError(f"snapshot {name} is {snapshot.state}; `bulletins backup --list` shows whole ones")
        swaps = []
        for index in _wanted(client, settings, snapshot, with_keys):
            swaps.append(_restore_beside(client, settings, snapshot, index, say))
        old = [each for swap in swaps for each in swap.old]
        if old:
            client.indices.put_settings(index=old, settings={"index.blocks.write": True})
        for swap in swaps:
            indices.outrank(client, swap)
        indices.swap(client, swaps)
        try:
            indices.ensure_indices(client, settings)
        except indices.IndexMismatch as error:
            raise SnapshotError(f"restored, but the snapshot is of another version: {error}") from error
    return swaps


def _wanted(client: Elasticsearch, settings: Settings, snapshot: Snapshot, with_keys: bool) -> list[Index]:
    kept = [
        index
        for index in indices.kept_indices(settings)
        if _stored(snapshot, index) and (with_keys or not indices.serving(client, index.alias))
    ]
    return [*indices.topic_indices(settings), *kept]


def _stored(snapshot: Snapshot, index: Index) -> str | None:
    return next((each for each in snapshot.indices if _is_of(each, index.alias)), None)


def _restore_beside(client: Elasticsearch, settings: Settings, snapshot: Snapshot, index: Index, say: Say) -> Swap:
    stored = _stored(snapshot, index)
    if stored is None:
        raise SnapshotError(f"snapshot {snapshot.name} holds no {index.alias}-v…, only {', '.join(snapshot.indices)}")
    target = indices.next_name(client, index.alias)
    say(f"restoring {stored} as {target}")
    answer = client.options(request_timeout=RESTORE_SECONDS).snapshot.restore(
        repository=settings.snapshot_repository,
        snapshot=snapshot.name,
        indices=stored,
        rename_pattern=".+",
        rename_replacement=target,
        include_aliases=False,
        include_global_state=False,
        # It may have been taken while a rebuild had it blocked.
        ignore_index_settings=["index.blocks.write"],
        wait_for_completion=True,
    )
    shards = answer["snapshot"]["shards"]
    if shards["failed"]:
        raise SnapshotError(f"{shards['failed']} of {shards['total']} shards of {stored} could not be restored; {target} is left")
    return Swap(index.alias, indices.serving(client, index.alias), target)


def _is_of(name: str, alias: str) -> bool:
    start, _, number = name.rpartition("-v")
    return start == alias and number.isdigit()


def _ensure_repository(client: Elasticsearch, settings: Settings) -> None:
    """Register a folder of the server, unless an operator has registered something else (S3, …) under this name."""
    try:
        client.snapshot.get_repository(name=settings.snapshot_repository)
    except NotFoundError:
        client.snapshot.create_repository(
            name=settings.snapshot_repository, repository={"type": "fs", "settings": {"location": settings.snapshot_location}}
        )
        log.info("registered the snapshot repository %s: %s", settings.snapshot_repository, settings.snapshot_location)


def _find(client: Elasticsearch, settings: Settings, name: str) -> Snapshot:
    try:
        found = client.snapshot.get(repository=settings.snapshot_repository, snapshot=name)
    except NotFoundError as error:
        raise SnapshotError(f"there is no snapshot {name}; `bulletins backup --list` shows all") from error
    return _snapshot(found["snapshots"][0])


def _snapshot(item: dict[str, Any]) -> Snapshot:
    started = datetime.fromtimestamp(item["start_time_in_millis"] / 1000, UTC)
    return Snapshot(item["snapshot"], item["state"], started, sorted(item["indices"]))


def _tell_progress(client: Elasticsearch, settings: Settings, name: str, say: Say) -> None:
    for item in client.snapshot.status(repository=settings.snapshot_repository, snapshot=name)["snapshots"]:
        shards, size = item["shards_stats"], item["stats"]
        done = size.get("processed", size["incremental"])["size_in_bytes"]
        say(
            f"{shards['done']} of {shards['total']} shards, {done / 1e6:.0f} of {size['incremental']['size_in_bytes'] / 1e6:.0f} MB"
        )


def _missing(index: Index) -> list[str]:
    raise SnapshotError(f"there is no alias {index.alias}; `bulletins bootstrap` makes it and its index")


@contextmanager
def _client(settings: Settings) -> Iterator[Elasticsearch]:
    with closing(indices.connect(settings, request_timeout=REQUEST_SECONDS)) as client:
        try:
            yield client
        except (ApiError, TransportError) as error:
            raise SnapshotError(f"Elasticsearch at {settings.elasticsearch_url}: {_said(error)}") from error


def _said(error: ApiError | TransportError) -> str:
    body = error.body if isinstance(error, ApiError) else None
    reason = body.get("error", {}).get("reason", "") if isinstance(body, dict) else ""
    hint = "; set path.repo in elasticsearch.yml and start it anew" if "path.repo" in reason else ""
    return f"{error}{f': {reason}' if reason and reason not in str(error) else ''}{hint}"
