"""A subscriber of server-sent events as the standard has it: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 60


class Told(NamedTuple):
    event: str
    data: Any
    id: str


class Subscriber:
    """One connection; `last_id` is what a browser would go on from. `status` and `problem` tell where it was refused."""

    def __init__(self, url: str, last_id: str = "", headers: dict[str, str] | None = None, **parameters: Any) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=TIMEOUT_SECONDS)
        query = f"?{urlencode(parameters, doseq=True)}" if parameters else ""
        sent = {**({"Last-Event-ID": last_id} if last_id else {}), **(headers or {})}
        self._connection.request("GET", f"/v1/stream{query}", headers=sent)
        self.reply = self._connection.getresponse()
        self.status = self.reply.status
        self.problem: Any = json.loads(self.reply.read()) if self.status != 200 else None
        self.last_id = last_id
        self.comments: list[str] = []
        if self.status == 200:
            # The first block has no event: it tells where the stream begins.
            self.retry = self._line()
            self._block()

    def events(self) -> Iterator[Told]:
        """Until the stream ends."""
        while True:
            fields = self._block()
            if fields is None:
                return
            if "data" in fields:
                yield Told(fields.get("event", "message"), json.loads(fields["data"]), self.last_id)

    def take(self, count: int) -> list[Told]:
        events = self.events()
        return [next(events) for _ in range(count)]

    def hear_comment(self) -> str:
        """The next comment, and what comes before it is left out."""
        heard = len(self.comments)
        while len(self.comments) == heard:
            assert self._block() is not None
        return self.comments[-1]

    def cut(self) -> None:
        """As a network does it: without a word."""
        stream = self.reply.fp
        raw = getattr(stream, "raw", None)
        found = getattr(raw, "_sock", None)
        if isinstance(found, socket.socket):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.reply.close()
        self._connection.close()

    def _block(self) -> dict[str, str] | None:
        fields: dict[str, str] = {}
        while True:
            line = self._line()
            if line is None:
                return None
            if line == "":
                self.last_id = fields.get("id", self.last_id)
                return fields
            name, _, value = line.partition(":")
            if name == "":
                self.comments.append(value.strip())
            else:
                fields[name] = value.removeprefix(" ")

    def _line(self) -> str | None:
        try:
            line = self.reply.readline()
        except (http.client.IncompleteRead, ConnectionError):
            return None
        return line.decode().removesuffix("\n") if line else None
