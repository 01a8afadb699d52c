"""Which offsets may be committed, and how much work may be under way: plain data, no client."""

from __future__ import annotations

import asyncio
from collections import deque


class Lane:
    """The offsets of one partition for as long as it is assigned.

    Messages are taken in the order of their offsets and finished in any order; `safe` never passes one that is unfinished.
    """

    def __init__(self, next_offset: int) -> None:
        """`next_offset` is the first that is not committed yet."""
        self.next_offset = next_offset
        self.committed = next_offset
        self._unfinished: deque[int] = deque()
        self._finished: set[int] = set()
        self._uncommitted: deque[tuple[int, int]] = deque()

    @property
    def is_fresh(self) -> bool:
        """Nothing has been taken yet."""
        return self.next_offset == self.committed and not self._uncommitted

    @property
    def safe(self) -> int:
        """The offset to commit: every message below it is finished."""
        return self._unfinished[0] if self._unfinished else self.next_offset

    def start_at(self, offset: int) -> None:
        """Forget what was thought to be committed. Only for a fresh lane."""
        self.next_offset = self.committed = offset

    def skip_to(self, offset: int) -> None:
        """There are no messages from `next_offset` up to `offset`."""
        self.next_offset = offset

    def take(self, offset: int, size: int) -> None:
        """Begin a message of `size` bytes. Raises ValueError where it is not the next one."""
        if offset != self.next_offset:
            raise ValueError(f"offset {offset} taken out of order, {self.next_offset} is next")
        self.next_offset = offset + 1
        self._unfinished.append(offset)
        self._uncommitted.append((offset, size))

    def finish(self, offset: int) -> None:
        """Everything that came of this message is confirmed by the broker."""
        self._finished.add(offset)
        while self._unfinished and self._unfinished[0] in self._finished:
            self._finished.remove(self._unfinished.popleft())

    def commit(self, offset: int) -> tuple[int, int]:
        """The broker has stored `offset`. Gives the number and the bytes of the messages that it covers."""
        self.committed = offset
        messages = size = 0
        while self._uncommitted and self._uncommitted[0][0] < offset:
            size += self._uncommitted.popleft()[1]
            messages += 1
        return messages, size

    def abandon(self) -> tuple[int, int]:
        """The partition has gone elsewhere. Gives the number and the bytes of the messages that were never committed."""
        return self.commit(self.next_offset)


class Window:
    """How many messages, and bytes of them, may be taken and not yet committed: the bound on memory and on repetition.

    One message is always let through, however large.
    """

    def __init__(self, messages: int, size: int) -> None:
        self._limits = (messages, size)
        self.messages = 0
        self.size = 0
        self._released = asyncio.Event()

    def _has_room(self, size: int) -> bool:
        messages, total = self._limits
        return self.messages == 0 or (self.messages < messages and self.size + size <= total)

    async def acquire(self, size: int) -> None:
        while not self._has_room(size):
            self._released.clear()
            await self._released.wait()
        self.messages += 1
        self.size += size

    def release(self, messages: int, size: int) -> None:
        self.messages -= messages
        self.size -= size
        self._released.set()
