"""A web site for tests: plays a district government's, with the answers that a test gives it, and notes every request.

`with Site() as site: site.page("/a.html", "<p>…")`. It listens on loopback, which a fetcher refuses unless `site.host` is allowed.
"""

from __future__ import annotations

import gzip
import hashlib
import ssl
import threading
from collections.abc import Callable, Mapping
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import BinaryIO, NamedTuple

HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml"


class Asked(NamedTuple):
    path: str
    headers: Message


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


Raw = Callable[[BinaryIO], None]
"""Writes whatever it likes, headers and all, to the connection."""


class Site:
    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        """With `tls` it speaks https."""
        self.asked: list[Asked] = []
        self.answers: dict[str, Answer | Raw] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._scheme = "https" if tls else "http"
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        # For answers that last: they end when the test does.
        self.closed = threading.Event()

    def __enter__(self) -> Site:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self._scheme}://{self.host}"

    def page(
        self, path: str, body: str | bytes, media_type: str = HTML, *, status: int = 200, validators: bool = True, **headers: str
    ) -> None:
        """An answer with an ETag, and 304 to whoever has it, unless `validators` is false. `_` in header names stands for `-`."""
        raw = body.encode() if isinstance(body, str) else body
        given = {"Content-Type": media_type} | {name.replace("_", "-"): value for name, value in headers.items()}
        if validators and status == 200:
            given["ETag"] = f'"{hashlib.sha256(raw).hexdigest()[:16]}"'
        self.answers[path] = Answer(status, given, raw)

    def redirect(self, path: str, to: str, status: int = 302, **headers: str) -> None:
        self.page(path, "", status=status, Location=to, **headers)

    def raw(self, path: str, write: Raw) -> None:
        self.answers[path] = write

    def gone(self, path: str, status: int = 404) -> None:
        self.page(path, "", status=status)

    def paths(self, *, robots: bool = False) -> list[str]:
        """What was asked for, in order; without robots.txt unless wanted."""
        return [asked.path for asked in self.asked if robots or asked.path != "/robots.txt"]

    def forget(self) -> None:
        self.asked.clear()


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            site.asked.append(Asked(self.path, self.headers))
            answer = site.answers.get(self.path)
            if answer is None:
                answer = Answer(404, {"Content-Type": HTML}, b"<h1>404</h1>")
            try:
                if isinstance(answer, Answer):
                    self._send(answer)
                else:
                    answer(self.wfile)  # type: ignore[arg-type]
            except (BrokenPipeError, ConnectionResetError):
                self.log_message("the client has gone")

        def _send(self, answer: Answer) -> None:
            tag = answer.headers.get("ETag")
            known = tag is not None and self.headers.get("If-None-Match") == tag
            self.send_response(304 if known else answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0" if known else str(len(answer.body)))
            self.end_headers()
            if not known:
                self.wfile.write(answer.body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: pytest's output is for failures."""

    return Handler


def gzip_bomb(unpacked_bytes: int) -> bytes:
    """About a thousandth of that, packed."""
    return gzip.compress(bytes(unpacked_bytes), 9)
