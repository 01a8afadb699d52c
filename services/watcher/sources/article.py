"""One article from its page: by the selectors of its source, and where they say or find nothing, as any page is read."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from selectolax.lexbor import LexborHTMLParser

from services.watcher.decode import decode
from services.watcher.describe import Description, describe
from services.watcher.formats.kinds import kind_of
from services.watcher.formats.markup_text import parse_markup
from services.watcher.formats.page import Kind
from services.watcher.masthead import find_date
from services.watcher.sources.catalogue import Site
from services.watcher.sources.model import Article

_LABEL: Final = re.compile(r"^\s*(?:来源|信息来源|发布单位|发布机构|供稿|作者|发布时间|发布日期|时间|日期)\s*[：:]\s*")


class Found(NamedTuple):
    description: Description
    selector_missed: bool
    """The source has a selector for the text, and it found nothing in this page."""


def read_article(site: Site, raw: bytes, url: str, media_type: str | None, charset: str | None) -> Found:
    """Raises Rejected."""
    selectors = site.source.article
    if selectors == Article() or kind_of(raw, url, media_type) is not Kind.HTML:
        return Found(describe(raw, name=url, media_type=media_type, charset=charset), False)
    tree = parse_markup(decode(raw, charset, markup=True))
    said = {name: _first(tree, getattr(selectors, name)) for name in ("title", "publisher", "published_on")}
    cut, missed = _cut(tree, selectors.text)
    found = describe(cut, name=url, media_type="text/html", charset="utf-8")
    published_on = find_date(said["published_on"]) if said["published_on"] else None
    return Found(
        found._replace(
            source_title=said["title"] or found.source_title,
            publisher=said["publisher"] or found.publisher,
            published_on=published_on or found.published_on,
        ),
        missed,
    )


def _cut(tree: LexborHTMLParser, selector: str | None) -> tuple[bytes, bool]:
    """The page with nothing in its body but what the selector finds, as UTF-8; the whole page where that is nothing."""
    nodes = [node for node in tree.css(selector) if node.text().strip()] if selector else []
    if not nodes:
        return b"\xef\xbb\xbf" + (tree.html or "").encode("utf-8", "replace"), selector is not None
    head = tree.head.html if tree.head is not None else ""
    body = "\n".join(node.html or "" for node in nodes)
    return b"\xef\xbb\xbf" + f"<!DOCTYPE html><html>{head}<body>{body}</body></html>".encode("utf-8", "replace"), False


def _first(tree: LexborHTMLParser, selector: str | None) -> str | None:
    node = tree.css_first(selector) if selector else None
    if node is None:
        return None
    return _LABEL.sub("", " ".join(node.text().split()))[:500] or None
