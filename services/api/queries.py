"""Parameters in, Elasticsearch request bodies out: lists and single documents. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from services.api.cursor import SortValue
from services.api.filters import Clause, bulletin_filters, event_filters, in_currency
from services.api.params import EVENT_FIELDS, BulletinQuery, EventQuery, ExportQuery, FeedQuery

Body = dict[str, Any]

# Events that come along with their bulletin; the event list has the rest, page by page.
BULLETIN_EVENTS: Final = 1000
# Elasticsearch gives up a search after this long; the client waits a little longer for the answer.
SEARCH_SECONDS: Final = 8


# Facts that a collapsed list goes through: Elasticsearch knows of no other way than to count off what was given already.
MAX_COLLAPSED: Final = 10_000


class SortKey(NamedTuple):
    field: str
    descending: bool


# Last of all an id, so that no two items are equal and a page never cuts between equals.
_IN_BULLETIN = (SortKey("bulletin_id", False), SortKey("evidence.start", False), SortKey("event_id", False))
_SORT_FIELDS = {"published_on": "published_on", "amount": "amount.value", "period_end": "period.end", "fact_id": "fact_id"}


def event_sort(query: EventQuery | ExportQuery) -> tuple[SortKey, ...]:
    if query.sort == "position":
        return _IN_BULLETIN
    return (SortKey(_SORT_FIELDS[query.sort.removeprefix("-")], query.sort.startswith("-")), *_IN_BULLETIN)


def bulletin_sort(query: BulletinQuery) -> tuple[SortKey, ...]:
    return (SortKey("published_on", query.sort.startswith("-")), SortKey("bulletin_id", False))


def list_filters(query: EventQuery | ExportQuery) -> list[Clause]:
    """The conditions of the event list: a list by amount has only events with one."""
    filters = event_filters(query)
    by_amount = query.sort.removeprefix("-") == "amount" and in_currency(query) not in filters
    return [*filters, in_currency(query)] if by_amount else filters


def events(query: EventQuery, after: Sequence[SortValue] | None = None) -> Body:
    """One page of events, and one item more that tells whether there is a next page."""
    return _page(list_filters(query), event_sort(query), query.limit, after, query.selected())


def facts(query: EventQuery, after: Sequence[SortValue] | None, offset: int) -> Body:
    """One page of facts, each by its first report, and one more; `after` only where they are sorted by `fact_id`, else `offset`."""
    # Elasticsearch goes on after a value only where it sorts by nothing else than what it collapses.
    sort = event_sort(query)[:1] if query.sort == "fact_id" else event_sort(query)
    body = _page(list_filters(query), sort, query.limit, None if after is None else after[: len(sort)], query.selected())
    body["collapse"] = {"field": "fact_id"}
    body["from"] = offset
    body["size"] = min(query.limit + 1, MAX_COLLAPSED - offset)
    body["aggs"] = {"facts": {"cardinality": {"field": "fact_id", "precision_threshold": 40_000}}}
    return body


def reports(query: EventQuery, fact_ids: Sequence[str]) -> Body:
    """How often each of these facts is told by the events that the list lets through."""
    return {
        "query": {"bool": {"filter": [*list_filters(query), {"terms": {"fact_id": list(fact_ids)}}]}},
        "size": 0,
        "track_total_hits": False,
        "aggs": {"facts": {"terms": {"field": "fact_id", "size": max(len(fact_ids), 1)}}},
        "timeout": f"{SEARCH_SECONDS}s",
    }


def export(query: ExportQuery, size: int, after: Sequence[SortValue] | None) -> Body:
    """A piece of the event list, which need not know its length."""
    body = _page(list_filters(query), event_sort(query), size - 1, after, query.selected())
    body["track_total_hits"] = False
    return body


def newest(query: FeedQuery) -> Body:
    """The newest by publication; those without a day come last."""
    sort = (SortKey("published_on", True), *_IN_BULLETIN)
    body = _page(event_filters(query), sort, query.limit - 1, None, EVENT_FIELDS)
    body["track_total_hits"] = False
    return body


def bulletins(query: BulletinQuery, after: Sequence[SortValue] | None, fields: Sequence[str]) -> Body:
    """One page of bulletins with these fields, and one item more that tells whether there is a next page."""
    return _page(bulletin_filters(query), bulletin_sort(query), query.limit, after, fields)


def event(event_id: str) -> Body:
    return _page([{"term": {"event_id": event_id}}], _IN_BULLETIN, 0, None, EVENT_FIELDS)


def bulletin(bulletin_id: str, fields: Sequence[str]) -> Body:
    return _page([{"term": {"bulletin_id": bulletin_id}}], (SortKey("bulletin_id", False),), 0, None, fields)


def events_of(bulletin_id: str) -> Body:
    """The events of one bulletin in the order of its text."""
    return _page([{"term": {"bulletin_id": bulletin_id}}], _IN_BULLETIN, BULLETIN_EVENTS - 1, None, EVENT_FIELDS)


def _page(
    filters: list[Clause], sort: Sequence[SortKey], limit: int, after: Sequence[SortValue] | None, fields: Sequence[str]
) -> Body:
    body: Body = {
        "query": {"bool": {"filter": filters}} if filters else {"match_all": {}},
        "sort": [{key.field: {"order": "desc" if key.descending else "asc", "missing": "_last"}} for key in sort],
        "size": limit + 1,
        "track_total_hits": True,
        "_source": {"includes": list(fields)},
        "timeout": f"{SEARCH_SECONDS}s",
    }
    if after is not None:
        body["search_after"] = list(after)
    return body
