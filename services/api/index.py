"""The API's reads of Elasticsearch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from elasticsearch import AsyncElasticsearch, NotFoundError

from services import indices
from services.api.problems import GoneError, UnavailableError
from services.api.queries import SEARCH_SECONDS
from services.api.snapshots import KEEP, Snapshots
from services.settings import Settings

GONE = "The list that this cursor goes on in is kept for five minutes, and has gone: ask for the first page again."


class Found(NamedTuple):
    """One search's answer: the documents, what each is sorted by, how many there are in all, and what was counted.

    `keys` are the values that a search was collapsed by, `snapshot` is what a further page has to be asked of.
    """

    documents: list[dict[str, Any]]
    sort_values: list[list[Any]]
    total: int
    aggregations: dict[str, Any]
    keys: list[str]
    snapshot: str


class Index:
    """Searches by alias. Raises UnavailableError for a half answer, GoneError for a snapshot that is no more, and what the client
    raises for none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        options = indices.client_options(settings)
        self.client = AsyncElasticsearch(settings.elasticsearch_url, request_timeout=SEARCH_SECONDS + 2, **options)
        self.event_snapshots = Snapshots(self.client, settings.events_index)
        self.bulletin_snapshots = Snapshots(self.client, settings.bulletins_index)

    async def close(self) -> None:
        await self.event_snapshots.close()
        await self.bulletin_snapshots.close()
        await self.client.close()

    async def events(self, body: Mapping[str, Any]) -> Found:
        return await self._search(body, self._settings.events_index)

    async def bulletins(self, body: Mapping[str, Any]) -> Found:
        return await self._search(body, self._settings.bulletins_index)

    async def states(self, body: Mapping[str, Any]) -> Found:
        return await self._search(body, self._settings.states_index)

    async def page(self, snapshots: Snapshots, body: Mapping[str, Any], snapshot: str | None) -> Found:
        """A page of a list: the first of it, where no snapshot is given, or one of a list begun before."""
        if snapshot is not None:
            return await self.resume(body, snapshot)
        first = await snapshots.current()
        try:
            return await self._search({**body, "pit": {"id": first, "keep_alive": KEEP}})
        except NotFoundError:
            # Elasticsearch was started anew within the second that a snapshot is used again.
            snapshots.forget()
            return await self._search({**body, "pit": {"id": await snapshots.current(), "keep_alive": KEEP}})

    async def resume(self, body: Mapping[str, Any], snapshot: str) -> Found:
        """What follows in the same snapshot. Raises GoneError where it is no more."""
        try:
            return await self._search({**body, "pit": {"id": snapshot, "keep_alive": KEEP}})
        except NotFoundError as error:
            raise GoneError(GONE) from error

    async def check(self) -> None:
        """Raises where any of the three could not be searched."""
        aliases = [self._settings.events_index, self._settings.bulletins_index, self._settings.states_index]
        await self._search({"size": 0}, aliases)

    async def _search(self, body: Mapping[str, Any], index: str | Sequence[str] | None = None) -> Found:
        # Partial results would be a wrong answer that looks like a right one.
        answer = (await self.client.search(index=index, body=dict(body), allow_partial_search_results=False)).body
        if answer["timed_out"]:
            raise UnavailableError(f"The search took longer than {SEARCH_SECONDS} s; narrow it or try again later.")
        hits = answer["hits"]["hits"]
        return Found(
            documents=[hit["_source"] for hit in hits],
            sort_values=[hit.get("sort", []) for hit in hits],
            total=answer["hits"]["total"]["value"] if "total" in answer["hits"] else 0,
            aggregations=answer.get("aggregations", {}),
            keys=[next(iter(hit["fields"].values()))[0] for hit in hits if "fields" in hit],
            snapshot=answer.get("pit_id", ""),
        )
