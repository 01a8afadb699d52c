"""Offsets are committed in order, and never past a message that is still in work."""

from __future__ import annotations

import asyncio
import random

import pytest

from services.extractor.commits import Lane, Window


def test_nothing_is_safe_before_the_first_message_of_a_fresh_partition_is_finished() -> None:
    lane = Lane(0)
    lane.take(0, 10)
    lane.take(1, 10)
    lane.finish(1)
    assert lane.safe == 0
    lane.finish(0)
    assert lane.safe == 2


def test_a_message_in_work_holds_back_all_that_follow_it() -> None:
    lane = Lane(7)
    for offset in range(7, 12):
        lane.take(offset, 1)
    for offset in (7, 8, 10, 11):
        lane.finish(offset)
    assert lane.safe == 9
    lane.finish(9)
    assert lane.safe == 12


@pytest.mark.parametrize("seed", range(20))
def test_safe_is_always_the_first_unfinished_message(seed: int) -> None:
    chance = random.Random(seed)
    lane, unfinished, next_offset = Lane(100), set(), 100
    for _ in range(500):
        if chance.random() < 0.5 or not unfinished:
            next_offset += chance.choice((0, 0, 0, 3))  # offsets that no message has
            lane.skip_to(next_offset)
            lane.take(next_offset, 1)
            unfinished.add(next_offset)
            next_offset += 1
        else:
            done = chance.choice(sorted(unfinished))
            unfinished.remove(done)
            lane.finish(done)
        assert lane.safe == min(unfinished, default=next_offset)


def test_a_message_out_of_order_is_refused() -> None:
    lane = Lane(3)
    with pytest.raises(ValueError, match="offset 4 taken out of order, 3 is next"):
        lane.take(4, 1)


def test_a_commit_releases_exactly_what_it_covers() -> None:
    lane = Lane(0)
    for offset, size in enumerate((10, 20, 30)):
        lane.take(offset, size)
    assert lane.commit(2) == (2, 30)
    assert lane.commit(2) == (0, 0)
    assert lane.abandon() == (1, 30)


def test_the_window_lets_messages_in_only_as_far_as_its_limits() -> None:
    async def scenario() -> None:
        window = Window(messages=3, size=100)
        await window.acquire(60)
        second = asyncio.create_task(window.acquire(60))
        await asyncio.sleep(0)
        assert not second.done()
        window.release(1, 60)
        await second
        await window.acquire(10)
        await window.acquire(10)
        fourth = asyncio.create_task(window.acquire(0))
        await asyncio.sleep(0)
        assert not fourth.done()
        window.release(3, 80)
        await fourth
        assert (window.messages, window.size) == (1, 0)

    asyncio.run(scenario())


def test_one_message_passes_the_window_however_large() -> None:
    async def scenario() -> None:
        window = Window(messages=3, size=100)
        await window.acquire(5000)
        assert window.messages == 1

    asyncio.run(scenario())
