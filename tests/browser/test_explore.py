"""The main journeys through the explore page, in a browser."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from services.contracts import bulletin_id
from tests.browser.conftest import Open, loaded
from tests.browser.data import ASTRAL
from tests.integration.api_process import Api

PROJECT_NAME = "川河新能源电池基地项目"


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def facts(api: Api, **filters: Any) -> int:
    total: int = api.get("/v1/events", limit=1, collapse="fact_id", **filters).json["total"]
    return total


def count(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator("#count").inner_text()))


def chosen_words(page: Page, event: str) -> str:
    return "".join(page.locator(f'mark[data-events~="{event}"]').all_text_contents())


def test_a_search_shows_what_the_api_finds_with_the_words_marked(open_page: Open, explore: Api) -> None:
    page = open_page()
    assert count(page) == facts(explore)
    page.get_by_role("searchbox").fill("签约")
    page.get_by_role("searchbox").press("Enter")
    page.wait_for_url("**q=*")
    loaded(page)
    assert count(page) == facts(explore, q="签约") > 0
    for article in page.locator("article.event").all():
        assert "签约" in article.locator("blockquote mark").first.inner_text()
    page.get_by_role("link", name=re.compile("去掉条件.*签约")).click()
    loaded(page)
    assert "q" not in query(page)
    assert count(page) == facts(explore)


def test_a_facet_narrows_and_leaves_its_other_values_to_choose(open_page: Open, explore: Api) -> None:
    page = open_page("/?event_type=project_milestone")
    page.get_by_role("checkbox", name=re.compile("投产投用")).check()
    page.wait_for_url("**stage=operational*")
    expect(page.locator("#chips")).to_contain_text("投产投用")
    loaded(page)
    assert count(page) == facts(explore, event_type="project_milestone", stage="operational") > 0
    assert set(page.locator("article.event .claim").all_inner_texts()) == {"投产投用"}
    page.get_by_role("checkbox", name=re.compile("^开工")).check()
    page.wait_for_url("**stage=started*")
    loaded(page)
    assert count(page) == facts(explore, event_type="project_milestone", stage=["operational", "started"])


def test_amounts_are_asked_for_and_shown_in_their_units(open_page: Open, explore: Api) -> None:
    page = open_page("/?sort=-amount")
    amount = page.get_by_role("group", name="金额（亿元）").get_by_label("从")
    amount.fill("10")
    amount.press("Enter")
    page.wait_for_url("**amount_min=1000000000*")
    loaded(page)
    assert count(page) == facts(explore, amount_min=1e9) > 0
    figures = page.locator("article.event .figure").all_inner_texts()
    assert all(re.search(r"亿(元|美元)$", figure) for figure in figures)


def test_more_of_the_list_is_added_to_it(open_page: Open) -> None:
    page = open_page()
    first = page.locator("article.event").count()
    page.get_by_role("button", name=re.compile("再看")).click()
    expect(page.locator("article.event").nth(first)).to_be_visible()
    shown = [article.get_attribute("data-event") for article in page.locator("article.event").all()]
    assert len(set(shown)) == len(shown) > first


def test_evidence_opens_beside_the_list_and_steps_from_place_to_place(open_page: Open, explore: Api) -> None:
    page = open_page("/?q=签约")
    page.locator("article.event h2 a").first.click()
    page.wait_for_url("**event=*")
    chosen = page.locator("mark.chosen").first
    expect(chosen).to_be_in_viewport()
    shown = query(page)["event"][0]
    event = explore.get(f"/v1/events/{shown}").json
    assert chosen_words(page, shown) == event["evidence"]["quote"]
    assert "签约" in chosen_words(page, shown)
    step = page.get_by_role("link", name=re.compile("上一处|下一处")).first
    step.click()
    page.wait_for_function("id => !location.search.includes(id)", arg=shown)
    other = query(page)["event"][0]
    expect(page.locator(f'mark.chosen[data-events~="{other}"]').first).to_be_in_viewport()
    # A click into marked words chooses them.
    page.locator(f'mark[data-events~="{shown}"]').first.click()
    page.wait_for_url(f"**event={shown}*")


def test_every_quote_is_found_where_code_points_and_utf16_differ(open_page: Open, explore: Api) -> None:
    bulletin = bulletin_id(ASTRAL)
    events = explore.get(f"/v1/bulletins/{bulletin}").json["events"]
    assert len(events) >= 3
    page = open_page(f"/?bulletin={bulletin}&event={events[0]['event_id']}")
    expect(page.locator("mark.chosen").first).to_be_visible()
    for event in events:
        assert chosen_words(page, event["event_id"]) == event["evidence"]["quote"]
    # What looks like markup is text.
    assert page.locator("#bulletin-text").inner_text().startswith("🏭 <b>上街区工业简讯</b>")


def test_lines_that_the_pages_width_broke_are_read_as_sentences_or_as_published(open_page: Open) -> None:
    page = open_page("/?q=智能空调")
    page.locator("article.event h2 a").first.click()
    expect(page.locator("mark.chosen").first).to_be_visible()
    text = page.locator("#bulletin-text")
    published = text.evaluate("element => element.textContent")
    sentences = text.inner_text().count("\n")
    page.get_by_role("button", name="原文换行").click()
    assert text.inner_text().count("\n") > sentences + 10
    # Only what is shown differs.
    assert text.evaluate("element => element.textContent") == published


def test_a_projects_timeline_shows_plans_beside_what_happened(open_page: Open) -> None:
    page = open_page(f"/?q={PROJECT_NAME}")
    page.get_by_role("link", name=re.compile(f"项目历程.*{PROJECT_NAME}")).first.click()
    page.wait_for_url("**timeline=*")
    entries = page.locator(".timeline > li")
    expect(entries.first).to_be_visible()
    words = entries.all_inner_texts()
    assert any("开工" in entry and "已发生" in entry and "2025-03-15" in entry for entry in words)
    assert any("投产投用" in entry and "计划" in entry and "2026-06-30" in entry for entry in words)
    assert any("总投资" in entry and "12亿元" in entry for entry in words)
    entries.first.locator(".words a").click()
    expect(page.locator("mark.chosen").first).to_be_visible()


def test_a_link_shows_another_reader_the_same(open_page: Open) -> None:
    page = open_page("/?q=签约&status=actual&lang=en")
    page.locator("article.event h2 a").first.click()
    expect(page.locator("mark.chosen").first).to_be_visible()
    other = open_page(page.url.removeprefix(page.evaluate("location.origin")))
    expect(other.locator("mark.chosen").first).to_be_visible()
    for place in ("#count", "#chips", "#panel-title", ".card"):
        assert other.locator(place).inner_text() == page.locator(place).inner_text()
    assert other.locator("html").get_attribute("lang") == "en"


def test_back_undoes_step_by_step(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("checkbox", name=re.compile("荣誉")).check()
    page.wait_for_url("**event_type=accolade*")
    loaded(page)
    page.locator("article.event h2 a").first.click()
    expect(page.locator("#bulletin-text")).to_be_visible()
    page.go_back()
    expect(page.locator("#bulletin-text")).to_have_count(0)
    expect(page.locator("#chips")).to_contain_text("荣誉")
    page.go_back()
    expect(page.locator("#chips li")).to_have_count(0)
    expect(page.get_by_role("checkbox", name=re.compile("荣誉"))).not_to_be_checked()
    page.go_forward()
    expect(page.get_by_role("checkbox", name=re.compile("荣誉"))).to_be_checked()


def test_language_changes_all_words_and_is_remembered(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Subscribe")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#facets")).to_contain_text("Project stage")
    frame = page.locator("header, #options, #filters, .section-head, .links")
    expect(page.locator(".links").first).to_contain_text("Timeline")
    for text in frame.all_inner_texts():
        assert not re.search(r"筛选|订阅|排序|类型|阶段|历程|分布|排行", text)
    page.goto(page.url.split("?")[0])
    loaded(page)
    expect(page.locator("#count")).to_contain_text("facts")


@pytest.mark.parametrize("wanted", ["light", "dark"])
def test_colours_follow_the_system_until_chosen(open_page: Open, wanted: str) -> None:
    page = open_page(color_scheme=wanted)
    shade = "Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))"
    dark = page.evaluate(shade) < 100
    assert dark == (wanted == "dark")
    page.get_by_role("button", name="外观：自动").click()
    page.get_by_role("button", name="外观：浅色").click()
    expect(page.get_by_role("button", name="外观：深色")).to_be_visible()
    assert page.evaluate(shade) < 100
    expect(page.locator(".chart canvas")).to_be_visible()


def test_the_histogram_narrows_by_chart_and_by_table(open_page: Open, explore: Api) -> None:
    page = open_page()
    chart = page.get_by_role("img", name=re.compile("柱状图"))
    expect(chart.locator("canvas")).to_be_visible()
    page.locator("summary", has_text="以表格显示").click()
    link = page.locator(".as-table a").last
    name = link.inner_text()
    link.click()
    page.wait_for_url("**period_from=*")
    assert name[:4] in query(page)["period_from"][0]
    loaded(page)
    assert count(page) == facts(explore, period_from=query(page)["period_from"][0], period_to=query(page)["period_to"][0])
    page.go_back()
    loaded(page)
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 60, steps=5)
    page.mouse.up()
    page.wait_for_url("**period_to=*")


def test_regions_narrow_step_by_step_down(open_page: Open, explore: Api) -> None:
    page = open_page()
    ranked = page.locator(".ranked a")
    ranked.filter(has_text="河南省").click()
    page.wait_for_url("**region_code=410000*")
    loaded(page)
    assert count(page) == facts(explore, region_code="410000")
    expect(page.locator("#chips")).to_contain_text("河南省")
    expect(page.locator(".crumbs")).to_contain_text("全国")
    expect(ranked.filter(has_text="郑州市").or_(ranked.filter(has_text="上街区")).first).to_be_visible()


def test_the_page_is_whole_without_the_chart_library(open_page: Open, explore: Api) -> None:
    page = open_page()
    page.route("**/explore/charts/**", lambda route: route.fulfill(status=404))
    page.reload()
    loaded(page)
    expect(page.locator(".as-table table")).to_be_visible()
    expect(page.locator(".chart")).to_have_count(0)
    assert count(page) == facts(explore)


def test_a_subscription_is_told_for_each_kind_of_reader(open_page: Open, explore: Api) -> None:
    page = open_page("/?event_type=project_milestone&stage=operational&region_code=410106")
    page.get_by_role("button", name="订阅").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    text = dialog.inner_text()
    # Only what the API serves is offered.
    paths = explore.get("/openapi.json").json["paths"]
    for path in ("/v1/events.atom", "/v1/stream"):
        assert (f"{path}?event_type=project_milestone&stage=operational&region_code=410106" in text) == (path in paths)
    assert "bulletins.event.project-milestone.v1" in text
    assert "bulletins.event.accolade.v1" not in text
    assert "bulletins tail project_milestone --region 410106 --stage operational" in text
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
