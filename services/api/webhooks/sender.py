"""One POST to one receiver: to a judged address only, no redirect followed, with limits on all that the other side controls."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import httpcore2

from services.addresses import AddressRule, Unreachable, UnsafeAddress
from services.connections import Budget, JudgedNetwork, ReplyTooLarge
from services.retryafter import retry_after_seconds
from services.settings import Settings

TOTAL_SECONDS: Final = 15.0
# Of the whole answer, which nobody reads but for its status.
MOST_BYTES: Final = 64 * 1024
MAX_ERROR: Final = 500
ALLOW: Final = "BULLETINS_WEBHOOK_ALLOW"
# Who makes a webhook judges its address, and who sends to it does so again.
NEEDED_BY: Final = "`bulletins api`, `bulletins webhooks` and `bulletins deliver`"
# What a receiver may make us wait, at most.
MAX_RETRY_AFTER: Final = 3600
_FAILURES: Final = (
    httpcore2.NetworkError,
    httpcore2.TimeoutException,
    httpcore2.ProtocolError,
    ssl.SSLError,
    OSError,
    Unreachable,
    ReplyTooLarge,
    UnsafeAddress,
)


class Answer(NamedTuple):
    """`status` is null where no answer came; `error` where it is no confirmation; `wait` is what the receiver asks for, in seconds."""

    status: int | None
    error: str | None
    wait: float
    seconds: float

    @property
    def confirmed(self) -> bool:
        return self.error is None

    @property
    def gone(self) -> bool:
        """The receiver wants no more."""
        return self.status == 410


class Sender:
    """Safe to call from many threads. Keeps nothing between two calls."""

    def __init__(self, rule: AddressRule) -> None:
        self._rule = rule
        self._tls = ssl.create_default_context()

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Never raises for what the receiver or its address does."""
        began = time.monotonic()
        try:
            status, wait = self._ask(url, headers, body)
        except _FAILURES as error:
            return Answer(None, f"{type(error).__name__}: {error}"[:MAX_ERROR], 0, time.monotonic() - began)
        return Answer(status, _error(status), wait, time.monotonic() - began)

    def _ask(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, float]:
        target = self._rule.target(url)
        sent = {
            "Host": target.netloc,
            "User-Agent": "bulletins-webhooks/1",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Connection": "close",
            **headers,
        }
        port = None if ":" not in target.netloc.rpartition("]")[2] else target.port
        address = httpcore2.URL(scheme=target.scheme, host=target.host, port=port, target=target.path)
        network = JudgedNetwork(self._rule, Budget(TOTAL_SECONDS, MOST_BYTES))
        with (
            httpcore2.ConnectionPool(ssl_context=self._tls, network_backend=network) as pool,
            pool.stream("POST", address, headers=list(sent.items()), content=body) as answer,
        ):
            assert isinstance(answer.stream, Iterable)
            for _ in answer.stream:
                pass
            return answer.status, _wait({name.lower(): value for name, value in answer.headers}.get(b"retry-after", b""))


def rule(settings: Settings) -> AddressRule:
    """Where messages may go. Raises ValueError for a setting that names no host."""
    return AddressRule(filter(str.strip, settings.webhook_allow.split(",")), ALLOW, NEEDED_BY)


def _error(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"status {status}: a redirect, which is not followed; change the webhook's address"
    return f"status {status}"


def _wait(header: bytes) -> float:
    """Seconds of a Retry-After."""
    return min(retry_after_seconds(header.decode("latin-1"), time.time()) or 0.0, MAX_RETRY_AFTER)
