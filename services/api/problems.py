"""Every error as a problem document (RFC 9457, application/problem+json)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from elastic_transport import TransportError
from elasticsearch import ApiError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from services.api.wording import MOST_ERRORS
from services.replies import Problem, ProblemError

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
RETRY_SECONDS: Final = 5
# What is answered in front of all paths: see guard and wellformed.
ANYWHERE: Final = (400, 401, 403, 406, 414, 429, 431)
# Of the path that is told again.
MOST_PATH: Final = 2000
# What may stand in the fragment of a URI as it is (RFC 3986, 3.5).
_FRAGMENT: Final = "!$&'()*+,;=:@?"
# Answers by which Elasticsearch says that it cannot now; anything else that it refuses is a defect of ours.
_BUSY: Final = frozenset({429, 502, 503, 504})


class GoneError(Exception):
    """What the caller goes on in is no more; the message tells what to do."""


class UnavailableError(Exception):
    """The index cannot answer now; the message tells a caller why."""


def reply(
    request: Request,
    status: int,
    detail: str,
    *,
    errors: Sequence[ProblemError] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=request.scope["raw_path"][:MOST_PATH].decode("ascii"),
        errors=list(errors),
    )
    return Response(problem.model_dump_json(), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of these statuses, and of those that any path may answer with."""
    return {status: _response(status) for status in sorted({*statuses, *ANYWHERE})}


def _response(status: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": HTTPStatus(status).phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in (429, 503):
        told["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 0}}}
    return told


def pointer(location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) as a URI fragment."""
    return "#/" + "/".join(quote(str(part).replace("~", "~0").replace("/", "~1"), safe=_FRAGMENT) for part in location)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(GoneError, _gone)
    app.add_exception_handler(UnavailableError, _unavailable)
    app.add_exception_handler(TransportError, _transport)
    app.add_exception_handler(ApiError, _api)
    app.add_exception_handler(Exception, _defect)


def invalid(request: Request, errors: Sequence[ProblemError]) -> Response:
    return reply(request, 422, "The request cannot be understood; see errors.", errors=errors[:MOST_ERRORS])


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid(
        request,
        [ProblemError(pointer=pointer(item["loc"]), detail=item["msg"].removeprefix("Value error, ")) for item in error.errors()],
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {404: "There is nothing at this address; see /docs.", 405: f"{request.method} is not possible here."}
    detail = error.detail if error.detail != HTTPStatus(error.status_code).phrase else details.get(error.status_code)
    headers = dict(error.headers) if error.headers else None
    if headers and "Allow" in headers:
        # The router names only the methods of the first route with this path.
        headers["Allow"] = ", ".join(_methods(request))
    return reply(request, error.status_code, detail or error.detail, headers=headers)


def _methods(request: Request) -> list[str]:
    """That some route takes at this address; HEAD wherever GET is."""
    return [method for method in METHODS if _is_taken(request, "GET" if method == "HEAD" else method)]


def _is_taken(request: Request, method: str) -> bool:
    return any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.routes)


async def _gone(request: Request, error: Exception) -> Response:
    return reply(request, 410, str(error))


async def _unavailable(request: Request, error: Exception) -> Response:
    return reply(request, 503, str(error), headers={"Retry-After": str(RETRY_SECONDS)})


async def _transport(request: Request, error: Exception) -> Response:
    log.warning("Elasticsearch does not answer: %s", error)
    return await _unavailable(request, UnavailableError("The index does not answer; try again later."))


async def _api(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    if error.status_code == 404 and error.error == "index_not_found_exception":
        log.error("Elasticsearch has no index yet: run `bulletins bootstrap`")
        return await _unavailable(request, UnavailableError("The index does not exist yet; try again later."))
    if error.status_code in _BUSY:
        log.warning("Elasticsearch is busy: %s", error)
        return await _unavailable(request, UnavailableError("The index is busy; try again later."))
    log.error("Elasticsearch refused a request of ours: %s", error)
    return reply(request, 500, "The server asked its index something wrong; the log has the reason.")


async def _defect(request: Request, _error: Exception) -> Response:
    # The server logs the traceback itself.
    return reply(request, 500, "The server failed; the log has the reason.")
