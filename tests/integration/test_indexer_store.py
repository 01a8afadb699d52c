"""Batches into a real Elasticsearch: whatever the order, the repeats and the cuts, the index ends with what holds."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest
from elasticsearch import Elasticsearch as Client

from services import indices
from services.contracts import Bulletin, BulletinState
from services.indexer import states, statestore
from services.indexer.messages import parse
from services.indexer.patience import Patience
from services.indexer.sink import Operation, Sink, Verdict
from services.indexer.store import Result, Store
from services.lifecycle import StopFlag
from services.settings import Settings
from tests.readings import Reading, Sent, bulletin, event, message, messages, read

OLD, NEW = "0.9.0", "0.10.0"


class InterruptedSink(Sink):
    """The real one; just before the first bulk request with an operation that begins with `before`, somebody else does `deed`."""

    before = b""
    deed: Callable[[], object] | None = None

    def bulk(self, operations: Sequence[Operation], sequence: bool = False) -> list[Verdict]:
        if self.deed is not None and any(operation.lines.startswith(self.before) for operation in operations):
            deed, self.deed = self.deed, None
            deed()
        return super().bulk(operations, sequence)


class Index:
    """Indices of a test's own, and a store that writes to them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.client: Client = indices.connect(settings)
        indices.ensure_indices(self.client, settings)
        self.sink = InterruptedSink(self.client, Patience(StopFlag(), longest=1))
        self.store = Store(self.sink, settings)
        self.other = Store(Sink(self.client, Patience(StopFlag(), longest=1)), settings)

    def interrupt(self, action: str, alias: str, deed: Callable[[], object]) -> None:
        """Have another worker do `deed` just before the store sends its first `action` to the index."""
        self.sink.before = f'{{"{action}":{{"_index":"{alias}"'.encode()
        self.sink.deed = deed

    def other_saves(self, sent: Iterable[Sent]) -> None:
        self.other.save([parse(item) for item in sent])

    def save(self, sent: Iterable[Sent]) -> list[str]:
        return [result.verdict for result in self.results(sent)]

    def results(self, sent: Iterable[Sent]) -> list[Result]:
        return self.store.save([parse(item) for item in sent])

    def events(self, source: Bulletin) -> dict[str, dict[str, Any]]:
        """The documents of a bulletin's events by id, as a search shows them after a refresh."""
        self.client.indices.refresh(index=self.settings.events_index)
        query = {"term": {"bulletin_id": source.bulletin_id}}
        reply = self.client.search(index=self.settings.events_index, query=query, size=1000)
        return {hit["_id"]: hit["_source"] for hit in reply["hits"]["hits"]}

    def state(self, source: Bulletin) -> BulletinState:
        document = self.client.get(index=self.settings.states_index, id=source.bulletin_id)
        return BulletinState.model_validate(document["_source"])


@pytest.fixture
def index(settings: Settings) -> Iterator[Index]:
    index = Index(settings)
    yield index
    index.client.indices.delete(index=[kind.first_name for kind in indices.all_indices(settings)])
    index.client.close()


def ids(source: Bulletin, numbers: Iterable[int]) -> set[str]:
    return {event(source, number).event_id for number in numbers}


def events_of(reading: Reading) -> list[Sent]:
    return [message(found, reading.bulletin.revision) for found in reading.events]


def test_bulletins_events_and_outcomes_are_indexed_as_they_are(index: Index) -> None:
    reading = read(bulletin("上街区重点项目开工。"), range(5))
    assert index.save(messages(reading)) == ["stored"] * 7
    assert index.events(reading.bulletin) == {found.event_id: found.model_dump(mode="json") for found in reading.events}
    document = index.client.get(index=index.settings.bulletins_index, id=reading.bulletin.bulletin_id)
    assert document["_source"] == reading.bulletin.model_dump(mode="json")
    assert index.state(reading.bulletin).outcome == reading.outcome
    assert index.state(reading.bulletin).stands


def test_the_same_again_changes_nothing(index: Index) -> None:
    reading = read(bulletin("上街区重点项目开工。"), range(5))
    index.save(messages(reading))
    before = {found: version(index, found) for found in index.events(reading.bulletin)}
    assert index.save(messages(reading)) == ["stored"] * 7
    assert {found: version(index, found) for found in index.events(reading.bulletin)} == before


def version(index: Index, event_id: str) -> int:
    return int(index.client.get(index=index.settings.events_index, id=event_id)["_version"])


def test_events_can_be_searched_before_their_outcome_comes(index: Index) -> None:
    reading = read(bulletin("上街区重点项目开工。"), range(3))
    index.save(events_of(reading))
    assert len(index.events(reading.bulletin)) == 3


