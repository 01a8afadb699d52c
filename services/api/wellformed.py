"""Refuses what no route can judge: addresses and headers beyond all measure, bytes that are no text, a value given twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.api import params, problems
from services.replies import ProblemError

# The server lets more through where it arrives at once (main.MAX_HEAD_BYTES); a list with many filters stays below.
MAX_TARGET_BYTES: Final = 48 * 1024
MAX_HEADER_BYTES: Final = 32 * 1024
_SEVERAL: Final = params.several()


class WellFormed:
    """ASGI middleware; looks into addresses below /v1 only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = _refusal(Request(scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)


def _refusal(request: Request) -> ASGIApp | None:
    path, query, headers = request.scope["raw_path"], request.scope["query_string"], request.scope["headers"]
    if len(path) + len(query) > MAX_TARGET_BYTES:
        return problems.reply(request, 414, f"The address is longer than {MAX_TARGET_BYTES} bytes.")
    if sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        return problems.reply(request, 431, f"The headers are longer than {MAX_HEADER_BYTES} bytes.")
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}:
        # A proxy in front may take the other one for the end of the request (RFC 9112, 6.3).
        return problems.reply(request, 400, "A body has a length or an encoding, not both.", headers={"Connection": "close"})
    if path.startswith(b"/v1/") and (errors := list(faults(path, query))):
        return problems.invalid(request, errors)
    return None


def faults(path: bytes, query: bytes) -> Iterator[ProblemError]:
    """What is wrong with an address. Text that is encoded otherwise than by UTF-8 would be searched for with its letters replaced."""
    if _text(path) is None:
        yield ProblemError(pointer="#/path", detail="is not UTF-8 (percent-encoded)")
    seen = set()
    for pair in filter(None, query.split(b"&")):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        read = _text(name)
        pointer = problems.pointer(["query", read if read is not None else unquote_to_bytes(name).decode("utf-8", "replace")])
        if read is None or _text(value) is None:
            yield ProblemError(pointer=pointer, detail="is not UTF-8 (percent-encoded)")
        elif read in seen and read not in _SEVERAL:
            yield ProblemError(pointer=pointer, detail="takes one value and is given more than once")
        seen.add(read)


def _text(written: bytes) -> str | None:
    if b"%" not in written:
        return written.decode("ascii", "replace")
    try:
        return unquote_to_bytes(written).decode()
    except UnicodeDecodeError:
        return None
