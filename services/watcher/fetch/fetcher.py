"""One address, one answer: redirects followed and judged one by one, limits on everything that the other side controls."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpcore2
import httpx2

from services.addresses import AddressRule, Target, check_writing
from services.connections import Budget, JudgedNetwork
from services.watcher.fetch.body import ACCEPT_ENCODING, read_body
from services.watcher.fetch.errors import TooManyRedirects, Unreachable, UnsafeAddress

MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
# Status line, headers, interim answers and packing come on top of a body.
_FRAME_BYTES: Final = 256 * 1024
BeforeRequest = Callable[[Target], None]


@dataclass(frozen=True, slots=True)
class Reply:
    """`url` is where the answer came from after redirects, each of which is in `redirects` as status and the address that it led to."""

    url: str
    status: int
    headers: httpx2.Headers
    body: bytes
    redirects: tuple[tuple[int, str], ...] = field(default=())

    @property
    def media_type(self) -> str | None:
        """Without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() or None

    @property
    def charset(self) -> str | None:
        """As the HTTP header says, right or wrong."""
        return httpx2.Response(200, headers={"content-type": self.headers.get("content-type", "")}).charset_encoding


class Fetcher:
    """Safe to call from many threads. Keeps nothing between two calls: no cookies, no passwords, no connections."""

    def __init__(
        self,
        rule: AddressRule,
        user_agent: str,
        *,
        max_bytes: int,
        total_seconds: float,
        proxy: str | None = None,
        authorities: ssl.SSLContext | None = None,
    ) -> None:
        """`proxy`: `http://[user:password@]host:port`; those of the environment are ignored. Raises ValueError for another one.

        `authorities`: whose certificates are believed; the system's if left out.
        """
        self._rule = rule
        self._user_agent = user_agent
        self._max_bytes = max_bytes
        self._total_seconds = total_seconds
        self._proxy = _proxy(proxy) if proxy else None
        self._tls = authorities or ssl.create_default_context()

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        before: BeforeRequest = lambda _: None,
        most_bytes: int | None = None,
    ) -> Reply:
        """The final answer whatever its status, with its body where that is 200.

        `headers` go to the first address only. `before` is called with each address before it is asked, and may raise.
        Raises FetchRefused or Unreachable.
        """
        limit = min(most_bytes or self._max_bytes, self._max_bytes)
        budget = Budget(self._total_seconds, limit + _FRAME_BYTES, "BULLETINS_FETCH_MAX_BYTES")
        redirects: list[tuple[int, str]] = []
        target = self._rule.target(url)
        while True:
            before(target)
            reply = self._ask(target, dict(headers or {}) if not redirects else {}, budget, limit)
            location = reply.headers.get("location")
            if reply.status not in _REDIRECTS or location is None:
                return Reply(target.url, reply.status, reply.headers, reply.body, tuple(redirects))
            if len(redirects) == MAX_REDIRECTS:
                raise TooManyRedirects(f"more than {MAX_REDIRECTS} redirects, the last one to {location[:200]!r}")
            following = self._rule.target(_joined(target.url, location))
            if target.scheme == "https" and following.scheme == "http":
                raise UnsafeAddress(f"a redirect from https back to http: {following.url}")
            redirects.append((reply.status, following.url))
            target = following

    def _ask(self, target: Target, headers: dict[str, str], budget: Budget, limit: int) -> Reply:
        if self._proxy is not None:
            self._judge_for_proxy(target)
        sent = {
            "Host": target.netloc,
            "User-Agent": self._user_agent,
            "Accept": "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5",
            "Accept-Language": "zh-CN, zh;q=0.9, en;q=0.1",
            "Accept-Encoding": ACCEPT_ENCODING,
            "Connection": "close",
            **headers,
        }
        # Without the port where it is the scheme's own: a proxy may compare.
        port = None if ":" not in target.netloc.rpartition("]")[2] else target.port
        address = httpcore2.URL(scheme=target.scheme, host=target.host, port=port, target=target.path)
        try:
            with self._pool(budget) as pool, pool.stream("GET", address, headers=list(sent.items())) as answer:
                received = httpx2.Headers(answer.headers)
                assert isinstance(answer.stream, Iterable)
                encoding = received.get("content-encoding", "")
                body = read_body(answer.stream, encoding, limit) if answer.status == 200 else b""
                return Reply(target.url, answer.status, received, body)
        except (
            httpcore2.NetworkError,
            httpcore2.TimeoutException,
            httpcore2.ProtocolError,
            httpcore2.ProxyError,
            ssl.SSLError,
            OSError,
        ) as error:
            raise Unreachable(f"{target.origin}: {type(error).__name__}: {error}"[:500]) from error

    def _pool(self, budget: Budget) -> contextlib.AbstractContextManager[Any]:
        if self._proxy is None:
            return httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=JudgedNetwork(self._rule, budget))
        host = self._proxy.url.host.decode("ascii")
        network = JudgedNetwork(self._rule, budget, (host, self._proxy.url.port or 80))
        return httpcore2.HTTPProxy(
            proxy_url=self._proxy.url, proxy_auth=self._proxy.auth, ssl_context=self._tls, network_backend=network
        )

    def _judge_for_proxy(self, target: Target) -> None:
        """A proxy resolves names itself and must refuse what is inside of its network. What we can see is refused here all the same."""
        with contextlib.suppress(Unreachable):
            self._rule.resolve(target.host, target.port)


def authorities(file: Path) -> ssl.SSLContext:
    """Those of the system, and those of a PEM file. Raises OSError or ssl.SSLError where it cannot be read or holds none."""
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=file)
    return context


def _joined(base: str, location: str) -> str:
    # Header bytes come as Latin-1; Chinese sites write UTF-8 into them.
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        # Before they are joined: joining drops line ends and tabs.
        check_writing(location.strip(" "))
        return urljoin(base, location.strip(" "))
    except ValueError as error:
        raise UnsafeAddress(f"a redirect to no address: {location[:200]!r}") from error


def _proxy(url: str) -> httpcore2.Proxy:
    read = httpx2.URL(url)
    if read.scheme != "http" or not read.host:
        raise ValueError("a proxy is written http://host:port")
    auth = (read.username, read.password) if read.userinfo else None
    return httpcore2.Proxy(httpcore2.URL(scheme=b"http", host=read.raw_host, port=read.port or 80, target=b"/"), auth=auth)