def test_a_newer_reading_replaces_an_older_one_and_the_change_can_be_seen(index: Index) -> None:
    source = bulletin("上街区重点项目开工。")
    index.save(messages(read(source, [0, 1, 2], OLD)))
    index.save(messages(read(source, [1, 2, 3], NEW)))
    assert index.events(source).keys() == ids(source, [1, 2, 3])
    assert {document["extractor"] for document in index.events(source).values()} == {NEW}
    retracted = index.state(source).retracted
    assert [(entry.event_id, entry.event_type, entry.extractor, entry.reason) for entry in retracted] == [
        (event(source, 0).event_id, "investment_report", OLD, "reread")
    ]


def test_an_older_reading_never_comes_back(index: Index) -> None:
    source = bulletin("上街区重点项目开工。")
    index.save(messages(read(source, [1, 2, 3], NEW)))
    verdicts = index.save(messages(read(source, [0, 1, 2], OLD)))
    assert verdicts == ["stored", "superseded", "superseded", "superseded", "stored"]
    assert index.events(source).keys() == ids(source, [1, 2, 3])
    assert {document["extractor"] for document in index.events(source).values()} == {NEW}


def test_an_older_event_does_not_overwrite_a_newer_one_that_waits_for_its_outcome(index: Index) -> None:
    source = bulletin("上街区重点项目开工。")
    index.save(events_of(read(source, [1], NEW)))
    assert index.save(events_of(read(source, [1], OLD))) == ["superseded"]
    assert index.events(source)[event(source, 1).event_id]["extractor"] == NEW


def test_a_reading_that_was_cut_short_leaves_nothing(index: Index) -> None:
    """The extractor was killed after two events and started again in a newer version: no outcome ever lists the two."""
    source = bulletin("上街区重点项目开工。")
    index.save(events_of(read(source, [0, 1], OLD)))
    index.save(messages(read(source, [1, 2], NEW)))
    assert index.events(source).keys() == ids(source, [1, 2])


@pytest.mark.parametrize("newer_first", [False, True])
def test_a_changed_text_takes_the_place_of_the_older_one(index: Index, newer_first: bool) -> None:
    old = bulletin("投资1亿元。", revision=1)
    new = bulletin("投资2亿元。", revision=2, supersedes=old)
    for source in (new, old) if newer_first else (old, new):
        index.save(messages(read(source)))
    assert index.events(old) == {}
    assert index.events(new).keys() == ids(new, range(3))
    assert not index.state(old).stands
    successor = index.state(old).places[0].superseded_by
    assert successor is not None
    assert (successor.bulletin_id, successor.revision) == (new.bulletin_id, 2)
    if not newer_first:
        assert {entry.reason for entry in index.state(old).retracted} == {"superseded"}
        assert index.state(old).retracted_count == 3


def test_a_watcher_that_forgot_what_stood_there_changes_nothing_of_that(index: Index) -> None:
    old, new = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    index.save(messages(read(old)))
    index.save(messages(read(new)))
    assert index.events(old) == {}


def test_a_text_that_another_source_still_says_keeps_its_events(index: Index) -> None:
    old = bulletin("投资1亿元。", revision=1)
    elsewhere = bulletin("投资1亿元。", revision=1, uri="https://example.org/elsewhere")
    index.save([*messages(read(old)), *messages(read(elsewhere))])
    index.save(messages(read(bulletin("投资2亿元。", revision=2))))
    assert index.events(old).keys() == ids(old, range(3))
    index.save(messages(read(bulletin("投资3亿元。", revision=2, uri=elsewhere.source_uri))))
    assert index.events(old) == {}


def test_a_text_that_comes_back_has_its_events_again(index: Index) -> None:
    first, second = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    again = first.model_copy(update={"revision": 3, "supersedes": second.bulletin_id})
    for source in (first, second, again):
        index.save(messages(read(source)))
    assert index.events(first).keys() == ids(first, range(3))
    assert index.events(second) == {}


def test_events_of_a_text_that_came_back_may_come_before_the_news_that_it_had_gone(index: Index) -> None:
    """Text, events and outcomes are on topics of their own: any of them may be read first."""
    first, second = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    again = first.model_copy(update={"revision": 3})
    index.save(events_of(read(again)))
    index.save([message(second)])
    index.save([message(first)])
    assert index.events(first).keys() == ids(first, range(3))


def test_many_events_of_one_bulletin_are_retracted_together(index: Index) -> None:
    source = bulletin("上街区重点项目开工。")
    count = states.MAX_RETRACTED * 6
    index.save(messages(read(source, range(count), OLD)))
    index.save(messages(read(source, [0], NEW)))
    assert index.events(source).keys() == ids(source, [0])
    assert index.state(source).retracted_count == count - 1


