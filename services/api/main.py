"""Serve the API until a signal."""

from __future__ import annotations

import logging
import resource
import socket

import uvicorn
from fastapi import FastAPI

from services.api.app import create_app
from services.api.guard import needs_keys
from services.api.protocol import HttpProtocol
from services.keystore import any_good
from services.lifecycle import StopFlag
from services.settings import Settings

log = logging.getLogger(__name__)

BACKLOG = 2048
# Of a request's line and headers before their end has come; a list with every filter filled in its longest stays below.
MAX_HEAD_BYTES = 64 * 1024
KEEP_ALIVE_SECONDS = 15
DRAIN_SECONDS = 10
# Connections that are no streams, to the servers behind and from callers.
OTHER_FILES = 1000


class Server(uvicorn.Server):
    """Ends the streams before it waits for the requests under way: they would go on for ever."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.state.hub.stop()
        await super().shutdown(sockets)


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT, then finish the requests under way. Returns the exit code: 1 for a port that is taken
    and for an address beyond loopback without keys."""
    if needs_keys(settings) and any_good(settings) is False:
        log.error(
            "%s is not loopback and there is no API key: make one (bulletins keys create NAME), listen on 127.0.0.1, "
            "or set BULLETINS_API_OPEN=true to let everyone read",
            settings.api_host,
        )
        return 1
    _allow_files(settings.api_stream_connections + OTHER_FILES)
    # uvicorn handles the signals while it runs and raises them again at its end; this keeps that from killing the process.
    stop = StopFlag().install()
    try:
        listener = listen(settings.api_host, settings.api_port)
    except OSError as error:
        log.error(
            "cannot listen on %s port %d: %s; stop what uses it or set BULLETINS_API_HOST or BULLETINS_API_PORT",
            settings.api_host,
            settings.api_port,
            error.strerror or error,
        )
        return 1
    with listener:
        app = create_app(settings)
        server = Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                server_header=False,
                # Else whoever is on this machine could call from a new address each time, and have its rate each time.
                proxy_headers=False,
                http=HttpProtocol,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            ),
            app,
        )
        log.info("api: http://%s:%d, documentation at /docs", settings.api_host, settings.api_port)
        server.run(sockets=[listener])
    return 0 if stop else 1


def _allow_files(wanted: int) -> None:
    """A connection is a file to the system, whose usual limit (1,024) is below what we serve."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < possible:
        resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    if possible < wanted:
        log.warning("the system lets a process have %d files; for all streams it takes %d (ulimit -Hn)", possible, wanted)


def listen(host: str, port: int) -> socket.socket:
    """A socket whose connections send at once. Raises OSError where it cannot be had.

    asyncio sees to that only for sockets that it made itself. Without it an answer's body waits for the caller's word that the head
    has come: 48 ms an answer where they are asked for one after the other, against 3 ms.
    """
    listener = socket.create_server((host, port), family=_family(host), backlog=BACKLOG)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
