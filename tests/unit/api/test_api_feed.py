"""Events as an Atom feed."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml import ElementTree

from services.api import feed, queries
from services.api.params import FeedQuery
from tests.integration.api_process import made

ADDRESS = "http://127.0.0.1:8000/v1/events.atom?q=签约&stage=operational"
FEED_ID = "6536062a-4092-5973-ab81-208426d0bc66"
ATOM = {"": feed.NAMESPACE}


def parsed(*events: dict[str, Any]) -> Any:
    return ElementTree.fromstring(feed.write(events, ADDRESS, FEED_ID))


def test_a_feed_has_what_a_reader_needs() -> None:
    late = made("accolade", published_on="2024-04-01", publisher="区政府办", recipient="某某<公司>&")
    undated = made("project_milestone", published_on=None, publisher=None)
    root = parsed(late, undated)
    assert root.tag == f"{{{feed.NAMESPACE}}}feed"
    assert root.findtext("id", namespaces=ATOM) == f"urn:uuid:{FEED_ID}"
    assert root.findtext("updated", namespaces=ATOM) == "2024-04-01T00:00:00+08:00"
    assert root.findtext("author/name", namespaces=ATOM)
    assert root.find("link", ATOM).attrib == {"rel": "self", "type": "application/atom+xml", "href": ADDRESS}
    first, second = root.findall("entry", ATOM)
    assert first.findtext("id", namespaces=ATOM) == f"urn:uuid:{late['event_id']}"
    assert first.findtext("title", namespaces=ATOM).startswith("某某<公司>& · ")
    assert (
        first.findtext("published", namespaces=ATOM) == first.findtext("updated", namespaces=ATOM) == "2024-04-01T00:00:00+08:00"
    )
    assert first.findtext("author/name", namespaces=ATOM) == "区政府办"
    assert first.findtext("content", namespaces=ATOM) == late["evidence"]["quote"]
    links = {link.get("rel"): link.get("href") for link in first.findall("link", ATOM)}
    assert links["alternate"] == f"http://127.0.0.1:8000/?bulletin={late['bulletin_id']}&event={late['event_id']}"
    assert links["related"] == f"http://127.0.0.1:8000/v1/events/{late['event_id']}"
    assert second.findtext("updated", namespaces=ATOM) == "1970-01-01T00:00:00+08:00"
    assert second.find("published", ATOM) is None


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ("</content><script>x</script>", "</content><script>x</script>"),
        ("]]>&amp;\"'", "]]>&amp;\"'"),
        ("a\x00b\x0bc\ufffe", "a\ufffdb\ufffdc\ufffd"),
        ("𠮷\ud800", "𠮷\ufffd"),
    ],
)
def test_a_quote_is_content_whatever_is_in_it(quote: str, told: str) -> None:
    root = parsed(made("accolade", evidence={"quote": quote, "start": 0, "end": len(quote)}))
    assert root.findtext("entry/content", namespaces=ATOM) == told


def test_a_feed_of_nothing_is_a_feed_and_the_same_each_time() -> None:
    assert parsed().findtext("updated", namespaces=ATOM) == "1970-01-01T00:00:00+08:00"
    event = made("accolade")
    assert feed.write([event], ADDRESS, FEED_ID) == feed.write([event], ADDRESS, FEED_ID)


@pytest.mark.parametrize("limit", [1, 100])
def test_no_more_is_asked_for_than_is_told(limit: int) -> None:
    assert queries.newest(FeedQuery(limit=limit))["size"] == limit
