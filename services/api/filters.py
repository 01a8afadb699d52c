"""Parameters in, conditions of an Elasticsearch request out. Pure. A caller's words only ever become values, never query syntax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from services.api.params import BulletinQuery, EventFilter
from services.places import below

Clause = dict[str, Any]

# Names that are searched by their words, and those that can be given whole (`project_exact`).
WORDS: Final = ("region", "project", "organization", "subject", "recipient", "honor")
EXACT: Final = (*WORDS, "publisher")


def event_filters(query: EventFilter) -> list[Clause]:
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
    filters += regions(query.region_code)
    for field in WORDS:
        filters += phrases([f"{field}.text"], getattr(query, field))
    for field in EXACT:
        if values := getattr(query, f"{field}_exact"):
            filters.append({"terms": {field: list(values)}})
    filters += phrases(["evidence.quote"], query.q)
    filters += _published(query)
    filters += _amount(query)
    filters += _period(query)
    return filters


def bulletin_filters(query: BulletinQuery) -> list[Clause]:
    exact = {"source_id": query.source_id, "source_uri": query.source_uri}
    filters: list[Clause] = [{"term": {field: value}} for field, value in exact.items() if value is not None]
    filters += regions(query.region_code)
    filters += phrases(["publisher.text"], query.publisher)
    filters += phrases(["source_title.text", "text"], query.q)
    filters += _published(query)
    return filters


def in_currency(query: EventFilter) -> Clause:
    """Amounts of different currencies are never compared or added."""
    return {"term": {"amount.currency": query.currency}}


def phrases(fields: list[str], words: str | None) -> list[Clause]:
    """Each word must occur as it stands: the index holds one token a Chinese character, so a word is a phrase of them."""
    clauses: list[Clause] = []
    for word in (words or "").split():
        clauses.append(
            {"match_phrase": {fields[0]: word}}
            if len(fields) == 1
            else {"multi_match": {"query": word, "type": "phrase", "fields": fields}}
        )
    return clauses


def regions(codes: Sequence[str]) -> list[Clause]:
    """A division and all below it: a code ends in 0000 for a province and in 00 for a prefecture (GB/T 2260)."""
    if not codes:
        return []
    return [{"bool": {"should": [_region(code) for code in codes], "minimum_should_match": 1}}]


def _region(code: str) -> Clause:
    beginning = below(code)
    return {"term": {"region_code": code}} if beginning == code else {"prefix": {"region_code": beginning}}


def _published(query: EventFilter | BulletinQuery) -> list[Clause]:
    ends = {"gte": query.published_from, "lte": query.published_to}
    given = {end: day.isoformat() for end, day in ends.items() if day is not None}
    return [{"range": {"published_on": given}}] if given else []


def _amount(query: EventFilter) -> list[Clause]:
    """An amount is a point or a range; it passes where any part of it lies within what was asked for."""
    if query.amount_min is None and query.amount_max is None:
        return []
    clauses: list[Clause] = [in_currency(query)]
    if query.amount_min is not None:
        reaches = [{"range": {field: {"gte": query.amount_min}}} for field in ("amount.value", "amount.value_max")]
        clauses.append({"bool": {"should": reaches, "minimum_should_match": 1}})
    if query.amount_max is not None:
        clauses.append({"range": {"amount.value": {"lte": query.amount_max}}})
    return clauses


def _period(query: EventFilter) -> list[Clause]:
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
