"""Dead letters: look at them, send the messages in them to their topics once more, drop them.

What was done with a letter is written down behind it on its own topic, as a mark: a record whose headers name the letter. So a
letter is `open`, `replayed` or `dropped` for everybody who reads the topic, and none is ever deleted: it is the proof that its
message was not lost.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import ValidationError

from services import deadletter, topics
from services.contracts import DeadLetter
from services.envelope import header
from services.ops import journal
from services.ops.journal import Entry, JournalError
from services.settings import Settings

# A file that the watcher turned down has this type; it never was a message.
REJECTED_FILE = "bulletins.rejected."


class State(StrEnum):
    OPEN = "open"
    REPLAYED = "replayed"
    DROPPED = "dropped"


class Letter(NamedTuple):
    """A dead letter and where it lies. `letter` is None where its headers do not tell what failed; `trouble` then says why."""

    entry: Entry
    letter: DeadLetter | None
    trouble: str | None = None
    state: State = State.OPEN

    @property
    def address(self) -> str:
        return f"{self.entry.topic}:{self.entry.partition}:{self.entry.offset}"

    @property
    def unsendable(self) -> str | None:
        """Why it cannot be sent again, and what to do instead; None where it can."""
        if self.letter is None:
            return self.trouble
        if (header(self.letter.headers, "ce_type") or "").startswith(REJECTED_FILE):
            source = header(self.letter.headers, "ce_source")
            return f"it is no message but {source}, which the watcher turned down; mend it there and it is read again by itself"
        return None


class Range(NamedTuple):
    """Letters of a partition by their offsets, both ends included."""

    topic: str
    partition: int
    first: int
    last: int

    def has(self, entry: Entry) -> bool:
        return (entry.topic, entry.partition) == (self.topic, self.partition) and self.first <= entry.offset <= self.last


class Filter(NamedTuple):
    """Which letters; what is empty lets all pass. `since` and `until` are when the letter was written, the second one excluded."""

    roles: Collection[str] = ()
    ranges: Sequence[Range] = ()
    reasons: Collection[str] = ()
    services: Collection[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    states: Collection[State] = ()

    def has(self, letter: Letter) -> bool:
        entry, told = letter.entry, letter.letter
        return (
            (not self.ranges or any(part.has(entry) for part in self.ranges))
            and (not self.reasons or (told is not None and told.error_class in self.reasons))
            and (not self.services or (told is not None and told.service in self.services))
            and (self.since is None or entry.timestamp_ms >= self.since.timestamp() * 1000)
            and (self.until is None or entry.timestamp_ms < self.until.timestamp() * 1000)
            and (not self.states or letter.state in self.states)
        )


EVERYTHING = Filter()


def letters(settings: Settings, chosen: Filter = EVERYTHING) -> Iterator[Letter]:
    """The letters that `chosen` lets pass. Raises JournalError; KeyError for an unknown role."""
    names = [part.topic for part in chosen.ranges] or _names(chosen.roles)
    # Read twice: a mark comes after its letter, and all letters together may be larger than the memory.
    states = {mark.address: mark.state for entry in journal.read(settings, names) if (mark := _mark(entry))}
    for entry in journal.read(settings, names):
        if _mark(entry) is None:
            letter = parse(entry)
            letter = letter._replace(state=states.get(letter.address, State.OPEN))
            if chosen.has(letter):
                yield letter


def positions(settings: Settings) -> set[tuple[str, int, int]]:
    """Topic, partition and offset of every message that has a dead letter. Raises JournalError."""
    told = (letter.letter for letter in letters(settings))
    return {
        (letter.topic, letter.partition, letter.offset)
        for letter in told
        if letter is not None and letter.partition is not None and letter.offset is not None
    }


def find(settings: Settings, address: str) -> Letter:
    """The dead letter at `TOPIC:PARTITION:OFFSET`. Raises JournalError where there is none, ValueError for no such address."""
    [letter] = find_all(settings, [address])
    return letter


def find_all(settings: Settings, addresses: Iterable[str]) -> list[Letter]:
    """The dead letters at addresses and ranges of them. Raises JournalError for one with none, ValueError for no such address."""
    ranges = {address: parse_address(address) for address in addresses}
    found = list(letters(settings, Filter(ranges=list(ranges.values()))))
    for address, part in ranges.items():
        if not any(part.has(letter.entry) for letter in found):
            raise JournalError(f"there is no dead letter at {address}; `bulletins dlq list` shows them")
    return found


def parse_address(address: str) -> Range:
    """`TOPIC:PARTITION:OFFSET` or `TOPIC:PARTITION:FIRST-LAST`. Raises ValueError with what is wrong."""
    name, _, rest = address.partition(":")
    partition, _, offsets = rest.partition(":")
    if name not in _names(()):
        raise ValueError(f"{address!r}: {name!r} is no dead-letter topic; they are {', '.join(_names(()))}")
    first, dash, last = offsets.partition("-")
    last = last if dash else first
    if not all(number.isascii() and number.isdigit() for number in (partition, first, last)) or int(first) > int(last):
        raise ValueError(f"{address!r} is no address; it looks like {name}:0:17, or {name}:0:17-20 for a range")
    return Range(name, int(partition), int(first), int(last))


def parse(entry: Entry) -> Letter:
    try:
        return Letter(entry, deadletter.from_record(entry.key, entry.value, entry.headers))
    except ValidationError as error:
        return Letter(entry, None, f"its headers do not tell what failed: {error.error_count()} of them are missing or wrong")


def replay(settings: Settings, chosen: Iterable[Letter], rate: float | None = None) -> Iterator[str]:
    """Send these messages to their topics once more, at most `rate` a second; gives the address of each when it is done.

    One by one: after a crash at most one message is sent twice, and twice is harmless. A message that fails again becomes a new
    letter with one attempt more. Raises JournalError, also for a letter that is `unsendable`.
    """
    with journal.Writer(settings) as writer:
        for letter in paced(chosen, rate):
            if letter.letter is None or letter.unsendable:
                raise JournalError(f"{letter.address} cannot be sent again: {letter.unsendable}")
            writer.send([deadletter.to_replay(letter.letter)])
            writer.send([_marking(letter, State.REPLAYED)])
            yield letter.address


def drop(settings: Settings, chosen: Iterable[Letter], why: str | None = None) -> Iterator[str]:
    """Mark these letters as dealt with; gives the address of each when it is done. Raises JournalError."""
    with journal.Writer(settings) as writer:
        for letter in chosen:
            writer.send([_marking(letter, State.DROPPED, why)])
            yield letter.address


def paced(items: Iterable[Letter], rate: float | None) -> Iterator[Letter]:
    """At most `rate` a second, evenly; as fast as they are taken where it is None."""
    due = time.monotonic()
    for item in items:
        if rate is not None:
            time.sleep(max(0.0, due - time.monotonic()))
            due = max(due, time.monotonic() - 1 / rate) + 1 / rate
        yield item


class _Mark(NamedTuple):
    address: str
    state: State


def _mark(entry: Entry) -> _Mark | None:
    """What a record that is a mark says."""
    told = header(entry.headers, deadletter.MARKED)
    if told is None:
        return None
    state, _, place = told.partition(" ")
    # An unknown state is one of a newer version: the letter is not open in any case.
    known = State(state) if state in list(State) else State.DROPPED
    return _Mark(f"{entry.topic}:{place}", known)


def _marking(letter: Letter, state: State, why: str | None = None) -> tuple[str, bytes, bytes, list[tuple[str, bytes]]]:
    place = f"{letter.entry.partition}:{letter.entry.offset}"
    headers = [(deadletter.MARKED, f"{state} {place}".encode())]
    return letter.entry.topic, place.encode(), (why or "").encode(), headers


def _names(roles: Iterable[str]) -> list[str]:
    listed = topics.load()
    wanted = list(roles)
    return [listed[role].dead_letter for role in wanted] if wanted else [topic.dead_letter for topic in listed.all()]
