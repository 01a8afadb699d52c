"""One log line, two metrics and an id a request."""

from __future__ import annotations

import logging
import re
import secrets
import time

from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("api")

REQUESTS = Counter("api_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "api_request_seconds",
    "Time to the end of the answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
# Asked every few seconds by machines: they would be most of the log.
PROBES = frozenset({"/livez", "/readyz", "/metrics"})
MAX_LOGGED = 2000
# An id that the caller gave is kept, so that one word finds a request in all logs.
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observe:
    """ASGI middleware; a plain one, because streams must pass through unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # An answer that never began counts as the server's failure.
        status = 500

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        began = time.perf_counter()
        try:
            await self._app(scope, receive, observed)
        finally:
            _record(scope, status, time.perf_counter() - began, request_id)


def _record(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    # The path as declared, or one word for all others: a label that callers choose would grow without end.
    route = getattr(scope.get("route"), "path", "unknown")
    method = scope["method"] if scope["method"] in METHODS else "other"
    REQUESTS.labels(method, route, status).inc()
    SECONDS.labels(route).observe(seconds)
    if scope["path"] not in PROBES:
        # As it came over the wire, percent-encoded: a decoded line break would forge a log line.
        target = scope["raw_path"].decode("ascii", "backslashreplace")
        words = scope["query_string"].decode("ascii", "backslashreplace")
        address = f"{target}?{words}" if words else target
        ids = {"ids": {"request_id": request_id}}
        log.info("%s %s %d %.0f ms %s", method, address[:MAX_LOGGED], status, seconds * 1000, request_id, extra=ids)
