"""The FastAPI application."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError
from fastapi import FastAPI, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic.json_schema import models_json_schema
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp

from services.api import explore, problems, routes
from services.api.drain import Drain
from services.api.guard import Guard
from services.api.head import Head
from services.api.index import Index
from services.api.keyring import Keyring
from services.api.live.hub import Hub
from services.api.observe import Observe
from services.api.problems import UnavailableError
from services.api.webhooks import routes as webhook_routes
from services.api.webhooks.manage import Manager, RefusedError
from services.api.webhooks.store import Store, UnknownWebhook
from services.api.wellformed import WellFormed
from services.replies import Problem
from services.settings import Settings

ASSETS = "/docs/assets"
# Both ways to show a key, as the OpenAPI document tells them.
KEYS = {"bearer": {"type": "http", "scheme": "bearer"}, "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}
DESCRIPTION = """\
What district governments report in their bulletins, as events: money, milestones of projects, honours.
Every event tells the words that it was read from. Errors are problem documents (RFC 9457)."""


class Api(FastAPI):
    """FastAPI, with the problem document among the schemas that the OpenAPI document refers to."""

    def openapi(self) -> dict[str, Any]:
        schema = super().openapi()
        _, found = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
        schema["components"]["schemas"].update(found["$defs"])
        schema["components"]["securitySchemes"] = KEYS
        # On loopback no key is asked for.
        schema["security"] = [{}, *({name: []} for name in KEYS)]
        return schema


def create_app(settings: Settings) -> FastAPI:
    """The application; it talks to Elasticsearch from the first request on, not before."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.index = Index(settings)
        app.state.keyring = Keyring(app.state.index.client, settings.keys_index)
        app.state.exports = 0
        app.state.hub = Hub(settings)
        app.state.webhooks = Manager(settings, Store(app.state.index.client, settings))
        app.state.cursor_key = _cursor_key(settings)
        yield
        await app.state.hub.close()
        await app.state.index.close()

    app = Api(
        title="Bulletin events",
        version="1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    # The last one added is the outermost: refusals of the guard are counted, compressed and readable by pages of other origins, too.
    app.add_middleware(WellFormed)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Head)
    if origins := [origin.strip() for origin in settings.api_cors_origins.split(",") if origin.strip()]:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
            allow_headers=["Authorization", "X-API-Key", "Last-Event-ID", "X-Request-ID", "If-None-Match", "Content-Type"],
            expose_headers=["ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(Observe)
    app.add_middleware(Drain)
    problems.install(app)
    app.add_exception_handler(UnknownWebhook, webhook_routes.unknown)
    app.add_exception_handler(RefusedError, webhook_routes.refused)
    app.include_router(routes.router())
    _add_health(app)
    _add_docs(app)
    explore.install(app, settings)
    return app


def _cursor_key(settings: Settings) -> bytes:
    """What the cursors are signed with; without a setting one that no other process knows."""
    given = settings.api_cursor_key
    return secrets.token_bytes(32) if given is None else given.get_secret_value().encode()


def _add_health(app: FastAPI) -> None:
    async def livez() -> Response:
        """Whether the process answers."""
        return JSONResponse({"status": "ok"})

    async def readyz(request: Request) -> Response:
        """Whether the index can be searched; 503 with the reason while it cannot."""
        try:
            await request.app.state.index.check()
        except (ApiError, TransportError, UnavailableError) as error:
            return JSONResponse({"ready": False, "elasticsearch": str(error)}, 503)
        return JSONResponse({"ready": True})

    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    for endpoint in (livez, readyz, metrics):
        app.add_api_route(f"/{endpoint.__name__}", endpoint, include_in_schema=False)


def _add_docs(app: FastAPI) -> None:
    """Swagger UI from the files of the fastapi-offline package: FastAPI's own page loads them from a foreign host."""

    async def docs() -> Response:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
            # By default the page asks a foreign host to validate the document.
            swagger_ui_parameters={"validatorUrl": None},
        )

    assets: ASGIApp = StaticFiles(packages=[("fastapi_offline", "static")])
    app.mount(ASSETS, assets)
    app.add_api_route("/docs", docs, include_in_schema=False)
