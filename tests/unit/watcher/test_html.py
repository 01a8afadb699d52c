"""Pages as the usual content systems of governments make them, and pages that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.watcher.errors import EmptyText, ErrorPage
from services.watcher.formats import Kind, read_page

PAGES = Path(__file__).parent / "pages"
EXPECTED = yaml.safe_load((PAGES / "expected.yaml").read_text("utf-8"))


def test_every_page_of_the_corpus_is_expected_something_of() -> None:
    assert {path.name for path in PAGES.glob("*.html")} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_page_gives_its_article_and_what_it_says_of_it(name: str) -> None:
    page, expected = read_page((PAGES / name).read_bytes(), name=name), EXPECTED[name]
    assert (page.kind, page.title, page.publisher, page.published_on) == (
        Kind.HTML,
        expected["title"],
        expected["publisher"],
        expected["published_on"],
    )
    assert page.text == expected.get("text", page.text)
    assert set(expected.get("lines", [])) <= set(page.text.split("\n")), page.text
    assert [piece for piece in expected.get("has", []) if piece not in page.text] == [], page.text
    assert [piece for piece in expected.get("lacks", []) if piece in page.text] == [], page.text


def test_the_text_begins_with_the_headline_once() -> None:
    for name, expected in EXPECTED.items():
        text = read_page((PAGES / name).read_bytes(), name=name).text
        assert text.startswith(expected["title"]), name
        assert text.count(expected["title"]) == 1, name


def _page(title: str, body: str, head: str = "") -> bytes:
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title>{head}</head><body>{body}</body></html>".encode()
    )


@pytest.mark.parametrize(
    "page",
    [
        _page("404 页面不存在", "<h1>404</h1><p>您访问的页面不存在或已删除！</p><a href='/'>返回首页</a>"),
        _page("青石区人民政府", "<div class='nav'>首页 政务公开</div><p>抱歉，您所请求的文章已被删除，3秒后返回首页</p>"),
        _page("系统维护中", "<p>网站正在升级维护，请稍后访问，给您带来的不便敬请谅解。</p>"),
        _page("", "<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>"),
        _page("403 Forbidden", "<p>Access Denied</p>"),
        _page("访问被拦截", "<p>很抱歉，由于您访问的URL有可能对网站造成安全威胁，您的访问被阻断。</p>"),
        _page("统一身份认证", "<form><p>用户名 密码</p><input type=password></form><p>忘记密码？</p>"),
        _page("政务网", "<p>请先登录后查看</p><form><input type='password'></form>"),
        _page("安全验证", "<p>请完成安全验证后继续访问</p>"),
        _page("", "<div id='app'>请开启JavaScript后访问本网站</div><script>go()</script>"),
    ],
)
def test_an_error_page_with_status_200_is_told_as_one(page: bytes) -> None:
    with pytest.raises(ErrorPage, match="goes on standing"):
        read_page(page, name="https://www.example.gov.cn/a/1.html", media_type="text/html")


@pytest.mark.parametrize(
    "page",
    [
        b"<html><head><title>x</title></head><body></body></html>",
        _page("青石区", "<div id='app'></div><script>render()</script>"),
        b"",
    ],
)
def test_an_empty_page_is_told_as_one(page: bytes) -> None:
    with pytest.raises(EmptyText):
        read_page(page, name="a.html")


@pytest.mark.parametrize(
    "page",
    [
        _page(
            "关于系统维护的公告",
            "<p>因系统维护，5月1日起暂停办理业务。</p>",
            "<meta name=ArticleTitle content=关于系统维护的公告>",
        ),
        _page("我区404个老旧小区改造完成", "<p>截至10月底，全区404个老旧小区改造工程全部完成，完成投资3.4亿元。</p>"),
        _page("政务公开", "<p>" + "全区完成投资3.4亿元，同比增长5%。" * 20 + "</p><form>用户登录<input type=password></form>"),
        _page("某区通报网站普查", "<p>" + "个别网站存在“页面不存在”的错误链接，责令整改。" * 30 + "</p>"),
    ],
)
def test_a_bulletin_that_speaks_of_errors_or_stands_beside_a_login_is_none(page: bytes) -> None:
    assert read_page(page, name="a.html").kind is Kind.HTML


def test_what_a_server_calls_it_counts_less_than_what_it_is() -> None:
    error = _page("404 Not Found", "<h1>Not Found</h1>")
    with pytest.raises(ErrorPage):
        read_page(error, name="https://www.example.gov.cn/files/a.pdf", media_type="application/pdf")
    page = (PAGES / "vsb.html").read_bytes()
    assert read_page(page, name="https://www.example.gov.cn/show?id=1", media_type="application/octet-stream").kind is Kind.HTML
    assert read_page("正文".encode(), name="https://www.example.gov.cn/1", media_type="text/plain").kind is Kind.TXT
