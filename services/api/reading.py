"""How a route reads its parameters: by one validation of their model.

FastAPI by itself looks at the type of each field anew with every request, which with the filters of events takes as long as all else
that is done for one. What it says of a route in the OpenAPI document stays.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.params import Path, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.api.params import several

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Route(APIRoute):
    """For endpoints that take the request, a model of the query and parts of the path; others are left to FastAPI."""

    def get_route_handler(self) -> Handler:
        if self.dependencies:
            return super().get_route_handler()
        hints = get_type_hints(self.endpoint, include_extras=True)
        parts: dict[str, TypeAdapter[Any]] = {}
        queries: dict[str, type[BaseModel]] = {}
        for name in inspect.signature(self.endpoint).parameters:
            kinds = get_args(hints[name])[1:] if get_origin(hints[name]) is Annotated else ()
            if any(isinstance(kind, Path) for kind in kinds):
                parts[name] = TypeAdapter(hints[name])
            elif any(isinstance(kind, Query) for kind in kinds):
                queries[name] = get_args(hints[name])[0]
            elif hints[name] is not Request:
                return super().get_route_handler()
        return _handler(self.endpoint, parts, queries)


def _handler(endpoint: Callable[..., Any], parts: dict[str, TypeAdapter[Any]], queries: dict[str, type[BaseModel]]) -> Handler:
    lists = several()

    async def handle(request: Request) -> Response:
        values: dict[str, Any] = {}
        wrong: list[Any] = []
        for name, part in parts.items():
            try:
                values[name] = part.validate_python(request.path_params[name])
            except ValidationError as error:
                wrong += _placed(error, "path", name)
        for name, query in queries.items():
            try:
                values[name] = query.model_validate(_given(request, lists))
            except ValidationError as error:
                wrong += _placed(error, "query")
        if wrong:
            raise RequestValidationError(wrong)
        response: Response = await endpoint(request, **values)
        return response

    return handle


def _given(request: Request, lists: frozenset[str]) -> dict[str, Any]:
    """The query string as its model takes it. What takes one value and has several is refused before (wellformed)."""
    given: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        if name in lists:
            given.setdefault(name, []).append(value)
        else:
            given[name] = value
    return given


def _placed(error: ValidationError, *place: str) -> list[Any]:
    return [{**item, "loc": (*place, *item["loc"])} for item in error.errors(include_url=False)]
