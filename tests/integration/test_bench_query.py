"""The measurement of the queries in small: all sides are asked the same, and everything is counted. Nothing is timed."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from deploy.local.elasticsearch import Elasticsearch
from services import indices
from services.contracts import EVENT_ADAPTER
from tests.bench import _events
from tests.bench._bare_route import bare_route_running
from tests.bench._table import publish
from tests.bench.query import SIDES, Maker, Sides, compare
from tests.integration.api_process import Api, running
from tests.servers import settings_for

EVENTS = 2500
KINDS = 9


def test_generated_events_are_of_the_contract_and_the_same_each_time() -> None:
    events = list(_events.generated(300))
    assert events == list(_events.generated(300))
    assert len({event["event_id"] for event in events}) == 300
    assert {EVENT_ADAPTER.validate_python(event).event_type for event in events} == {
        "investment_report",
        "project_milestone",
        "accolade",
    }
    assert len({event["fact_id"] for event in events}) < 300


def test_all_sides_answer_the_same_and_all_is_counted(elasticsearch: Elasticsearch, tmp_path: Path) -> None:
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path).model_copy(update={"api_rate_per_minute": 1_000_000})
    rows = compare(settings, EVENTS, seconds=1, rate=30, runs=2)
    names = [str(line["name"]) for line in rows]
    assert names[:2] == [f"query: all queries, p{share}, against Elasticsearch" for share in (50, 99)]
    assert names[2:4] == [f"query: all queries by a bare route, p{share}, against Elasticsearch" for share in (50, 99)]
    assert 2 * (KINDS + 2) + 2 >= len(rows) == len(set(names)) > KINDS
    assert all(line["runs"] == 2 and line["ratio_min"] <= line["ratio"] <= line["ratio_max"] for line in rows[:-2])
    assert names[-1].startswith(f"query: memory of the API while {EVENTS} rows")
    publish(rows, tmp_path / "out" / "query.json")
    assert json.loads((tmp_path / "out" / "query.json").read_text("utf-8")) == rows
    with running(settings) as api, indices.connect(settings) as client:
        assert client.count(index=settings.events_index)["count"] == EVENTS
        with bare_route_running(settings.elasticsearch_url, settings.events_index) as bare_url:
            asyncio.run(check_same(api, bare_url))
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


async def check_same(api: Api, bare_url: str) -> None:
    async with aiohttp.ClientSession() as session:
        sides = Sides(api, bare_url, session)
        found = 0
        for _ in range(5):
            for query in Maker(EVENTS).each():
                ours, theirs, bare = [orjson.loads(await sides.ask(side, query)) for side in SIDES]
                assert bare["hits"] == theirs["hits"]
                hits = [hit["_source"] for hit in theirs["hits"]["hits"]]
                found += bool(hits)
                assert same(query.kind, ours, hits, theirs), query
        assert found
        with pytest.raises(RuntimeError, match="answers 422"):
            await sides.ask("api", query._replace(parameters={"x": "1"}))
        times: dict[str, list[float]] = defaultdict(list)
        await sides.turn("elasticsearch", Maker(EVENTS).some(40), 400, times)
        assert sum(map(len, times.values())) == 40


def same(kind: str, ours: dict[str, Any], hits: list[dict[str, Any]], theirs: dict[str, Any]) -> bool:
    """Whether the API's answer is of the search's: the same events, or counts of as many."""
    total = theirs["hits"]["total"]["value"]
    if kind == "one event":
        return [ours] == hits
    if kind == "timeline":
        told = [event["event_id"] for item in ours["items"] for event in item["events"]]
        return sorted(told) == sorted(hit["event_id"] for hit in hits) and ours["reports"] == total
    if kind == "facets":
        return bool(ours["total"] == total == sum(value["count"] for value in ours["facets"]["event_type"]))
    if kind == "histogram":
        return bool(sum(bar["count"] for bar in ours["items"]) == total)
    if kind == "regions":
        return max((region["count"] for region in ours["items"]), default=0) == total
    return bool(ours["total"] == total and ours["items"] == hits[:20])
