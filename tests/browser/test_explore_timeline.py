"""A project's timeline is of one project in one place, and offered for nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from services.contracts import bulletin_id
from tests.browser.conftest import Open
from tests.browser.data import ELSEWHERE
from tests.browser.test_explore import PROJECT_NAME

ProjectOf = Callable[[dict[str, Any]], str | None]


def test_the_timeline_of_an_event_is_that_of_its_place(open_page: Open) -> None:
    page = open_page(f"/?project={PROJECT_NAME}&region_code=410926")
    with page.expect_request(re.compile("/timeline")) as asked:
        page.get_by_role("link", name=f"项目历程: {PROJECT_NAME}").first.click()
    assert parse_qs(urlsplit(asked.value.url).query) == {"region_code": ["410926"]}
    entries = page.locator(".timeline > li")
    expect(entries.filter(has_text="2025-02-10")).to_have_count(1)
    expect(page.locator(".source-line .place")).to_have_text("范县")
    assert set(page.locator(".timeline .place").all_inner_texts()) == {"范县"}
    # Whoever wants all of that name is told where each is.
    page.get_by_role("link", name="不限地区").click()
    expect(entries.filter(has_text="2025-03-15")).to_have_count(1)
    assert set(page.locator(".timeline .place").all_inner_texts()) == {"范县", "上街区"}


def test_a_class_and_a_batch_have_no_timeline(open_page: Open) -> None:
    page = open_page(f"/?bulletin_id={bulletin_id(ELSEWHERE)}&reports=all")
    rows = page.locator("article.event")
    for name, offered in (("重点项目", 0), ("集中开工项目", 0), (PROJECT_NAME, 1)):
        row = rows.filter(has=page.get_by_role("heading", name=name, exact=True)).first
        expect(row).to_be_visible()
        expect(row.get_by_role("link", name=re.compile("项目历程"))).to_have_count(offered)


@pytest.fixture
def project_of(files: Page) -> ProjectOf:
    return lambda event: files.evaluate("event => import('/explore/project.js').then((m) => m.projectOf(event))", event)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "重点项目",
            "在建项目",
            "市级重点项目",
            "2024年第四季度新开工项目",
            "10亿元以上项目",
            "全县",
            "工业",
            "第三产业",
            "基础设施",
        ),
        *("专项债券资金", "实际利用外资", "宁晋县", "霍邱经济开发区", "民营企业", "该项目", "二期", "房地产开发投资"),
    ],
)
def test_what_is_no_project(project_of: ProjectOf, name: str) -> None:
    assert project_of({"event_type": "investment_report", "subject": name}) is None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "川河新能源电池基地项目",
            "智能门锁项目",
            "县人民医院传染病区",
            "市第二中学迁建",
            "云河湾康养小镇",
            "石桥至龙口三级公路",
        ),
        *("高标准农田建设项目", "云阳河生态修复工程", "安徽云川大山钢铁续建项目", "新院区", "引云供水一期（城区水厂）"),
    ],
)
def test_what_is_a_project(project_of: ProjectOf, name: str) -> None:
    assert project_of({"event_type": "investment_report", "subject": name}) == name
    assert project_of({"event_type": "project_milestone", "project": name}) == name
    assert project_of({"event_type": "project_milestone", "project": name, "project_count": 3}) is None


def test_the_place_of_an_event_is_no_project(project_of: ProjectOf) -> None:
    assert project_of({"event_type": "investment_report", "subject": "巴里坤", "region": "巴里坤"}) is None
    assert project_of({"event_type": "accolade", "honor": "示范项目"}) is None


@pytest.mark.parametrize("name", ["1" * 28 + "号", "百千万亿" * 6 + "号基地项目", "1个" * 14 + "号", "一二" * 14 + "号"])
def test_figures_that_can_be_cut_in_many_ways_are_read_at_once(files: Page, name: str) -> None:
    files.evaluate("import('/explore/project.js').then((m) => { window.projectOf = m.projectOf; })")
    # Unlike an evaluation, this wait ends: where every way is tried, 28 digits take minutes.
    files.wait_for_function(
        "name => projectOf({ event_type: 'project_milestone', project: name }) === name", arg=name, timeout=30_000
    )


@pytest.mark.parametrize("name", ["1" * 24 + "万元项目", "2024年" * 5 + "工程建设", "12亿元以上重点项目建设"])
def test_a_class_may_have_many_figures(project_of: ProjectOf, name: str) -> None:
    assert project_of({"event_type": "project_milestone", "project": name}) is None


def test_an_address_from_before_is_of_all_places(open_page: Open) -> None:
    page = open_page(f"/?timeline={quote(PROJECT_NAME)}")
    expect(page.locator(".timeline > li").first).to_be_visible()
    assert set(page.locator(".timeline .place").all_inner_texts()) == {"范县", "上街区"}
