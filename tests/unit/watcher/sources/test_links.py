"""Addresses have one form; feeds and sitemaps are read without believing them."""

from __future__ import annotations

import gzip

import pytest

from services.watcher.fetch.errors import ReplyTooLarge, UnsafeAddress, UnsafeXml
from services.watcher.sources.links import NotAFeed, canonical, links_of_feed, links_of_page, links_of_sitemap
from tests.site import gzip_bomb

BASE = "http://www.district.example/news/index.html"


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTP://WWW.District.Example:80/a.html#top", "http://www.district.example/a.html"),
        ("http://www.district.example", "http://www.district.example/"),
        ("http://a.example/b;jsessionid=1F?id=7", "http://a.example/b?id=7"),
        ("http://a.example/?id=7&utm_source=x&spm=a.b&ShareId=3", "http://a.example/?id=7"),
        ("http://a.example/?b=2&a=1&b=", "http://a.example/?b=2&a=1&b="),
        ("https://a.example:8443/%e6%96%b0?x=%2F", "https://a.example:8443/%e6%96%b0?x=%2F"),
    ],
)
def test_one_page_has_one_address(url: str, same: str) -> None:
    assert canonical(url) == same
    assert canonical(same) == same


def test_what_is_no_address_has_none() -> None:
    with pytest.raises(UnsafeAddress):
        canonical("javascript:void(0)")


def test_links_are_resolved_as_browsers_do_and_kept_once() -> None:
    markup = """<base href="/x/"><ul><li><a href=" a.html
        ">甲  乙</a><li><a href='a.html#2'>甲</a><li><a title="全题" href="//other.example/b c.html">丙…</a><li><a>无</a>
        <li><a href="http://[::1">坏</a><li><a href="mailto:a@b.example">信</a><li><a href="data:text/html,x">数</a></ul>"""
    found = links_of_page(markup, BASE, "li")
    assert [(link.url, link.title) for link in found] == [
        ("http://www.district.example/x/a.html", "甲 乙"),
        ("http://other.example/b%20c.html", "全题"),
    ]


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>甲</title><link href="a.html"/><updated>2025-11-05T20:00:00Z</updated>
<content type="html">&lt;p&gt;短&lt;/p&gt;</content></entry><entry><title>无链接</title></entry></feed>"""


def test_atom() -> None:
    [link] = links_of_feed('<?xml version="1.0" encoding="gb2312"?>' + ATOM, BASE, full_text=True)
    assert link.url == "http://www.district.example/news/a.html"
    assert (link.title, str(link.published_on), link.content) == ("甲", "2025-11-06", "<p>短</p>")
    assert link.hint == "2025-11-05T20:00:00Z"


def test_a_feed_that_is_no_xml_is_read_all_the_same() -> None:
    markup = "<rss version='2.0'><channel><item><title>甲 & 乙</title><link>http://a.example/?x=1&y=2</link></item></channel>"
    assert [link.url for link in links_of_feed(markup, BASE, full_text=False)] == ["http://a.example/?x=1&y=2"]


HOSTILE = {
    "a billion laughs": "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><rss><channel>&b;</channel></rss>",
    "a file": "<!DOCTYPE rss [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><rss><channel><title>&f;</title></channel></rss>",
    "an address inside": "<!DOCTYPE rss SYSTEM 'http://169.254.169.254/x.dtd'><rss/>",
    "a parameter entity": "<!DOCTYPE rss [<!ENTITY % p SYSTEM 'http://10.0.0.1/'>%p;]><rss/>",
    "behind a comment": "<!-- <rss> --><!DOCTYPE rss [<!ENTITY a 'b'>]><rss/>",
    "in broken XML": "<rss><<!DOCTYPE rss [<!ENTITY a 'b'>]>&a;",
    "with blanks": "<?xml version='1.0'?>\n\n<!doctype rss [<!ENTITY a 'b'>]><rss>&a;</rss>",
}


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE.keys())
def test_xml_with_a_document_type_is_refused(markup: str) -> None:
    with pytest.raises(UnsafeXml):
        links_of_feed(markup, BASE, full_text=False)
    with pytest.raises((UnsafeXml, NotAFeed)):
        links_of_sitemap(markup.encode(), markup, BASE)


@pytest.mark.parametrize("markup", ["", "<html><body>404</body></html>", "http://169.254.169.254/", "/etc/passwd", "<rss", "{}"])
def test_what_is_no_feed_is_told_and_never_opened(markup: str) -> None:
    with pytest.raises(NotAFeed):
        links_of_feed(markup, BASE, full_text=False)
    with pytest.raises(NotAFeed):
        links_of_sitemap(b"", markup, BASE)


def test_a_deep_feed_ends() -> None:
    deep = "<rss><channel>" + "<item>" * 50_000
    assert links_of_feed(deep, BASE, full_text=False) == []


def test_a_packed_sitemap_and_a_bomb() -> None:
    plain = "<urlset><url><loc>http://a.example/1</loc><lastmod>2025</lastmod></url><url><loc>file:///etc</loc></url></urlset>"
    links, further = links_of_sitemap(gzip.compress(plain.encode()), "", BASE)
    assert [(link.url, link.hint) for link in links] == [("http://a.example/1", "2025")]
    assert further == []
    with pytest.raises(ReplyTooLarge):
        links_of_sitemap(gzip_bomb(60 * 1024 * 1024), "", BASE)
