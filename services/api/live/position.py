"""Where a subscriber is: the next offset of every partition, written as the id of a server-sent event.

An id depends on nothing that one process knows alone: another API process, or the same one started anew, goes on from it.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from typing import Final

from services.api.problems import GoneError

MAX_ID: Final = 8000
_VERSION: Final = b"\x01"
_CHECKSUM_BYTES: Final = 4
_MOST_BYTES_A_NUMBER: Final = 9  # 63 bits


class PositionError(ValueError):
    """The text is no id that an API gave."""


def encode(shape: Sequence[int], offsets: Sequence[int]) -> str:
    """`shape` is the number of partitions of each topic, `offsets` the next one of each partition, topic by topic."""
    numbers: list[int] = [len(shape)]
    at = 0
    for count in shape:
        numbers += [count, *offsets[at : at + count]]
        at += count
    data = _VERSION + b"".join(map(_varint, numbers))
    return base64.urlsafe_b64encode(data + _checksum(data)).rstrip(b"=").decode()


def decode(shape: Sequence[int], text: str) -> list[int]:
    """The offsets, those of partitions that were added since from the first message on. Raises PositionError or GoneError."""
    numbers = iter(_numbers(text))
    try:
        topics = [[next(numbers) for _ in range(next(numbers))] for _ in range(next(numbers))]
    except StopIteration as error:
        raise PositionError("is no id that this API gave") from error
    if next(numbers, None) is not None:
        raise PositionError("is no id that this API gave")
    if len(topics) > len(shape) or any(len(told) > count for told, count in zip(topics, shape, strict=False)):
        raise GoneError("The topics were made anew with fewer partitions: subscribe without an id, and query for what is older.")
    topics += [[] for _ in shape[len(topics) :]]
    return [offset for told, count in zip(topics, shape, strict=True) for offset in (*told, *[0] * (count - len(told)))]


def _numbers(text: str) -> list[int]:
    if len(text) > MAX_ID:
        raise PositionError("is no id that this API gave: it is too long")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise PositionError("is no id that this API gave") from error
    data, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if data[:1] != _VERSION or checksum != _checksum(data):
        raise PositionError("is no id that this API gave, or is not whole")
    numbers, number, shift = [], 0, 0
    for byte in data[1:]:
        number |= (byte & 0x7F) << shift
        shift += 7
        if shift > 7 * _MOST_BYTES_A_NUMBER:
            raise PositionError("is no id that this API gave: a number in it is too large")
        if not byte & 0x80:
            numbers.append(number)
            number, shift = 0, 0
    return numbers


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last byte have the highest bit set."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _checksum(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(_CHECKSUM_BYTES, "big")
