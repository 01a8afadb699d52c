"""Which bulletins are sent again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from services.ops.journal import Entry
from services.ops.replay import Selection, batches, current


def entry(offset: int, value: bytes | None) -> Entry:
    """Written `offset` seconds after the epoch."""
    return Entry("text", 0, offset, offset * 1000, b"k", value, [])


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def bulletin(offset: int, bulletin_id: str, uri: str, revision: int, source: str = "s") -> Entry:
    value = {"bulletin_id": bulletin_id, "source_id": source, "source_uri": uri, "revision": revision}
    return entry(offset, json.dumps(value).encode())


ENTRIES = [
    bulletin(0, "A", "file:///1", 1),
    bulletin(1, "B", "file:///1", 2),
    bulletin(2, "C", "file:///2", 1, source="t"),
    bulletin(3, "C", "file:///3", 1, source="t"),
    entry(4, b"\xff"),
    entry(5, b"[]"),
    entry(6, None),
    bulletin(7, "B", "file:///1", 2),
]


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        (Selection(everything=True), [("B", 7), ("C", 2), ("C", 3)]),
        (Selection(source_ids={"t"}), [("C", 2), ("C", 3)]),
        (Selection(bulletin_ids={"B"}), [("B", 7)]),
        # Replaced at its only address: its events no longer hold.
        (Selection(bulletin_ids={"A"}), []),
        (Selection(), []),
        (Selection(since=at(2)), [("B", 7), ("C", 2), ("C", 3)]),
        (Selection(since=at(2), until=at(7)), [("C", 2), ("C", 3)]),
        # Published then, though it stands there by a later message.
        (Selection(since=at(1), until=at(2)), [("B", 7)]),
        (Selection(source_ids={"s"}, since=at(2), until=at(7)), []),
        (Selection(everything=True, until=at(2)), [("B", 7)]),
    ],
)
def test_only_what_still_holds_is_chosen(selection: Selection, chosen: list[tuple[str, int]]) -> None:
    assert [(place.bulletin_id, place.offset) for place in current(ENTRIES, selection)] == chosen


def test_batches_keep_order_and_size() -> None:
    entries = [entry(0, b"x" * 6), entry(1, b"x" * 4), entry(2, b"x"), entry(3, b"x" * 50), entry(4, None)]
    assert [[item.offset for item in batch] for batch in batches(entries, 10)] == [[0, 1], [2], [3], [4]]
    assert list(batches([], 10)) == []
