"""The newest events that the filters let through as an Atom feed (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Final
from urllib.parse import urljoin
from xml.etree import ElementTree

from fastapi import Query, Request, Response

from services.api import lists, queries
from services.api.params import FeedQuery
from services.api.respond import tagged
from services.contracts import content_id

ATOM: Final = "application/atom+xml"
NAMESPACE: Final = "http://www.w3.org/2005/Atom"
# Days are those of China. Of a bulletin without one nothing tells when it came out: no document holds a time at which it was read, which
# would depend on who read it how often, and the time of the reply would make it new each time.
MIDNIGHT: Final = "T00:00:00+08:00"
UNDATED: Final = f"1970-01-01{MIDNIGHT}"
# What XML 1.0 has no way to write.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What an event is about, and what is said of it: the first that it has is taken.
_ABOUT: Final = ("project", "recipient", "subject", "organization", "honor")
_SAID: Final = ("stage", "metric", "level")
Document = dict[str, Any]

ElementTree.register_namespace("", NAMESPACE)


class Atom(Response):
    media_type = ATOM


async def get_feed(request: Request, query: Annotated[FeedQuery, Query()]) -> Response:
    """The newest events that the filters let through as an Atom feed, by the day on which their bulletins were published. Events of
    bulletins without a date come last. It shows what is newest, not all that comes: for that there are `/v1/stream` and webhooks."""
    found = await lists.index(request).events(queries.newest(query))
    return tagged(request, write(found.documents, str(request.url), _feed_id(query)), ATOM)


def example(event: Document) -> str:
    """A feed of one event, for the OpenAPI document."""
    return write([event], "http://127.0.0.1:8000/v1/events.atom", _feed_id(FeedQuery())).decode()


def _feed_id(query: FeedQuery) -> str:
    """The same for the same filters, however many entries are asked for."""
    return content_id("feed", query.model_dump_json(exclude={"limit"}))


def write(events: Sequence[Document], address: str, feed_id: str) -> bytes:
    """The feed as UTF-8. `address` is its own, absolute; `feed_id` a UUID that stays with the filters."""
    feed = ElementTree.Element(_name("feed"))
    _add(feed, "id", f"urn:uuid:{feed_id}")
    _add(feed, "title", "Bulletin events")
    _add(feed, "updated", max((_updated(event) for event in events), default=UNDATED))
    _add(_add(feed, "author"), "name", "Bulletin events")
    _add(feed, "link", rel="self", type=ATOM, href=address)
    for event in events:
        _add_entry(feed, event, address)
    written: bytes = ElementTree.tostring(feed, "utf-8", xml_declaration=True)
    return written


def _add_entry(feed: ElementTree.Element, event: Document, address: str) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", f"urn:uuid:{event['event_id']}")
    _add(entry, "title", title(event))
    _add(entry, "updated", _updated(event))
    if event.get("published_on"):
        _add(entry, "published", _updated(event))
    if event.get("publisher"):
        _add(_add(entry, "author"), "name", event["publisher"])
    # The page of the event beside its bulletin, and the event itself.
    page = urljoin(address, f"/?bulletin={event['bulletin_id']}&event={event['event_id']}")
    _add(entry, "link", rel="alternate", type="text/html", href=page)
    _add(entry, "link", rel="related", type="application/json", href=urljoin(address, f"/v1/events/{event['event_id']}"))
    for field in ("event_type", "stage", "metric", "level", "status"):
        if event.get(field):
            _add(entry, "category", term=event[field], scheme=f"urn:bulletins:{field}")
    _add(entry, "content", event["evidence"]["quote"], type="text")


def title(event: Document) -> str:
    """What it is about and what is said of it, in one line."""
    about = next((event[field] for field in _ABOUT if event.get(field)), event.get("region"))
    said = next((event[field] for field in _SAID if event.get(field)), event["event_type"])
    amount = (event.get("amount") or {}).get("text")
    return " ".join(" · ".join(part for part in (about, said, amount, event["status"]) if part).split())


def _updated(event: Document) -> str:
    day = event.get("published_on")
    return f"{day}{MIDNIGHT}" if day else UNDATED


def _add(parent: ElementTree.Element, name: str, text: str | None = None, **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, _name(name), {key: _written(value) for key, value in attributes.items()})
    child.text = None if text is None else _written(text)
    return child


def _written(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def _name(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
