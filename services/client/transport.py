"""Requests to the API: the key, waiting where it says so, problems as exceptions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx2
from pydantic import TypeAdapter, ValidationError

from services.client.errors import ApiProblem, UnexpectedReplyError, UnreachableError
from services.replies import Problem
from services.retryafter import retry_after_seconds

# Fixes the version: another one is refused with 406 rather than misread.
VERSION: Final = "application/vnd.bulletins.v1+json"
PROBLEM: Final = "application/problem+json"
RETRIED: Final = frozenset({429, 503})
# 503 may come after a change was made: only what changes nothing is sent again then.
RETRIED_CHANGES: Final = frozenset({429})
# Where the API does not say when to come again; doubled each time.
FIRST_WAIT_SECONDS: Final = 0.5
# Shorter than the API keeps idle connections (15 s): one that it has just closed is not used again.
IDLE_SECONDS: Final = 5.0
MAX_DETAIL: Final = 300
_KEY: Final = re.compile(r"[\x21-\x7e]+")
Reply = TypeVar("Reply")


class Transport:
    """Requests below one address. Raises ValueError for an address or key that cannot be one."""

    def __init__(
        self,
        url: str,
        key: str | None,
        timeout: float,
        retries: int,
        longest_wait: float,
        http: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url}: the address of the API begins with http:// or https://")
        if key is not None and not _KEY.fullmatch(key):
            raise ValueError("the API key has blanks or characters that are not ASCII")
        self.url = url.rstrip("/")
        self._retries = retries
        self.longest_wait = longest_wait
        self.sleep = sleep
        headers = {"User-Agent": "bulletins-client/1"} | ({"Authorization": f"Bearer {key}"} if key else {})
        limits = httpx2.Limits(keepalive_expiry=IDLE_SECONDS)
        # A redirect is not followed: the key is for this address.
        self._http = httpx2.Client(headers=headers, timeout=timeout, transport=http, limits=limits)

    def close(self) -> None:
        self._http.close()

    def read(
        self,
        path: str,
        parameters: Mapping[str, Any],
        form: TypeAdapter[Reply],
        *,
        method: str = "GET",
        body: Mapping[str, Any] | None = None,
    ) -> Reply:
        """The reply as this form; `body` is sent as JSON. Raises ApiProblem, UnreachableError, UnexpectedReplyError."""
        with self.stream(path, parameters, VERSION, method=method, body=body) as response:
            found = b"".join(pieces(response))
        try:
            return form.validate_json(found)
        except ValidationError as error:
            raise UnexpectedReplyError(f"what answers at {self.url} is not this API: {_first(error)}") from error

    @contextmanager
    def stream(
        self,
        path: str,
        parameters: Mapping[str, Any],
        accept: str,
        *,
        method: str = "GET",
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[httpx2.Response]:
        """A good reply whose body is still to be read by `pieces`; closed at the end."""
        sent = {"Accept": f"{accept}, {PROBLEM}", **(headers or {})}
        try:
            request = self._http.build_request(method, self.url + path, params=_given(parameters), json=body, headers=sent)
        except httpx2.InvalidURL as error:
            raise ValueError(f"{self.url}: {error}") from error
        response = self._answer(request)
        try:
            yield response
        finally:
            response.close()

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        """The first reply that is no refusal, or the exception that the last one is."""
        tries = 0
        retried = RETRIED if request.method == "GET" else RETRIED_CHANGES
        while True:
            try:
                response = self._http.send(request, stream=True)
            except httpx2.TransportError as error:
                raise UnreachableError(f"the API does not answer at {self.url} ({_told(error)})") from error
            if response.is_success:
                return response
            refusal = self._refusal(response)
            wait = refusal.retry_after if refusal.retry_after is not None else FIRST_WAIT_SECONDS * 2**tries
            if refusal.status not in retried or tries >= self._retries or wait > self.longest_wait:
                raise refusal
            tries += 1
            self.sleep(wait)

    def _refusal(self, response: httpx2.Response) -> ApiProblem:
        """What a reply other than 2xx says. A server in between may not know of problem documents. Raises UnexpectedReplyError."""
        try:
            body = b"".join(pieces(response))
        finally:
            response.close()
        status = response.status_code
        if status < 400:
            raise UnexpectedReplyError(f"what answers at {self.url} is not this API: it answers {status}")
        try:
            problem = Problem.model_validate_json(body)
        except ValidationError:
            detail = body.decode("utf-8", "replace")[:MAX_DETAIL].strip()
            problem = Problem(title=_phrase(status), status=status, detail=detail, instance=response.url.path)
        wait = retry_after_seconds(response.headers.get("retry-after"), time.time())
        return ApiProblem(problem, response.headers.get("x-request-id"), wait)


def pieces(response: httpx2.Response) -> Iterator[bytes]:
    """The body as it comes. Raises UnreachableError where it breaks off."""
    try:
        yield from response.iter_bytes()
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise UnreachableError(f"the answer of {response.url.host} broke off ({_told(error)})") from error


def lines(response: httpx2.Response) -> Iterator[bytes]:
    """Lines that end in LF alone: within them U+2028 and the like may stand, which other readers of lines take for ends."""
    rest = b""
    for piece in pieces(response):
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        raise UnreachableError(f"the answer of {response.url.host} broke off within a line")


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, found['loc']))} {found['msg']}".strip()


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
