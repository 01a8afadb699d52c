"""The list that tells of new events while one looks at it, on a real broker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from playwright.sync_api import expect

from services import indices, topics
from services.ops import journal
from services.settings import Settings
from tests.browser.conftest import Open, loaded
from tests.integration.api_process import Api, made, running


@pytest.fixture
def live(settings: Settings, empty_topics: None) -> Iterator[Api]:
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        with running(settings) as api:
            yield api
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def publish(settings: Settings, event: dict[str, Any]) -> None:
    """As extractor and indexer do it together; each event is a fact of its own."""
    event["fact_id"] = event["event_id"]
    with indices.connect(settings) as client:
        client.index(index=settings.events_index, id=event["event_id"], document=event, refresh=True)
    with journal.Writer(settings) as writer:
        writer.send([(topics.load()[event["event_type"]].name, b"key", orjson.dumps(event), [])])


def test_new_events_are_told_above_the_list_and_shown_when_asked_for(open_page: Open, live: Api) -> None:
    publish(live.settings, made("project_milestone", project="甲项目", stage="operational"))
    page = open_page("/?stage=operational", api=live)
    page.get_by_role("button", name="订阅").click()
    page.get_by_role("button", name="开始").click()
    told = page.locator("#live")
    expect(told).to_contain_text("实时接收中")
    publish(live.settings, made("project_milestone", project="别的项目", stage="signed"))
    publish(live.settings, made("project_milestone", project="乙项目", stage="operational"))
    expect(told).to_contain_text("有 1 条新事件")
    expect(page.locator("article.event")).to_have_count(1)
    told.get_by_role("button", name="显示").click()
    loaded(page)
    expect(page.locator("article.event").filter(has_text="乙项目")).to_be_visible()
    expect(told).to_contain_text("实时接收中")
    # Another query is another subscription, which nobody has asked for.
    page.get_by_role("searchbox").fill("没有")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**q=*")
    loaded(page)
    expect(told).to_be_empty()


def test_a_stream_that_breaks_is_taken_up_where_it_was(open_page: Open, live: Api) -> None:
    page = open_page("/", api=live)
    page.get_by_role("button", name="订阅").click()
    page.get_by_role("button", name="开始").click()
    told = page.locator("#live")
    expect(told).to_contain_text("实时接收中")
    publish(live.settings, made("accolade"))
    expect(told).to_contain_text("有 1 条新事件")
    live.stop()
    expect(told).to_contain_text("连接中断")
    publish(live.settings, made("accolade"))
    with running(live.settings):
        expect(told).to_contain_text("有 2 条新事件")
        told.get_by_role("button", name=re.compile("停止")).click()
        expect(told).to_be_empty()
