"""Counts and sums over events: what is asked of Elasticsearch, and the reply made of its answer. Pure."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from services.api.filters import Clause, event_filters, in_currency
from services.api.params import EventFilter, FacetQuery, HistogramQuery, LeaderboardQuery, RegionQuery
from services.api.queries import SEARCH_SECONDS, Body
from services.places import above, below, names

# More than there are divisions; each is one term.
ALL_REGIONS: Final = 10_000
# Elasticsearch orders by the number of reports; by the number of honours is ordered here, among so many times as many.
CANDIDATES: Final = 5
_DATES = {"published_on": "published_on", "period_start": "period.start"}


def _body(filters: list[Clause], aggregations: dict[str, Any]) -> Body:
    return {
        "query": {"bool": {"filter": filters}} if filters else {"match_all": {}},
        "size": 0,
        "track_total_hits": True,
        "aggs": aggregations,
        "timeout": f"{SEARCH_SECONDS}s",
    }


def facets(query: FacetQuery) -> Body:
    return _body(event_filters(query), {field: {"terms": {"field": field, "size": query.size}} for field in query.field})


def facets_reply(query: FacetQuery, total: int, answer: dict[str, Any]) -> dict[str, Any]:
    counts = {field: [_value(bucket) for bucket in answer[field]["buckets"]] for field in dict.fromkeys(query.field)}
    return {"total": total, "facets": counts}


def _value(bucket: dict[str, Any]) -> dict[str, Any]:
    return {"value": bucket["key"], "count": bucket["doc_count"]}


def histogram(query: HistogramQuery) -> Body:
    over_time = {
        "field": _DATES[query.date],
        "calendar_interval": query.interval,
        "format": "yyyy-MM-dd",
        # Empty months are left out: a single date in the year 9999 must not make 100,000 of them.
        "min_doc_count": 1,
    }
    money = {"filter": in_currency(query), "aggs": {"sum": {"sum": {"field": "amount.value"}}}}
    return _body(event_filters(query), {"time": {"date_histogram": over_time, "aggs": {"money": money}}})


def histogram_reply(answer: dict[str, Any]) -> dict[str, Any]:
    items = []
    for bucket in answer["time"]["buckets"]:
        money = bucket["money"]
        amount = money["sum"]["value"] if money["doc_count"] else None
        items.append({"start": bucket["key_as_string"], "count": bucket["doc_count"], "amount": amount})
    return {"items": items}


def regions(query: RegionQuery) -> Body:
    filters = event_filters(query)
    if query.within is not None:
        filters.append({"prefix": {"region_code": below(query.within)}})
    return _body(filters, {"regions": {"terms": {"field": "region_code", "size": ALL_REGIONS}}})


def regions_reply(query: RegionQuery, answer: dict[str, Any]) -> dict[str, Any]:
    """Every division with events, its own or those of a division below it; codes that no table knows have no name."""
    counts: Counter[str] = Counter()
    for bucket in answer["regions"]["buckets"]:
        for code in (bucket["key"], *above(bucket["key"])):
            if query.within is None or code.startswith(below(query.within)):
                counts[code] += bucket["doc_count"]
    known = names()
    items = [
        {"code": code, "name": known.get(code), "parent": next(reversed(above(code)), None), "count": counts[code]}
        for code in sorted(counts)
    ]
    return {"items": items}


def leaderboard(query: LeaderboardQuery) -> Body:
    """Recipients by honours given. A group (`4家企业`) is no recipient: the same words mean others each time."""
    filters = [
        *event_filters(EventFilter(**query.model_dump(exclude={"size", "event_type", "status"}))),
        {"term": {"event_type": "accolade"}},
        {"term": {"status": "actual"}},
        {"bool": {"must_not": [{"exists": {"field": "recipient_count"}}]}},
    ]
    honours = {"cardinality": {"field": "fact_id", "precision_threshold": 3000}}
    return _body(
        filters,
        {
            "recipients": {
                "terms": {"field": "recipient", "size": query.size * CANDIDATES, "collect_mode": "breadth_first"},
                "aggs": {
                    "honours": honours,
                    "levels": {"terms": {"field": "level", "missing": "unknown"}, "aggs": {"honours": honours}},
                },
            }
        },
    )


def leaderboard_reply(query: LeaderboardQuery, answer: dict[str, Any]) -> dict[str, Any]:
    items = [
        {
            "recipient": bucket["key"],
            "count": bucket["honours"]["value"],
            "levels": {level["key"]: level["honours"]["value"] for level in bucket["levels"]["buckets"]},
            "reports": bucket["doc_count"],
        }
        for bucket in answer["recipients"]["buckets"]
    ]
    items.sort(key=lambda item: (-item["count"], -item["reports"], item["recipient"]))
    return {"items": items[: query.size]}
