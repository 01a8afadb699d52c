"""The ids of the live stream."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.live import position
from services.api.live.position import PositionError
from services.api.problems import GoneError

OFFSET = st.integers(0, 2**63 - 1)
SHAPES = st.lists(st.integers(1, 6), min_size=1, max_size=4)


@given(SHAPES.flatmap(lambda shape: st.tuples(st.just(shape), st.lists(OFFSET, min_size=sum(shape), max_size=sum(shape)))))
def test_what_is_written_is_read(told: tuple[list[int], list[int]]) -> None:
    shape, offsets = told
    written = position.encode(shape, offsets)
    assert position.decode(shape, written) == offsets
    assert written.isascii()
    assert not set(written) & set("\r\n: \0")


def test_it_is_short() -> None:
    assert len(position.encode([4, 4, 4], [1_000_000] * 12)) <= 75


def test_partitions_added_since_are_read_from_their_beginning() -> None:
    assert position.decode([3, 2, 1], position.encode([2, 2], [7, 8, 9, 10])) == [7, 8, 0, 9, 10, 0]


@pytest.mark.parametrize("shape", [[1, 2], [2], [1]])
def test_topics_with_fewer_partitions_are_others(shape: list[int]) -> None:
    with pytest.raises(GoneError):
        position.decode(shape, position.encode([2, 2], [7, 8, 9, 10]))


def checked(data: bytes) -> str:
    return base64.urlsafe_b64encode(data + zlib.crc32(data).to_bytes(4, "big")).rstrip(b"=").decode()


HOSTILE = [
    "0",
    "-1",
    "AAAA",
    "A" * 9000,
    "\x00",
    "é",
    "../../etc/passwd",
    checked(b""),
    checked(b"\x02\x01\x01\x05"),  # another version
    checked(b"\x01"),
    checked(b"\x01\x01"),
    checked(b"\x01\x01\x02\x05"),  # a partition is missing
    checked(b"\x01\x01\x01\x05\x05"),  # a number too many
    checked(b"\x01" + b"\xff" * 8 + b"\x7f"),  # 2**63 topics
    checked(b"\x01\x01\x01" + b"\xff" * 200 + b"\x01"),  # an offset of 1,400 bits
    position.encode([1], [5])[:-1],
    position.encode([1], [5]) + "A",
    position.encode([1], [5]).upper(),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_id_of_ours_is_refused(text: str) -> None:
    with pytest.raises(PositionError):
        position.decode([1], text)


@given(st.one_of(st.text(max_size=300), st.binary(max_size=100).map(lambda data: checked(b"\x01" + data))))
def test_whatever_is_sent_is_refused_or_offsets(text: str) -> None:
    try:
        offsets = position.decode([2, 2], text)
    except (PositionError, GoneError):
        return
    assert len(offsets) == 4
    assert all(0 <= offset < 2**63 for offset in offsets)
