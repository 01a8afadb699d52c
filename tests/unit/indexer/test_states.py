from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import BulletinState, Place, Successor, bulletin_id
from services.indexer import states
from services.indexer.batch import Batch
from services.indexer.messages import parse
from services.indexer.rivals import losing
from services.indexer.states import Indexed
from tests.readings import bulletin, event, message, messages, read

A = bulletin("甲", revision=1)
B = bulletin("乙", revision=2, supersedes=A)
URI = A.source_uri
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fresh() -> BulletinState:
    return BulletinState(bulletin_id=A.bulletin_id)


def by_b(revision: int) -> Successor:
    return Successor(bulletin_id=B.bulletin_id, revision=revision)


def indexed(number: int, extractor: str) -> Indexed:
    found = event(A, number)
    return Indexed(found.event_id, found.event_type, extractor, 1, 1)


def test_a_text_stands_until_another_takes_its_place() -> None:
    state = states.found(fresh(), URI, 1)
    assert state.stands
    assert not states.replaced(state, URI, by_b(2)).stands


def test_a_text_that_comes_back_stands_again() -> None:
    state = states.replaced(states.found(fresh(), URI, 1), URI, by_b(2))
    assert states.found(state, URI, 3).stands


def test_a_text_stands_while_another_source_says_it() -> None:
    state = states.found(states.found(fresh(), URI, 1), "https://example.org/other", 1)
    state = states.replaced(state, URI, by_b(2))
    assert state.stands
    assert not states.replaced(state, "https://example.org/other", by_b(2)).stands


def test_of_two_texts_with_the_same_revision_only_one_stands() -> None:
    assert not states.replaced(states.found(fresh(), URI, 2), URI, by_b(2)).stands


def test_a_text_does_not_replace_itself() -> None:
    own = Successor(bulletin_id=A.bulletin_id, revision=9)
    state = states.found(fresh(), URI, 1)
    assert states.replaced(state, URI, own) == state


@given(st.permutations([("found", 1), ("replaced", 2), ("found", 3), ("replaced", 4), ("found", 3), ("replaced", 2)]))
def test_the_order_of_the_news_does_not_matter(news: list[tuple[str, int]]) -> None:
    state = fresh()
    for kind, revision in news:
        state = states.found(state, URI, revision) if kind == "found" else states.replaced(state, URI, by_b(revision))
    assert state.places == [Place(source_uri=URI, revision=3, superseded_by=by_b(4))]
    assert not state.stands


def test_places_are_bounded_and_the_current_ones_are_kept() -> None:
    state = states.found(fresh(), "https://example.org/current", 1)
    for number in range(states.MAX_PLACES + 5):
        uri = f"https://example.org/{number}"
        state = states.replaced(states.found(state, uri, number + 1), uri, by_b(number + 2))
    assert len(state.places) == states.MAX_PLACES
    assert state.stands


def test_losing_the_last_place_calls_for_a_sweep_only_if_there_can_be_events() -> None:
    bare = states.found(fresh(), URI, 1)
    assert not states.replaced(bare, URI, by_b(2)).sweep_pending
    marked = states.with_events(bare, "0.1.0")
    assert marked is not None
    assert states.replaced(marked, URI, by_b(2)).sweep_pending
    assert states.replaced(states.concluded(bare, read(A).outcome), URI, by_b(2)).sweep_pending


def test_the_newest_reading_counts() -> None:
    older, newer = read(A, [1], "0.9.0").outcome, read(A, [1, 2], "0.10.0").outcome
    for order in ([older, newer], [newer, older]):
        state = fresh()
        for outcome in order:
            state = states.concluded(state, outcome)
        assert state.outcome == newer


def test_of_two_readings_by_one_extractor_the_later_revision_counts() -> None:
    first, later = read(A).outcome, read(A.model_copy(update={"revision": 5})).outcome
    assert states.concluded(states.concluded(fresh(), later), first).outcome == later


def test_a_reading_that_finds_less_calls_for_a_sweep() -> None:
    state = states.concluded(fresh(), read(A, [1, 2], "0.1.0").outcome)
    assert not states.concluded(state, read(A, [1, 2, 3], "0.2.0").outcome).sweep_pending
    assert states.concluded(state, read(A, [1], "0.2.0").outcome).sweep_pending


def test_events_of_a_reading_that_was_cut_short_call_for_a_sweep() -> None:
    """An extractor was killed between its events and its outcome, and started again in a newer version."""
    state = states.with_events(fresh(), "0.1.0")
    assert state is not None
    assert states.concluded(state, read(A, [1], "0.2.0").outcome).sweep_pending
    assert not states.concluded(state, read(A, [1], "0.1.0").outcome).sweep_pending


def test_events_of_a_newer_reading_wait_for_no_outcome() -> None:
    state = states.concluded(fresh(), read(A, [1], "0.1.0").outcome)
    newer = states.with_events(state, "0.2.0")
    assert newer is not None
    assert newer.extractors == ["0.2.0"]
    assert states.concluded(newer, read(A, [1], "0.2.0").outcome).extractors == []


