"""Replies without end, or as good as: sent piece by piece, given up where the caller has gone or takes nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

log = logging.getLogger(__name__)

# A caller that does not take what was sent (its and our buffers are full) is cut off after this long.
STALL_SECONDS = 30.0


class Stream(Response):
    """The pieces of `content`, which is closed in any case. A reply that breaks off has no last chunk, so that a caller can tell."""

    def __init__(self, content: AsyncGenerator[bytes, None], media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(media_type=media_type, headers=headers)
        # Its length is not known; Response sets that of the empty body.
        del self.headers["content-length"]
        self._content = content

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        pump = asyncio.create_task(self._pump(send))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait({pump, gone}, return_when=asyncio.FIRST_COMPLETED)
            if pump.done():
                # Raises what went wrong: the server then cuts the connection.
                pump.result()
        finally:
            for task in (pump, gone):
                task.cancel()
            await asyncio.gather(pump, gone, return_exceptions=True)

    async def _pump(self, send: Send) -> None:
        async with aclosing(self._content):
            with suppress(_StalledError):
                await _send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                async for piece in self._content:
                    await _send(send, {"type": "http.response.body", "body": piece, "more_body": True})
                await _send(send, {"type": "http.response.body", "body": b"", "more_body": False})


class _StalledError(Exception):
    pass


async def _send(send: Send, message: dict[str, object]) -> None:
    try:
        async with asyncio.timeout(STALL_SECONDS):
            await send(message)
    except TimeoutError as error:
        log.info("a caller took nothing for %g s and is cut off", STALL_SECONDS)
        raise _StalledError from error


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
