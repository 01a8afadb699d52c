"""From the bytes on the wire to a body: unpacked piece by piece, never more than the limit, however small it was packed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from services.watcher.fetch.errors import ReplyTooLarge, UnreadableReply

ACCEPT_ENCODING: Final = "gzip, deflate"
_GZIP_OR_ZLIB: Final = 32 + zlib.MAX_WBITS
GZIP_MAGIC: Final = b"\x1f\x8b"


def read_body(pieces: Iterable[bytes], encoding: str, most_bytes: int) -> bytes:
    """The body, at most `most_bytes` long. Raises ReplyTooLarge, or UnreadableReply for a coding that was not asked for.

    One coding only: a packed packing is a bomb's way to hide its size.
    """
    coding = encoding.strip().lower()
    if coding in ("", "identity"):
        return _bounded(pieces, most_bytes)
    if coding in ("gzip", "x-gzip"):
        return _unpacked(pieces, zlib.decompressobj(_GZIP_OR_ZLIB), most_bytes)
    if coding == "deflate":
        return _deflated(b"".join(_limited(pieces, most_bytes)), most_bytes)
    raise UnreadableReply(f"the answer is packed as {encoding!r}, asked for was {ACCEPT_ENCODING}")


def gunzip(packed: bytes, most_bytes: int) -> bytes:
    """The content of a .gz file. Raises ReplyTooLarge or UnreadableReply."""
    return _unpacked([packed], zlib.decompressobj(_GZIP_OR_ZLIB), most_bytes)


def _limited(pieces: Iterable[bytes], most_bytes: int) -> Iterable[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most_bytes:
            raise _too_large(most_bytes)
        yield piece


def _bounded(pieces: Iterable[bytes], most_bytes: int) -> bytes:
    return b"".join(_limited(pieces, most_bytes))


def _deflated(packed: bytes, most_bytes: int) -> bytes:
    """`deflate` means zlib's form, but some servers send it bare."""
    try:
        return _unpacked([packed], zlib.decompressobj(), most_bytes)
    except UnreadableReply:
        return _unpacked([packed], zlib.decompressobj(-zlib.MAX_WBITS), most_bytes)


def _unpacked(pieces: Iterable[bytes], unpacker: zlib._Decompress, most_bytes: int) -> bytes:
    body = bytearray()
    try:
        for piece in pieces:
            # One byte beyond the limit is enough to know.
            body += unpacker.decompress(piece, most_bytes - len(body) + 1)
            if len(body) > most_bytes:
                raise _too_large(most_bytes)
            if unpacker.eof:
                break
    except zlib.error as error:
        raise UnreadableReply(f"the packed answer is damaged: {error}") from error
    if not unpacker.eof and body:
        raise UnreadableReply("the packed answer ends before its end")
    return bytes(body)


def _too_large(most_bytes: int) -> ReplyTooLarge:
    return ReplyTooLarge(f"the answer has more than {most_bytes} bytes when unpacked; BULLETINS_FETCH_MAX_BYTES is the limit")
