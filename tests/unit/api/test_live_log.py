"""The shared log of the live stream, and subscribers on their way through it."""

from __future__ import annotations

import asyncio
import random
import re

import pytest

from services.api.live import position
from services.api.live.log import PIECE_MESSAGES, Cursor, Log, Message, Overtaken, comment, frame

SHAPE = (2, 1)
Records = dict[int, list[bytes]]


def everything(value: bytes) -> bool:
    return True


def message(place: int, offset: int, size: int = 1) -> Message:
    return Message(place, offset, "accolade", b"%d:%d" % (place, offset) + b"x" * (size - 1))


def read(piece: bytes) -> list[tuple[str, bytes]]:
    """Ids and values."""
    return [(found[1].decode(), found[2]) for found in re.finditer(rb"id: (\S+)\nevent: accolade\ndata: (\S+)\n\n", piece)]


def drained(cursor: Cursor) -> list[tuple[str, bytes]]:
    got, more = [], True
    while more:
        piece, more = cursor.take()
        got += read(piece)
    return got


def test_frames_are_those_of_the_standard() -> None:
    assert frame(Message(0, 1, "accolade", b"{}"), "abc") == b"id: abc\nevent: accolade\ndata: {}\n\n"
    assert comment("heartbeat", "abc") == b": heartbeat\nid: abc\n\n"


def test_who_comes_hears_what_comes_from_then_on() -> None:
    log = Log(SHAPE, [0, 0, 0])
    log.append(message(0, 0))
    cursor = Cursor(log, everything)
    log.append(message(1, 0))
    assert [value for _, value in drained(cursor)] == [b"1:0"]


def test_only_what_passes_is_told_and_the_id_goes_on_all_the_same() -> None:
    log = Log(SHAPE, [0, 0, 0])
    cursor = Cursor(log, lambda value: value.startswith(b"1"))
    for offset in range(5):
        log.append(message(0, offset))
    assert drained(cursor) == []
    assert position.decode(SHAPE, cursor.id) == [5, 0, 0]
    log.skip(2, 9)
    cursor.take()
    assert position.decode(SHAPE, cursor.id) == [5, 0, 9]


@pytest.mark.parametrize("seed", range(30))
def test_a_subscriber_sent_between_processes_misses_and_repeats_nothing(seed: int) -> None:
    """Two logs with the same messages in different orders, of different lengths; after each piece the subscriber may be cut off anywhere
    within it and go on at the other one."""
    chance = random.Random(seed)
    logs = [Log(SHAPE, [0, 0, 0], 400), Log(SHAPE, [0, 0, 0], 300)]
    todo = [[place for place in range(3) for _ in range(60)] for _ in logs]
    for order in todo:
        chance.shuffle(order)
    got: list[bytes] = []
    last = position.encode(SHAPE, [0, 0, 0])
    cursor = Cursor(logs[0], everything, [0, 0, 0])
    cursor.enter()
    while any(todo) or position.decode(SHAPE, last) != [60, 60, 60]:
        for log, order in zip(logs, todo, strict=True):
            for _ in range(chance.randrange(8)):
                if order:
                    place = order.pop()
                    log.append(message(place, log.tip[place]))
        told = read(cursor.take()[0])
        arrived = told[: chance.randrange(len(told) + 1)] if chance.random() < 0.5 else told
        got += [value for _, value in arrived]
        last = arrived[-1][0] if arrived else last
        if len(arrived) < len(told) or chance.random() < 0.3:
            cursor = Cursor(chance.choice(logs), everything, position.decode(SHAPE, last))
            cursor.enter()
        else:
            last = cursor.id
    assert sorted(got) == sorted(b"%d:%d" % (place, offset) for place in range(3) for offset in range(60))
    for place in range(3):
        mine = [value for value in got if value.startswith(b"%d:" % place)]
        assert mine == [b"%d:%d" % (place, offset) for offset in range(60)]


def test_the_log_forgets_the_oldest_by_number_and_by_size() -> None:
    for log in (Log(SHAPE, [0, 0, 0], most_messages=10), Log(SHAPE, [0, 0, 0], most_bytes=10_000)):
        behind = Cursor(log, everything)
        for offset in range(50):
            log.append(message(0, offset, 1000))
        assert log.base[0] == 50 - (log.end - log.first)
        assert log.end - log.first <= 13
        assert log.holds([log.base[0], 0, 0])
        assert not log.holds([log.base[0] - 1, 0, 0])
        with pytest.raises(Overtaken):
            behind.take()
        late = Cursor(log, everything, [3, 0, 0])
        assert late.lacking() == [3, 0, 0]
        with pytest.raises(Overtaken):
            late.enter()
        late.past(0, log.base[0])
        late.enter()
        assert len(drained(late)) == log.end - log.first


def test_a_long_way_is_gone_in_pieces() -> None:
    log = Log(SHAPE, [0, 0, 0])
    cursor = Cursor(log, everything)
    for offset in range(PIECE_MESSAGES + 1):
        log.append(message(0, offset))
    piece, more = cursor.take()
    assert (len(read(piece)), more) == (PIECE_MESSAGES, True)
    large = Cursor(log, everything)
    for offset in range(3):
        log.append(message(2, offset, 50_000))
    assert len(read(large.take()[0])) == 2


def test_the_place_to_go_on_from_is_found_without_looking_at_all() -> None:
    log = Log(SHAPE, [0, 0, 0])
    for offset in range(1000):
        log.append(message(offset % 2, offset // 2))
    for number in (0, 1, 499, 998):
        assert log.before(position.decode(SHAPE, log[number].id)) == number + 1
    assert log.before([0, 0, 0]) == 0


def test_who_waits_is_woken() -> None:
    async def wait() -> None:
        log = Log(SHAPE, [0, 0, 0])
        waiting = asyncio.create_task(log.wait(60))
        await asyncio.sleep(0)
        log.announce()
        await waiting
        await log.wait(0.01)
        log.finish()
        assert log.ended

    asyncio.run(wait())
