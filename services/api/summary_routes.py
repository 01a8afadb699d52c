"""Facets, histogram, regions, leaderboard, and the timeline of a project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from starlette.exceptions import HTTPException

from services import replies
from services.api import lists, summaries, timeline
from services.api.params import FacetQuery, HistogramQuery, LeaderboardQuery, RegionQuery, TimelineQuery
from services.api.respond import json_reply


async def list_facets(request: Request, query: Annotated[FacetQuery, Query()]) -> Response:
    """How many events have which value of a field, under the same filters as the event list."""
    found = await lists.index(request).events(summaries.facets(query))
    return json_reply(request, summaries.facets_reply(query, found.total, found.aggregations))


async def get_histogram(request: Request, query: Annotated[HistogramQuery, Query()]) -> Response:
    """Events and sums of money by month, quarter or year, under the same filters as the event list."""
    found = await lists.index(request).events(summaries.histogram(query))
    return json_reply(request, summaries.histogram_reply(found.aggregations))


async def list_regions(request: Request, query: Annotated[RegionQuery, Query()]) -> Response:
    """Administrative divisions that have events; each counts everything below it."""
    found = await lists.index(request).events(summaries.regions(query))
    return json_reply(request, summaries.regions_reply(query, found.aggregations))


async def get_leaderboard(request: Request, query: Annotated[LeaderboardQuery, Query()]) -> Response:
    """Who was given how many honours of which level. Only honours given, and recipients that are named."""
    found = await lists.index(request).events(summaries.leaderboard(query))
    return json_reply(request, summaries.leaderboard_reply(query, found.aggregations))


async def get_timeline(
    request: Request, name: Annotated[str, Path(min_length=1, max_length=500)], query: Annotated[TimelineQuery, Query()]
) -> Response:
    """What happened to a project, by its name: stages and amounts in the order of time, planned beside actual, delays."""
    found = await lists.index(request).events(timeline.reports(name, query))
    if not found.documents:
        raise HTTPException(404, "No event tells of a project of this name; match=words finds names that have its words.")
    return json_reply(request, timeline.timeline(name, found.documents, found.total, date.today()))


def timeline_example(milestone: dict[str, Any]) -> dict[str, Any]:
    return timeline.timeline(milestone["project"], [milestone], 1, date(2026, 1, 1))


Summary = tuple[str, Callable[..., Any], str, Any, dict[str, Any]]
# Path, endpoint, operation id, reply, example.
SUMMARIES: list[Summary] = [
    (
        "/events/facets",
        list_facets,
        "listEventFacets",
        replies.Facets,
        {"total": 31, "facets": {"stage": [{"value": "started", "count": 19}, {"value": "operational", "count": 12}]}},
    ),
    (
        "/events/histogram",
        get_histogram,
        "getEventHistogram",
        replies.Histogram,
        {"items": [{"start": "2025-01-01", "count": 12, "amount": 1.2e9}, {"start": "2025-02-01", "count": 3, "amount": None}]},
    ),
    (
        "/regions",
        list_regions,
        "listRegions",
        replies.Regions,
        {"items": [{"code": "410106", "name": "上街区", "parent": "410100", "count": 12}]},
    ),
    (
        "/accolades/leaderboard",
        get_leaderboard,
        "getAccoladeLeaderboard",
        replies.Leaderboard,
        {"items": [{"recipient": "上街区", "count": 3, "levels": {"national": 1, "provincial": 2}, "reports": 5}]},
    ),
]
