"""Which bulletins are sent again."""

from __future__ import annotations

import json

import pytest

from services.ops import replay
from services.ops.dlq import parse, parse_address
from services.ops.journal import Entry
from services.ops.replay import Selection, batches, current
from services.topics import load


def entry(offset: int, value: bytes | None) -> Entry:
    return Entry("text", 0, offset, 0, b"k", value, [])


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
    ],
)
def test_only_what_still_holds_is_chosen(selection: Selection, chosen: list[tuple[str, int]]) -> None:
    assert [(place.bulletin_id, place.offset) for place in current(ENTRIES, selection)] == chosen


def test_batches_keep_order_and_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "BATCH_BYTES", 10)
    entries = [entry(0, b"x" * 6), entry(1, b"x" * 4), entry(2, b"x"), entry(3, b"x" * 50), entry(4, None)]
    assert [[item.offset for item in batch] for batch in batches(entries)] == [[0, 1], [2], [3], [4]]
    assert list(batches([])) == []


def test_an_address_is_a_dead_letter_topic_a_partition_and_an_offset() -> None:
    name = load()["text"].dead_letter
    assert parse_address(f"{name}:0:17") == (name, 0, 17)
    for wrong in ("", name, f"{name}:0", f"{name}:0:-1", f"{name}:a:1", f"{load()['text'].name}:0:1"):
        with pytest.raises(ValueError, match="address|no dead-letter topic"):
            parse_address(wrong)


def test_a_letter_whose_headers_tell_nothing_is_shown_as_such() -> None:
    letter = parse(entry(3, b"x"))
    assert letter.letter is None
    assert "do not tell what failed" in (letter.trouble or "")
    assert letter.address == "text:0:3"
