"""Why an address was not fetched."""

from __future__ import annotations

from services.watcher.errors import Rejected


class FetchRefused(Rejected):
    """Nothing is fetched from there as things stand; trying again does not help. The class's name is the reason that is told."""


class UnsafeAddress(FetchRefused):
    """Not http or https, written to deceive, or inside of a network."""


class TooManyRedirects(FetchRefused):
    """A chain of redirects without an end."""


class ReplyTooLarge(FetchRefused):
    """More bytes than are taken, on the wire or unpacked."""


class UnreadableReply(FetchRefused):
    """A content coding that was not asked for, or damaged."""


class UnsafeXml(FetchRefused):
    """A feed or sitemap with a document type or entities."""


class DisallowedByRobots(FetchRefused):
    """The site's robots.txt does not want this address to be fetched."""


class Unreachable(Exception):
    """No whole answer for now: no connection, no name, cut off, too slow, or nothing that is HTTP."""


class HostResting(Exception):
    """The host is left alone for now, because it asked for that or because it fails. `until` is a Unix time."""

    def __init__(self, host: str, until: float, reason: str) -> None:
        super().__init__(f"{host} is left alone: {reason}")
        self.until = until
