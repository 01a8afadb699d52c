"""The explore page: static files below `static/`, under a policy that lets nothing in from elsewhere and no code that stands in a page."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import Scope

from services.settings import Settings

log = logging.getLogger(__name__)

STATIC: Final = Path(__file__).with_name("static")
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # The files bear no version in their names: a browser asks each time, and is told by the ETag that nothing has changed.
    "Cache-Control": "no-cache",
}
# What the page loads of uPlot, by the end of its path in the jar.
CHART_FILES: Final = {"uPlot.iife.min.js": "text/javascript", "uPlot.min.css": "text/css"}


def install(app: FastAPI, settings: Settings) -> None:
    """Add the page at `/`, its files below `/explore` and the chart library below `/explore/charts`."""
    charts = _charts(settings)
    files = _Files(directory=STATIC)

    async def page(request: Request) -> Response:
        return await files.get_response("index.html", request.scope)

    async def chart_file(name: str) -> Response:
        if name not in charts:
            raise HTTPException(404, "The chart library is not installed here (BULLETINS_CHART_LIBRARY); the page shows tables.")
        return Response(charts[name], media_type=CHART_FILES[name], headers={**HEADERS, "Cache-Control": "max-age=86400"})

    app.add_api_route("/", page, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/explore/charts/{name}", chart_file, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/explore", files)


def _charts(settings: Settings) -> dict[str, bytes]:
    if settings.chart_library is None:
        return {}
    try:
        return read_charts(settings.chart_library)
    except (OSError, ValueError) as error:
        # The page has tables as well, and the queries have nothing to do with it.
        log.warning("no charts on the explore page: BULLETINS_CHART_LIBRARY: %s", error)
        return {}


def read_charts(jar: Path) -> dict[str, bytes]:
    """uPlot's script and style sheet from its WebJar, by name. Raises OSError or ValueError where the file is none."""
    try:
        with zipfile.ZipFile(jar) as content:
            found = {Path(name).name: name for name in content.namelist() if name.startswith("META-INF/resources/webjars/uplot/")}
            return {name: content.read(found[name]) for name in CHART_FILES}
    except (zipfile.BadZipFile, KeyError) as error:
        raise ValueError(f"{jar} is no WebJar of uPlot: {error}") from error


class _Files(StaticFiles):
    """Static files with the page's headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(HEADERS)
        return response
