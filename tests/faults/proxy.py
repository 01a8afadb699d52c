"""A proxy in front of Elasticsearch that can answer for it: too many requests, or not available."""

from __future__ import annotations

import http.client
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

FORWARD_SECONDS = 120.0
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed while it waited is what this is for."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Proxy:
    """Listens on a free port of 127.0.0.1. While `answer` is a status, every request gets that instead of the server's reply."""

    def __init__(self, server_port: int) -> None:
        self.answer: int | None = None
        self.refused = 0
        self._server = _Server(("127.0.0.1", 0), _handler(self, server_port))
        self._thread = threading.Thread(target=self._server.serve_forever, name="proxy", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(proxy: Proxy, server_port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if proxy.answer is not None:
                proxy.refused += 1
                self._refuse(proxy.answer)
                return
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            upstream = http.client.HTTPConnection("127.0.0.1", server_port, timeout=FORWARD_SECONDS)
            try:
                upstream.request(self.command, self.path, body or None, headers)
                reply = upstream.getresponse()
                content = reply.read()
            except (OSError, http.client.HTTPException):
                # As the server itself: the connection breaks.
                self.close_connection = True
                return
            finally:
                upstream.close()
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self.send_header("Content-Length", reply.getheader("Content-Length") or str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _forward

        def _refuse(self, status: int) -> None:
            reason = {"type": "es_rejected_execution_exception", "reason": "asked to say so"}
            content = json.dumps({"error": {"root_cause": [reason], **reason}, "status": status}).encode()
            self.send_response(status)
            # Without this header the client takes the server for something else.
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: thousands of requests."""

    return Handler
