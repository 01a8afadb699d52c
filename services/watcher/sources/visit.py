"""What is done away from the main thread: read a source's list, and look at one of its pages. Nothing is stored here."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from services.watcher.decode import decode
from services.watcher.describe import Description
from services.watcher.errors import EmptyText, ErrorPage, Rejected
from services.watcher.fetch.body import GZIP_MAGIC
from services.watcher.fetch.courtesy import Courtesy
from services.watcher.fetch.errors import HostResting, Unreachable
from services.watcher.fetch.fetcher import Reply
from services.watcher.sources.article import read_article
from services.watcher.sources.catalogue import Site
from services.watcher.sources.links import Link, links_of_feed, links_of_page, links_of_sitemap, next_page, wanted
from services.watcher.sources.model import FeedSource, ListSource, PageSource, SitemapSource

MAX_SITEMAPS: Final = 50
# A list of 5000 links has one; it is read in this very process.
MAX_LIST_BYTES: Final = 5 * 1024 * 1024
_GONE: Final = frozenset({404, 410})
_HOMES: Final = frozenset({"", "/", "/index.html", "/index.htm", "/index.shtml", "/index.jsp", "/index.php", "/default.html"})


class Validators(NamedTuple):
    """What a server wants to hear to say that nothing has changed."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> dict[str, str]:
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in given.items() if value}


class Page(NamedTuple):
    """A page that is to be looked at: `source_uri` names it, `url` is where it is fetched."""

    source_uri: str
    url: str
    validators: Validators = Validators()
    fingerprint: str = ""
    title: str | None = None
    published_on: str | None = None


class Sight(StrEnum):
    READ = "read"
    UNCHANGED = "unchanged"
    GONE = "gone"
    FAILED = "failed"
    """For now: worth another try later."""
    REJECTED = "rejected"
    """No bulletin as it stands."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of one page."""

    page: Page
    sight: Sight
    problem: Rejected | None = None
    description: Description | None = None
    raw: bytes = b""
    validators: Validators = Validators()
    fingerprint: str = ""
    selector_missed: bool = False
    resting_until: float | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source's list says now. `unchanged`: nothing since last time, so that the links are those of then."""

    links: list[Link] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    """Of the links whose text the list has itself."""
    unchanged: bool = False
    validators: Mapping[str, Validators] = field(default_factory=dict)
    problem: str | None = None
    resting_until: float | None = None
    empty: bool = False
    """It could be read, and nothing was found in it."""


class NoAnswer(Rejected):
    """A page that could not be had in many tries."""


def read_listing(site: Site, known: Mapping[str, Validators], courtesy: Courtesy) -> Listing:
    """The links of a source; `known` are the validators of its lists by address. Raises Stopped."""
    source = site.source
    if isinstance(source, PageSource):
        return Listing([Link(source.url)])
    try:
        reply = courtesy.get(source.url, headers=known.get(source.url, Validators()).headers(), most_bytes=MAX_LIST_BYTES)
        if reply.status == 304:
            return Listing(unchanged=True, validators=known)
        if reply.status != 200:
            return Listing(problem=f"{source.url} answered {reply.status}")
        links, validators = _links(site, reply, courtesy)
    except HostResting as error:
        return Listing(problem=str(error), resting_until=error.until)
    except (Unreachable, Rejected) as error:
        return Listing(problem=f"{source.url}: {type(error).__name__}: {error}")
    hosts = {urlsplit(source.url).hostname or "", urlsplit(reply.url).hostname or "", *source.hosts}
    kept = list(wanted(links, hosts, source.include, source.exclude))
    looks = [look_at_entry(site, link) for link in kept if link.content is not None]
    return Listing(kept, looks, validators=validators, empty=not kept)


