"""What happened to one project: facts in the order of time, planned beside actual, delays. Pure below the query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from services.api.filters import Clause, phrases, regions
from services.api.params import EVENT_FIELDS, TimelineQuery
from services.api.queries import SEARCH_SECONDS, Body
from services.contracts import Stage

# Reports that one timeline is made of; a name that has more is not one project's.
MAX_REPORTS: Final = 1000
_ORDER = {stage.value: number for number, stage in enumerate(Stage)}
Event = dict[str, Any]
Item = dict[str, Any]


def reports(project: str, query: TimelineQuery) -> Body:
    """The milestones of a project and the money put into it, the latest told first."""
    clauses: list[Clause] = []
    for field in ("project", "subject"):
        if query.match == "exact":
            clauses.append({"term": {field: project}})
        else:
            clauses.append({"bool": {"filter": phrases([f"{field}.text"], project)}})
    return {
        "query": {"bool": {"filter": [{"bool": {"should": clauses, "minimum_should_match": 1}}, *regions(query.region_code)]}},
        "sort": [{"published_on": {"order": "desc", "missing": "_last"}}, {"event_id": "asc"}],
        "size": MAX_REPORTS,
        "track_total_hits": True,
        "_source": {"includes": list(EVENT_FIELDS)},
        "timeout": f"{SEARCH_SECONDS}s",
    }


def timeline(project: str, events: Sequence[Event], total: int, today: date) -> dict[str, Any]:
    """The reply. `total` counts the reports that there are, of which `events` are the latest told."""
    items = sorted(_facts(events), key=_place)
    return {"project": project, "items": items, "delays": delays(items, today.isoformat()), "reports": total}


def _facts(events: Iterable[Event]) -> list[Item]:
    """One item a fact, however often it was told, with its reports in the order in which they were published."""
    facts: dict[str, list[Event]] = {}
    for event in events:
        facts.setdefault(event["fact_id"], []).append(event)
    return [
        _item(sorted(told, key=lambda event: (event.get("published_on") or "9", event["event_id"]))) for told in facts.values()
    ]


def _item(told: list[Event]) -> Item:
    first = told[0]
    return {
        "date": when(first),
        "event_type": first["event_type"],
        "stage": first.get("stage"),
        "metric": first.get("metric"),
        "status": first["status"],
        "amount": first.get("amount"),
        "events": told,
        "reports": len(told),
    }


def when(event: Event) -> str | None:
    """The day a fact belongs to: the end of its time. What was done was done by the day that it was told."""
    period = event.get("period") or {}
    day: str | None = period.get("end") or period.get("start")
    told: str | None = event.get("published_on")
    if event["status"] == "actual" and told is not None:
        return min(day, told) if day else told
    return day or told


def _place(item: Item) -> tuple[str, int, str]:
    """In the order of time, of the stages, and of ids; what has no time comes last."""
    return item["date"] or "9999-99-99", _ORDER.get(item["stage"] or "", -1), item["events"][0]["event_id"]


def delays(items: Sequence[Item], today: str) -> list[dict[str, Any]]:
    """Stages that came later than first planned, or that no report tells of though the day has gone; in the order of stages.

    A plan is kept by its stage or by a later one: who produces has built. A stage counts from its first date.
    """
    found = []
    for stage in Stage:
        plans = [item for item in items if item["stage"] == stage and item["status"] == "planned" and _deadline(item)]
        if not plans:
            continue
        plans.sort(key=lambda item: (item["events"][0].get("published_on") or "9", _deadline(item)))
        planned, newest = _deadline(plans[0]), max(_deadline(item) for item in plans)
        reached = [
            item
            for item in items
            if item["status"] == "actual" and item["date"] and _ORDER.get(item["stage"] or "", -1) >= _ORDER[stage]
        ]
        actual = min((item["date"] for item in reached), default=None)
        state, until = _compare(newest, actual, today)
        if until > planned:
            days = (date.fromisoformat(until) - date.fromisoformat(planned)).days
            found.append(
                {"stage": stage.value, "state": state, "planned": planned, "replanned": newest, "actual": actual, "days": days}
            )
    return found


def _deadline(item: Item) -> str:
    period = item["events"][0].get("period") or {}
    return period.get("end") or ""


def _compare(newest: str, actual: str | None, today: str) -> tuple[str, str]:
    """What became of a plan, and the day that its delay is counted to."""
    if actual is not None:
        return "late", actual
    if newest < today:
        return "not_reported", today
    return "postponed", newest
