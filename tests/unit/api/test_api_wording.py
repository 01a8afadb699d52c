"""What a caller is told to give instead of what was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.addresses import UnsafeAddress
from services.api.app import create_app
from services.api.webhooks import sender
from services.api.wording import MOST_ERRORS, unknown
from services.settings import Settings


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(create_app(Settings()), raise_server_exceptions=False) as client:
        yield client


def errors(reply: Any) -> dict[str, str]:
    assert reply.status_code == 422
    return {error["pointer"]: error["detail"] for error in reply.json()["errors"]}


@pytest.mark.parametrize(
    ("path", "place", "said"),
    [
        ("/v1/events?stag=x", "#/query/stag", "there is no 'stag'; did you mean stage? there are amount_max, amount_min,"),
        ("/v1/events?xyzzy=1", "#/query/xyzzy", "there is no 'xyzzy'; there are amount_max,"),
        ("/v1/events?{}=1", "#/query/%7B%7D", "there is no '{}'; there are"),
        ("/v1/events.atom?sort=amount", "#/query/sort", "there is no 'sort'; there are"),
        ("/v1/projects/x/timeline?region=x", "#/query/region", "did you mean region_code? there are match, region_code"),
        ("/v1/bulletins?publishr=x", "#/query/publishr", "did you mean publisher?"),
        ("/v1/webhooks?limit=1", "#/query/limit", "there is no 'limit': nothing is taken here"),
        ("/v1/webhooks/x", "#/path/webhook_id", "the id of a webhook"),
        ("/v1/events?region_code=郑州", "#/query/region_code/0", "six digits of GB/T 2260, for example 410106"),
        ("/v1/events?region_code=41010", "#/query/region_code/0", "six digits of GB/T 2260, for example 410106"),
        ("/v1/regions?within=x", "#/query/within", "six digits of GB/T 2260, for example 410106"),
        ("/v1/events?currency=yuan", "#/query/currency", "three capital letters, for example CNY"),
        ("/v1/events?fact_id=x", "#/query/fact_id/0", "an id as replies give it"),
        ("/v1/bulletins/x", "#/path/bulletin_id", "an id as replies give it"),
        ("/v1/events?fields=amount,project", "#/query/fields/0", "there is no 'amount,project'"),
    ],
)
def test_an_error_says_what_to_give(client: TestClient, path: str, place: str, said: str) -> None:
    told = errors(client.get(path))
    assert said in told[place]
    assert "permitted" not in told[place]
    assert "pattern" not in told[place]


def test_the_filter_of_a_webhook_is_told_as_that_of_a_query(client: TestClient) -> None:
    told = errors(
        client.post("/v1/webhooks", json={"url": "http://x", "form": "now", "filter": {"stag": "x", "stage": ["begun"]}})
    )
    assert told["#/body/form"].startswith("there is no 'form'; did you mean from? there are description, filter, from, url")
    assert "did you mean stage?" in told["#/body/filter/stag"]
    assert "'signed'" in told["#/body/filter/stage/0"]


def test_all_that_is_wrong_is_told_at_once_but_no_more_than_there_is_room_for(client: TestClient) -> None:
    assert set(errors(client.get("/v1/events?limit=x&stag=1&region_code=x"))) == {
        "#/query/limit",
        "#/query/stag",
        "#/query/region_code/0",
    }
    assert len(errors(client.get("/v1/events?" + "&".join(f"a{number}=1" for number in range(5000))))) == MOST_ERRORS


def test_a_long_name_is_cut() -> None:
    assert len(unknown("stage" * 10_000, ["stage"])) < 100


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("http://127.0.0.1:9000/hook", "127.0.0.1:9000"),
        ("http://10.0.0.1/hook", "10.0.0.1:80"),
        ("https://[::1]/hook", "[::1]:443"),
    ],
)
def test_what_would_allow_a_receiver_is_said_and_who_needs_it(url: str, entry: str) -> None:
    with pytest.raises(UnsafeAddress) as caught:
        sender.rule(Settings()).target(url)
    assert f"BULLETINS_WEBHOOK_ALLOW={entry} would allow it" in str(caught.value)
    assert "`bulletins deliver`" in str(caught.value)
    sender.rule(Settings(webhook_allow=entry)).target(url)