def _links(site: Site, reply: Reply, courtesy: Courtesy) -> tuple[list[Link], dict[str, Validators]]:
    """Raises what Courtesy.get raises, and Rejected."""
    source = site.source
    validators = {source.url: validators_of(reply)}
    markup = _markup(reply, source.encoding)
    if isinstance(source, FeedSource):
        return links_of_feed(markup, reply.url, full_text=source.full_text), validators
    if isinstance(source, SitemapSource):
        links, further = links_of_sitemap(reply.body, markup, reply.url)
        for sitemap in further[:MAX_SITEMAPS]:
            below = courtesy.get(sitemap.url, most_bytes=MAX_LIST_BYTES)
            if below.status == 200:
                links += links_of_sitemap(below.body, _markup(below, source.encoding), below.url)[0]
        # An index tells nothing of changes below it: it is read whole each time.
        return links, {} if further else validators
    assert isinstance(source, ListSource)
    links = links_of_page(markup, reply.url, source.links)
    for _ in range(source.pages - 1):
        following = next_page(markup, reply.url, source.next or "")
        if following is None:
            break
        reply = courtesy.get(following, most_bytes=MAX_LIST_BYTES)
        if reply.status != 200:
            break
        markup = _markup(reply, source.encoding)
        links += links_of_page(markup, reply.url, source.links)
    return links, validators


def look_at(site: Site, page: Page, courtesy: Courtesy) -> Look:
    """Fetch a page and read it. Raises Stopped."""
    try:
        reply = courtesy.get(page.url, headers=page.validators.headers())
    except HostResting as error:
        return Look(page, Sight.FAILED, NoAnswer(str(error)), resting_until=error.until)
    except Unreachable as error:
        return Look(page, Sight.FAILED, NoAnswer(str(error)))
    except Rejected as error:
        return Look(page, Sight.REJECTED, error)
    if reply.status == 304:
        return Look(page, Sight.UNCHANGED, validators=page.validators, fingerprint=page.fingerprint)
    if reply.status in _GONE:
        return Look(page, Sight.GONE, NoAnswer(f"it answers {reply.status}"))
    if reply.status != 200:
        return Look(page, Sight.FAILED, NoAnswer(f"it answers {reply.status}"))
    if _leads_home(page.url, reply):
        return Look(page, Sight.FAILED, ErrorPage(f"it leads to the site's first page, {reply.url}"))
    fingerprint = hashlib.sha256(reply.body).hexdigest()
    if fingerprint == page.fingerprint:
        return Look(page, Sight.UNCHANGED, validators=validators_of(reply), fingerprint=fingerprint)
    return _read(site, page, reply, fingerprint)


def look_at_entry(site: Site, link: Link) -> Look:
    """A feed's entry that has its whole text."""
    page = Page(link.url, link.url, title=link.title, published_on=link.published_on.isoformat() if link.published_on else None)
    body = (link.content or "").encode("utf-8", "replace")
    markup = b"\xef\xbb\xbf<!DOCTYPE html><html><body>" + body + b"</body></html>"
    return _described(
        site, page, markup, "text/html", "utf-8", validators=Validators(), fingerprint=hashlib.sha256(body).hexdigest()
    )


def validators_of(reply: Reply) -> Validators:
    return Validators(reply.headers.get("etag"), reply.headers.get("last-modified"))


def _read(site: Site, page: Page, reply: Reply, fingerprint: str) -> Look:
    charset = site.source.encoding or reply.charset
    return _described(site, page, reply.body, reply.media_type, charset, validators=validators_of(reply), fingerprint=fingerprint)


def _described(
    site: Site, page: Page, raw: bytes, media_type: str | None, charset: str | None, *, validators: Validators, fingerprint: str
) -> Look:
    try:
        article = read_article(site, raw, page.url, media_type, charset)
    except Rejected as error:
        # These come and go with a site's troubles; all others stay as they are.
        passing = isinstance(error, ErrorPage | EmptyText)
        return Look(
            page, Sight.FAILED if passing else Sight.REJECTED, error, raw=raw, validators=validators, fingerprint=fingerprint
        )
    said = article.description.with_defaults(page.title, None, page.published_on, None)
    said = said.with_defaults(None, site.source.publisher, None, site.region_code)
    return Look(page, Sight.READ, None, said, raw, validators, fingerprint, article.selector_missed)


def _leads_home(url: str, reply: Reply) -> bool:
    """Many sites send those who ask for what is gone to their first page."""
    return bool(reply.redirects) and urlsplit(reply.url).path in _HOMES and urlsplit(url).path not in _HOMES


def _markup(reply: Reply, encoding: str | None) -> str:
    """Raises Rejected where it is no text."""
    if not reply.body.strip():
        raise EmptyText("an empty answer")
    return "" if reply.body.startswith(GZIP_MAGIC) else decode(reply.body, encoding or reply.charset, markup=True)
