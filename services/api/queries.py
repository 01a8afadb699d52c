"""Parameters in, Elasticsearch request bodies out. Pure. A caller's words only ever become values, never query syntax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from services.api.cursor import Kind, SortValue
from services.api.params import BulletinQuery, EventQuery
from services.contracts import Accolade, InvestmentReport, ProjectMilestone

Body = dict[str, Any]
Clause = dict[str, Any]

# An item is the event of the contract; what else the index keeps beside it stays there.
EVENT_FIELDS: Final = sorted({name for model in (InvestmentReport, ProjectMilestone, Accolade) for name in model.model_fields})
# Events that come along with their bulletin; the event list has the rest, page by page.
BULLETIN_EVENTS: Final = 1000
# Elasticsearch gives up a search after this long; the client waits a little longer for the answer.
SEARCH_SECONDS: Final = 8


class SortKey(NamedTuple):
    field: str
    descending: bool
    kind: Kind


# Last of all an id, so that no two items are equal and a page never cuts between equals.
_IN_BULLETIN = (
    SortKey("bulletin_id", False, "text"),
    SortKey("evidence.start", False, "long"),
    SortKey("event_id", False, "text"),
)
_SORT_FIELDS: dict[str, tuple[str, Kind]] = {
    "published_on": ("published_on", "long"),
    "amount": ("amount.value", "double"),
    "period_end": ("period.end", "long"),
}


def event_sort(query: EventQuery) -> tuple[SortKey, ...]:
    if query.sort == "position":
        return _IN_BULLETIN
    field, kind = _SORT_FIELDS[query.sort.removeprefix("-")]
    return (SortKey(field, query.sort.startswith("-"), kind), *_IN_BULLETIN)


def bulletin_sort(query: BulletinQuery) -> tuple[SortKey, ...]:
    return (SortKey("published_on", query.sort.startswith("-"), "long"), SortKey("bulletin_id", False, "text"))


def events(query: EventQuery, after: Sequence[SortValue] | None = None) -> Body:
    """One page of events, and one item more that tells whether there is a next page."""
    return _page(event_filters(query), event_sort(query), query.limit, after, EVENT_FIELDS)


def bulletins(query: BulletinQuery, after: Sequence[SortValue] | None, fields: Sequence[str]) -> Body:
    """One page of bulletins with these fields, and one item more that tells whether there is a next page."""
    return _page(bulletin_filters(query), bulletin_sort(query), query.limit, after, fields)


def event(event_id: str) -> Body:
    return _page([{"term": {"event_id": event_id}}], _IN_BULLETIN, 0, None, EVENT_FIELDS)


def bulletin(bulletin_id: str, fields: Sequence[str]) -> Body:
    return _page([{"term": {"bulletin_id": bulletin_id}}], (SortKey("bulletin_id", False, "text"),), 0, None, fields)


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


def event_filters(query: EventQuery) -> list[Clause]:
    """All conditions of the event list, in filter context: nothing is scored, and Elasticsearch may cache them."""
    exact: dict[str, Sequence[str]] = {
        "event_type": query.event_type,
        "stage": query.stage,
        "metric": query.metric,
        "level": query.level,
        "status": query.status,
        "bulletin_id": query.bulletin_id,
        "fact_id": query.fact_id,
    }
    filters: list[Clause] = [{"terms": {field: list(values)}} for field, values in exact.items() if values]
    filters += _regions(query.region_code)
    names = {"region": query.region, "project": query.project, "organization": query.organization, "recipient": query.recipient}
    for field, words in names.items():
        filters += _phrases([f"{field}.text"], words)
    filters += _phrases(["evidence.quote"], query.q)
    filters += _published(query)
    filters += _amount(query)
    filters += _period(query)
    return filters


def bulletin_filters(query: BulletinQuery) -> list[Clause]:
    exact = {"source_id": query.source_id, "source_uri": query.source_uri}
    filters: list[Clause] = [{"term": {field: value}} for field, value in exact.items() if value is not None]
    filters += _regions(query.region_code)
    filters += _phrases(["publisher.text"], query.publisher)
    filters += _phrases(["source_title.text", "text"], query.q)
    filters += _published(query)
    return filters


def _phrases(fields: list[str], words: str | None) -> list[Clause]:
    """Each word must occur as it stands: the index holds one token a Chinese character, so a word is a phrase of them."""
    clauses: list[Clause] = []
    for word in (words or "").split():
        clauses.append(
            {"match_phrase": {fields[0]: word}}
            if len(fields) == 1
            else {"multi_match": {"query": word, "type": "phrase", "fields": fields}}
        )
    return clauses


def _regions(codes: Sequence[str]) -> list[Clause]:
    """A division and all below it: a code ends in 0000 for a province and in 00 for a prefecture (GB/T 2260)."""
    if not codes:
        return []
    return [{"bool": {"should": [_region(code) for code in codes], "minimum_should_match": 1}}]


def _region(code: str) -> Clause:
    for zeros in ("0000", "00"):
        if code.endswith(zeros):
            return {"prefix": {"region_code": code.removesuffix(zeros)}}
    return {"term": {"region_code": code}}


def _published(query: EventQuery | BulletinQuery) -> list[Clause]:
    ends = {"gte": query.published_from, "lte": query.published_to}
    given = {end: day.isoformat() for end, day in ends.items() if day is not None}
    return [{"range": {"published_on": given}}] if given else []


def _amount(query: EventQuery) -> list[Clause]:
    """An amount is a point or a range; it passes where any part of it lies within what was asked for."""
    by_amount = query.sort.removeprefix("-") == "amount"
    if query.amount_min is None and query.amount_max is None and not by_amount:
        return []
    clauses: list[Clause] = [{"term": {"amount.currency": query.currency}}]
    if query.amount_min is not None:
        reaches = [{"range": {field: {"gte": query.amount_min}}} for field in ("amount.value", "amount.value_max")]
        clauses.append({"bool": {"should": reaches, "minimum_should_match": 1}})
    if query.amount_max is not None:
        clauses.append({"range": {"amount.value": {"lte": query.amount_max}}})
    return clauses


def _period(query: EventQuery) -> list[Clause]:
    """The fact's time and the days asked for have one in common; an open end reaches as far as one likes."""
    if query.period_from is None and query.period_to is None:
        return []
    outside: list[Clause] = []
    if query.period_from is not None:
        outside.append({"range": {"period.end": {"lt": query.period_from.isoformat()}}})
    if query.period_to is not None:
        outside.append({"range": {"period.start": {"gt": query.period_to.isoformat()}}})
    dated = [{"exists": {"field": "period.start"}}, {"exists": {"field": "period.end"}}]
    return [{"bool": {"should": dated, "minimum_should_match": 1, "must_not": outside}}]
