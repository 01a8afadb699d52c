"""Why an address was not fetched."""

from __future__ import annotations

from services.addresses import FetchRefused as FetchRefused
from services.addresses import Unreachable as Unreachable
from services.addresses import UnsafeAddress as UnsafeAddress
from services.connections import ReplyTooLarge as ReplyTooLarge


class TooManyRedirects(FetchRefused):
    """A chain of redirects without an end."""


class UnreadableReply(FetchRefused):
    """A content coding that was not asked for, or damaged."""


class UnsafeXml(FetchRefused):
    """A feed or sitemap with a document type or entities."""


class DisallowedByRobots(FetchRefused):
    """The site's robots.txt does not want this address to be fetched."""


class HostResting(Exception):
    """The host is left alone for now, because it asked for that or because it fails. `until` is a Unix time."""

    def __init__(self, host: str, until: float, reason: str) -> None:
        super().__init__(f"{host} is left alone: {reason}")
        self.until = until
