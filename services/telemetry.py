"""Logs and the small health server that every worker runs."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from services import tracing

Readiness = Callable[[], tuple[bool, dict[str, object]]]

READY = Gauge("service_ready", "1 while /readyz answers 200; the reason for 0 stands there.", ["service"])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, the ids given as `extra={"ids": {...}}`, trace and span."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        entry.update(tracing.ids())
        entry.update(getattr(record, "ids", {}))
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False, default=str)


class ClientRepeats(logging.Filter):
    """Lets each kind of message of the Kafka and Elasticsearch clients through once in `seconds`: with the broker away aiokafka
    logs 60 lines a second."""

    CLIENTS = ("aiokafka", "kafka", "elastic_transport")

    def __init__(self, seconds: float = 30) -> None:
        super().__init__()
        self._seconds = seconds
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.split(".")[0] not in self.CLIENTS:
            return True
        kind = (record.name, str(record.msg))
        if record.created - self._said.get(kind, float("-inf")) < self._seconds:
            return False
        self._said[kind] = record.created
        return True


def configure_logging(level: str, form: str) -> None:
    """Log to standard error; standard output belongs to the commands' results."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter() if form == "json" else logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s")
    )
    handler.addFilter(ClientRepeats())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # kafka-python and elastic_transport log every connection at INFO, watchfiles every change.
    for noisy in ("kafka", "elastic_transport", "aiokafka", "watchfiles"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))


class HealthServer:
    """/livez, /readyz (503 with the reasons until ready) and /metrics, on a thread of its own."""

    def __init__(self, service: str, host: str, port: int, readiness: Readiness) -> None:
        """`readiness()` gives whether work can go on and a JSON object that says why (not). Raises OSError for a taken port."""
        self._server = ThreadingHTTPServer((host, port), _handler(readiness))
        READY.labels(service).set_function(lambda: readiness()[0])
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def __enter__(self) -> HealthServer:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(readiness: Readiness) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5  # seconds; a caller that sends nothing must not hold a thread

        def do_GET(self) -> None:
            if self.path == "/livez":
                self._reply(200, "application/json", b'{"status":"ok"}')
            elif self.path == "/readyz":
                ready, detail = readiness()
                body = json.dumps({"ready": ready, **detail}, ensure_ascii=False, default=str).encode()
                self._reply(200 if ready else 503, "application/json", body)
            elif self.path == "/metrics":
                self._reply(200, CONTENT_TYPE_LATEST, generate_latest())
            else:
                self._reply(404, "application/json", b'{"status":"not found"}')

        def _reply(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            logging.getLogger("health").debug(format, *args)

    return Handler
