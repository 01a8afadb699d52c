"""Prove from the topics and the index that every bulletin ended in one outcome or one dead letter, and that the index holds exactly
the events that are said now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from services.ops.ledger import Ledger, Reading, Text, gather
from services.settings import Settings

# Reasons of the extractor's dead letters that say nothing against the text itself.
READABLE = ("ExtractionFailed", "ExtractionTooSlow", "ResultTooLarge")

Kind = Literal[
    "no_outcome",
    "unknown_bulletin",
    "contradiction",
    "event_not_published",
    "bulletin_not_indexed",
    "outcome_not_indexed",
    "event_not_indexed",
    "event_not_said",
]


class Difference(NamedTuple):
    """`subject` is the id that it is about, `detail` says what is wrong in words."""

    kind: Kind
    subject: str
    detail: str


class Summary(NamedTuple):
    """What was compared, for people."""

    bulletins: int
    outcomes: int
    messages_given_up: int
    files_turned_down: int
    events_published: int
    events_said: int
    events_indexed: int


def reconcile(settings: Settings) -> tuple[Summary, list[Difference]]:
    """Read everything and compare. Raises JournalError and the Elasticsearch client's errors."""
    ledger = gather(settings)
    return summary(ledger), list(differences(ledger))


def differences(ledger: Ledger) -> Iterator[Difference]:
    """What should not be, a line each; none where the promises hold."""
    newest = {bulletin_id: max(readings, key=lambda reading: reading.order) for bulletin_id, readings in ledger.readings.items()}
    yield from _unread(ledger)
    yield from _readings(ledger, newest)
    yield from _bulletins(ledger)
    yield from _outcomes(ledger, newest)
    yield from _events(ledger, newest)


def summary(ledger: Ledger) -> Summary:
    return Summary(
        bulletins=len({text.bulletin_id for text in ledger.texts if text.bulletin_id}),
        outcomes=len(ledger.readings),
        messages_given_up=len(ledger.dead),
        files_turned_down=ledger.files_turned_down,
        events_published=len(ledger.published_events),
        events_said=len(_said(ledger)),
        events_indexed=len(ledger.indexed_events),
    )


def standing(texts: Iterable[Text]) -> set[str]:
    """The bulletins that still stand at some address: no text with a higher revision has taken their place there."""
    newest: dict[str, Text] = {}
    for text in texts:
        if text.bulletin_id is None or text.source_uri is None:
            continue
        if text.source_uri not in newest or text.revision >= newest[text.source_uri].revision:
            newest[text.source_uri] = text
    return {text.bulletin_id for text in newest.values() if text.bulletin_id is not None}


def _said(ledger: Ledger) -> dict[str, str]:
    """Events that hold now, with their bulletins: the newest reading's, of bulletins that stand."""
    stands = standing(ledger.texts)
    newest = (max(readings, key=lambda reading: reading.order) for readings in ledger.readings.values())
    return {
        event_id: reading.bulletin_id for reading in newest if reading.bulletin_id in stands for event_id in reading.event_ids
    }


def unread(ledger: Ledger) -> Iterator[Text]:
    """Messages of the text topic with neither an outcome nor a dead letter."""
    for text in ledger.texts:
        dead = "extractor" in ledger.dead.get(text.position, ()) or text.digest in ledger.dead_texts
        if text.bulletin_id not in ledger.readings and not dead:
            yield text


def _unread(ledger: Ledger) -> Iterator[Difference]:
    for text in unread(ledger):
        where = "{} partition {} offset {}".format(*text.position)
        yield Difference("no_outcome", text.bulletin_id or where, f"{where} has neither an outcome nor a dead letter")


def _readings(ledger: Ledger, newest: dict[str, Reading]) -> Iterator[Difference]:
    texts = {text.bulletin_id for text in ledger.texts}
    for bulletin_id, readings in ledger.readings.items():
        if bulletin_id not in texts:
            yield Difference("unknown_bulletin", bulletin_id, "it has an outcome but never was on the text topic")
        by_version: dict[str, frozenset[str]] = {}
        for reading in readings:
            if by_version.setdefault(reading.extractor, reading.event_ids) != reading.event_ids:
                yield Difference("contradiction", bulletin_id, f"two readings by extractor {reading.extractor} give other events")
                break
        for event_id in sorted(newest[bulletin_id].event_ids - ledger.published_events - ledger.dead_ids):
            yield Difference("event_not_published", event_id, f"bulletin {bulletin_id} lists it, but it is on no event topic")


def _bulletins(ledger: Ledger) -> Iterator[Difference]:
    # The same text may have been published again after it died: one message that lives is enough.
    living = {text.bulletin_id for text in ledger.texts if text.bulletin_id and _is_indexable(ledger.dead.get(text.position, {}))}
    for bulletin_id in sorted(living - ledger.indexed_bulletins):
        yield Difference("bulletin_not_indexed", bulletin_id, "it is on the text topic but not in the index")


def _is_indexable(dead: Mapping[str, str]) -> bool:
    """Whether the index has to hold a text: neither did the indexer give it up, nor is it one that nobody can read, which has its
    one dead letter from the extractor."""
    return "indexer" not in dead and dead.get("extractor", READABLE[0]) in READABLE


def _outcomes(ledger: Ledger, newest: dict[str, Reading]) -> Iterator[Difference]:
    for bulletin_id, reading in sorted(newest.items()):
        indexed = ledger.indexed_outcomes.get(bulletin_id)
        if indexed != reading.extractor and bulletin_id not in ledger.dead_ids:
            held = f"the index holds that of extractor {indexed}" if indexed else "the index holds none"
            yield Difference(
                "outcome_not_indexed", bulletin_id, f"its newest outcome is of extractor {reading.extractor}, {held}"
            )


def _events(ledger: Ledger, newest: dict[str, Reading]) -> Iterator[Difference]:
    said = _said(ledger)
    for event_id in sorted(set(said) - set(ledger.indexed_events) - ledger.dead_ids):
        yield Difference("event_not_indexed", event_id, f"bulletin {said[event_id]} says it now, but the index does not hold it")
    for event_id in sorted(set(ledger.indexed_events) - set(said)):
        bulletin_id = ledger.indexed_events[event_id]
        # A bulletin that is still being read has its events before its outcome.
        if bulletin_id in newest:
            yield Difference("event_not_said", event_id, f"the index holds it, but bulletin {bulletin_id} no longer says it")
