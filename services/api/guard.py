"""Who may ask, how often, and for which version: before any route."""

from __future__ import annotations

import ipaddress
import math
import re
import time
from datetime import UTC, datetime
from typing import Final

from elastic_transport import TransportError
from elasticsearch import ApiError
from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from services import apikeys
from services.api import problems
from services.api.keyring import Keyring
from services.api.limits import WINDOW_SECONDS, Limits, Verdict
from services.apikeys import ApiKey, Scope
from services.settings import Settings

# Probes of whoever runs the process, and pages that hold no data: a browser cannot send a key when it opens them.
_FREE: Final = re.compile(r"/(livez|readyz|openapi\.json|docs(/.*)?|explore(/.*)?|favicon\.ico)?")
_SCOPES: Final = ((re.compile(r"/v1/webhooks(/.*)?"), Scope.ADMIN), (re.compile(r"/v1/(stream|events\.atom)"), Scope.SUBSCRIBE))
_VERSION: Final = re.compile(r"application/vnd\.bulletins\.v(\d+)\+json")
# Requests without a good key from one address in a minute; each may cost a look into the index.
GUESSES: Final = 60
# Of what a caller sends; a filter with every field filled in its longest stays below.
MAX_BODY_BYTES: Final = 1024 * 1024
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def needs_keys(settings: Settings) -> bool:
    """Whether callers have to show a key: as soon as others than this machine's can call, unless that is meant to be open."""
    return not (is_loopback(settings.api_host) or settings.api_open)


class Guard:
    """ASGI middleware. Finds the application's keyring in its state."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._with_keys = needs_keys(settings)
        self._limits = Limits()

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _FREE.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal, verdict = await self._judge(request)
        headers = verdict.headers() if verdict else {}

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        await (refusal or self._app)(scope, receive, told)

    async def _judge(self, request: Request) -> tuple[ASGIApp | None, Verdict | None]:
        """The refusal, if it is one, and what is left to the caller."""
        key: ApiKey | None = None
        address = request.client.host if request.client else ""
        request.state.welcome = _always
        if self._with_keys:
            if self._limits.exhausted(f"guesses of {address}", GUESSES, time.monotonic()):
                wait = {"Retry-After": str(WINDOW_SECONDS // GUESSES + 1)}
                return problems.reply(request, 429, "Too many bad keys from this address; try again later.", headers=wait), None
            try:
                key = await self._key(request)
            except (ApiError, TransportError):
                wait = {"Retry-After": str(problems.RETRY_SECONDS)}
                return problems.reply(request, 503, "Keys cannot be checked now; try again later.", headers=wait), None
            if key is None:
                self._limits.take(f"guesses of {address}", GUESSES, time.monotonic())
                said = {"WWW-Authenticate": 'Bearer realm="bulletins"'}
                detail = "Show a good key: `Authorization: Bearer …` or `X-API-Key: …`; `bulletins keys create` makes one."
                return problems.reply(request, 401, detail, headers=said), None
            # For replies without end: a key that is revoked ends them.
            request.state.welcome = lambda: self._holds(request)
        caller = f"key {key.key_id}" if key else f"address {address}"
        rate = key.rate_per_minute if key else self._settings.api_rate_per_minute
        verdict = self._limits.take(caller, rate, time.monotonic())
        return self._refusal(request, key, verdict), verdict

    def _refusal(self, request: Request, key: ApiKey | None, verdict: Verdict) -> ASGIApp | None:
        if verdict.wait:
            wait = {"Retry-After": str(math.ceil(verdict.wait))}
            return problems.reply(request, 429, f"At most {verdict.quota} requests a minute; try again later.", headers=wait)
        needed = next((scope for pattern, scope in _SCOPES if pattern.fullmatch(request.scope["path"])), Scope.READ)
        if key is not None and needed not in key.scopes:
            return problems.reply(request, 403, f"The key is not for this: it needs the scope {needed}.")
        if request.method not in SAFE and _is_routed(request) and (refusal := _unbounded(request)) is not None:
            return refusal
        if key is None and request.method not in SAFE and not self._same_origin(request):
            return problems.reply(request, 403, "A page of another site may not change anything here.")
        return _wrong_version(request)

    def _same_origin(self, request: Request) -> bool:
        """Without keys a browser on this machine must not be made to change things by a page from elsewhere, whatever name that page
        found for this machine."""
        origin = request.headers.get("origin")
        if origin is None:
            return request.headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        host = request.headers.get("host", "")
        return origin in (f"http://{host}", f"https://{host}") and is_loopback(re.sub(r":\d+$", "", host).strip("[]"))

    async def _holds(self, request: Request) -> bool:
        """Whether the key is still good; an index that does not answer takes it from nobody."""
        try:
            return await self._key(request) is not None
        except (ApiError, TransportError):
            return True

    async def _key(self, request: Request) -> ApiKey | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        written = given.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
        parts = apikeys.parts(written)
        if parts is None:
            return None
        keyring: Keyring = request.app.state.keyring
        key = await keyring.find(parts.key_id)
        return key if key is not None and key.accepts(parts.secret, datetime.now(UTC)) else None


def _is_routed(request: Request) -> bool:
    """Whether a route takes this method. Where none does the application answers 404 or 405 and reads no body."""
    return any(route.matches(request.scope)[0] is Match.FULL for route in request.app.routes)


def _unbounded(request: Request) -> ASGIApp | None:
    """A body has to tell its length, and may not be long: it is read as a whole."""
    if "transfer-encoding" in request.headers:
        return problems.reply(request, 411, "Send the body with a Content-Length.")
    # The server reads no more than the header says.
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        return problems.reply(request, 413, f"A body has at most {MAX_BODY_BYTES} bytes.")
    return None


async def _always() -> bool:
    return True


def _wrong_version(request: Request) -> ASGIApp | None:
    """A caller that takes only a version that is not there must not get another one."""
    accept = request.headers.get("accept", "")
    versions = set(_VERSION.findall(accept))
    if versions and "1" not in versions and "application/json" not in accept and "*/*" not in accept:
        return problems.reply(request, 406, "There is only version 1: application/vnd.bulletins.v1+json.")
    return None
