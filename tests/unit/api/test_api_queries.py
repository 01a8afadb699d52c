"""What a request asks of Elasticsearch."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from services.api import queries
from services.api.params import MAX_AMOUNT, MAX_LIMIT, MAX_VALUES, BulletinQuery, EventQuery

FACT = "6536062a-4092-5973-ab81-208426d0bc66"


def filters(**parameters: Any) -> list[dict[str, Any]]:
    return queries.list_filters(EventQuery(**parameters))


def test_no_parameters_ask_for_everything_newest_first() -> None:
    body = queries.events(EventQuery())
    assert body["query"] == {"match_all": {}}
    assert body["sort"][0] == {"published_on": {"order": "desc", "missing": "_last"}}
    assert body["size"] == 21  # one more than the page tells whether there is a next one
    assert body["track_total_hits"] is True
    assert "search_after" not in body


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("event_type", ["accolade", "project_milestone"]),
        ("stage", ["started"]),
        ("metric", ["funding"]),
        ("level", ["national"]),
        ("status", ["planned"]),
        ("fact_id", [FACT]),
        ("bulletin_id", [FACT]),
    ],
)
def test_values_of_one_filter_are_alternatives(name: str, values: list[str]) -> None:
    assert filters(**{name: values}) == [{"terms": {name: values}}]


@pytest.mark.parametrize(
    ("code", "clause"),
    [
        ("410000", {"prefix": {"region_code": "41"}}),
        ("410100", {"prefix": {"region_code": "4101"}}),
        ("410106", {"term": {"region_code": "410106"}}),
        ("110101", {"term": {"region_code": "110101"}}),
    ],
)
def test_a_region_includes_everything_below_it(code: str, clause: dict[str, Any]) -> None:
    assert filters(region_code=[code]) == [{"bool": {"should": [clause], "minimum_should_match": 1}}]


@pytest.mark.parametrize("name", ["region", "project", "organization", "recipient"])
def test_names_are_found_by_their_words_as_they_stand(name: str) -> None:
    assert filters(**{name: "智能 空调"}) == [
        {"match_phrase": {f"{name}.text": "智能"}},
        {"match_phrase": {f"{name}.text": "空调"}},
    ]


def test_words_of_the_quote_never_become_query_syntax() -> None:
    assert filters(q="*:* OR{") == [{"match_phrase": {"evidence.quote": "*:*"}}, {"match_phrase": {"evidence.quote": "OR{"}}]


def test_an_amount_is_compared_in_one_currency_and_a_range_by_its_fitting_end() -> None:
    assert filters(amount_min=1e8, amount_max=2e8) == [
        {"term": {"amount.currency": "CNY"}},
        {
            "bool": {
                "should": [{"range": {"amount.value": {"gte": 1e8}}}, {"range": {"amount.value_max": {"gte": 1e8}}}],
                "minimum_should_match": 1,
            }
        },
        {"range": {"amount.value": {"lte": 2e8}}},
    ]
    assert filters(sort="-amount", currency="USD") == [{"term": {"amount.currency": "USD"}}]
    assert filters(currency="USD") == []


def test_publication_days_are_inclusive() -> None:
    assert filters(published_from=date(2024, 1, 1), published_to=date(2024, 12, 31)) == [
        {"range": {"published_on": {"gte": "2024-01-01", "lte": "2024-12-31"}}}
    ]


def test_a_period_overlaps_and_an_open_end_reaches_as_far_as_one_likes() -> None:
    [clause] = filters(period_from=date(2024, 1, 1), period_to=date(2024, 12, 31))
    assert clause["bool"]["must_not"] == [
        {"range": {"period.end": {"lt": "2024-01-01"}}},
        {"range": {"period.start": {"gt": "2024-12-31"}}},
    ]
    assert clause["bool"]["should"] == [{"exists": {"field": "period.start"}}, {"exists": {"field": "period.end"}}]


@pytest.mark.parametrize(
    "sort", ["-published_on", "published_on", "-amount", "amount", "-period_end", "period_end", "position", "fact_id"]
)
def test_every_sort_ends_in_an_id_so_that_no_two_events_are_equal(sort: Any) -> None:
    query = EventQuery(sort=sort)
    keys = queries.event_sort(query)
    assert keys[-1].field == "event_id"
    body = queries.events(query, ["x"] * len(keys))
    assert len(body["search_after"]) == len(body["sort"]) == len(keys)
    assert [key.descending for key in keys[1:]] == [False] * (len(keys) - 1)


def test_bulletins_are_filtered_by_source_place_publisher_time_and_words() -> None:
    query = BulletinQuery(
        source_id="上街",
        source_uri="file:///a.txt",
        publisher="区政府",
        q="夺红旗",
        region_code=["410106"],
        published_to=date(2024, 1, 1),
    )
    assert queries.bulletin_filters(query) == [
        {"term": {"source_id": "上街"}},
        {"term": {"source_uri": "file:///a.txt"}},
        {"bool": {"should": [{"term": {"region_code": "410106"}}], "minimum_should_match": 1}},
        {"match_phrase": {"publisher.text": "区政府"}},
        {"multi_match": {"query": "夺红旗", "type": "phrase", "fields": ["source_title.text", "text"]}},
        {"range": {"published_on": {"lte": "2024-01-01"}}},
    ]


def test_lists_of_bulletins_leave_the_text_out() -> None:
    body = queries.bulletins(BulletinQuery(), None, ["bulletin_id", "source_title"])
    assert body["_source"] == {"includes": ["bulletin_id", "source_title"]}


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": 0},
        {"limit": MAX_LIMIT + 1},
        {"event_type": ["event"]},
        {"stage": ["started"] * (MAX_VALUES + 1)},
        {"region_code": ["41010"]},
        {"region_code": ["上街区"]},
        {"q": " "},
        {"q": "长" * 201},
        {"amount_min": -1},
        {"amount_min": MAX_AMOUNT * 2},
        {"amount_min": float("nan")},
        {"amount_min": 2, "amount_max": 1},
        {"published_from": "2024-13-01"},
        {"published_from": "2024-02-01", "published_to": "2024-01-01"},
        {"period_from": "2024-02-01", "period_to": "2024-01-01"},
        {"bulletin_id": ["no-uuid"]},
        {"currency": "yuan"},
        {"cursor": "x" * 16_001},
        {"sort": "_score"},
        {"limt": 5},
    ],
)
def test_a_parameter_out_of_bounds_is_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EventQuery(**parameters)
