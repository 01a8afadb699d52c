"""Routes read their parameters as FastAPI's own would: the same values, the same errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from services.api.params import EventQuery
from services.api.reading import Route
from services.contracts import Uuid, content_id

ID = content_id("event", "x")
ADDRESSES = [
    f"/things/{ID}",
    f"/things/{ID}?stage=signed&stage=started&q=%E7%AD%BE%E7%BA%A6&limit=7&amount_min=1e8&published_from=2024-02-29",
    f"/things/{ID}?q=a+b%26c&project_exact=%F0%A0%AE%B7&project_exact=",
    f"/things/{ID}?stage=begun&limit=0&unheard_of=1&unheard_of=2",
    f"/things/{ID}?stage=&limit=&q=",
    f"/things/{ID}?limit=1e2&amount_max=NaN&published_to=2024-02-30",
    f"/things/{ID}?amount_min=2&amount_max=1",
    "/things/x?limit=-1",
    f"/things/{ID.upper()}?fields=_id",
]


async def things(request: Request, thing: Annotated[Uuid, Path()], query: Annotated[EventQuery, Query()]) -> Response:
    return JSONResponse({"thing": thing, "query": query.model_dump(mode="json")})


async def guarded(request: Request, thing: Annotated[Uuid, Path()]) -> Response:
    return JSONResponse({"thing": thing})


async def refuse() -> None:
    raise HTTPException(403)


@pytest.fixture(scope="module")
def clients() -> Iterator[list[TestClient]]:
    """One application with our routes, one with FastAPI's."""
    with ExitStack() as closing:
        found = []
        for kind in (Route, APIRoute):
            routes = APIRouter(route_class=kind)
            routes.add_api_route("/things/{thing}", things)
            routes.add_api_route("/guarded/{thing}", guarded, dependencies=[Depends(refuse)])
            app = FastAPI()
            app.include_router(routes)
            found.append(closing.enter_context(TestClient(app)))
        yield found


def told(answer: Any) -> Any:
    """What callers are told of: values, or errors with their places."""
    body = answer.json()
    if answer.status_code != 422:
        return answer.status_code, body
    return 422, sorted((error["type"], error["loc"], error["msg"]) for error in body["detail"])


@pytest.mark.parametrize("address", ADDRESSES)
def test_values_and_errors_are_those_of_fastapi(clients: list[TestClient], address: str) -> None:
    ours, theirs = (told(client.get(address)) for client in clients)
    assert ours == theirs


def test_both_good_and_bad_ones_are_among_them(clients: list[TestClient]) -> None:
    assert {clients[0].get(address).status_code for address in ADDRESSES} == {200, 422}


def test_what_a_route_depends_on_is_not_passed_by(clients: list[TestClient]) -> None:
    assert [client.get(f"/guarded/{ID}").status_code for client in clients] == [403, 403]
