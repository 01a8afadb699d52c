"""How many requests a caller may make: a bucket that holds a minute's worth and fills evenly."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Final, NamedTuple

WINDOW_SECONDS: Final = 60
# Callers that are remembered; the one not seen for longest is forgotten, which fills its bucket.
MOST_CALLERS: Final = 10_000


class Verdict(NamedTuple):
    """`wait` seconds until the next request may come, 0 where this one may pass."""

    quota: int
    left: int
    wait: float
    full_after: float

    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers-10 writes them."""
        after = math.ceil(self.wait if self.wait else self.full_after)
        return {
            "RateLimit-Policy": f'"default";q={self.quota};w={WINDOW_SECONDS}',
            "RateLimit": f'"default";r={self.left};t={after}',
        }


class Limits:
    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def exhausted(self, caller: str, per_minute: int, now: float) -> bool:
        """Whether the next request of a caller would have to wait; counts none."""
        tokens, since = self._buckets.get(caller, (float(per_minute), now))
        return tokens + (now - since) * per_minute / WINDOW_SECONDS < 1

    def take(self, caller: str, per_minute: int, now: float) -> Verdict:
        """Count one request of a caller at `now` (seconds of a clock that only goes forward)."""
        rate = per_minute / WINDOW_SECONDS
        tokens, since = self._buckets.get(caller, (float(per_minute), now))
        tokens = min(float(per_minute), tokens + (now - since) * rate)
        wait = 0.0
        if tokens >= 1:
            tokens -= 1
        else:
            wait = (1 - tokens) / rate
        self._buckets[caller] = (tokens, now)
        self._buckets.move_to_end(caller)
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        return Verdict(per_minute, int(tokens), wait, (per_minute - tokens) / rate)
