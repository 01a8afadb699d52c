"""Snapshots of an index (Elasticsearch calls one a point in time), so that the pages of a list fit together while documents come and go.

One snapshot serves all lists that are begun within a second: callers cannot open more than one a second, and a list costs no
further round trip. Those that no further page can be asked of are closed at once; the others go when nobody asked for long.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass

from elastic_transport import TransportError
from elasticsearch import ApiError, AsyncElasticsearch

log = logging.getLogger(__name__)

# As old as what a search without a snapshot may see: Elasticsearch shows new documents once a second.
FRESH_SECONDS = 1.0
KEEP = "5m"
# A search under way may still use a snapshot this long; see queries.SEARCH_SECONDS.
DRAIN_SECONDS = 15.0


@dataclass(slots=True)
class _Snapshot:
    id: str
    opened: float
    handed_out: bool = False


class Snapshots:
    """Of one index, by its alias."""

    def __init__(self, client: AsyncElasticsearch, alias: str) -> None:
        self._client = client
        self._alias = alias
        self._lock = asyncio.Lock()
        self._current: _Snapshot | None = None
        self._drained: list[_Snapshot] = []

    async def current(self) -> str:
        """The snapshot for a list that begins now. Raises what the client raises."""
        async with self._lock:
            now = time.monotonic()
            if self._current is None or now - self._current.opened > FRESH_SECONDS:
                opened = await self._open()
                if self._current is not None:
                    self._drained.append(self._current)
                self._current = _Snapshot(opened, now)
                await self._tidy(now)
            return self._current.id

    async def open(self) -> str:
        """A snapshot of one's own, to be closed by `drop`."""
        return await self._open()

    async def drop(self, snapshot: str) -> None:
        """Close one; where that fails it goes by itself."""
        try:
            await self._client.close_point_in_time(id=snapshot)
        except (ApiError, TransportError) as error:
            log.info("a snapshot could not be closed and goes by itself in %s: %s", KEEP, error)

    def hand_out(self, snapshot: str) -> None:
        """A caller was told how to go on in it."""
        for one in (*self._drained, self._current):
            if one is not None and one.id == snapshot:
                one.handed_out = True

    def forget(self) -> None:
        self._current = None

    async def close(self) -> None:
        """Close what nobody can ask for any more. Cursors that were given out stay good for another process."""
        left = [snapshot for snapshot in (*self._drained, self._current) if snapshot is not None and not snapshot.handed_out]
        for snapshot in left:
            await self.drop(snapshot.id)

    async def _open(self) -> str:
        reply = await self._client.open_point_in_time(index=self._alias, keep_alive=KEEP)
        return str(reply["id"])

    async def _tidy(self, now: float) -> None:
        old = [snapshot for snapshot in self._drained if now - snapshot.opened > DRAIN_SECONDS]
        self._drained = [snapshot for snapshot in self._drained if snapshot not in old]
        for snapshot in old:
            if not snapshot.handed_out:
                await self.drop(snapshot.id)
