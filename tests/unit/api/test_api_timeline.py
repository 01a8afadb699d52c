"""What happened to one project, from the reports of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.api import timeline
from services.api.params import TimelineQuery
from services.contracts import content_id
from tests.integration.api_process import examples

TODAY = date(2026, 6, 30)


def told(stage: str, status: str, published_on: str | None, end: str | None = None, **fields: Any) -> dict[str, Any]:
    """A report of a milestone; the same stage, status and end are the same fact."""
    return {
        **examples("project_milestone")[0],
        "event_id": content_id("event", stage, status, published_on, end),
        "fact_id": content_id("fact", stage, status, end),
        "stage": stage,
        "status": status,
        "published_on": published_on,
        "period": None if end is None else {"start": None, "end": end, "text": None},
        **fields,
    }


def delays(*events: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = timeline.timeline("某项目", events, len(events), TODAY)["delays"]
    return found


def test_facts_stand_in_the_order_of_time_and_of_stages() -> None:
    events = [
        told("operational", "planned", "2024-01-01", "2026-12-31"),
        told("topped_out", "actual", "2025-03-01"),
        told("started", "actual", "2025-03-01"),
        told("signed", "actual", "2023-05-01", "2023-04-30"),
        told("approved", "actual", None),
    ]
    reply = timeline.timeline("某项目", events, 5, TODAY)
    assert [(item["stage"], item["date"]) for item in reply["items"]] == [
        ("signed", "2023-04-30"),
        ("started", "2025-03-01"),
        ("topped_out", "2025-03-01"),
        ("operational", "2026-12-31"),
        ("approved", None),
    ]


def test_a_fact_told_again_is_one_item_with_its_reports() -> None:
    later, earlier = told("started", "actual", "2025-04-01", "2025-03-15"), told("started", "actual", "2025-03-20", "2025-03-15")
    [item] = timeline.timeline("某项目", [later, earlier], 2, TODAY)["items"]
    assert item["reports"] == 2
    assert item["events"] == [earlier, later]


def test_what_was_done_was_done_by_the_day_that_it_was_told() -> None:
    this_year = told("started", "actual", "2025-03-20", "2025-12-31")
    assert timeline.when(this_year) == "2025-03-20"
    assert timeline.when({**this_year, "status": "planned"}) == "2025-12-31"


def test_a_stage_that_came_later_than_planned_is_late() -> None:
    [delay] = delays(told("completed", "planned", "2024-01-01", "2024-12-31"), told("completed", "actual", "2025-01-31"))
    assert delay == {
        "stage": "completed",
        "state": "late",
        "planned": "2024-12-31",
        "replanned": "2024-12-31",
        "actual": "2025-01-31",
        "days": 31,
    }


def test_a_later_stage_shows_that_the_plan_was_kept() -> None:
    assert delays(told("completed", "planned", "2024-01-01", "2024-12-31"), told("operational", "actual", "2024-12-01")) == []
    assert delays(told("operational", "planned", "2024-01-01", "2027-12-31"), told("completed", "actual", "2024-12-01")) == []


def test_a_plan_that_was_moved_is_postponed_by_the_difference() -> None:
    [delay] = delays(
        told("completed", "planned", "2024-01-01", "2026-12-31"), told("completed", "planned", "2025-01-01", "2027-06-30")
    )
    assert (delay["state"], delay["planned"], delay["replanned"], delay["days"]) == ("postponed", "2026-12-31", "2027-06-30", 181)


def test_a_day_that_has_gone_without_a_report_is_told() -> None:
    [delay] = delays(told("completed", "planned", "2024-01-01", "2026-06-29"))
    assert (delay["state"], delay["actual"], delay["days"]) == ("not_reported", None, 1)
    assert delays(told("completed", "planned", "2024-01-01", "2026-06-30")) == []


def test_a_plan_without_a_day_has_no_delay() -> None:
    assert delays(told("completed", "planned", "2024-01-01"), told("completed", "actual", "2025-01-31")) == []


def test_a_project_is_asked_for_by_its_whole_name_or_by_words() -> None:
    exact = timeline.reports("智能 空调", TimelineQuery())["query"]["bool"]["filter"]
    assert exact == [
        {"bool": {"should": [{"term": {"project": "智能 空调"}}, {"term": {"subject": "智能 空调"}}], "minimum_should_match": 1}}
    ]
    words = timeline.reports("智能 空调", TimelineQuery(match="words", region_code=["410100"]))["query"]["bool"]["filter"]
    assert {"match_phrase": {"subject.text": "空调"}} in words[0]["bool"]["should"][1]["bool"]["filter"]
    assert words[1]["bool"]["should"] == [{"prefix": {"region_code": "4101"}}]