def test_a_document_that_the_mapping_refuses_costs_only_itself(index: Index) -> None:
    reading = read(bulletin("上街区重点项目开工。"), range(6))
    reading.events[1] = reading.events[1].model_copy(update={"project_count": 2**31})
    results = index.results(messages(reading))
    assert [result.verdict for result in results] == [
        "stored",
        "stored",
        "rejected",
        "stored",
        "stored",
        "stored",
        "stored",
        "stored",
    ]
    assert "project_count" in str(results[2].error)
    assert len(index.events(reading.bulletin)) == 5


def test_very_long_texts_are_taken(index: Index) -> None:
    source = bulletin("上街区" * 5000, uri="file:///" + "长" * 3900)
    found = event(source, 1).model_copy(update={"rule": "r" * 40_000, "region": "区" * 40_000})
    assert index.save([message(source), message(found, 1)]) == ["stored", "stored"]


def test_a_text_that_is_replaced_while_its_events_are_written_leaves_none(index: Index) -> None:
    old, new = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    index.interrupt("create", index.settings.events_index, lambda: index.other_saves(messages(read(new))))
    index.save(messages(read(old)))
    assert index.sink.deed is None
    assert index.events(old) == {}
    assert index.events(new).keys() == ids(new, range(3))


def test_events_that_come_back_while_they_are_taken_out_stay(index: Index) -> None:
    first, second = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    again = first.model_copy(update={"revision": 3})
    index.save(messages(read(first)))
    index.interrupt("delete", index.settings.events_index, lambda: index.other_saves(messages(read(again))))
    index.save(messages(read(second)))
    assert index.sink.deed is None
    assert index.events(first).keys() == ids(first, range(3))
    assert not index.state(first).sweep_pending


def test_a_newer_event_that_is_written_in_between_is_not_overwritten(index: Index) -> None:
    source = bulletin("投资1亿元。")
    index.save(events_of(read(source, [1], "0.1.0")))
    index.interrupt("index", index.settings.events_index, lambda: index.other_saves(events_of(read(source, [1], "0.3.0"))))
    assert index.save(events_of(read(source, [1], "0.2.0"))) == ["superseded"]
    assert index.sink.deed is None
    assert index.events(source)[event(source, 1).event_id]["extractor"] == "0.3.0"


@pytest.mark.parametrize("action", ["create", "index"])
def test_no_news_about_a_bulletin_are_lost_between_two_workers(index: Index, action: str) -> None:
    source = bulletin("投资1亿元。", revision=1)
    elsewhere = source.model_copy(update={"source_uri": "https://example.org/elsewhere"})
    if action == "index":
        index.save([message(source)])
    index.interrupt(action, index.settings.states_index, lambda: index.other_saves([message(elsewhere)]))
    index.save([message(read(source).outcome)])
    assert index.sink.deed is None
    assert len(index.state(source).places) == 2
    assert index.state(source).outcome == read(source).outcome


def test_what_a_worker_remembers_of_a_text_may_be_old(index: Index) -> None:
    old, new = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    reading = read(old, range(6))
    index.save(events_of(reading)[:3])
    index.other_saves(messages(read(new)))
    assert index.events(old) == {}
    index.save(events_of(reading)[3:])
    assert index.events(old) == {}
    index.other_saves(messages(read(old.model_copy(update={"revision": 3}), range(6))))
    index.save(messages(reading))
    assert index.events(old).keys() == ids(old, range(6))


def test_what_a_worker_remembers_of_a_reading_may_be_old(index: Index) -> None:
    source = bulletin("投资1亿元。")
    reading = read(source, range(4), OLD)
    index.save(events_of(reading)[:2])
    index.other_saves(messages(read(source, [0], NEW)))
    index.save([*events_of(reading)[2:], message(reading.outcome)])
    assert index.events(source).keys() == ids(source, [0])
    assert index.state(source).outcome == read(source, [0], NEW).outcome


def test_only_so_many_states_are_remembered(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statestore, "REMEMBERED", 2)
    sources = [bulletin(f"投资{number}亿元。", uri=f"https://example.org/{number}") for number in range(5)]
    for source in sources:
        index.save(messages(read(source)))
    assert len(index.store._states._recent) == 2
    index.save(messages(read(sources[0], [1], NEW)))
    assert index.events(sources[0]).keys() == ids(sources[0], [1])


def test_an_event_that_a_killed_worker_left_behind_is_taken_out(index: Index) -> None:
    """It had judged by a state that was old by then, and was killed before it could look again."""
    old, new = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    index.save([*messages(read(old)), *messages(read(new))])
    left = event(old, 1)
    index.client.index(index=index.settings.events_index, id=left.event_id, document=left.model_dump(mode="json"))
    assert index.save(events_of(read(old, [1]))) == ["superseded"]
    assert index.events(old) == {}


