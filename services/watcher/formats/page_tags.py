"""What a page's head and its info line say of the article: title, publisher, date."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from services.watcher.formats.markup_text import clean, text_of
from services.watcher.masthead import find_date, find_publication_date, find_publisher, frame, names_a_publisher

# The tags that the State Council's office asks of every site (国办发〔2017〕47号), then Open Graph and Dublin Core.
_TITLES: Final = ("og:title", "dc.title", "dcterms.title")
_SOURCES: Final = ("contentsource", "source", "article:source", "dc.source")
_DATES: Final = ("pubdate", "publishdate", "publish_date", "firstpublishedtime", "article:published_time", "og:release_date") + (
    "weibo:article:create_at",
    "dc.date",
    "dcterms.created",
    "dcterms.issued",
    "datepublished",
)
_SITES: Final = ("sitename", "og:site_name", "dc.publisher", "dcterms.publisher")
_HEADLINES: Final = (
    "ucaptitle",
    "h1",
    ".article-title",
    ".article_title",
    ".articleTitle",
    ".news-title",
    ".newsTitle",
    ".bt-title",
    "#title",
)
# Names of the software or the host, not of who speaks.
_PLATFORMS: Final = frozenset({"微信公众平台"})
_LONGEST_TITLE: Final = 200
_SHORTEST_TITLE: Final = 4
_SHORTEST_SHOWN: Final = 6
# `标题_频道_某区人民政府`: what follows is the site's, where it says so.
_SITE_SUFFIX: Final = re.compile(r"\s*[-_|—–>»·]+\s*(?=[^-_|—–>»·]{2,30}$)")
_SITE_NAME: Final = re.compile(
    r"(?:政府|门户|网站?|政务|中心|局|委|频道|首页|动态|要闻|新闻|公告|公示|公开|日报|晚报|数字报|办公室|街道|镇|频道|客户端)(?:网站?|平台)?$"
)
_INFO: Final = re.compile(r"(?:时间|日期|来源|发布(?:单位|机构)|稿源)\s*[:：]")
_BARE_LABEL: Final = re.compile(r"[^\s:：]{2,6}\s*[:：]$")
_LONGEST_INFO: Final = 160


class Said(NamedTuple):
    """`is_article`: the head has the tags that only articles have."""

    title: str | None
    publisher: str | None
    published_on: date | None
    is_article: bool


def said_by(tree: LexborHTMLParser, whole: str) -> Said:
    """`whole` is the text of the whole page."""
    tags = _tags(tree)
    info = _info_lines(whole)
    head = frame(info)[0] if info else []
    window = _window_title(tree)
    title = tags.get("articletitle") or _shown(window, whole) or _headline(tree) or _first(tags, _TITLES) or _without_site(window)
    source = next((name for tag in _SOURCES if (name := names_a_publisher(tags.get(tag, "")))), None)
    published_on = next((day for tag in _DATES if (day := find_date(tags.get(tag, "")))), None)
    return Said(
        title=title[:_LONGEST_TITLE] or None,
        publisher=source or find_publisher(head, []) or _site(tags),
        published_on=published_on or find_publication_date(head, []),
        is_article="articletitle" in tags or "pubdate" in tags,
    )


def _tags(tree: LexborHTMLParser) -> dict[str, str]:
    """The first content of each name that is not empty."""
    tags: dict[str, str] = {}
    for node in tree.css("meta[content]"):
        attributes = node.attributes
        name = (attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or "").strip().lower()
        if content := clean(attributes.get("content") or ""):
            tags.setdefault(name, content)
    return tags


def _first(tags: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((_without_site(tags[name]) for name in names if name in tags), None)


def _site(tags: dict[str, str]) -> str | None:
    return next((tags[name] for name in _SITES if name in tags and tags[name] not in _PLATFORMS), None)


def _headline(tree: LexborHTMLParser) -> str | None:
    """Of the first kind of headline that the page has once: a page with many of a kind has a list of them."""
    for selector in _HEADLINES:
        found = [" ".join(lines) for node in tree.css(selector) if (lines := text_of(node).split("\n")) != [""]]
        if len(found) == 1 and _SHORTEST_TITLE <= len(found[0]) <= _LONGEST_TITLE and not _SITE_NAME.search(found[0]):
            return found[0]
    return None


def _window_title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return clean(node.text()) if node is not None else ""


def _shown(window: str, whole: str) -> str | None:
    """The longest line of the page that its window title has in it: the title has site and channel before or behind the headline."""
    lines = (line for line in whole.split("\n") if _SHORTEST_SHOWN <= len(line) <= len(window) and line in window)
    return max((line for line in lines if not _SITE_NAME.search(line)), key=len, default=None)


def _without_site(title: str) -> str:
    """The parts at the end that name a site or a channel are not the article's title; "" where nothing else is left."""
    while (cut := _last_suffix(title)) is not None:
        title = title[:cut]
    return title if len(title) >= _SHORTEST_TITLE and not _SITE_NAME.search(title) else ""


def _last_suffix(title: str) -> int | None:
    found = _SITE_SUFFIX.search(title)
    while found:
        if found.start() >= _SHORTEST_TITLE and _SITE_NAME.search(title[found.end() :]):
            return found.start()
        found = _SITE_SUFFIX.search(title, found.end())
    return None


def _info_lines(whole: str) -> str:
    """The lines that label a date or a source, a label that stands alone with what follows it."""
    lines = whole.split("\n")
    found = []
    for number, line in enumerate(lines):
        if len(line) <= _LONGEST_INFO and _INFO.search(line):
            found.append(f"{line} {lines[number + 1]}" if _BARE_LABEL.search(line) and number + 1 < len(lines) else line)
    return "\n".join(found[:10])
