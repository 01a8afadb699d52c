"""Webhooks in the index. People change what they gave, the deliverer its progress; neither writes over the other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from elasticsearch import AsyncElasticsearch, NotFoundError

from services.api.webhooks.model import Progress, Webhook
from services.replies import Delivery
from services.settings import Settings

log = logging.getLogger(__name__)

# Of one webhook's tries, the last ones are kept.
KEPT_DELIVERIES: Final = 200
_CONFLICT_RETRIES: Final = 5


class UnknownWebhook(Exception):
    """There is none with this id."""


class Store:
    """Raises what the client raises where the index does not answer. Without `require_alias` a missing index would be made on the fly."""

    def __init__(self, client: AsyncElasticsearch, settings: Settings) -> None:
        self._client = client
        self._index = settings.webhooks_index
        self._deliveries = settings.deliveries_index
        self._most = settings.webhook_most

    async def create(self, webhook: Webhook) -> None:
        await self._client.create(
            index=self._index,
            id=webhook.webhook_id,
            document=webhook.model_dump(mode="json"),
            refresh="wait_for",
            require_alias=True,
        )

    async def get(self, webhook_id: str) -> Webhook:
        """Raises UnknownWebhook."""
        try:
            return Webhook.model_validate((await self._client.get(index=self._index, id=webhook_id))["_source"])
        except NotFoundError as error:
            raise _unknown(webhook_id) from error

    async def listed(self) -> list[Webhook]:
        """All of them, the oldest first; as the index showed them last, which may be a second ago."""
        answer = await self._client.search(
            index=self._index, size=10_000, sort=[{"created_at": "asc"}], allow_partial_search_results=False
        )
        return [Webhook.model_validate(hit["_source"]) for hit in answer["hits"]["hits"]]

    async def change(self, webhook_id: str, **fields: Any) -> Webhook:
        """Some fields anew, the others as they are. Raises UnknownWebhook."""
        await self._update(webhook_id, fields, refresh="wait_for")
        return await self.get(webhook_id)

    async def delete(self, webhook_id: str) -> None:
        """Raises UnknownWebhook."""
        try:
            await self._client.delete(index=self._index, id=webhook_id, refresh="wait_for")
        except NotFoundError as error:
            raise _unknown(webhook_id) from error
        slots = [{"delete": {"_id": _slot(webhook_id, number)}} for number in range(KEPT_DELIVERIES)]
        await self._client.bulk(index=self._deliveries, operations=slots, require_alias=True)

    async def note(self, webhook_id: str, progress: Progress) -> None:
        """Raises UnknownWebhook where it was deleted meanwhile."""
        await self._update(webhook_id, {"progress": progress.model_dump(mode="json")}, refresh=False)

    async def disable(self, webhook_id: str, reason: str) -> None:
        """Raises UnknownWebhook."""
        await self._update(webhook_id, {"enabled": False, "disabled_reason": reason}, refresh="wait_for")

    async def record(self, deliveries: Sequence[Delivery]) -> None:
        lines: list[Any] = []
        for delivery in deliveries:
            lines += [{"index": {"_id": _slot(delivery.webhook_id, delivery.number)}}, delivery.model_dump(mode="json")]
        if lines:
            answer = await self._client.bulk(index=self._deliveries, operations=lines, require_alias=True)
            if answer["errors"]:
                log.warning("of %d tries not all are listed: %.300s", len(deliveries), answer["items"])

    async def deliveries(self, webhook_id: str, limit: int, failed: bool) -> list[Delivery]:
        """The last tries, the newest first. Raises UnknownWebhook."""
        await self.get(webhook_id)
        wanted: list[dict[str, Any]] = [{"term": {"webhook_id": webhook_id}}]
        if failed:
            wanted.append({"term": {"outcome": "failed"}})
        answer = await self._client.search(
            index=self._deliveries, query={"bool": {"filter": wanted}}, size=limit, sort=[{"number": "desc"}]
        )
        return [Delivery.model_validate(hit["_source"]) for hit in answer["hits"]["hits"]]

    async def _update(self, webhook_id: str, fields: dict[str, Any], refresh: bool | str) -> None:
        document = {name: _json(value) for name, value in fields.items()}
        try:
            await self._client.update(
                index=self._index,
                id=webhook_id,
                doc=document,
                retry_on_conflict=_CONFLICT_RETRIES,
                refresh=refresh,
                require_alias=True,
            )
        except NotFoundError as error:
            raise _unknown(webhook_id) from error


def _slot(webhook_id: str, number: int) -> str:
    return f"{webhook_id}.{number % KEPT_DELIVERIES}"


def _unknown(webhook_id: str) -> UnknownWebhook:
    return UnknownWebhook(f"There is no webhook {webhook_id}.")


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return [one.model_dump(mode="json") for one in value]
    return value