def test_a_sweep_that_was_cut_short_is_done_when_its_message_comes_again(index: Index) -> None:
    source = bulletin("投资1亿元。")
    index.save(messages(read(source, [0, 1], OLD)))
    newer = messages(read(source, [1], NEW))

    def killed() -> None:
        raise KeyboardInterrupt

    index.interrupt("delete", index.settings.events_index, killed)
    with pytest.raises(KeyboardInterrupt):
        index.save(newer)
    assert index.events(source).keys() == ids(source, [0, 1])
    index.save(newer)
    assert index.events(source).keys() == ids(source, [1])
    assert index.state(source).retracted_count == 1


@pytest.mark.parametrize("action", ["sweep", "delete"])
def test_a_text_whose_replacement_was_cut_short_is_swept_when_its_successor_comes_again(index: Index, action: str) -> None:
    """Killed before the retractions were written down, or before the events were deleted."""
    old, new = bulletin("投资1亿元。", revision=1), bulletin("投资2亿元。", revision=2)
    index.save(messages(read(old)))

    def killed() -> None:
        raise KeyboardInterrupt

    if action == "sweep":
        index.store._sweep.run = lambda ids: killed()  # type: ignore[method-assign]
    else:
        index.interrupt("delete", index.settings.events_index, killed)
    with pytest.raises(KeyboardInterrupt):
        index.save(messages(read(new)))
    assert len(index.events(old)) == 3
    index.other_saves(messages(read(new)))
    assert index.events(old) == {}
    assert index.state(old).retracted_count == 3


class Scenario:
    """Texts that come and go at two addresses, each read by two extractors, and what has to be left of it."""

    def __init__(self, name: str) -> None:
        here, there = f"https://example.org/{name}here", f"https://example.org/{name}there"
        texts = [
            bulletin(f"{name}甲", 1, here),
            bulletin(f"{name}乙", 2, here),
            bulletin(f"{name}甲", 3, here),
            bulletin(f"{name}丙", 4, here),
            bulletin(f"{name}乙", 5, there),
            bulletin(f"{name}丁", 6, there),
            bulletin(f"{name}乙", 7, there),
        ]
        old = [read(text, [0, 1, 2], OLD) for text in texts]
        new = [read(text, [1, 2, 3], NEW) for text in texts[2:]]
        # Of the second text, the older extractor was killed before it had written the outcome.
        old[1] = old[1]._replace(events=[*old[1].events, event(texts[1], 9, OLD)])
        self.sent = [item for reading in (*old, *new) for item in messages(reading)]
        self.sent.remove(next(item for item in self.sent if item.value == message(old[1].outcome).value))
        self.gone = [texts[0], texts[5]]
        self.standing = {
            texts[3]: {event(texts[3], number, NEW).event_id: NEW for number in (1, 2, 3)},
            texts[6]: {event(texts[6], number, NEW).event_id: NEW for number in (1, 2, 3)},
        }

    def check(self, index: Index) -> None:
        for source in self.gone:
            assert index.events(source) == {}
        for source, expected in self.standing.items():
            found = index.events(source)
            assert {event_id: document["extractor"] for event_id, document in found.items()} == expected


def batches(sent: Sequence[Sent], order: random.Random) -> Iterator[list[Sent]]:
    """In any order, cut anywhere, some of them twice."""
    mixed = [*sent, *order.sample(sent, len(sent) // 3)]
    order.shuffle(mixed)
    while mixed:
        size = order.randint(1, 12)
        yield mixed[:size]
        mixed = mixed[size:]


def test_any_order_ends_the_same(index: Index) -> None:
    for seed in range(20):
        scenario = Scenario(f"seed {seed}: ")
        for batch in batches(scenario.sent, random.Random(seed)):
            index.save(batch)
        scenario.check(index)


def test_two_workers_at_once_end_the_same(index: Index) -> None:
    """Also where both hold messages of the same bulletins, as while partitions move from one to the other."""
    stores = [index.store, index.other]
    for seed in range(6):
        scenario = Scenario(f"seed {seed}: ")
        work_at_once(stores, scenario, seed)
        scenario.check(index)


def work_at_once(stores: list[Store], scenario: Scenario, seed: int) -> None:
    errors: list[Exception] = []

    def work(store: Store, order: random.Random) -> None:
        try:
            for batch in batches(scenario.sent, order):
                store.save([parse(item) for item in batch])
        except Exception as error:  # noqa: BLE001 - raised below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(store, random.Random(seed + 100 * at))) for at, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
