"""What people do with webhooks; the routes and the command both use it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import orjson
from aiokafka.errors import KafkaError
from pydantic import AwareDatetime

from services.addresses import Unreachable, UnsafeAddress
from services.api.live import position, topics
from services.api.live.position import PositionError
from services.api.params import EventFilter
from services.api.problems import UnavailableError
from services.api.webhooks import model, sender
from services.api.webhooks.model import Secret, Webhook
from services.api.webhooks.sender import Answer, Sender
from services.api.webhooks.store import Store
from services.settings import Settings

From = Literal["now", "beginning"] | AwareDatetime
# Two signatures fit in a header that receivers take; the one before the last rotation is enough.
_GOOD_SECRETS: Final = 2


class RefusedError(ValueError):
    """A value that cannot be taken; `field` is which."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Manager:
    """Raises UnknownWebhook, RefusedError, UnavailableError (Kafka), and what the client of the index raises."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self.store = store
        self._sender = Sender(sender.rule(settings))

    async def create(self, url: str, filters: EventFilter, description: str | None, start: From) -> Webhook:
        await self._check(url)
        if len(await self.store.listed()) >= self._settings.webhook_most:
            raise RefusedError("url", f"there are {self._settings.webhook_most} webhooks already (BULLETINS_WEBHOOK_MOST)")
        now = datetime.now(UTC)
        webhook = Webhook(
            webhook_id=model.new_id(),
            url=url,
            description=description,
            filter=model.written(filters),
            enabled_at=now,
            created_at=now,
            secrets=[model.new_secret()],
            start=await self._position(start),
        )
        await self.store.create(webhook)
        return webhook

    async def change(self, webhook_id: str, **fields: Any) -> Webhook:
        """`url`, `filter`, `description`, `enabled`: those that are given."""
        if "url" in fields:
            await self._check(fields["url"])
        if "filter" in fields:
            fields["filter"] = model.written(fields["filter"])
        if fields.get("enabled"):
            fields |= {"disabled_reason": None, "enabled_at": datetime.now(UTC)}
        elif "enabled" in fields:
            fields["disabled_reason"] = "switched off"
        return await self.store.change(webhook_id, **fields)

    async def replay(self, webhook_id: str, start: From | None, after_id: str | None) -> Webhook:
        """Begin again from a time, or after an id of the live stream, also where it was disabled."""
        webhook = await self.store.get(webhook_id)
        begin = await self._position(start or "now") if after_id is None else await self._given(after_id)
        enabled = {"enabled": True, "disabled_reason": None, "enabled_at": datetime.now(UTC)}
        return await self.store.change(webhook_id, start=begin, start_number=webhook.start_number + 1, **enabled)

    async def rotate(self, webhook_id: str, grace: timedelta) -> Webhook:
        """A new secret; the one before it stays good for `grace`, and messages are signed with both."""
        webhook = await self.store.get(webhook_id)
        before = webhook.secrets[0].model_copy(update={"until": datetime.now(UTC) + grace})
        secrets: list[Secret] = [model.new_secret(), before][:_GOOD_SECRETS]
        return await self.store.change(webhook_id, secrets=secrets)

    async def test(self, webhook_id: str) -> Answer:
        """Send one message of the type `test`, once."""
        webhook = await self.store.get(webhook_id)
        now = datetime.now(UTC)
        body = model.body("test", now, orjson.dumps({"webhook_id": webhook_id}))
        headers = webhook.signed(f"test-{model.new_id()}", body, now)
        return await asyncio.to_thread(self._sender.post, webhook.url, headers, body)

    async def _check(self, url: str) -> None:
        rule = sender.rule(self._settings)
        try:
            target = rule.target(url)
            await asyncio.to_thread(rule.resolve, target.host, target.port)
        except (UnsafeAddress, Unreachable) as error:
            raise RefusedError("url", str(error)) from error

    async def _given(self, after_id: str) -> str:
        """The same id where the topics have what follows it. Raises RefusedError; GoneError where it is gone."""
        async with topics.consumer(self._settings) as client:
            where = await topics.layout(self._settings)
            try:
                offsets = position.decode(where.shape, after_id)
            except PositionError as error:
                raise RefusedError("after", str(error)) from error
            await topics.check(client, where, offsets)
        return after_id

    async def _position(self, start: From) -> str:
        async with topics.consumer(self._settings) as client:
            where = await topics.layout(self._settings)
            begin, end = await topics.bounds(client, where)
            if start == "beginning":
                return position.encode(where.shape, begin)
            if isinstance(start, datetime):
                milliseconds = int(start.timestamp() * 1000)
                try:
                    found = await client.offsets_for_times(dict.fromkeys(where.partitions, milliseconds))
                except KafkaError as error:
                    raise UnavailableError("The event topics cannot be read now; try again later.") from error
                # Where nothing is as late, what comes from now on.
                end = [
                    last if (there := found[partition]) is None else there.offset
                    for partition, last in zip(where.partitions, end, strict=True)
                ]
            return position.encode(where.shape, end)
