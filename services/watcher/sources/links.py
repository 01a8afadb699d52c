"""Where a source's bulletins stand: the links of a list page, the entries of a feed, the addresses of a sitemap."""

from __future__ import annotations

import calendar
import io
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from xml.sax import SAXException, handler

import defusedxml.sax
import feedparser
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from selectolax.lexbor import LexborHTMLParser

from services.addresses import parse
from services.watcher.errors import Rejected
from services.watcher.fetch.body import GZIP_MAGIC, gunzip
from services.watcher.fetch.errors import UnsafeAddress, UnsafeXml
from services.watcher.formats.markup_text import parse_markup

MAX_LINKS: Final = 5000
MAX_SITEMAP_BYTES: Final = 50 * 1024 * 1024
_CHINA: Final = timezone(timedelta(hours=8))
_TRACKING: Final = re.compile(r"utm_\w+|spm|share\w*|_t|timestamp|jsessionid|phpsessid", re.IGNORECASE)
_DOCTYPE: Final = re.compile(r"<!\s*(?:doctype|entity)", re.IGNORECASE)


class NotAFeed(Rejected):
    """What stands at a feed's or sitemap's address is none."""


class Link(NamedTuple):
    """`hint` changes when the source says that the page did; `content` is HTML where the source has the text itself."""

    url: str
    hint: str = ""
    title: str | None = None
    published_on: date | None = None
    content: str | None = None


def canonical(url: str) -> str:
    """The address by which a page is known: no fragment, no session or tracking, the host in lower case. Raises UnsafeAddress."""
    parts = urlsplit(parse(url).url)
    path = re.sub(r";jsessionid=[^/]*", "", parts.path, flags=re.IGNORECASE) or "/"
    fields = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in fields if not _TRACKING.fullmatch(name)]
    query = parts.query if len(kept) == len(fields) else urlencode(kept)
    return urlunsplit((parts.scheme, parts.netloc, path, query, ""))


def links_of_page(markup: str, base: str, selector: str) -> list[Link]:
    """The links that the selector finds, or that stand in what it finds, in their order."""
    tree = parse_markup(markup)
    base = _base(tree, base)
    found: dict[str, Link] = {}
    for node in tree.css(selector):
        for anchor in [node] if node.tag == "a" else node.css("a[href]"):
            url = _resolved(base, anchor.attributes.get("href"))
            if url is not None:
                title = (anchor.attributes.get("title") or anchor.text()).strip()
                found.setdefault(url, Link(url, title=" ".join(title.split())[:500] or None))
    return list(found.values())[:MAX_LINKS]


def next_page(markup: str, base: str, selector: str) -> str | None:
    tree = parse_markup(markup)
    node = tree.css_first(selector)
    return _resolved(_base(tree, base), node.attributes.get("href")) if node is not None else None


def links_of_feed(markup: str, base: str, *, full_text: bool) -> list[Link]:
    """Raises NotAFeed or UnsafeXml."""
    markup = without_declaration(markup)
    check_xml(markup)
    # As a stream: a string that looks like an address would be fetched. The text is cleaned when it is read, not here.
    feed = feedparser.parse(
        io.BytesIO(markup.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    if not feed.get("version") and not feed.entries:
        raise NotAFeed("neither RSS nor Atom; has the address become a web page?")
    links = (_entry(entry, base, full_text) for entry in feed.entries[:MAX_LINKS])
    return list({link.url: link for link in links if link is not None}.values())


def links_of_sitemap(body: bytes, markup: str, base: str) -> tuple[list[Link], list[Link]]:
    """Pages, and further sitemaps. Raises NotAFeed or UnsafeXml."""
    if body.startswith(GZIP_MAGIC):
        markup = gunzip(body, MAX_SITEMAP_BYTES).decode("utf-8", "replace")
    markup = without_declaration(markup)
    try:
        root = fromstring(markup, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnsafeXml(f"a sitemap with a document type: {type(error).__name__}") from error
    except ParseError as error:
        raise NotAFeed(f"no sitemap: {error}") from error
    kind = root.tag.rpartition("}")[2]
    if kind not in ("urlset", "sitemapindex"):
        raise NotAFeed(f"no sitemap but <{kind}>")
    found: list[Link] = []
    for element in root:
        parts = {child.tag.rpartition("}")[2]: (child.text or "").strip() for child in element}
        url = _resolved(base, parts.get("loc"))
        if url is not None and len(found) < 10 * MAX_LINKS:
            found.append(Link(url, hint=parts.get("lastmod", "")[:100]))
    return (found, []) if kind == "urlset" else ([], found)


def without_declaration(markup: str) -> str:
    """The text was decoded; what its XML declaration says of an encoding would be believed."""
    return re.sub(r"\A\s*(?:<\?xml[^>]{0,200}\?>)?\s*", "", markup.lstrip("\ufeff"))


def check_xml(markup: str) -> None:
    """Entities expand without bounds, and read files. Raises UnsafeXml.

    What is no well-formed XML is left to the feed parser, which knows no entities then; but none may be declared in it.
    """
    try:
        defusedxml.sax.parseString(markup.encode("utf-8", "replace"), handler.ContentHandler(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise UnsafeXml(f"a feed with a document type: {type(error).__name__}") from error
    except SAXException as error:
        if _DOCTYPE.search(markup):
            raise UnsafeXml("a feed that is no XML, with a document type") from error


def _entry(entry: Any, base: str, full_text: bool) -> Link | None:
    url = _resolved(base, entry.get("link"))
    if url is None:
        return None
    # As a plain dictionary: feedparser's own look-ups take one date for another, and warn of it.
    said: dict[str, Any] = dict(dict.items(entry))
    when = said.get("published_parsed") or said.get("updated_parsed")
    contents = [each.get("value", "") for each in entry.get("content", [])] or [entry.get("summary", "")]
    return Link(
        url,
        hint=str(said.get("updated") or said.get("published") or "")[:100],
        title=" ".join(str(entry.get("title", "")).split())[:500] or None,
        published_on=_day(when) if when else None,
        content=max(contents, key=len) if full_text else None,
    )


def _day(when: Any) -> date | None:
    """Feeds give moments; the day is that of the district."""
    try:
        return datetime.fromtimestamp(calendar.timegm(when), UTC).astimezone(_CHINA).date()
    except (ValueError, OverflowError, OSError):
        return None


def _base(tree: LexborHTMLParser, base: str) -> str:
    node = tree.css_first("base[href]")
    return _resolved(base, node.attributes.get("href")) or base if node is not None else base


def _resolved(base: str, href: str | None) -> str | None:
    """The canonical address; None for what is no web address. Line ends and blanks in addresses are typing errors of their authors."""
    if not href:
        return None
    try:
        return canonical(urljoin(base, re.sub(r"[\r\n\t]", "", href.strip()).replace(" ", "%20").replace("\u3000", "")))
    except (UnsafeAddress, ValueError):
        return None


def wanted(links: list[Link], hosts: set[str], include: str | None, exclude: str | None) -> Iterator[Link]:
    for link in links:
        if (
            urlsplit(link.url).hostname in hosts
            and (include is None or re.search(include, link.url))
            and not (exclude is not None and re.search(exclude, link.url))
        ):
            yield link
