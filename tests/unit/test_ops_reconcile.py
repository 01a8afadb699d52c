"""Every broken promise shows as a difference, and none shows where all are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.deadletter import MARKED, dead_letter, to_record
from services.ops.journal import Entry
from services.ops.ledger import Ledger, Reading, Text, _add_dead
from services.ops.reconcile import differences, standing, summary
from services.ops.repair import Wanted, wanted
from services.topics import load


def text(bulletin_id: str | None, uri: str | None = "file:///a", revision: int = 1, offset: int = 0) -> Text:
    return Text(bulletin_id, uri, revision, ("text", 0, offset))


def reading(bulletin_id: str, *event_ids: str, extractor: str = "0.1.0") -> Reading:
    return Reading(bulletin_id, extractor, 1, frozenset(event_ids))


def kept() -> Ledger:
    """Bulletin A was replaced by B at one address; a message that was no bulletin died; B has two events."""
    return Ledger(
        texts=[text("A"), text("B", revision=2, offset=1), text(None, None, 0, 2)],
        readings={"A": [reading("A", "a1")], "B": [reading("B", "b1", "b2")]},
        published_events={"a1", "b1", "b2"},
        dead={("text", 0, 2): {"extractor": "MalformedMessage"}},
        indexed_bulletins={"A", "B"},
        indexed_outcomes={"A": "0.1.0", "B": "0.1.0"},
        indexed_events={"b1": "B", "b2": "B"},
    )


def kinds(ledger: Ledger) -> list[tuple[str, str]]:
    return [(difference.kind, difference.subject) for difference in differences(ledger)]


def test_nothing_differs_where_the_promises_hold() -> None:
    assert kinds(kept()) == []
    assert summary(kept())._asdict() == {
        "bulletins": 2,
        "outcomes": 2,
        "messages_given_up": 1,
        "files_turned_down": 0,
        "events_published": 3,
        "events_said": 2,
        "events_indexed": 2,
    }


def test_files_that_the_watcher_turned_down_are_counted_apart_from_messages() -> None:
    ledger = kept()
    told = dead_letter(service="watcher", error=ValueError("no"), topic=load()["text"].name, key=b"k", value=b"x")
    record = to_record(told)
    _add_dead(ledger, Entry(record.topic, 0, 0, 0, record.key, record.value, record.headers))
    _add_dead(ledger, Entry(record.topic, 0, 1, 0, b"0:0", b"", [(MARKED, b"dropped 0:0")]))
    counted = summary(ledger)
    assert (counted.messages_given_up, counted.files_turned_down) == (1, 1)
    assert kinds(ledger) == []


BREAKS: list[tuple[Callable[[Ledger], object], list[tuple[str, str]]]] = [
    (lambda ledger: ledger.texts.append(text("C", "file:///c", offset=3)), [("no_outcome", "C"), ("bulletin_not_indexed", "C")]),
    (lambda ledger: ledger.dead.clear(), [("no_outcome", "text partition 0 offset 2")]),
    # A dead letter of the indexer does not say that the extractor has read it.
    (
        lambda ledger: ledger.dead.update({("text", 0, 2): {"indexer": "InvalidMessage"}}),
        [("no_outcome", "text partition 0 offset 2")],
    ),
    (lambda ledger: ledger.indexed_bulletins.discard("A"), [("bulletin_not_indexed", "A")]),
    (lambda ledger: ledger.indexed_outcomes.pop("B"), [("outcome_not_indexed", "B")]),
    (lambda ledger: ledger.indexed_outcomes.update(B="0.0.9"), [("outcome_not_indexed", "B")]),
    (lambda ledger: ledger.published_events.discard("b2"), [("event_not_published", "b2")]),
    (lambda ledger: ledger.indexed_events.pop("b1"), [("event_not_indexed", "b1")]),
    (lambda ledger: ledger.indexed_events.update(a1="A"), [("event_not_said", "a1")]),
    (lambda ledger: ledger.indexed_events.update(b9="B"), [("event_not_said", "b9")]),
    (lambda ledger: ledger.readings["B"].append(reading("B", "b1")), [("contradiction", "B")]),
    (
        lambda ledger: ledger.readings.update(X=[reading("X")]),
        [("unknown_bulletin", "X"), ("outcome_not_indexed", "X")],
    ),
]


@pytest.mark.parametrize(("break_it", "found"), BREAKS)
def test_each_broken_promise_is_listed(break_it: Callable[[Ledger], object], found: list[tuple[str, str]]) -> None:
    ledger = kept()
    break_it(ledger)
    assert kinds(ledger) == found


def test_a_dead_letter_on_the_way_to_the_index_accounts_for_what_is_missing_there() -> None:
    ledger = kept()
    del ledger.indexed_events["b1"]
    ledger.dead_ids.add("b1")
    ledger.indexed_outcomes.pop("A")
    ledger.dead_ids.add("A")
    assert kinds(ledger) == []


def test_a_bulletin_that_is_being_read_may_have_events_before_its_outcome() -> None:
    ledger = kept()
    ledger.texts.append(text("C", "file:///c", offset=3))
    ledger.indexed_bulletins.add("C")
    ledger.indexed_events["c1"] = "C"
    assert kinds(ledger) == [("no_outcome", "C")]


def test_the_newest_reading_counts_by_version_not_by_order() -> None:
    ledger = kept()
    ledger.readings["B"] = [reading("B", "b1", "b2", extractor="0.10.0"), reading("B", "b1", extractor="0.9.0")]
    ledger.indexed_outcomes["B"] = "0.10.0"
    assert kinds(ledger) == []


def test_a_text_stands_while_any_address_says_it() -> None:
    moved = [text("A", "file:///1"), text("A", "file:///2"), text("B", "file:///1", revision=2)]
    assert standing(moved) == {"A", "B"}
    back = [text("A", revision=1), text("B", revision=2), text("A", revision=3)]
    assert standing(back) == {"A"}


def test_a_text_that_nobody_can_read_need_not_be_in_the_index() -> None:
    ledger = kept()
    ledger.texts.append(text("C", "file:///c", offset=3))
    ledger.dead[("text", 0, 3)] = {"extractor": "InvalidBulletin"}
    assert kinds(ledger) == []
    ledger.dead[("text", 0, 3)] = {"extractor": "ExtractionFailed"}
    assert kinds(ledger) == [("bulletin_not_indexed", "C")]


def test_a_message_that_was_sent_again_has_died_for_the_first_one_too() -> None:
    ledger = kept()
    ledger.texts += [Text(None, None, 0, ("text", 0, 3), b"digest"), Text(None, None, 0, ("text", 0, 4), b"digest")]
    assert len(kinds(ledger)) == 2
    ledger.dead[("text", 0, 4)] = {"extractor": "MalformedMessage"}
    ledger.dead_texts.add(b"digest")
    assert kinds(ledger) == []


def test_what_is_wanted_to_mend_each_difference() -> None:
    ledger = kept()
    ledger.texts += [text("C", "file:///c", 1, offset=3), text("C", "file:///c", 2, offset=4), text(None, None, 0, 5)]
    ledger.published_events.discard("b2")
    ledger.indexed_events = {"b1": "B", "a1": "A"}
    ledger.indexed_outcomes.pop("B")
    ledger.indexed_bulletins.discard("A")
    assert wanted(ledger, differences(ledger)) == Wanted(
        # C was never read, nor the message at 5; B's event is on no topic; A is not in the index.
        texts=frozenset(("text", 0, offset) for offset in (0, 1, 3, 4, 5)),
        events=frozenset({"b2"}),
        outcomes=frozenset({"B"}),
        sweeps=frozenset({"A"}),
    )


def test_nothing_is_wanted_where_sending_again_mends_nothing() -> None:
    ledger = kept()
    ledger.readings["B"].append(reading("B", "b1"))
    assert not any(wanted(ledger, differences(ledger)))
