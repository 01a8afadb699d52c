"""Whether nothing was lost and nothing is there twice: what is on the topics and in the index beside what has to be there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NamedTuple

from elasticsearch.helpers import scan

from services import deadletter, indices, topics
from services.envelope import header
from services.extractor.pipeline import WINDOW_MESSAGES
from services.ops import journal
from services.ops.journal import Entry
from services.settings import Settings
from services.watcher.delivery import IN_FLIGHT_BYTES
from tests.faults.load import Poison


class Losses(NamedTuple):
    """How often a process, or a producer's or a member's session, was lost: what the bounds on repetition count in."""

    watcher: int
    workers: int


class Check(NamedTuple):
    """`value` has to be at most `most`."""

    name: str
    value: float
    most: float

    @property
    def holds(self) -> bool:
        return self.value <= self.most


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found at the end. `documents` are the index's, with their own ids; the messages are by topic."""

    documents: Sequence[Mapping[str, Any]]
    messages: Mapping[str, Sequence[Entry]]
    dead_letters: Sequence[Entry]


def gather(settings: Settings) -> Evidence:
    listed = topics.load()
    with closing(indices.connect(settings)) as client:
        client.indices.refresh(index=settings.events_index)
        documents = [hit["_source"] for hit in scan(client, index=settings.events_index, size=2000)]
    return Evidence(
        documents=documents,
        messages={topic.role: list(journal.read(settings, [topic.name])) for topic in listed.all()},
        dead_letters=list(journal.read(settings, [topic.dead_letter for topic in listed.all()])),
    )


def judge(found: Evidence, expected: Mapping[str, Mapping[str, Any]], poison: Sequence[Poison], losses: Losses) -> list[Check]:
    """All promises, a check each. `expected`: the events that have to be in the index, by id."""
    indexed = Counter(document["event_id"] for document in found.documents)
    differing = sum(expected.get(document["event_id"], document) != document for document in found.documents)
    return [
        Check("events lost", len(expected.keys() - indexed.keys()), 0),
        Check("events that nobody said", len(indexed.keys() - expected.keys()), 0),
        Check("events twice in the index", sum(indexed.values()) - len(indexed), 0),
        Check("events with other fields", differing, 0),
        *_dead_letters(found.dead_letters, poison),
        *_repetitions(found, poison, losses),
    ]


def _dead_letters(letters: Sequence[Entry], poison: Sequence[Poison]) -> list[Check]:
    there = {(letter.topic, _mark(letter)) for letter in letters}
    wanted = {(item.dead_letter_topic, item.mark) for item in poison}
    return [
        Check("poison that is no dead letter", len(wanted - there), 0),
        Check("dead letters of good messages", len(there - wanted), 0),
    ]


def _mark(letter: Entry) -> bytes:
    """A dead letter of a message by its key, one of a file by the file's address."""
    address = header(letter.headers, "ce_source")
    from_file = header(letter.headers, deadletter.SERVICE) == "watcher" and address is not None
    return address.encode() if from_file and address else letter.key or b""


def _repetitions(found: Evidence, poison: Sequence[Poison], losses: Losses) -> list[Check]:
    """Messages that are there more than once, as far as the services' specifications allow it."""
    marks = {item.mark for item in poison}
    texts = _again(found.messages["text"], marks)
    outcomes = _again(found.messages["outcome"], marks)
    events = [entry for topic in topics.load().events() for entry in found.messages[topic.role]]
    most_often = max(Counter(header(entry.headers, "ce_id") for entry in events if entry.key not in marks).values(), default=0)
    return [
        Check(
            "texts on their topic again, bytes", sum(len(entry.value or b"") for entry in texts), losses.watcher * IN_FLIGHT_BYTES
        ),
        # A text that is there twice is read twice.
        Check("outcomes on their topic again", len(outcomes), losses.workers * WINDOW_MESSAGES + len(texts)),
        Check("one event on its topic again, times", most_often - 1, losses.workers + len(texts)),
    ]


def _again(entries: Sequence[Entry], marks: Collection[bytes]) -> list[Entry]:
    """Those of which an equal one was there before, by the id that subscribers go by."""
    seen: set[str] = set()
    again = []
    for entry in entries:
        identity = header(entry.headers, "ce_id")
        if identity is None or entry.key in marks:
            continue
        if identity in seen:
            again.append(entry)
        seen.add(identity)
    return again


def repeated_events(found: Evidence, poison: Sequence[Poison]) -> int:
    """Event messages beyond the first of each id."""
    marks = {item.mark for item in poison}
    return sum(len(_again(found.messages[topic.role], marks)) for topic in topics.load().events())
