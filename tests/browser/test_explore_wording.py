"""What the page says where something is wrong, of one thing, and of words in bold type."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from services.contracts import bulletin_id
from tests.browser.conftest import Open
from tests.browser.data import ELSEWHERE
from tests.browser.test_explore import PROJECT_NAME, chosen_words
from tests.integration.api_process import Api


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_amount_that_is_none_is_shown_as_it_is_written(open_page: Open, lang: str) -> None:
    page = open_page(f"/?amount_min=x&amount_max=2e8&lang={lang}")
    chips = page.locator("#chips .chip").all_inner_texts()
    assert [("x" in chip, "NaN" in chip) for chip in chips[:2]] == [(True, False), (False, False)]
    assert "NaN" not in page.locator("body").inner_text()
    wrong = page.get_by_role("alert").locator("li")
    expect(wrong).to_contain_text("金额不低于 应为以元计的数字" if lang == "zh" else "At least is a number of yuan")
    expect(wrong.locator('[lang="en"]')).to_have_text("is not a number")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/?bulletin=xyz", "公报 应为本 API 给出的编号。"),
        (f"/?timeline={PROJECT_NAME}&timeline_region=范县", "地区 应为六位行政区划代码（GB/T 2260），如 410106。"),
    ],
)
def test_what_cannot_be_opened_is_told_with_the_reason(open_page: Open, address: str, said: str) -> None:
    page = open_page(address)
    expect(page.locator("#panel-title")).to_have_text("无法按这个地址打开")
    expect(page.locator("#panel .failed li")).to_contain_text(said)
    expect(page.locator("#panel")).not_to_contain_text("see errors")


def test_each_part_that_failed_says_so_in_the_readers_language(open_page: Open) -> None:
    page = open_page("/?region_code=郑州&published_from=昨天")
    expect(page.locator("#panel .failed")).to_have_text(["这一部分没有查到：有一个条件无法理解"] * 2)
    told = page.get_by_role("alert")
    expect(told.locator("li")).to_have_count(2)
    expect(told).to_contain_text("地区 应为六位行政区划代码")
    expect(told).to_contain_text("发布于…之后 应写作 YYYY-MM-DD")
    expect(told).not_to_contain_text("see errors")
    # What is English in it is the API's own, and marked as such.
    for text in told.locator(":not([lang])").evaluate_all(
        "all => all.flatMap((e) => [...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data))"
    ):
        assert not re.search(r"[a-z]{4,} [a-z]{3,}", text), text


def test_one_thing_is_told_as_one(open_page: Open, explore: Api) -> None:
    found = explore.get("/v1/events", bulletin_id=bulletin_id(ELSEWHERE)).json["items"]
    one = next(event for event in found if event["event_type"] == "investment_report" and event["project_count"] == 12)
    page = open_page(f"/?fact_id={one['fact_id']}&dates=published_on&lang=en")
    expect(page.locator("#count")).to_have_text("1 fact")
    expect(page.locator(".readout")).to_contain_text(re.compile(r"\b1 event\b"))
    expect(page.locator("article.event .facts")).to_contain_text("12 projects")
    page = open_page(f"/?fact_id={one['fact_id']}&reports=all&lang=en")
    expect(page.locator("#count")).to_have_text("1 report")
    page = open_page("/?lang=en")
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ facts$"))


def test_marks_of_bold_type_are_shown_only_with_the_lines_as_published(open_page: Open, explore: Api) -> None:
    bulletin = bulletin_id(ELSEWHERE)
    events = explore.get(f"/v1/bulletins/{bulletin}").json["events"]
    marked = next(event for event in events if event["event_type"] == "project_milestone" and "**" in event["evidence"]["quote"])
    page = open_page(f"/?bulletin={bulletin}&event={marked['event_id']}&bulletin_id={bulletin}&reports=all")
    row = page.locator(f'article[data-event="{marked["event_id"]}"] blockquote')
    assert row.inner_text() == marked["evidence"]["quote"].replace("**", "")
    text = page.locator("#bulletin-text")
    assert "**" not in text.inner_text()
    # They are there all the same: evidence is counted with them.
    for event in events:
        assert chosen_words(page, event["event_id"]) == event["evidence"]["quote"]
    page.get_by_role("button", name="原文换行").click()
    assert text.inner_text().count("**") == 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**助企纾困** 为全面", "助企纾困 为全面"),
        ("一、**工业**稳。**农业**好", "一、工业稳。农业好"),
        # Names that are hidden, and what is no pair.
        ("奖励张**、李**和王**三人", "奖励张**、李**和王**三人"),
        ("总投资3亿元，**已于2月开工", "总投资3亿元，已于2月开工"),
        ("**** 空", "**** 空"),
    ],
)
def test_what_are_marks_of_bold_type(open_page: Open, text: str, shown: str) -> None:
    page = open_page()
    assert page.evaluate("text => import('/explore/evidence.js').then((m) => m.plain(text))", text) == shown


@pytest.mark.parametrize(
    ("thrown", "known", "said"),
    [
        ("new TypeError('x is undefined')", "problem_page", "TypeError: x is undefined"),
        ("new ApiProblem(500, 'failed', 'no room')", "problem", "API 的说明：no room"),
        ("new ApiProblem(0, 'unreachable', '')", "problem_0", None),
    ],
)
def test_only_what_the_api_said_is_told_as_its_words(files: Page, thrown: str, known: str, said: str | None) -> None:
    script = f"""Promise.all([import('/explore/api.js'), import('/explore/problem.js')]).then(([{{ ApiProblem }}, problem]) => {{
        const error = {thrown};
        return [problem.refusal(error), problem.details(problem.asProblem(error))?.textContent ?? null];
    }})"""
    assert files.evaluate(script) == [known, said]


@pytest.mark.parametrize("key", ["constructor", "toString", "__proto__", "{toString}", "a|b"])
def test_a_value_that_has_no_words_is_shown_as_it_is(files: Page, key: str) -> None:
    assert files.evaluate("key => import('/explore/i18n.js').then((m) => m.t(key))", key) == key


def test_the_command_that_is_told_has_only_options_that_there_are(open_page: Open) -> None:
    page = open_page("/?event_type=accolade&status=actual")
    page.get_by_role("button", name="订阅").click()
    expect(page.get_by_role("dialog")).to_contain_text("bulletins tail accolade")
    expect(page.get_by_role("dialog")).not_to_contain_text("--status")
