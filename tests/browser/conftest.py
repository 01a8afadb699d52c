"""A browser, and the explore page of a real API process over a real index."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from deploy.local.elasticsearch import Elasticsearch
from services.api.explore import STATIC
from tests.browser.data import filled, with_charts
from tests.integration.api_process import Api, running
from tests.servers import settings_for

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# As root it has no sandbox, and of itself it calls its maker's hosts.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = (
    "there is no Chromium: install it (Debian: sudo apt install chromium fonts-noto-cjk) or name one in BULLETINS_CHROMIUM; "
    "the explore page was not tested"
)
# A wait ends when what it waits for is there; this is only for what never comes, also on a machine that does much else.
PATIENCE_MILLISECONDS = 120_000
expect.set_options(timeout=PATIENCE_MILLISECONDS)

Open = Callable[..., Page]
# Where the page's files are without an API.
FILES = "http://explore.test"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    found = os.environ.get("BULLETINS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        # CI says that it must be there; it never passes by leaving these tests out.
        if os.environ.get("BULLETINS_NEED_CHROMIUM"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def files(browser: Browser) -> Iterator[Page]:
    """A page at `FILES`, where the explore page's modules are and no API: a test has it answer what it wants by a route of its own."""

    def answer(route: Route) -> None:
        path = urlsplit(route.request.url).path
        file = STATIC / ("index.html" if path == "/" else path.removeprefix("/explore/"))
        if file.is_file():
            route.fulfill(path=file)
        else:
            route.fulfill(status=404)

    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    page = context.new_page()
    page.route(f"{FILES}/**", answer)
    page.goto(f"{FILES}/explore/icon.svg")
    yield page
    context.close()


@pytest.fixture(scope="session")
def explore(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    settings = with_charts(settings_for("127.0.0.1:9", elasticsearch.url, tmp_path_factory.mktemp("explore")))
    with filled(settings), running(settings) as api:
        yield api


@pytest.fixture
def open_page(browser: Browser, explore: Api) -> Iterator[Open]:
    """Opens an address of the page, by default in Chinese, light and wide, and waits for its list. At the end nothing may have been
    refused by the page's policy, thrown, or asked of another host."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_page(address: str = "/", api: Api = explore, width: int = 1280, **options: object) -> Page:
        height = 844 if width < 500 else 860
        wanted = {"locale": "zh-CN", "viewport": {"width": width, "height": height}, "reduced_motion": "reduce", **options}
        context = browser.new_context(**wanted)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(f"thrown: {error}"))
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("request", lambda request: None if request.url.startswith(api.url) else wrong.append(f"asked {request.url}"))
        page.goto(api.url + address)
        loaded(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []


def loaded(page: Page) -> None:
    """Waits until the list is there, or why it is not."""
    expect(page.locator("article.event, .nothing, .problem").first).to_be_visible()
    expect(page.locator("#results")).not_to_have_attribute("aria-busy", "true")
