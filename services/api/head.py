"""HEAD wherever GET is (RFC 9110, 9.1): the same reply without its body, also of what would be streamed for ever."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Head:
    """ASGI middleware; to what is within, a HEAD is a GET by a caller who goes away as soon as the headers are there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        told = asyncio.Event()

        async def gone() -> Message:
            await told.wait()
            return {"type": "http.disconnect"}

        async def head_of(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                told.set()

        within = {**scope, "method": "GET"}
        try:
            await self._app(within, gone, head_of)
        finally:
            # The route by which the request is counted.
            scope.update({name: within[name] for name in ("route", "endpoint") if name in within})
