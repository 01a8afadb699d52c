"""The main queries through the API, beside the same searches sent straight to Elasticsearch.

`python -m tests.bench.query` starts an Elasticsearch of its own with a million generated events, and an API over it. All sides get the same
queries at the same rate, in turns of some seconds, by the same HTTP client, which asks on time whether or not answers have come. A third side is a
route with nothing of ours in it (`_bare_route`), which tells what FastAPI and the official client take. Prints p50 and p99 and writes
`build/bench/query.json`. Then all events go out as CSV while the API's memory is watched.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import aiohttp
import orjson
import psutil

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.preflight import free_port
from services import indices
from services.api import queries, summaries, timeline
from services.api.params import EventQuery, FacetQuery, HistogramQuery, RegionQuery, TimelineQuery
from services.contracts import Stage
from services.places import above
from services.settings import Settings
from tests.bench import _events
from tests.bench._bare_route import bare_route_running
from tests.bench._table import Row, options, publish, row
from tests.integration.api_process import Api, running
from tests.servers import reachable_folder, settings_for

JSON: Final = {"Content-Type": "application/json"}
# Neither side compresses: that is no part of a query.
PLAIN: Final = {"Accept-Encoding": "identity"}
TURN_SECONDS: Final = 2.0
SAMPLE_SECONDS: Final = 0.1
SIDES: Final = ("api", "elasticsearch", "bare route")
OURS, THEIRS, BARE = range(len(SIDES))
WORDS: Final = ("智能", "项目", "投资", "开工", "产业园", "国家级")


class Query(NamedTuple):
    """One question, to be asked of either side."""

    kind: str
    path: str
    parameters: dict[str, Any]
    body: dict[str, Any]


class Maker:
    """Questions about what `_events` generates."""

    def __init__(self, events: int) -> None:
        self._dice = random.Random(_events.SEED)
        self._events = events
        self._places = _events.places()
        self._projects = [event["project"] for event in _events.generated(min(events, 3000)) if event.get("project")]
        self._kinds: list[Callable[[], Query]] = [
            self.newest, self.in_a_district, self.words, self.by_amount, self.one, self.facets, self.histogram, self.regions,
            self.project,
        ]  # fmt: skip

    def some(self, count: int) -> list[Query]:
        return [self._dice.choice(self._kinds)() for _ in range(count)]

    def each(self) -> list[Query]:
        return [make() for make in self._kinds]

    def newest(self) -> Query:
        return self._list("newest of a stage", stage=self._dice.choice(list(Stage)).value)

    def in_a_district(self) -> Query:
        return self._list("of a district", region_code=self._place()[0], sort="period_end")

    def words(self) -> Query:
        return self._list("words of the quote", q=self._dice.choice(WORDS), region_code=self._prefecture())

    def by_amount(self) -> Query:
        least = 10 ** self._dice.uniform(7, 9)
        return self._list("by amount", amount_min=round(least), sort="-amount", region_code=f"{self._place()[0][:2]}0000")

    def one(self) -> Query:
        event_id = _events.uuid(1, self._dice.randrange(self._events))
        return Query("one event", f"/v1/events/{event_id}", {}, queries.event(event_id))

    def facets(self) -> Query:
        given = {"field": ["event_type", "stage", "status", "level"], "region_code": self._prefecture()}
        return Query("facets", "/v1/events/facets", given, summaries.facets(FacetQuery.model_validate(_several(given))))

    def histogram(self) -> Query:
        given = {"event_type": "investment_report", "region_code": self._prefecture(), "interval": "month"}
        query = HistogramQuery.model_validate(_several(given))
        return Query("histogram", "/v1/events/histogram", given, summaries.histogram(query))

    def regions(self) -> Query:
        given = {"within": self._prefecture()}
        return Query("regions", "/v1/regions", given, summaries.regions(RegionQuery.model_validate(given)))

    def project(self) -> Query:
        name = self._dice.choice(self._projects)
        return Query("timeline", f"/v1/projects/{name}/timeline", {}, timeline.reports(name, TimelineQuery()))

    def _list(self, kind: str, **given: Any) -> Query:
        query = EventQuery.model_validate(_several(given))
        return Query(kind, "/v1/events", given, queries.events(query))

    def _place(self) -> tuple[str, str]:
        return self._dice.choice(self._places)

    def _prefecture(self) -> str:
        return above(self._place()[0])[-1]


def _several(given: dict[str, Any]) -> dict[str, Any]:
    """As the models take it: lists where several values may be given."""
    return {name: [value] if name in ("stage", "region_code", "event_type") else value for name, value in given.items()}


class Sides:
    """All sides, asked by one client."""

    def __init__(self, api: Api, bare_url: str, session: aiohttp.ClientSession) -> None:
        self._api = api.url
        self._bare = bare_url
        self._search = f"{api.settings.elasticsearch_url}/{api.settings.events_index}/_search"
        self._session = session

    async def ask(self, side: str, query: Query) -> bytes:
        """The answer, whole. Raises where it is none."""
        if side == "api":
            request = self._session.get(self._api + query.path, params=query.parameters)
        elif side == "bare route":
            request = self._session.post(self._bare, data=orjson.dumps(query.body), headers=JSON)
        else:
            given = {"allow_partial_search_results": "false"}
            request = self._session.post(self._search, params=given, data=orjson.dumps(query.body), headers=JSON)
        async with request as reply:
            body = await reply.read()
            if reply.status != 200:
                raise RuntimeError(f"{side} answers {reply.status} to {query.kind}: {body[:300]!r}")
            return body

    async def turn(self, side: str, work: list[Query], rate: float, found: dict[str, list[float]]) -> None:
        """Asks `rate` times a second, whatever becomes of the answers, and waits for the last; seconds of each, by kind."""

        async def one(query: Query) -> None:
            begun = time.perf_counter()
            await self.ask(side, query)
            found[query.kind].append(time.perf_counter() - begun)

        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number, query in enumerate(work):
                await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
                group.create_task(one(query))


async def measure(
    api: Api, bare_url: str, maker: Maker, seconds: float, rate: float, runs: int
) -> list[list[dict[str, list[float]]]]:
    """Of each run, of each side, the seconds of every request by kind. A first run only warms up."""
    measured = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=PLAIN) as session:
        sides = Sides(api, bare_url, session)
        for run in range(runs + 1):
            found: dict[str, dict[str, list[float]]] = {side: defaultdict(list) for side in SIDES}
            for turn in range(max(1, round(seconds / TURN_SECONDS))):
                work = maker.some(round(min(seconds, TURN_SECONDS) * rate))
                # What the first one asks, the second finds in the page cache.
                for side in SIDES[turn % 3 :] + SIDES[: turn % 3]:
                    await sides.turn(side, work, rate, found[side])
            if run:
                measured.append([found[side] for side in SIDES])
            middle = ", ".join(f"{side} {_percentile(_all(found[side]), 50) * 1000:.1f}" for side in SIDES)
            print(f"run {run or 'to warm up'}: p50 {middle} ms", file=sys.stderr)
    return measured


def table(measured: list[list[dict[str, list[float]]]]) -> list[Row]:
    """p50 and p99 of all, of the bare route as well, and of each kind."""
    everything = [[_all(side) for side in run] for run in measured]
    rows = [_row("all queries", everything, share) for share in (50, 99)]
    rows += [_row("all queries by a bare route", everything, share, BARE) for share in (50, 99)]
    kinds = list(measured[0][0])
    return rows + [_row(kind, [[side[kind] for side in run] for run in measured], share) for kind in kinds for share in (50, 99)]


def _row(name: str, runs: list[list[list[float]]], share: int, side: int = OURS) -> Row:
    ours, theirs = ([_percentile(run[at], share) * 1000 for run in runs] for at in (side, THEIRS))
    return row(f"query: {name}, p{share}, against Elasticsearch", "ms", ours, theirs, digits=1)


def _all(found: dict[str, list[float]]) -> list[float]:
    return [seconds for some in found.values() for seconds in some]


def _percentile(values: list[float], share: int) -> float:
    return statistics.quantiles(values, n=100)[share - 1] if len(values) > 1 else values[0]


async def export(api: Api) -> tuple[int, float, float, float]:
    """Of all events as CSV: their number, the seconds it took, and MiB of the API before it and at most while it ran."""
    process = psutil.Process(api.process.pid)
    before = most = process.memory_info().rss / 2**20
    lines, begun, sampled = 0, time.perf_counter(), 0.0
    unlimited = aiohttp.ClientTimeout(total=None, sock_read=60)
    async with (
        aiohttp.ClientSession(timeout=unlimited, headers=PLAIN) as session,
        session.get(f"{api.url}/v1/events.csv") as reply,
    ):
        reply.raise_for_status()
        async for piece in reply.content.iter_any():
            # Every row ends in CR LF, and bulletins have no CR.
            lines += piece.count(b"\r")
            if (now := time.perf_counter()) - sampled > SAMPLE_SECONDS:
                sampled, most = now, max(most, process.memory_info().rss / 2**20)
    return lines - 1, time.perf_counter() - begun, before, most


def compare(settings: Settings, events: int, seconds: float, rate: float, runs: int) -> list[Row]:
    """Fills the index of `settings`, which has to be empty, and measures. Raises RuntimeError where an answer is wrong."""
    with indices.connect(settings, request_timeout=300) as client:
        _events.fill(client, settings, events)
    with running(settings) as api, bare_route_running(settings.elasticsearch_url, settings.events_index) as bare_url:
        rows = table(asyncio.run(measure(api, bare_url, Maker(events), seconds, rate, runs)))
    # A fresh process: what it holds is for the export.
    with running(settings.model_copy(update={"api_port": free_port()})) as api:
        count, took, before, most = asyncio.run(export(api))
    if count != events:
        raise RuntimeError(f"{count} rows instead of {events}")
    return [
        *rows,
        row("query: rows of a CSV export", "rows/s", [count / took]),
        row(f"query: memory of the API while {count} rows stream, against before", "MiB", [most], [before]),
    ]


def main() -> None:
    parser = options(__doc__, "query")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20, help="of each side in a run")
    arguments = parser.parse_args()
    with reachable_folder() as folder, Elasticsearch(folder, free_port(), heap="4g") as server:
        settings = settings_for("127.0.0.1:9", server.url, folder).model_copy(update={"api_rate_per_minute": 1_000_000})
        publish(compare(settings, arguments.events, arguments.seconds, arguments.rate, arguments.runs), arguments.out)


if __name__ == "__main__":
    main()
