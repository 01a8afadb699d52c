"""A FastAPI route that hands a search to the official client and its answer back, with no parameter, limit or word of ours: what the
two libraries take by themselves.

`python -m tests.bench._bare_route PORT ELASTICSEARCH_URL INDEX` serves it on loopback until a signal.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import uvicorn
from elasticsearch import AsyncElasticsearch
from fastapi import FastAPI, Request, Response

from deploy.local.preflight import free_port
from services.settings import PROJECT

START_SECONDS = 30.0


def bare_route(elasticsearch_url: str, index: str) -> FastAPI:
    app = FastAPI()
    client = AsyncElasticsearch(elasticsearch_url)

    @app.post("/search")
    async def search(request: Request) -> Response:
        body = orjson.loads(await request.body())
        reply = await client.search(index=index, body=body, allow_partial_search_results=False)
        return Response(orjson.dumps(reply.body), media_type="application/json")

    return app


@contextmanager
def bare_route_running(elasticsearch_url: str, index: str) -> Iterator[str]:
    """The route as a process of its own; gives its address."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench._bare_route", str(port), elasticsearch_url, index]
    process = subprocess.Popen(command, cwd=PROJECT)
    try:
        _wait_for(process, f"http://127.0.0.1:{port}/openapi.json")
        yield f"http://127.0.0.1:{port}/search"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer")


if __name__ == "__main__":
    uvicorn.run(
        bare_route(sys.argv[2], sys.argv[3]), host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning"
    )
