"""The API's reads of Elasticsearch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from elasticsearch import AsyncElasticsearch
from elasticsearch.serializer import OrjsonSerializer

from services.api.problems import UnavailableError
from services.api.queries import SEARCH_SECONDS
from services.settings import Settings


class Found(NamedTuple):
    """One search's answer: the documents, the sort values of each, and how many there are in all."""

    documents: list[dict[str, Any]]
    sort_values: list[list[Any]]
    total: int


class Index:
    """Searches by alias. Raises UnavailableError for a half answer, and what the client raises for none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        password = settings.elasticsearch_password
        login = None if settings.elasticsearch_username is None or password is None else password.get_secret_value()
        self._client = AsyncElasticsearch(
            settings.elasticsearch_url,
            basic_auth=None if login is None else (str(settings.elasticsearch_username), login),
            request_timeout=SEARCH_SECONDS + 2,
            max_retries=0,
            serializer=OrjsonSerializer(),
        )

    async def close(self) -> None:
        await self._client.close()

    async def events(self, body: Mapping[str, Any]) -> Found:
        return await self._search(self._settings.events_index, body)

    async def bulletins(self, body: Mapping[str, Any]) -> Found:
        return await self._search(self._settings.bulletins_index, body)

    async def states(self, body: Mapping[str, Any]) -> Found:
        return await self._search(self._settings.states_index, body)

    async def check(self) -> None:
        """Raises where any of the three could not be searched."""
        aliases = [self._settings.events_index, self._settings.bulletins_index, self._settings.states_index]
        await self._search(aliases, {"size": 0})

    async def _search(self, index: str | Sequence[str], body: Mapping[str, Any]) -> Found:
        # Partial results would be a wrong answer that looks like a right one.
        answer = await self._client.search(index=index, body=dict(body), allow_partial_search_results=False)
        if answer["timed_out"]:
            raise UnavailableError(f"The search took longer than {SEARCH_SECONDS} s; narrow it or try again later.")
        hits = answer["hits"]["hits"]
        return Found(
            documents=[hit["_source"] for hit in hits],
            sort_values=[hit.get("sort", []) for hit in hits],
            total=answer["hits"]["total"]["value"],
        )
