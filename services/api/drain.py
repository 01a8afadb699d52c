"""Takes in what is left of a request's body before the reply goes out.

A reply that is sent while the caller is still sending, and a connection that is closed then, is a reset to the caller's system: it
throws away what it has received of the reply, and the caller never learns why it was refused.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Who sends more, or takes longer, may find the connection cut.
DRAIN_BYTES: Final = 8 * 1024 * 1024
DRAIN_SECONDS: Final = 1.0
_BODY: Final = frozenset({b"content-length", b"transfer-encoding"})


class Drain:
    """ASGI middleware; the outermost, so that every refusal passes it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _comes_with_body(scope):
            await self._app(scope, receive, send)
            return
        left = True

        async def noticed() -> Message:
            nonlocal left
            message = await receive()
            left = bool(message.get("more_body"))
            return message

        async def drain() -> None:
            taken = 0
            while left and taken < DRAIN_BYTES:
                taken += len((await noticed()).get("body", b""))

        async def after_it(message: Message) -> None:
            if message["type"] == "http.response.start":
                with suppress(TimeoutError):
                    async with asyncio.timeout(DRAIN_SECONDS):
                        await drain()
            await send(message)

        await self._app(scope, noticed, after_it)


def _comes_with_body(scope: Scope) -> bool:
    """Not where the caller waits for our word before it sends: asking for the body would be that word (RFC 9110, 10.1.1)."""
    names = {name for name, _ in scope["headers"]}
    return bool(names & _BODY) and b"expect" not in names
