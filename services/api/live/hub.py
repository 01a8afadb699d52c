"""All subscribers of one API process: one reader of the topics, one log, a stream of bytes for each of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge

from services.api.live import position, topics
from services.api.live.log import PIECE_BYTES, Cursor, Log, Overtaken, Passes, comment, frame
from services.api.problems import UnavailableError
from services.settings import Settings

log = logging.getLogger(__name__)

# Readers of their own for those who go on from before the log begins.
CATCH_UPS: Final = 4
# The hint of a stream's first line: so long a browser waits before it comes again.
RETRY_MILLISECONDS: Final = 2000
READ_SECONDS: Final = 1.0
SUBSCRIBERS = Gauge("stream_subscribers", "Subscribers of the live stream now.")
CUT = Counter("stream_cut", "Subscribers that were cut off because they took too little.")

_TOO_MANY: Final = UnavailableError("Too many subscribers go on from long ago; try again later.")
StillWelcome = Callable[[], Awaitable[bool]]


class Hub:
    """Reads nothing until the first subscriber comes: queries need no Kafka."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._reader: asyncio.Task[None] | None = None
        self._began: asyncio.Future[_Live] | None = None
        self._subscribers = 0
        self._catch_ups = 0
        self._closing = False

    async def subscribe(self, passes: Passes, last_id: str | None, welcome: StillWelcome) -> AsyncGenerator[bytes, None]:
        """A stream of server-sent events: those after `last_id`, or from now on. Ends when `welcome`, asked now and then, says no.

        Raises PositionError, GoneError or UnavailableError.
        """
        self._check_room()
        live = await self._started()
        offsets = None if last_id is None else await _checked(live, position.decode(live.layout.shape, last_id))
        self._check_room()
        if offsets is not None and not live.log.holds(offsets) and self._catch_ups >= CATCH_UPS:
            raise _TOO_MANY
        return self._stream(live, passes, offsets, welcome)

    def stop(self) -> None:
        """End all streams soon; their subscribers come again elsewhere."""
        self._closing = True
        live = self._running()
        if live is not None:
            live.log.finish()

    async def close(self) -> None:
        self.stop()
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    def _check_room(self) -> None:
        if self._subscribers >= self._settings.api_stream_connections:
            raise UnavailableError(f"{self._subscribers} subscribers are connected, more are not served; try again later.")

    async def _started(self) -> _Live:
        if self._closing:
            raise UnavailableError("The server is stopping; try again later.")
        if self._began is None or (self._began.done() and self._running() is None):
            self._began = asyncio.get_running_loop().create_future()
            # Whoever waited for it may have gone.
            self._began.add_done_callback(lambda began: began.cancelled() or began.exception())
            self._reader = asyncio.create_task(self._read(self._began))
        return await asyncio.shield(self._began)

    def _running(self) -> _Live | None:
        began = self._began
        if began is None or not began.done() or began.exception() is not None or began.result().log.ended:
            return None
        return began.result()

    async def _read(self, began: asyncio.Future[_Live]) -> None:
        """The task that fills the log; where it ends, the log does, and the next subscriber starts another."""
        live: _Live | None = None
        failure = UnavailableError("The event topics cannot be read now; try again later.")
        try:
            where = await topics.layout(self._settings)
            async with topics.consumer(self._settings) as client:
                begin, end = await topics.bounds(client, where)
                # Subscribers who were cut off with the process before go on without a reader of their own.
                most = self._settings.api_stream_messages
                back = most // len(end)
                start = [max(first, last - back) for first, last in zip(begin, end, strict=True)]
                live = _Live(where, client, Log(where.shape, start, most))
                topics.assign(client, where, start)
                while any(tip < last for tip, last in zip(live.log.tip, end, strict=True)):
                    await live.read()
                began.set_result(live)
                while True:
                    await live.read()
        except UnavailableError as error:
            failure = error
        except KafkaError as error:
            log.warning("the live stream begins anew: %r", error)
        finally:
            if live is not None:
                live.log.finish()
            # Whatever ended the task, nobody may wait for it for ever.
            if not began.done():
                began.set_exception(failure)

    async def _stream(
        self, live: _Live, passes: Passes, offsets: Sequence[int] | None, welcome: StillWelcome
    ) -> AsyncGenerator[bytes, None]:
        self._subscribers += 1
        SUBSCRIBERS.inc()
        try:
            cursor = Cursor(live.log, passes, offsets)
            yield b"retry: %d\n" % RETRY_MILLISECONDS + comment("connected", cursor.id)
            if cursor.lacking() is not None:
                async with aclosing(self._catch_up(live, passes, cursor)) as pieces:
                    async for piece in pieces:
                        yield piece
            else:
                cursor.enter()
            async with aclosing(self._follow(live.log, cursor, welcome)) as pieces:
                async for piece in pieces:
                    yield piece
        except Overtaken:
            CUT.inc()
            log.info("a subscriber is further behind than the log reaches and is cut off")
        except (KafkaError, UnavailableError) as error:
            log.info("a subscriber is cut off: %r", error)
        finally:
            self._subscribers -= 1
            SUBSCRIBERS.dec()

    async def _follow(self, shared: Log, cursor: Cursor, welcome: StillWelcome) -> AsyncGenerator[bytes, None]:
        heartbeat = self._settings.api_stream_heartbeat_seconds
        clock = asyncio.get_running_loop().time
        sent = looked = clock()
        while not shared.ended:
            if clock() - looked >= heartbeat:
                if not await welcome():
                    return
                looked = clock()
            piece, more = cursor.take()
            if not piece and clock() - sent >= heartbeat:
                piece = comment("heartbeat", cursor.id)
            if piece:
                yield piece
                sent = clock()
            if more:
                # Others come in between, also where nothing passes and where the socket takes all.
                await asyncio.sleep(0)
            elif not piece:
                await shared.wait(max(heartbeat - (clock() - sent), 0.01))

    async def _catch_up(self, live: _Live, passes: Passes, cursor: Cursor) -> AsyncGenerator[bytes, None]:
        """What lies before the log, by a reader of its own, until the log holds all that follows."""
        if self._catch_ups >= CATCH_UPS:
            raise _TOO_MANY
        self._catch_ups += 1
        try:
            async with topics.consumer(self._settings) as client:
                while not live.log.ended and (lacking := cursor.lacking()) is not None:
                    if not client.assignment():
                        topics.assign(client, live.layout, lacking)
                    pieces: list[bytes] = []
                    size = 0
                    for place, following, message in await topics.batch(client, live.layout, READ_SECONDS):
                        cursor.past(place, following)
                        if message is not None and passes(message.value):
                            pieces.append(frame(message, cursor.id))
                            size += len(pieces[-1])
                        if size > PIECE_BYTES:
                            yield b"".join(pieces)
                            pieces.clear()
                            size = 0
                    yield b"".join(pieces) or comment("reading", cursor.id)
                # Before the reader is closed, which takes its time: the log moves on meanwhile.
                cursor.enter()
        finally:
            self._catch_ups -= 1


class _Live:
    """The reader's consumer and what it fills."""

    def __init__(self, layout: topics.Layout, client: AIOKafkaConsumer[Any, Any], shared: Log) -> None:
        self.layout = layout
        self.client = client
        self.log = shared

    async def read(self) -> None:
        found = await topics.batch(self.client, self.layout, READ_SECONDS)
        for place, following, message in found:
            if message is None:
                self.log.skip(place, following)
            else:
                self.log.append(message)
        if any(message is not None for _, _, message in found):
            self.log.announce()


async def _checked(live: _Live, offsets: list[int]) -> list[int]:
    """The same. Raises GoneError where the topics do not have what follows these offsets, UnavailableError."""
    known = live.log.holds(offsets) and all(offset <= tip for offset, tip in zip(offsets, live.log.tip, strict=True))
    if not known:
        await topics.check(live.client, live.layout, offsets)
    return offsets
