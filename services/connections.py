"""Connections for httpcore: to judged addresses only, and none that outlasts its time or its bytes."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore2

from services.addresses import AddressRule, FetchRefused, Unreachable

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 20.0
"""The longest silence within an answer."""
_MOST_ADDRESSES: Final = 4


class ReplyTooLarge(FetchRefused):
    """More bytes than are taken, on the wire or unpacked."""


class Budget:
    """What one request with all its redirects may take: seconds, and bytes on the wire.

    `setting` names what bounds the bytes, where an operator may raise it.
    """

    def __init__(self, seconds: float, wire_bytes: int, setting: str | None = None) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._bytes = wire_bytes
        self._most_bytes = wire_bytes
        self._setting = setting

    def seconds(self, most: float) -> float:
        """How long the next step may take. Raises Unreachable where no time is left."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise Unreachable(f"no whole answer within {self._seconds:.0f} s")
        return min(left, most)

    def spend(self, count: int) -> None:
        """Raises ReplyTooLarge."""
        self._bytes -= count
        if self._bytes < 0:
            limit = f"; {self._setting} is the limit" if self._setting else ""
            raise ReplyTooLarge(f"the answer has more than {self._most_bytes} bytes{limit}")


class JudgedNetwork(httpcore2.NetworkBackend):
    """Resolves a name once, judges what it got, and connects to that: there is no second look-up that could answer otherwise."""

    def __init__(self, rule: AddressRule, budget: Budget, proxy: tuple[str, int] | None = None) -> None:
        """`proxy`: host and port of a proxy that the operator set, which may be anywhere."""
        self._rule = rule
        self._budget = budget
        self._proxy = proxy
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        if (host, port) == self._proxy:
            return self._connect(host, port, local_address, socket_options)
        problem: Exception = Unreachable(f"{host} has no address")
        for address in self._rule.resolve(host, port)[:_MOST_ADDRESSES]:
            try:
                return self._connect(str(address), port, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
        raise problem

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None
    ) -> httpcore2.NetworkStream:
        raise Unreachable("there is no fetching from a socket file")

    def _connect(
        self, host: str, port: int, local_address: str | None, options: Iterable[httpcore2.SOCKET_OPTION] | None
    ) -> httpcore2.NetworkStream:
        seconds = self._budget.seconds(CONNECT_SECONDS)
        return BudgetedStream(self._backend.connect_tcp(host, port, seconds, local_address, options), self._budget)


class BudgetedStream(httpcore2.NetworkStream):
    """Counts also what HTTP libraries do not: endless headers, interim answers, a byte every few seconds."""

    def __init__(self, stream: httpcore2.NetworkStream, budget: Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            received = self._stream.read(max_bytes, self._budget.seconds(READ_SECONDS))
        except httpcore2.ReadTimeout:
            self._budget.seconds(0)  # tells where it is the whole answer that took too long
            raise
        self._budget.spend(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._budget.seconds(READ_SECONDS))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        seconds = self._budget.seconds(CONNECT_SECONDS)
        return BudgetedStream(self._stream.start_tls(ssl_context, server_hostname, seconds), self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
