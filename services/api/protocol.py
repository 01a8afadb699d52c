"""HTTP/1.1 as uvicorn speaks it, with three things of our own at the edge that no ASGI application can reach."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.api.problems import MEDIA_TYPE
from services.replies import Problem

# From the first moment of a connection, or the first byte of a further request, to the end of the headers.
HEAD_SECONDS = 10.0
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def with_ascii_target(data: bytes) -> bytes:
    """The same request with what is not ASCII in its first line percent-encoded, as a browser would have sent it."""
    line, end, rest = data.partition(b"\n")
    return _NOT_ASCII.sub(lambda found: b"%%%02X" % found[0][0], line) + end + rest


class HttpProtocol(H11Protocol):
    """Takes addresses with plain Chinese in them (`curl …?region=上街区`), does not wait for ever for a request's headers, and tells
    what is no HTTP at all by a problem document."""

    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            data = with_ascii_target(data)
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._await_head()
        else:
            self._stop_awaiting_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_awaiting_head()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        if self.cycle is not None:
            # The application may be about to answer what turned out to be broken in its body: that would come too late.
            self.cycle.disconnected = True
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            # It has answered already.
            self.transport.close()
            return
        problem = Problem(title=HTTPStatus(400).phrase, status=400, detail=msg, instance="/")
        body = problem.model_dump_json().encode()
        headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.timeout_keep_alive_handler)

    def _stop_awaiting_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None
