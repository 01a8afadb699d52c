"""The last messages of the event topics, shared by all subscribers of a process, and each one's way through them.

A subscriber holds no messages of its own, only a place in the log. One who is so slow that the log has moved past that place is cut off,
and goes on by the id that came with what it got last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from services.api.live import position

MOST_BYTES: Final = 32 * 1024 * 1024
# The log is shortened in pieces, so that forgetting one message does not move all others.
_SLACK: Final = 1.25
# What goes out in one piece, and how much is looked at before others may.
PIECE_BYTES: Final = 64 * 1024
PIECE_MESSAGES: Final = 500

Passes = Callable[[bytes], bool]


class Message(NamedTuple):
    """An event as it stands on its topic; `place` counts the partitions of all topics, `timestamp_ms` is when it was published."""

    place: int
    offset: int
    event_type: str
    value: bytes
    event_id: str = ""
    timestamp_ms: int = 0


class Entry(NamedTuple):
    message: Message
    id: str


class Overtaken(Exception):
    """The subscriber is so far behind that the log no longer has what comes next."""


def frame(message: Message, event_id: str) -> bytes:
    """A server-sent event. `value` is JSON without line breaks."""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (event_id.encode(), message.event_type.encode(), message.value)


def comment(word: str, event_id: str) -> bytes:
    """Nothing but a new last event id: browsers keep it, and dispatch no event without data."""
    return b": %b\nid: %b\n\n" % (word.encode(), event_id.encode())


class Log:
    """Messages in the order in which they were read; of each partition whole from `base` to `tip` (next offsets)."""

    def __init__(
        self, shape: Sequence[int], start: Sequence[int], most_messages: int = 20_000, most_bytes: int = MOST_BYTES
    ) -> None:
        self.shape = tuple(shape)
        self.base = list(start)
        self.tip = list(start)
        self.ended = False
        """Nothing more will come: subscribers are to come again."""
        self.first = 0
        self._entries: list[Entry] = []
        self._bytes = 0
        self._most_messages = most_messages
        self._most_bytes = most_bytes
        self._moved = asyncio.Event()

    @property
    def end(self) -> int:
        return self.first + len(self._entries)

    def __getitem__(self, number: int) -> Entry:
        return self._entries[number - self.first]

    def tip_id(self) -> str:
        return position.encode(self.shape, self.tip)

    def append(self, message: Message) -> None:
        self.tip[message.place] = message.offset + 1
        self._entries.append(Entry(message, self.tip_id()))
        self._bytes += len(message.value)
        if len(self._entries) > self._most_messages * _SLACK or self._bytes > self._most_bytes * _SLACK:
            self._shorten()

    def skip(self, place: int, following: int) -> None:
        """What stands before the offset `following` is nobody's message."""
        self.tip[place] = max(self.tip[place], following)

    def _shorten(self) -> None:
        count = 0
        while count < len(self._entries) and (len(self._entries) - count > self._most_messages or self._bytes > self._most_bytes):
            message = self._entries[count].message
            self.base[message.place] = message.offset + 1
            self._bytes -= len(message.value)
            count += 1
        del self._entries[:count]
        self.first += count

    def announce(self) -> None:
        """Wake all who wait for more."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    def finish(self) -> None:
        self.ended = True
        self.announce()

    async def wait(self, seconds: float) -> None:
        """Until there may be more, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                await self._moved.wait()
        except TimeoutError:
            return

    def holds(self, offsets: Sequence[int]) -> bool:
        """Whether all that follows these offsets is here or still to come."""
        return all(offset >= base for offset, base in zip(offsets, self.base, strict=True))

    def before(self, offsets: Sequence[int]) -> int:
        """The number of an entry before which everything lies below `offsets`."""
        low, high = self.first, self.end
        while low < high:
            middle = (low + high) // 2
            reached = position.decode(self.shape, self[middle].id)
            if all(there <= offset for there, offset in zip(reached, offsets, strict=True)):
                low = middle + 1
            else:
                high = middle
        return low


class Cursor:
    """One subscriber's way through the log."""

    def __init__(self, log: Log, passes: Passes, offsets: Sequence[int] | None = None) -> None:
        """From now on, or from these offsets."""
        self._log = log
        self._passes = passes
        self._number = log.end
        self._id = log.tip_id() if offsets is None else position.encode(log.shape, offsets)
        # Another process may have read the topics in another order: until the log has passed all of these offsets, they tell what
        # the subscriber has already.
        self._own = None if offsets is None else list(offsets)

    @property
    def id(self) -> str:
        """What to go on from after all that was taken."""
        return self._id if self._own is None else position.encode(self._log.shape, self._own)

    def lacking(self) -> list[int] | None:
        """The offsets to read from before the log can be entered; None where it holds all that follows."""
        return None if self._own is None or self._log.holds(self._own) else self._own

    def past(self, place: int, following: int) -> None:
        """Outside of the log, all before an offset was seen."""
        assert self._own is not None
        self._own[place] = max(self._own[place], following)

    def enter(self) -> None:
        """Go on in the log. Raises Overtaken where it no longer holds all that follows."""
        if self._own is not None:
            if not self._log.holds(self._own):
                raise Overtaken
            self._number = self._log.before(self._own)

    def take(self) -> tuple[bytes, bool]:
        """The next piece, which may be empty, and whether more is there. Raises Overtaken."""
        if self._number < self._log.first:
            raise Overtaken
        pieces: list[bytes] = []
        size = 0
        last = min(self._log.end, self._number + PIECE_MESSAGES)
        while self._number < last and size < PIECE_BYTES:
            entry = self._log[self._number]
            self._number += 1
            if self._admits(entry):
                pieces.append(frame(entry.message, self.id))
                size += len(pieces[-1])
        more = self._number < self._log.end
        if not more:
            self._id = self._log.tip_id()
            if self._own is not None and all(own <= tip for own, tip in zip(self._own, self._log.tip, strict=True)):
                self._own = None
        return b"".join(pieces), more

    def _admits(self, entry: Entry) -> bool:
        self._id = entry.id
        if self._own is not None:
            if entry.message.offset < self._own[entry.message.place]:
                return False
            self._own[entry.message.place] = entry.message.offset + 1
        return self._passes(entry.message.value)
