"""Every kind of web source against a site: each text once, each change a revision, and a site in trouble changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts import bulletin_id
from services.watcher.sources.due import MAX_TRIES
from tests.site import RSS, Site
from tests.unit.watcher.sources.town import BODY, DAY, Town, article, feed, listing


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def town(tmp_path: Path, site: Site) -> Iterator[Town]:
    town = Town(tmp_path, site)
    yield town
    town.close()


@pytest.fixture
def three(town: Town) -> Town:
    """A list of three articles that was read once."""
    town.site.page("/list.html", listing("/a/1.html", "/a/2.html", "/a/3.html"))
    for number in (1, 2, 3):
        town.site.page(f"/a/{number}.html", article(number))
    assert len(town.visit(town.list())) == 3
    town.site.forget()
    return town


def test_a_list_with_its_articles(town: Town) -> None:
    town.site.page(
        "/list.html", listing("/a/1.html", "a/2.html", "/a/1.html#top", "http://elsewhere.example/x.html", "javascript:void(0)")
    )
    town.site.page("/a/1.html", article(1))
    town.site.page("/a/2.html", article(2))
    first, second = town.visit(town.list())
    assert (first.source_uri, second.source_uri) == (f"{town.site.url}/a/1.html", f"{town.site.url}/a/2.html")
    assert first.source_id == "town"
    assert first.source_title == "区重点项目建设进展情况通报1"
    assert first.publisher == "某某区融媒体中心"
    assert str(first.published_on) == "2025-11-02"
    assert "固定资产投资同比增长1.5%" in first.text
    assert "版权所有" not in first.text
    assert "首页" not in first.text
    assert town.site.paths(robots=True) == ["/robots.txt", "/list.html", "/a/1.html", "/a/2.html"]


def test_nothing_is_fetched_twice_without_need_also_after_a_restart(town: Town) -> None:
    source = town.list(recheck="0s")
    town.site.page("/list.html", listing("/a/1.html"))
    town.site.page("/a/1.html", article(1))
    assert len(town.visit(source)) == 1
    for _ in range(3):
        town.restart()
        town.site.forget()
        assert town.visit(source, days=0.3) == []
        [asked] = town.site.asked
        assert asked.path == "/list.html"
        assert asked.headers["If-None-Match"], "and is answered with 304"


def test_pages_are_looked_at_again_more_and_more_rarely_and_with_conditions(three: Town) -> None:
    looks = []
    for day in range(1, 60):
        three.site.forget()
        assert three.visit(three.list()) == []
        again = [asked for asked in three.site.asked if asked.path == "/a/1.html"]
        assert all(asked.headers["If-None-Match"] for asked in again)
        looks += [day] * len(again)
    pauses = [later - earlier for earlier, later in zip(looks, looks[1:], strict=False)]
    assert looks[0] == 1
    assert len(looks) >= 4
    assert all(later >= 2 * earlier for earlier, later in zip(pauses, pauses[1:], strict=False))
    assert looks[-1] <= 31


def test_a_changed_page_is_a_revision_that_supersedes(three: Town) -> None:
    three.site.page("/a/2.html", article(2, BODY + "另据消息，二期工程已经开工。"))
    [revised] = three.visit(three.list())
    assert revised.source_uri.endswith("/a/2.html")
    assert "二期工程已经开工" in revised.text
    assert revised.supersedes is not None
    assert revised.supersedes != revised.bulletin_id


def test_other_chrome_around_the_same_text_is_no_revision(three: Town) -> None:
    three.site.page("/a/2.html", article(2).replace("版权所有", "网站标识码4101060001 版权所有"))
    assert three.visit(three.list()) == []


def test_the_same_text_on_another_site_is_a_second_source(three: Town) -> None:
    three.site.page("/other.html", listing("/b/1.html"))
    three.site.page("/b/1.html", article(1))
    other = three.source("list", "/other.html", id="other", links="ul.news a")
    assert three.visit(other) == []
    assert three.site.paths() == ["/other.html", "/b/1.html"]


def test_one_article_that_other_sites_frame_otherwise_is_linked_to_the_first(town: Town) -> None:
    sentences = [f"第{number}个重点项目完成投资{number + 3}亿元，占年度计划的{40 + number}%。" for number in range(1, 9)]
    frames = ("{}", "转载自区政府网站，以下为全文内容如下所示。{}", "{}欢迎关注本台微信公众号获取更多本地资讯。")
    sources = []
    for number, frame in enumerate(frames):
        town.site.page(f"/{number}.html", listing(f"/{number}/a.html"))
        town.site.page(f"/{number}/a.html", article(number, frame.format("".join(sentences)), title=f"网站{number}的标题"))
        sources.append(town.source("list", f"/{number}.html", id=f"site{number}", links="ul.news a"))
    first, *others = [published for source in sources for published in town.visit(source)]
    assert len({first.bulletin_id, *(each.bulletin_id for each in others)}) == 3, "each is published"
    assert first.near_duplicate_of is None
    assert [each.near_duplicate_of for each in others] == [first.bulletin_id] * 2


def test_when_the_first_source_says_something_else_the_second_is_published(three: Town) -> None:
    three.site.page("/other.html", listing("/b/1.html"))
    three.site.page("/b/1.html", article(1))
    other = three.source("list", "/other.html", id="other", links="ul.news a")
    three.visit(other)
    three.site.page("/a/1.html", article(1, BODY + "又讯。"))
    [revised] = three.visit(three.list())
    [second] = three.visit(other)
    assert (second.source_uri, second.bulletin_id, second.supersedes) == (f"{three.site.url}/b/1.html", revised.supersedes, None)


def test_a_page_in_two_lists_is_fetched_once(three: Town) -> None:
    three.site.page("/other.html", listing("/a/1.html"))
    both = [three.list(recheck="0s"), three.source("list", "/other.html", id="other", links="ul.news a", recheck="0s")]
    three.visit(*both)
    assert three.site.paths().count("/a/1.html") <= 1
    three.site.forget()
    three.visit(*both)
    assert "/a/1.html" not in three.site.paths()


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_vanishes_revokes_nothing_and_is_asked_for_three_times(three: Town, status: int) -> None:
    three.site.gone("/a/1.html", status)
    asked = 0
    for _ in range(20):
        three.site.forget()
        assert three.visit(three.list()) == []
        asked += three.site.paths().count("/a/1.html")
    assert asked == 3
    assert three.letters() == []
    uri = f"{three.site.url}/a/1.html"
    assert three.state.known(uri) is not None


TROUBLE = {
    "an error page with status 200": "<html><head><title>404 Not Found</title></head><body><h1>404</h1><p>您访问的页面不存在</p></body></html>",
    "a check for robots": "<html><head><title>安全验证</title></head><body>请完成安全验证</body></html>",
    "an empty answer": "",
    "an empty page": "<html><body></body></html>",
    "a notice in place of the text": article(1, "该文章已按要求撤下。"),
    "another page's text": article(2).replace("通报2", "通报1"),
}


@pytest.mark.parametrize("page", TROUBLE.values(), ids=TROUBLE.keys())
def test_what_a_site_in_trouble_sends_is_no_revision(three: Town, page: str) -> None:
    if "2.5%" in page:  # the very page that stands there too, as a site does that shows one article for all addresses
        page = article(2)
    three.site.page("/a/1.html", page)
    before = three.state.known(f"{three.site.url}/a/1.html")
    for _ in range(3):
        assert three.visit(three.list()) == []
    assert three.state.known(f"{three.site.url}/a/1.html") == before
    [(uri, problem)] = three.memory.failing_pages("town")
    assert uri.endswith("/a/1.html")
    three.site.page("/a/1.html", article(1, BODY + "又讯。"))
    assert [each.supersedes for each in three.visit(three.list(), days=30)] == [before.bulletin_id if before else ""]
    assert three.memory.failing_pages("town") == []


def test_a_page_that_leads_to_the_first_page_is_no_revision(three: Town) -> None:
    three.site.redirect("/a/1.html", "/", 301)
    three.site.page("/", article(9))
    assert three.visit(three.list()) == []


def test_a_page_that_never_can_be_read_becomes_a_dead_letter_once(three: Town) -> None:
    three.site.page("/list.html", listing("/a/4.html"))
    three.site.gone("/a/4.html", 500)
    for _ in range(2 * MAX_TRIES):
        assert three.visit(three.list(), days=3) == []
    [letter] = three.letters()
    assert letter.error_class == "NoAnswer"
    assert letter.error_message == f"{three.site.url}/a/4.html: it answers 500"


def test_a_file_that_is_no_text_becomes_a_dead_letter_and_costs_only_itself(three: Town) -> None:
    three.site.page("/list.html", listing("/a/4.png", "/a/5.html"))
    three.site.page("/a/4.png", b"\x89PNG\r\n\x1a\n\x00", "image/png")
    three.site.page("/a/5.html", article(5))
    assert [each.source_uri for each in three.visit(three.list())] == [f"{three.site.url}/a/5.html"]
    assert [letter.error_class for letter in three.letters()] == ["BinaryContent"]


def test_a_link_inside_is_never_followed(three: Town) -> None:
    with Site() as inside:
        inside.page("/secret", article(7))
        three.site.page("/list.html", listing(f"{inside.url}/secret", "/a/r.html"))
        three.site.redirect("/a/r.html", f"{inside.url}/secret")
        source = three.list(hosts=["127.0.0.1"])
        assert three.visit(source) == []
        assert inside.asked == []
    assert {letter.error_class for letter in three.letters()} == {"UnsafeAddress"}


def test_robots_txt_keeps_pages_out(town: Town) -> None:
    town.site.page("/robots.txt", "User-agent: bulletins\nDisallow: /a/\n")
    town.site.page("/list.html", listing("/a/1.html"))
    town.site.page("/a/1.html", article(1))
    assert town.visit(town.list()) == []
    assert town.site.paths() == ["/list.html"]
    assert [letter.error_class for letter in town.letters()] == ["DisallowedByRobots"]


def test_a_page_by_https_is_the_page_by_http(three: Town) -> None:
    three.state.execute("UPDATE pages SET source_uri = replace(source_uri, 'http:', 'https:'), due = NULL")
    three.state.execute("UPDATE files SET source_uri = replace(source_uri, 'http:', 'https:')")
    three.site.page("/list.html", listing("/a/1.html", "/a/2.html", "/a/3.html") + " ")
    three.site.page("/a/1.html", article(1, BODY + "又讯。"))
    assert three.visit(three.list()) == [], "known, and not due"
    three.state.execute("UPDATE pages SET due = 0")
    [revised] = three.visit(three.list())
    assert revised.source_uri == f"https://{three.site.host}/a/1.html"
    assert revised.supersedes is not None


def test_gb18030_that_calls_itself_gb2312(town: Town) -> None:
    media_type = "text/html; charset=gb2312"
    body = BODY + "镕基、喆、囍㐂。"
    town.site.page("/list.html", listing("/a/1.html").encode("gb18030"), media_type)
    town.site.page("/a/1.html", article(1, body).encode("gb18030"), media_type)
    [bulletin] = town.visit(town.list())
    assert "镕基、喆、囍㐂" in bulletin.text


def test_the_next_pages_of_a_list_are_read(town: Town) -> None:
    for number in (1, 2, 3):
        following = f"<a class='next' href='/list{number + 1}.html'>下一页</a>"
        town.site.page(f"/list{number}.html", listing(f"/a/{number}.html") + following)
        town.site.page(f"/a/{number}.html", article(number))
    source = town.source("list", "/list1.html", links="ul.news a", next="a.next", pages=2)
    assert len(town.visit(source)) == 2
    assert "/list3.html" not in town.site.paths()


def test_selectors_find_the_parts_of_an_article(town: Town) -> None:
    page = (
        "<html><head><title>网站</title></head><body><p class='t'>真正的标题在这里</p><span class='d'>日期：2025年11月5日</span>"
        "<span class='p'>来源：某某日报</span><div id='zoom'><p>甲项目开工建设。</p></div><div class='more'><p>相关新闻：乙项目竣工。</p></div></body></html>"
    )
    town.site.page("/list.html", listing("/a/1.html"))
    town.site.page("/a/1.html", page)
    selectors = {"text": "#zoom", "title": ".t", "published_on": ".d", "publisher": ".p"}
    [bulletin] = town.visit(town.list(article=selectors))
    assert (bulletin.source_title, str(bulletin.published_on), bulletin.publisher) == (
        "真正的标题在这里",
        "2025-11-05",
        "某某日报",
    )
    assert "甲项目开工建设。" in bulletin.text
    assert "乙项目" not in bulletin.text


def test_what_a_page_does_not_say_its_source_says(town: Town) -> None:
    town.site.page("/list.html", listing("/a/1.html"))
    town.site.page("/a/1.html", f"<html><body><p>{BODY}</p></body></html>")
    source = town.list(publisher="某某区统计局")._replace(region_code="410106")
    [bulletin] = town.visit(source)
    assert (bulletin.publisher, bulletin.region_code) == ("某某区统计局", "410106")
    assert bulletin.source_title == "第0条新闻标题", "the list's words for it, where the page has no title"


def test_a_feed_with_its_pages(town: Town) -> None:
    town.site.page("/rss.xml", feed(("/a/1.html?utm_source=rss", ""), ("/a/2.html", "")), RSS)
    for number in (1, 2):
        town.site.page(f"/a/{number}.html", article(number))
    town.site.answers["/a/1.html?utm_source=rss"] = town.site.answers["/a/1.html"]
    bulletins = town.visit(town.source("feed", "/rss.xml"))
    assert [each.source_uri for each in bulletins] == [f"{town.site.url}/a/1.html", f"{town.site.url}/a/2.html"]


def test_a_feed_with_whole_texts_fetches_no_pages(town: Town) -> None:
    town.site.page("/rss.xml", feed(("/a/1.html", f"<p>{BODY}</p>")), RSS)
    source = town.source("feed", "/rss.xml", full_text=True)
    [bulletin] = town.visit(source)
    assert (bulletin.source_title, str(bulletin.published_on)) == ("标题/a/1.html", "2025-11-04"), "the day in China"
    assert town.visit(source) == []
    town.site.page("/rss.xml", feed(("/a/1.html", f"<p>{BODY}又讯。</p>")), RSS)
    [revised] = town.visit(source)
    assert revised.supersedes == bulletin.bulletin_id
    assert set(town.site.paths()) == {"/rss.xml"}


def test_an_entry_that_says_it_was_updated_is_fetched_again(town: Town) -> None:
    source = town.source("feed", "/rss.xml", recheck="0s")
    town.site.page("/rss.xml", feed(("/a/1.html", "")), RSS)
    town.site.page("/a/1.html", article(1))
    assert len(town.visit(source)) == 1
    town.site.page("/rss.xml", feed(("/a/1.html", "")).replace("03 Nov", "05 Nov"), RSS)
    town.site.page("/a/1.html", article(1, BODY + "更正。"))
    assert len(town.visit(source)) == 1


def test_a_sitemap_and_an_index_of_sitemaps(town: Town) -> None:
    url = town.site.url
    town.site.page("/sitemap.xml", f"<sitemapindex><sitemap><loc>{url}/news.xml</loc></sitemap></sitemapindex>", "text/xml")
    entries = f"<url><loc>{url}/a/1.html</loc><lastmod>2025-11-01</lastmod></url><url><loc>{url}/english/2.html</loc></url>"
    town.site.page("/news.xml", f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</urlset>", "text/xml")
    town.site.page("/a/1.html", article(1))
    source = town.source("sitemap", "/sitemap.xml", exclude="/english/", recheck="0s")
    assert len(town.visit(source)) == 1
    assert town.site.paths() == ["/sitemap.xml", "/news.xml", "/a/1.html"]
    town.site.page("/a/1.html", article(1, BODY + "更正。"))
    assert town.visit(source) == []
    entries = entries.replace("2025-11-01", "2025-11-20")
    town.site.page("/news.xml", f"<urlset>{entries}</urlset>", "text/xml")
    assert len(town.visit(source)) == 1


def test_a_page_that_is_watched_for_change(town: Town) -> None:
    source = town.source("page", "/progress.html")
    town.site.page("/progress.html", article(1))
    [first] = town.visit(source)
    assert town.visit(source) == []
    assert town.site.asked[-1].headers["If-None-Match"]
    town.site.page("/progress.html", article(2))
    [second] = town.visit(source)
    assert (second.source_uri, second.supersedes) == (first.source_uri, first.bulletin_id)
    town.site.gone("/progress.html")
    for _ in range(5):
        assert town.visit(source) == []
    town.site.page("/progress.html", article(3))
    [third] = town.visit(source)
    assert third.supersedes == second.bulletin_id


def test_a_source_is_not_visited_before_its_time(town: Town) -> None:
    source = town.list(schedule={"every": "6h", "jitter": 0.5})
    town.site.page("/list.html", listing("/a/1.html"))
    town.site.page("/a/1.html", article(1))
    town.visit(source)
    town.site.forget()
    town.visit(source, days=2.9 / 24)
    assert town.site.asked == []
    town.visit(source, days=6.2 / 24)
    assert "/list.html" in town.site.paths()


def test_a_list_that_fails_is_tried_again_soon_and_then_more_rarely(town: Town) -> None:
    source = town.list(schedule={"every": "1d", "jitter": 0})
    town.site.gone("/list.html", 403)
    pauses = []
    for _ in range(12):
        town.visit(source, days=0)
        record = town.memory.source("town", town.now)
        pauses.append(record.due - town.now)
        town.now = record.due
    assert 60 <= pauses[0] <= 90
    assert all(later > 1.2 * earlier for earlier, later in zip(pauses[:9], pauses[1:9], strict=False))
    assert pauses[-1] == pytest.approx(86400)


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_that_is_put_back_by_a_year_keeps_nothing_waiting(three: Town, restarted: bool) -> None:
    """The next visits, looks and rests were told by the wrong clock; a running watcher sees it as well as one that is started."""
    visits = three.visits(three.list())
    three.finish(visits)
    three.site.page("/list.html", "", status=503, Retry_After="3600")
    three.now += DAY
    three.finish(visits)
    for number in (1, 2, 3):
        three.site.page(f"/a/{number}.html", article(number, BODY + "二期开工。"))
    three.site.page("/list.html", listing("/a/1.html", "/a/2.html", "/a/3.html", "/a/4.html"))
    three.site.page("/a/4.html", article(4))
    three.now -= 365 * DAY
    three.site.forget()
    if restarted:
        three.restart()
        visits = three.visits(three.list())
    three.finish(visits)
    assert {"/robots.txt", "/list.html", "/a/1.html", "/a/4.html"} <= set(three.site.paths(robots=True))
    three.site.forget()
    three.now += 60
    three.finish(visits)
    assert three.site.asked == [], "and then it has its pace again"


def test_one_source_in_trouble_does_not_keep_another_from_being_read(three: Town) -> None:
    three.site.raw("/broken.html", lambda wire: wire.write(b"\x00" * 10) and None)
    three.site.page("/list.html", listing("/a/9.html"))
    three.site.page("/a/9.html", article(9))
    broken = three.source("list", "/broken.html", id="broken", links="a")
    bomb = three.source("feed", "/bomb.xml", id="bomb")
    three.site.page("/bomb.xml", "<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><rss>&b;</rss>", RSS)
    published = three.visit(three.list(), bomb)
    three.visit(broken)
    assert [each.bulletin_id for each in published] == [bulletin_id(published[0].text)]
    assert "UnsafeXml" in (three.memory.source("bomb", three.now).problem or "")
    assert "Unreachable" in (three.memory.source("broken", three.now).problem or "")
