"""Facets, histogram, regions, leaderboard, timeline, facts and pages, over a real index."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest

from deploy.local.elasticsearch import Elasticsearch
from services import indices
from services.contracts import content_id
from tests.integration.api_process import Api, made, running
from tests.servers import settings_for

PROJECT = "智能空调/生产基地"


def milestone(stage: str, status: str, published_on: str, end: str, fact: str, **fields: Any) -> dict[str, Any]:
    return made(
        "project_milestone",
        project=PROJECT,
        stage=stage,
        status=status,
        published_on=published_on,
        period={"start": None, "end": end, "text": end},
        fact_id=content_id("fact", fact),
        region="上街区",
        region_code="410106",
        **fields,
    )


def money(value: float, currency: str, published_on: str, **fields: Any) -> dict[str, Any]:
    amount = {"value": value, "value_max": None, "currency": currency, "text": f"{value}", "bound": "exact"}
    return made(
        "investment_report", amount=amount, published_on=published_on, fact_id=content_id("fact", value, currency), **fields
    )


def honour(recipient: str | None, level: str | None, fact: str, **fields: Any) -> dict[str, Any]:
    told = {"status": "actual", "recipient_count": None, "published_on": "2025-05-01", "region_code": "110105", **fields}
    return made("accolade", recipient=recipient, level=level, fact_id=content_id("fact", fact), **told)


EVENTS = [
    milestone("started", "actual", "2024-02-01", "2024-01-31", "start"),
    milestone("started", "actual", "2024-03-01", "2024-01-31", "start"),
    milestone("completed", "planned", "2024-02-01", "2024-12-31", "plan"),
    milestone("completed", "actual", "2025-03-01", "2025-02-28", "done"),
    money(1e8, "CNY", "2025-01-15", subject=PROJECT, region_code="410100"),
    money(2e8, "CNY", "2025-03-31", subject="别的项目", region_code="410102"),
    money(7e8, "USD", "2025-04-01", subject="别的项目", region_code="410102"),
    honour("甲公司", "national", "a"),
    honour("甲公司", "national", "a"),
    honour("甲公司", "provincial", "b"),
    honour("乙公司", None, "c"),
    honour("乙公司", "national", "wish", status="planned"),
    honour("4家企业", "national", "d", recipient_count=4),
]


@pytest.fixture(scope="module")
def api(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path_factory.mktemp("summaries"))
    with indices.connect(settings) as client, running(settings) as api:
        indices.ensure_indices(client, settings)
        for event in EVENTS:
            client.index(index=settings.events_index, id=event["event_id"], document=event)
        client.indices.refresh(index=settings.events_index)
        yield api
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def test_facets_count_values_under_the_filters(api: Api) -> None:
    reply = api.get("/v1/events/facets", field=["stage", "event_type"], region_code="410000").json
    assert reply == {
        "total": 7,
        "facets": {
            "stage": [{"value": "completed", "count": 2}, {"value": "started", "count": 2}],
            "event_type": [{"value": "project_milestone", "count": 4}, {"value": "investment_report", "count": 3}],
        },
    }
    assert len(api.get("/v1/events/facets", field="stage", size=1).json["facets"]["stage"]) == 1


def test_time_is_counted_and_money_of_one_currency_summed(api: Api) -> None:
    asked = {"event_type": "investment_report", "interval": "quarter"}
    assert api.get("/v1/events/histogram", **asked).json["items"] == [
        {"start": "2025-01-01", "count": 2, "amount": 3e8},
        {"start": "2025-04-01", "count": 1, "amount": None},
    ]
    in_dollars = api.get("/v1/events/histogram", currency="USD", **asked).json["items"]
    assert [item["amount"] for item in in_dollars] == [None, 7e8]
    years = api.get("/v1/events/histogram", date="published_on", interval="year", project=PROJECT).json["items"]
    assert [(item["start"], item["count"]) for item in years] == [("2024-01-01", 3), ("2025-01-01", 1)]


def test_a_division_counts_everything_below_it(api: Api) -> None:
    def counts(**parameters: Any) -> dict[str, tuple[int, str | None]]:
        return {item["name"]: (item["count"], item["parent"]) for item in api.get("/v1/regions", **parameters).json["items"]}

    assert counts(within="410100") == {"郑州市": (7, "410000"), "上街区": (4, "410100"), "中原区": (2, "410100")}
    everywhere = counts()
    assert everywhere["河南省"] == (7, None)
    assert everywhere["朝阳区"] == (6, "110000")
    assert counts(event_type="accolade", within="410000") == {}


def test_honours_are_counted_once_by_those_who_got_them(api: Api) -> None:
    assert api.get("/v1/accolades/leaderboard").json["items"] == [
        {"recipient": "甲公司", "count": 2, "levels": {"national": 1, "provincial": 1}, "reports": 3},
        {"recipient": "乙公司", "count": 1, "levels": {"unknown": 1}, "reports": 1},
    ]
    provincial = api.get("/v1/accolades/leaderboard", level="provincial", size=1).json["items"]
    assert [item["recipient"] for item in provincial] == ["甲公司"]


def test_the_timeline_of_a_project_has_money_stages_and_delays(api: Api) -> None:
    path = "/v1/projects/" + "%E6%99%BA%E8%83%BD%E7%A9%BA%E8%B0%83%2F%E7%94%9F%E4%BA%A7%E5%9F%BA%E5%9C%B0" + "/timeline"
    reply = api.get(path).json
    assert reply["project"] == PROJECT
    told = [(item["date"], item["stage"] or item["metric"], item["status"], item["reports"]) for item in reply["items"]]
    assert told[0] == ("2024-01-31", "started", "actual", 2)
    assert told[1] == ("2024-12-31", "completed", "planned", 1)
    assert told[-1] == ("2025-02-28", "completed", "actual", 1)
    assert sum(item["amount"]["value"] for item in reply["items"] if item["amount"]) == 1e8
    assert [(delay["stage"], delay["days"]) for delay in reply["delays"]] == [("completed", 59)]
    assert reply["reports"] == 5
    assert api.get("/v1/projects/none/timeline").status == 404
    assert api.get("/v1/projects/%E5%9F%BA%E5%9C%B0/timeline", match="words").json["reports"] == 5


@pytest.mark.parametrize("sort", ["-published_on", "fact_id", "amount", "position"])
def test_a_collapsed_list_has_each_fact_once_on_whatever_page(api: Api, sort: str) -> None:
    facts: list[str] = []
    reports: list[int] = []
    cursor: dict[str, Any] = {}
    while True:
        page = api.get("/v1/events", collapse="fact_id", sort=sort, limit=2, fields=["stage", "fact_id"], **cursor).json
        facts += [item["fact_id"] for item in page["items"]]
        reports += [item["reports"] for item in page["items"]]
        assert page["total"] == (2 if sort == "amount" else 11)
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(facts) == len(set(facts)) == (2 if sort == "amount" else 11)
    assert sum(reports) == (2 if sort == "amount" else 13)


def test_only_the_fields_asked_for_come(api: Api) -> None:
    [item] = api.events(fields=["stage", "period"], limit=1, event_type="project_milestone")
    assert set(item) == {"event_id", "stage", "period"}
    refused = api.get("/v1/events", fields="_id")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "#/query/fields/0")


def test_pages_stay_those_of_the_first_while_events_come_and_go(api: Api) -> None:
    whole = [event["event_id"] for event in api.events(sort="published_on", limit=1000)]
    first = api.get("/v1/events", sort="published_on", limit=5).json
    index = api.settings.events_index
    with indices.connect(api.settings) as client:
        early = milestone("signed", "actual", "2000-01-01", "2000-01-01", "early")
        late = milestone("signed", "actual", "2030-01-01", "2030-01-01", "late")
        for event in (early, late):
            client.index(index=index, id=event["event_id"], document=event)
        client.delete(index=index, id=whole[7])
        client.indices.refresh(index=index)
        try:
            rest = api.get("/v1/events", sort="published_on", limit=1000, cursor=first["next"]).json
            assert [event["event_id"] for event in (*first["items"], *rest["items"])] == whole
            assert rest["total"] == first["total"] == len(whole)
        finally:
            for event in (early, late):
                client.delete(index=index, id=event["event_id"])
            client.index(index=index, id=whole[7], document=next(one for one in EVENTS if one["event_id"] == whole[7]))
            client.indices.refresh(index=index)


def test_a_list_whose_snapshot_has_gone_says_what_to_do(api: Api) -> None:
    first = api.get("/v1/events", limit=5).json
    with indices.connect(api.settings) as client:
        client.perform_request("DELETE", "/_pit", body={"id": _snapshot(first["next"])}, headers=JSON)
    reply = api.get("/v1/events", limit=5, cursor=first["next"])
    assert (reply.status, reply.headers["content-type"]) == (410, "application/problem+json")
    assert "first page" in reply.json["detail"]
    assert api.get("/v1/events", limit=5).status == 200


JSON = {"content-type": "application/json", "accept": "application/json"}


def _snapshot(cursor: str) -> str:
    snapshot: str = json.loads(base64.urlsafe_b64decode(cursor + "===")[16:])["snapshot"]
    return snapshot


def test_a_caller_who_has_it_already_gets_no_body(api: Api) -> None:
    tag = api.get("/v1/events/facets", field="stage").headers["etag"]
    request = urllib.request.Request(f"{api.url}/v1/events/facets?field=stage", headers={"If-None-Match": f'"x", {tag}'})
    with pytest.raises(HTTPError) as caught:
        urllib.request.urlopen(request, timeout=60)
    assert caught.value.code == 304
    assert caught.value.headers["etag"] == tag
    assert caught.value.read() == b""
