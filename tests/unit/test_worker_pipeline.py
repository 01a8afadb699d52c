"""The pipeline's promises, with a broker that answers as the test tells it to."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from services import deadletter, topics
from services.deadletter import Record
from services.extractor import pipeline as module
from services.extractor import records
from services.extractor.pipeline import Pipeline
from services.extractor.records import Message, Reading, refuse

TEXT = topics.load()["text"].name
EVENT = topics.load()["accolade"].name
OUTCOME = topics.load()["outcome"].name
DEAD = topics.load()["text"].dead_letter


def message(offset: int, partition: int = 0, value: bytes = b"") -> Message:
    return Message(TEXT, partition, offset, b"key", value or str(offset).encode(), [])


def reading(received: Message) -> Reading:
    """Two events and an outcome; a value `bad` cannot be read."""
    if received.value == b"bad":
        return refuse(received, ValueError("bad"))
    events = [Record(EVENT, received.key, received.value, []) for _ in range(2)]
    return Reading(events, Record(OUTCOME, received.key, received.value, []), None, Counter({("accolade", "test"): 2}))


class Broker:
    """Keeps what is published and committed. `hold` makes records wait until `confirm`; `refuse` are topics that refuse."""

    def __init__(self, committed: Mapping[int, int] | None = None) -> None:
        self.published: list[tuple[str, bytes | None]] = []
        self.commits: list[dict[int, int]] = []
        self.stored = dict(committed or {})
        self.held: set[bytes] = set()
        self.refusing: set[str] = set()
        self.first: dict[int, int | None] = {}
        self.seeks: list[tuple[int, int]] = []
        self.is_ours = True
        self._changed = asyncio.Condition()

    async def publish(self, records: Sequence[Record]) -> dict[int, KafkaError]:
        async with self._changed:
            await self._changed.wait_for(lambda: not any(record.value in self.held for record in records))
        refused: dict[int, KafkaError] = {}
        for place, record in enumerate(records):
            if record.topic in self.refusing:
                refused[place] = MessageSizeTooLargeError()
            else:
                self.published.append((record.topic, record.value))
        return refused

    async def confirm(self, all_but: frozenset[bytes] = frozenset()) -> None:
        self.held &= all_but
        async with self._changed:
            self._changed.notify_all()

    async def commit(self, offsets: Mapping[int, int]) -> bool:
        if self.is_ours:
            self.commits.append(dict(offsets))
            self.stored |= offsets
        return self.is_ours

    async def committed(self, partition: int) -> int:
        return self.stored.get(partition, 0)

    async def first_from(self, partition: int, offset: int) -> int | None:
        return self.first.get(partition, offset)

    async def seek(self, partition: int, offset: int) -> None:
        self.seeks.append((partition, offset))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def scenario(steps: Callable[[Pipeline, Broker], Awaitable[None]], committed: Mapping[int, int] | None = None) -> Broker:
    """Run `steps` beside a working pipeline that has partitions 0 and 1."""

    async def play() -> Broker:
        broker = Broker(committed)
        pipeline = Pipeline(broker, broker, reading)
        await pipeline.assigned({0, 1})
        work = asyncio.create_task(pipeline.run())
        try:
            await steps(pipeline, broker)
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        return broker

    return asyncio.run(play())


def test_an_outcome_follows_its_events_and_the_commit_follows_both() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        await pipeline.take(message(0))
        await until(lambda: broker.commits == [{0: 1}])

    broker = scenario(steps)
    assert broker.published == [(EVENT, b"0"), (EVENT, b"0"), (OUTCOME, b"0")]


def test_the_first_message_of_a_fresh_partition_holds_back_the_commit_until_it_is_confirmed() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.held = {b"0"}
        await pipeline.take(message(0))
        await until(lambda: not pipeline._waiting)
        await pipeline.take(message(1))
        await until(lambda: (OUTCOME, b"1") in broker.published)
        await asyncio.sleep(2 * module.COMMIT_SECONDS)
        assert broker.commits == []
        await broker.confirm()
        await until(lambda: broker.commits == [{0: 2}])

    scenario(steps)


def test_partitions_do_not_wait_for_each_other() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.held = {b"5"}
        await pipeline.take(message(5, partition=0))
        await until(lambda: not pipeline._waiting)
        await pipeline.take(message(9, partition=1))
        await until(lambda: {1: 10} in broker.commits)
        assert broker.stored == {0: 5, 1: 10}
        await broker.confirm()
        await until(lambda: broker.stored == {0: 6, 1: 10})

    scenario(steps, committed={0: 5, 1: 9})


def test_a_message_that_cannot_be_read_becomes_a_dead_letter_and_the_next_one_goes_on() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        await pipeline.take(message(0, value=b"bad"))
        await pipeline.take(message(1))
        await until(lambda: broker.stored == {0: 2})

    broker = scenario(steps)
    assert (DEAD, b"bad") in broker.published
    assert (OUTCOME, b"1") in broker.published


def test_an_event_that_the_broker_refuses_for_ever_makes_its_bulletin_a_dead_letter() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.refusing = {EVENT}
        await pipeline.take(message(0))
        await until(lambda: broker.stored == {0: 1})

    assert scenario(steps).published == [(DEAD, b"0")]


def test_an_outcome_that_the_broker_refuses_for_ever_makes_its_bulletin_a_dead_letter() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.refusing = {OUTCOME}
        await pipeline.take(message(0))
        await until(lambda: broker.stored == {0: 1})

    assert scenario(steps).published == [(EVENT, b"0"), (EVENT, b"0"), (DEAD, b"0")]


def test_a_dead_letter_that_is_refused_ends_the_work_without_a_commit() -> None:
    async def play() -> Broker:
        broker = Broker()
        broker.refusing = {DEAD}
        pipeline = Pipeline(broker, broker, reading)
        await pipeline.assigned({0})
        await pipeline.take(message(0, value=b"bad"))
        with pytest.raises(ExceptionGroup) as caught:
            await pipeline.run()
        assert caught.group_contains(RuntimeError, match="dead letter of .* was refused")
        return broker

    assert asyncio.run(play()).commits == []


def test_a_skipped_message_is_read_again_and_not_passed_over() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        await pipeline.take(message(0))
        broker.first = {0: 1}
        await pipeline.take(message(2))
        assert broker.seeks == [(0, 1)]
        await pipeline.take(message(1))
        await pipeline.take(message(2))
        await until(lambda: broker.stored == {0: 3})

    assert [value for topic, value in scenario(steps).published if topic == OUTCOME] == [b"0", b"1", b"2"]


def test_a_gap_that_the_broker_confirms_is_passed() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.first = {0: 40}
        await pipeline.take(message(40))
        await until(lambda: broker.stored == {0: 41})
        assert broker.seeks == []

    scenario(steps, committed={0: 3})


def test_a_gap_that_the_broker_cannot_explain_is_not_passed() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.first = {0: None}
        await pipeline.take(message(40))
        assert broker.seeks == [(0, 3)]

    assert scenario(steps, committed={0: 3}).published == []


def test_a_message_delivered_twice_is_done_once() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        for offset in (0, 0, 1, 0, 1):
            await pipeline.take(message(offset))
        await until(lambda: broker.stored == {0: 2})

    assert len(scenario(steps).published) == 6


def test_a_topic_made_anew_is_read_from_its_beginning() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        await pipeline.take(message(0))
        await until(lambda: broker.stored == {0: 1})

    scenario(steps, committed={0: 500})


def test_work_in_hand_is_committed_before_its_partition_goes() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.held = {b"0"}
        await pipeline.take(message(0))
        await until(lambda: not pipeline._waiting)
        going = asyncio.create_task(pipeline.revoked())
        await asyncio.sleep(0.01)
        assert not going.done()
        await broker.confirm()
        await going
        assert broker.stored == {0: 1}

    scenario(steps)


def test_nothing_new_is_begun_while_a_partition_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that waited for room in the window gets it when the first commit of the last ones makes some."""
    monkeypatch.setattr(module, "WINDOW_MESSAGES", 2)

    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.held = {b"0", b"1"}
        for offset in (0, 1):
            await pipeline.take(message(offset))
            await until(lambda: not pipeline._waiting)
        waiting = asyncio.create_task(pipeline.take(message(2)))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        going = asyncio.create_task(pipeline.revoked())
        await broker.confirm(all_but=frozenset({b"1"}))
        await waiting
        assert broker.stored == {0: 1}
        await asyncio.sleep(0.01)
        await broker.confirm()
        await going
        assert pipeline._window.messages == 0

    broker = scenario(steps)
    assert broker.stored == {0: 2}
    assert [value for topic, value in broker.published if topic == OUTCOME] == [b"0", b"1"]