def test_events_of_an_older_reading_are_superseded() -> None:
    state = states.concluded(fresh(), read(A, [1], "0.10.0").outcome)
    assert states.with_events(state, "0.9.0") is None
    assert states.with_events(state, "0.10.0") == state


def test_events_of_a_replaced_text_are_superseded() -> None:
    state = states.replaced(states.found(fresh(), URI, 1), URI, by_b(2))
    assert states.with_events(state, "0.1.0") is None


def test_what_falls_is_what_the_newest_outcome_does_not_list() -> None:
    state = states.concluded(fresh(), read(A, [1], "0.2.0").outcome)
    listed, unlisted, newer = indexed(1, "0.1.0"), indexed(2, "0.1.0"), indexed(3, "0.3.0")
    assert states.fallen(state, [listed, unlisted, newer]) == [unlisted]
    assert states.fallen(fresh(), [listed, unlisted, newer]) == []
    replaced = states.replaced(states.found(state, URI, 1), URI, by_b(2))
    assert states.fallen(replaced, [listed, unlisted, newer]) == [listed, unlisted, newer]


def test_a_retraction_is_written_down_once() -> None:
    state = states.concluded(fresh(), read(A, [1], "0.2.0").outcome)
    once = states.retracting(state, [indexed(2, "0.1.0")], NOW)
    again = states.retracting(once, [indexed(2, "0.1.0")], NOW)
    assert again.retracted_count == 1
    assert again.sweep_pending
    assert [(entry.event_id, entry.reason, entry.extractor) for entry in again.retracted] == [
        (event(A, 2).event_id, "reread", "0.1.0")
    ]


def test_retractions_are_counted_beyond_those_that_are_kept() -> None:
    many = [indexed(number, "0.1.0") for number in range(states.MAX_RETRACTED + 3)]
    state = states.retracting(fresh(), many, NOW)
    assert len(state.retracted) == states.MAX_RETRACTED
    assert state.retracted_count == states.MAX_RETRACTED + 3


@pytest.mark.parametrize(
    ("extractor", "revision", "expected"),
    [("0.2.0", 1, True), ("0.0.9", 9, False), ("0.1.0", 3, True), ("0.1.0", 2, False), ("0.1.0", 0, False)],
)
def test_the_newer_of_two_findings_of_an_event_replaces_the_other(extractor: str, revision: int, expected: bool) -> None:
    state = states.found(fresh(), URI, 3)
    document = event(A, 1, "0.1.0").model_dump(mode="json")
    assert states.is_newer(state, parse(message(event(A, 1, extractor), revision)), document) is expected


@given(st.randoms(use_true_random=False), st.integers(min_value=1, max_value=4))
def test_batches_say_the_same_however_they_are_cut(shuffle: random.Random, size: int) -> None:
    sent = [*messages(read(A, [1, 2], "0.1.0")), *messages(read(A.model_copy(update={"revision": 3}), [2, 3], "0.2.0"))]
    shuffle.shuffle(sent)
    parsed = [parse(item) for item in [*sent, *sent[:3]]]
    state = fresh()
    for begin in range(0, len(parsed), size):
        state = Batch(parsed[begin : begin + size]).apply(state)
    assert state.places == [Place(source_uri=URI, revision=3)]
    assert state.outcome is not None
    assert state.outcome.extractor == "0.2.0"
    assert state.extractors == []


def test_a_batch_names_the_bulletins_that_it_is_about() -> None:
    batch = Batch([parse(message(A)), parse(message(event(B, 1), 2))])
    assert batch.bulletins == {A.bulletin_id, B.bulletin_id}


def place(revision: int, successor: Any = None) -> list[Place]:
    return [Place(source_uri=URI, revision=revision, superseded_by=successor)]


def test_the_highest_revision_at_an_address_wins() -> None:
    c = bulletin_id("丙")
    standing = [(A.bulletin_id, place(1)), (B.bulletin_id, place(2)), (c, place(3))]
    winner = Successor(bulletin_id=c, revision=3)
    assert losing(standing, {URI}) == {A.bulletin_id: {URI: winner}, B.bulletin_id: {URI: winner}}


def test_a_place_that_is_lost_already_takes_part_no_more() -> None:
    standing = [(A.bulletin_id, place(5, by_b(6))), (B.bulletin_id, place(2))]
    assert losing(standing, {URI}) == {}


def test_other_addresses_are_left_alone() -> None:
    elsewhere = [Place(source_uri="https://example.org/other", revision=1)]
    assert losing([(A.bulletin_id, elsewhere), (B.bulletin_id, place(2))], {URI}) == {}


def test_of_equal_revisions_the_same_one_wins_in_any_order() -> None:
    standing = [(A.bulletin_id, place(2)), (B.bulletin_id, place(2))]
    assert losing(standing, {URI}) == losing(standing[::-1], {URI})
    assert len(losing(standing, {URI})) == 1
