"""One webhook's way through the topics: read, filter, deliver, and only then note how far it has come.

A message counts as delivered when the receiver has answered with 2xx. What was sent and not yet noted when the process is killed is sent
again, with the same `webhook-id`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import Executor
from contextlib import aclosing, suppress
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from prometheus_client import Counter
from pydantic import ValidationError

from services.api.live import position, topics
from services.api.live.log import Message, Passes
from services.api.live.position import PositionError
from services.api.live.topics import Layout
from services.api.matching import matcher
from services.api.problems import GoneError
from services.api.webhooks import model
from services.api.webhooks.model import Progress, Webhook
from services.api.webhooks.sender import Answer, Sender
from services.api.webhooks.store import Store
from services.lifecycle import pauses
from services.replies import Delivery
from services.settings import Settings

log = logging.getLogger(__name__)

# Messages whose delivery is noted together: so many are sent again, at most, after a kill.
TOGETHER: Final = 20
FIRST_PAUSE_SECONDS: Final = 1.0
READ_SECONDS: Final = 1.0
# Where nothing passes the filter, how far it has come is noted this often.
NOTE_SECONDS: Final = 10.0
SENT = Counter("webhook_messages", "Messages sent to webhooks.", ["outcome"])
GIVEN_UP = Counter("webhooks_given_up", "Webhooks that were disabled because they could not be delivered.")


class Disabled(Exception):
    """The webhook is to be left alone; the message says why."""


class _Stopped(Exception):
    pass


class Piece(NamedTuple):
    """Messages to be delivered, and the position after them."""

    messages: list[Message]
    position: str


class Courier:
    """Runs until it is cancelled, the webhook is disabled, or something that it stands on breaks."""

    _progress: Progress

    def __init__(self, settings: Settings, webhook: Webhook, store: Store, sender: Sender, threads: Executor) -> None:
        self._settings = settings
        self._webhook = webhook
        self._store = store
        self._sender = sender
        self._threads = threads
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End when what was sent is noted, and do not wait for a next try."""
        self._stopping.set()

    async def run(self) -> None:
        """Raises what the clients of broker and index raise, and UnknownWebhook."""
        # By id it is as it was noted last; a list of all shows it as of the last refresh, and what came since would be sent again.
        self._webhook = await self._store.get(self._webhook.webhook_id)
        self._progress = self._webhook.now_at()
        try:
            passes = matcher(self._webhook.event_filter())
        except ValidationError as error:
            await self._disable(f"its filter is not understood by this version: {error.errors()[0]['msg']}; change the filter")
            return
        where = await topics.layout(self._settings)
        try:
            async with aclosing(self._pieces(where, passes)) as pieces:
                async for piece in pieces:
                    await self._deliver(piece.messages)
                    await self._note(position=piece.position)
                    if self._stopping.is_set():
                        return
        except _Stopped:
            return
        except Disabled as reason:
            await self._disable(str(reason))
        except (GoneError, PositionError) as error:
            await self._disable(f"what comes next is not on the topics: {error}; replay it from a time or from now")

    async def _disable(self, reason: str) -> None:
        log.warning("webhook %s is disabled: %s", self._webhook.webhook_id, reason)
        await self._note()
        await self._store.disable(self._webhook.webhook_id, reason)
        GIVEN_UP.inc()

    async def _pieces(self, where: Layout, passes: Passes) -> AsyncGenerator[Piece, None]:
        offsets = position.decode(where.shape, self._progress.position)
        clock = asyncio.get_running_loop().time
        noted = clock()
        async with topics.consumer(self._settings) as client:
            await topics.check(client, where, offsets)
            topics.assign(client, where, offsets)
            while not self._stopping.is_set():
                passing: list[Message] = []
                for place, following, message in await topics.batch(client, where, READ_SECONDS):
                    offsets[place] = max(offsets[place], following)
                    if message is not None and passes(message.value):
                        passing.append(message)
                    if len(passing) == TOGETHER:
                        yield Piece(passing, position.encode(where.shape, offsets))
                        passing = []
                reached = position.encode(where.shape, offsets)
                if passing or (reached != self._progress.position and clock() - noted >= NOTE_SECONDS):
                    yield Piece(passing, reached)
                    noted = clock()

    async def _deliver(self, left: Sequence[Message]) -> None:
        """Returns when all are confirmed. Raises Disabled."""
        waits = pauses(FIRST_PAUSE_SECONDS, self._settings.webhook_retry_max_seconds)
        trying = left
        while left:
            answers = await self._send(trying)
            confirmed = {message for message, answer in zip(trying, answers, strict=True) if answer.confirmed}
            left = [message for message in left if message not in confirmed]
            failed = next((answer for answer in answers if not answer.confirmed), None)
            if failed is None:
                trying = left
                continue
            await self._fail(failed, max(next(waits), failed.wait))
            # One shows whether it is worth while for the others.
            trying = left if confirmed else left[:1]

    async def _fail(self, answer: Answer, pause: float) -> None:
        """Note it and wait. Raises Disabled."""
        now = datetime.now(UTC)
        since = max(self._progress.failing_since or now, self._webhook.enabled_at)
        if answer.gone:
            raise Disabled("the receiver answered with 410: it wants no more")
        if now - since >= timedelta(hours=self._settings.webhook_give_up_hours):
            raise Disabled(f"nothing was taken for {self._settings.webhook_give_up_hours:g} h, at last: {answer.error}")
        await self._note(failing_since=since, error=answer.error, next_try_at=now + timedelta(seconds=pause))
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), pause)
            raise _Stopped

    async def _send(self, messages: Sequence[Message]) -> list[Answer]:
        """One try each, some of them at the same time."""
        answers = await asyncio.gather(*(self._post(message) for message in messages))
        number = self._progress.attempts
        tried = [
            Delivery(
                webhook_id=self._webhook.webhook_id,
                message_id=message.event_id,
                event_type=message.event_type,
                number=number + at,
                outcome="delivered" if answer.confirmed else "failed",
                status=answer.status,
                error=answer.error,
                at=datetime.now(UTC),
                seconds=answer.seconds,
            )
            for at, (message, answer) in enumerate(zip(messages, answers, strict=True))
        ]
        for one in tried:
            SENT.labels(one.outcome).inc()
        confirmed = sum(answer.confirmed for answer in answers)
        changes: dict[str, object] = {"attempts": number + len(messages), "delivered": self._progress.delivered + confirmed}
        if confirmed:
            changes |= {"delivered_at": datetime.now(UTC)}
        if confirmed == len(answers):
            changes |= {"failing_since": None, "next_try_at": None, "error": None}
        self._progress = self._progress.model_copy(update=changes)
        await self._store.record(tried)
        return list(answers)

    async def _post(self, message: Message) -> Answer:
        now = datetime.now(UTC)
        body = model.body(message.event_type, datetime.fromtimestamp(message.timestamp_ms / 1000, UTC), message.value)
        headers = self._webhook.signed(message.event_id, body, now)
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self._sender.post, self._webhook.url, headers, body
        )

    async def _note(self, **changes: object) -> None:
        self._progress = self._progress.model_copy(update=changes)
        await self._store.note(self._webhook.webhook_id, self._progress)
