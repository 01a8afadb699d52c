from __future__ import annotations

import threading

from aiokafka import TopicPartition

from services.indexer.buffer import Batch, Buffer, Failure, gathered
from services.indexer.messages import Message
from tests.readings import Sent, bulletin, message

SENT = message(bulletin("甲"))


def at(offset: int, partition: int = 0) -> Message | Failure:
    return gathered(SENT._replace(offset=offset, partition=partition))


def taken(buffer: Buffer) -> Batch:
    batch = buffer.take()
    assert batch is not None
    return batch


def test_what_cannot_be_read_is_kept_with_its_reason() -> None:
    failure = gathered(Sent(SENT.topic, None, b"?", []))
    assert isinstance(failure, Failure)
    assert failure.record.value == b"?"


def test_a_full_buffer_has_no_room_until_its_content_is_taken() -> None:
    buffer = Buffer(limit=2, limit_bytes=10**9)
    buffer.put([at(0), at(1)])
    assert buffer.wait_for_room(0) == 0
    assert len(taken(buffer).items) == 2
    assert buffer.wait_for_room(0) == 2


def test_a_few_large_messages_fill_it_too() -> None:
    buffer = Buffer(limit=100, limit_bytes=len(SENT.value or b""))
    buffer.put([at(0)])
    assert buffer.wait_for_room(0) == 0


def test_taking_makes_room_for_whoever_waits() -> None:
    buffer = Buffer(limit=1, limit_bytes=10**9)
    buffer.put([at(0)])
    taker = threading.Timer(0.05, buffer.take)
    taker.start()
    assert buffer.wait_for_room(30) == 1
    taker.join()


def test_only_what_is_done_is_acknowledged_and_only_once() -> None:
    buffer = Buffer(limit=10, limit_bytes=10**9)
    buffer.put([at(4), at(5), at(7, partition=1)])
    batch = taken(buffer)
    assert buffer.stored() == {}
    buffer.put([at(6)])
    buffer.done(batch)
    topic = SENT.topic
    assert buffer.stored() == {TopicPartition(topic, 0): 6, TopicPartition(topic, 1): 8}
    assert buffer.stored() == {}


def test_closing_wakes_the_taker_and_gives_it_nothing() -> None:
    buffer = Buffer(limit=10, limit_bytes=10**9)
    got: list[object] = []
    taker = threading.Thread(target=lambda: got.append(buffer.take()))
    taker.start()
    buffer.close()
    taker.join(timeout=30)
    assert got == [None]
    buffer.put([at(0)])
    assert buffer.take() is None


def test_a_later_batch_is_acknowledged_only_after_the_earlier_one() -> None:
    buffer = Buffer(limit=10, limit_bytes=10**9)
    buffer.put([at(0)])
    first = taken(buffer)
    buffer.put([at(1)])
    second = taken(buffer)
    buffer.done(second)
    assert buffer.stored() == {}
    assert not buffer.wait_until_idle(0)
    buffer.done(first)
    assert buffer.wait_until_idle(0)
    assert buffer.stored() == {TopicPartition(SENT.topic, 0): 2}
