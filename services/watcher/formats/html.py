"""A page of a government's site: its main text, and what its tags and its info line say of it."""

from __future__ import annotations

from typing import Final

from services.watcher.errors import EmptyText
from services.watcher.formats.error_page import check_no_error
from services.watcher.formats.main_text import find_main, without_chrome
from services.watcher.formats.markup_text import parse_markup, text_of
from services.watcher.formats.page import Kind, Page
from services.watcher.formats.page_tags import said_by

# Characters in which an article repeats its headline, if it does.
_BEGINNING: Final = 400


def read_html(markup: str) -> Page:
    """The page of decoded markup. Its text begins with the headline, as it does on paper.

    Raises EmptyText, ErrorPage, DamagedFile or ReadingTooCostly.
    """
    tree = parse_markup(markup)
    whole = text_of(tree.body) if tree.body is not None else ""
    said = said_by(tree, whole)
    main = find_main(tree)
    body = without_chrome(main)
    check_no_error(tree, whole, said, body)
    if not body:
        raise EmptyText("the page has no text: it is empty, or a script fills it")
    return Page(_headed(said.title, body), Kind.HTML, said.title, said.publisher, said.published_on)


def _headed(title: str | None, body: str) -> str:
    beginning = "".join(body[:_BEGINNING].split())
    return body if not title or "".join(title.split()) in beginning else f"{title}\n{body}"
