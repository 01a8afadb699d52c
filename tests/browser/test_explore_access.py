"""Who uses the page without a mouse, on a phone, with a screen reader, or while something is broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.preflight import free_port
from services import indices
from services.contracts import Level, Metric, Stage, Status, bulletin_id
from tests.browser.conftest import FILES, Open, loaded
from tests.integration.api_process import Api, running
from tests.servers import settings_for

SERIOUS = ("serious", "critical")


def serious_findings(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{item['id']}: {node['html'][:200]}" for item in found if item["impact"] in SERIOUS for node in item["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_in_any_view(open_page: Open, scheme: str, width: int) -> None:
    page = open_page("/?q=项目&status=actual", width=width, color_scheme=scheme)
    assert serious_findings(page) == []
    page.locator("article.event h2 a").first.click()
    expect(page.locator("mark.chosen").first).to_be_visible()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("link", name=re.compile("项目历程")).first.click()
    expect(page.locator(".timeline > li").first).to_be_visible()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    for toggle in page.locator(".toggles button:visible").all():
        toggle.click()
    page.locator("summary", has_text="以表格显示").click()
    assert serious_findings(page) == []
    page.get_by_role("button", name="订阅").click()
    assert serious_findings(page) == []


def test_everything_is_reached_by_keyboard(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("searchbox").focus()
    page.keyboard.type("签约")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    loaded(page)
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    first = page.locator("article.event h2 a").first
    for _ in range(20):
        page.keyboard.press("Tab")
        if first.evaluate("link => link === document.activeElement"):
            break
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page.locator("mark.chosen").first).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#bulletin-text")).to_have_count(0)
    expect(first).to_be_focused()
    checkbox = page.get_by_role("checkbox", name=re.compile("计划"))
    checkbox.focus()
    page.keyboard.press("Space")
    page.wait_for_url("**status=planned*")
    loaded(page)
    # What is shown anew keeps the keyboard's place.
    expect(page.get_by_role("checkbox", name=re.compile("计划"))).to_be_focused()


def test_a_phone_shows_all_of_it_in_its_width(open_page: Open) -> None:
    page = open_page(width=390)

    def fits() -> bool:
        return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    assert fits()
    page.get_by_role("button", name="筛选").click()
    expect(page.get_by_role("group", name="项目阶段")).to_be_visible()
    assert fits()
    page.get_by_role("button", name="筛选").click()
    page.get_by_role("button", name="概览").click()
    expect(page.locator(".ranked a").first).to_be_visible()
    expect(page.locator(".chart canvas")).to_be_visible()
    assert fits()
    page.locator("article.event h2 a").first.click()
    expect(page.locator("mark.chosen").first).to_be_in_viewport()
    box = page.locator("#panel").bounding_box()
    assert box is not None
    # What is opened covers the page.
    assert (box["x"], box["y"], box["width"]) == (0, 0, 390)
    assert fits()
    page.get_by_role("link", name="关闭").click()
    expect(page.locator("article.event").first).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Filters")).to_be_visible()
    assert fits()


def test_an_index_that_does_not_answer_is_told_with_what_to_do(open_page: Open, tmp_path: Path) -> None:
    nowhere = settings_for("127.0.0.1:9", f"http://127.0.0.1:{free_port()}", tmp_path)
    with running(nowhere) as api:
        page = open_page(api=api)
        problem = page.get_by_role("alert")
        expect(problem).to_contain_text("索引暂时不能回答")
        expect(problem).to_contain_text("bulletins status")
        # It says when it will try again, and does.
        expect(problem.get_by_role("button")).to_have_text(re.compile(r"\d+ 秒后重试"))
        with page.expect_response(lambda reply: "/v1/events?" in reply.url and reply.status == 503):
            pass
        assert serious_findings(page) == []
        api.stop()
        problem.get_by_role("button").click()
        expect(problem).to_contain_text("API 没有应答")


def test_a_list_whose_place_the_api_has_forgotten_begins_anew(open_page: Open, explore: Api) -> None:
    settings = explore.settings.model_copy(update={"api_port": free_port()})
    with running(settings) as api:
        page = open_page(api=api)
        first = page.locator("article.event").count()
    with running(settings):
        with page.expect_response(lambda reply: "/v1/events?" in reply.url and "cursor" not in reply.url and reply.ok):
            page.get_by_role("button", name=re.compile("再看")).click()
        loaded(page)
        page.get_by_role("button", name=re.compile("再看")).click()
        expect(page.locator("article.event").nth(first)).to_be_visible()
    expect(page.get_by_role("alert")).to_be_empty()


def test_a_filter_that_cannot_be_understood_can_be_removed(open_page: Open) -> None:
    page = open_page("/?stage=begun&status=actual")
    problem = page.get_by_role("alert")
    expect(problem).to_contain_text("有一个条件无法理解")
    problem.get_by_role("link", name=re.compile("begun")).click()
    loaded(page)
    expect(page.locator("article.event").first).to_be_visible()
    assert "stage" not in page.url


def test_nothing_found_and_nothing_there_are_told_apart(open_page: Open, elasticsearch: Elasticsearch, tmp_path: Path) -> None:
    page = open_page("/?q=没有这样的词&stage=signed")
    expect(page.locator("#count")).to_have_text("没有符合条件的事件")
    page.locator(".nothing").get_by_role("link", name=re.compile("没有这样的词")).click()
    expect(page.locator("article.event").first).to_be_visible()
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path)
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        with running(settings) as api:
            page = open_page(api=api)
            expect(page.locator("#count")).to_have_text("索引中还没有事件")
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def test_a_bulletin_that_is_not_there_is_told(open_page: Open) -> None:
    page = open_page(f"/?bulletin={bulletin_id('none')}")
    expect(page.locator("#panel-title")).to_have_text("索引中没有这篇公报。")


@pytest.mark.parametrize(
    ("status", "title", "hint"),
    [
        (422, "This address cannot be opened", "Correct the address"),
        (429, "Too many requests", "Wait a moment, then try again."),
        (503, "The index cannot answer right now", "then try again."),
        (500, "This cannot be opened", "the API's log"),
    ],
)
def test_what_cannot_be_opened_tells_what_to_do_and_takes_the_keyboard(files: Page, status: int, title: str, hint: str) -> None:
    tries: list[str] = []

    def refuse(route: Route) -> None:
        tries.append(route.request.url)
        route.fulfill(status=status, json={"title": "refused", "detail": "words of the API"})

    files.route(f"{FILES}/v1/**", lambda route: route.fulfill(json={"items": [], "total": 0, "facets": {}}))
    files.route(f"{FILES}/v1/bulletins/**", refuse)
    files.goto(f"{FILES}/?lang=en")
    expect(files.locator("#count")).to_be_visible()
    files.evaluate("history.pushState(null, '', '/?lang=en&bulletin=b1'); dispatchEvent(new PopStateEvent('popstate'))")
    panel = files.get_by_role("region", name="Evidence")
    expect(panel.locator("#panel-title")).to_have_text(title)
    expect(panel.locator("#panel-title")).to_be_focused()
    expect(panel).to_contain_text(hint)
    # Nothing in the panel tries by itself.
    expect(panel).not_to_contain_text("by itself")
    again = panel.get_by_role("button", name="Try again")
    if status == 422:
        expect(again).to_have_count(0)
        return
    expect(panel).to_contain_text("The API says: words of the API")
    with files.expect_response(f"{FILES}/v1/bulletins/**"):
        again.click()
    expect(panel.locator("#panel-title")).to_be_focused()
    assert len(tries) == 2


def test_code_that_gets_into_the_page_does_not_run(browser: Browser, explore: Api) -> None:
    assert "unsafe" not in explore.get("/").headers["Content-Security-Policy"]
    page = browser.new_page()
    page.goto(explore.url)
    # As if something had been let into the page after all.
    refused = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective), { once: true });
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
        })"""
    )
    assert refused.startswith("script-src")
    assert page.evaluate("window.ran === undefined")
    page.close()


def test_both_languages_say_everything(browser: Browser, explore: Api) -> None:
    page = browser.new_page()
    page.goto(explore.url)
    words = page.evaluate("import('/explore/i18n.js').then((module) => module.WORDS)")
    page.close()
    assert list(words) == ["zh", "en"]
    assert sorted(words["zh"]) == sorted(words["en"])
    for key, text in words["zh"].items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", words["en"][key])), key
    # Every value that the contract knows has its word.
    for kind in (Stage, Metric, Level, Status):
        assert {value.value for value in kind} <= set(words["zh"])