def test_work_that_does_not_end_in_time_is_not_committed_and_does_not_hold_up_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.05)

    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.held = {b"0"}
        await pipeline.take(message(0))
        await until(lambda: not pipeline._waiting)
        await pipeline.revoked()
        await pipeline.assigned({0})
        await pipeline.take(message(0))
        await broker.confirm()
        await until(lambda: broker.stored == {0: 1})
        assert pipeline._window.messages == 0

    assert [topic for topic, _ in scenario(steps).published].count(OUTCOME) == 2


def test_messages_of_partitions_that_are_not_ours_are_left_alone() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        await pipeline.take(message(0, partition=7))
        await pipeline.revoked()
        await pipeline.take(message(0, partition=0))
        await asyncio.sleep(0.01)

    assert scenario(steps).published == []


def test_a_commit_that_the_group_rejects_frees_nothing() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.is_ours = False
        await pipeline.take(message(0))
        await until(lambda: (OUTCOME, b"0") in broker.published)
        await asyncio.sleep(2 * module.COMMIT_SECONDS)
        assert pipeline._window.messages == 1

    assert scenario(steps).commits == []


def test_no_more_is_taken_than_the_window_allows_until_it_is_committed() -> None:
    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        broker.held = {str(offset).encode() for offset in range(module.WINDOW_MESSAGES)}
        for offset in range(module.WINDOW_MESSAGES):
            await pipeline.take(message(offset))
        one_more = asyncio.create_task(pipeline.take(message(module.WINDOW_MESSAGES)))
        await asyncio.sleep(0.05)
        assert not one_more.done()
        await broker.confirm()
        await one_more
        await until(lambda: broker.stored == {0: module.WINDOW_MESSAGES + 1})

    scenario(steps)


def test_a_long_text_is_read_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "INLINE_BYTES", 100)
    threads: dict[int, str] = {}

    def read(received: Message) -> Reading:
        threads[received.offset] = threading.current_thread().name
        return reading(received)

    async def play() -> None:
        broker = Broker()
        pipeline = Pipeline(broker, broker, read)
        await pipeline.assigned({0})
        work = asyncio.create_task(pipeline.run())
        await pipeline.take(message(0, value=b"x" * 10))
        await pipeline.take(message(1, value=b"x" * 1000))
        await until(lambda: broker.stored == {0: 2})
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    asyncio.run(play())
    assert threads[0] == threading.main_thread().name
    assert threads[1] != threading.main_thread().name


def test_an_error_told_from_outside_ends_the_work() -> None:
    async def play() -> None:
        broker = Broker()
        pipeline = Pipeline(broker, broker, reading)
        pipeline.fail(OSError("told"))
        pipeline.fail(OSError("told again"))
        with pytest.raises(ExceptionGroup) as caught:
            await pipeline.run()
        assert caught.group_contains(OSError, match="^told$")

    asyncio.run(play())


def test_a_dead_letter_is_counted_by_its_reason() -> None:
    metric = deadletter.DEAD_LETTERS.labels("extractor", TEXT, "ValueError")
    before = metric._value.get()

    async def steps(pipeline: Pipeline, broker: Broker) -> None:
        await pipeline.take(message(0, value=b"bad"))
        await until(lambda: broker.stored == {0: 1})

    scenario(steps)
    assert metric._value.get() == before + 1
