"""All ids of the topics and the index, gathered to be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from elasticsearch import Elasticsearch

from services import deadletter, indices, topics
from services.contracts import version_order
from services.ops import journal
from services.ops.journal import Entry
from services.settings import Settings

PAGE = 5000
# Topic, partition and offset.
Position = tuple[str, int, int]


class Text(NamedTuple):
    """A message of the text topic; id and address are None where it is no bulletin. `digest` is of its value."""

    bulletin_id: str | None
    source_uri: str | None
    revision: int
    position: Position
    digest: bytes = b""


class Reading(NamedTuple):
    """An outcome, as far as it matters here."""

    bulletin_id: str
    extractor: str
    revision: int
    event_ids: frozenset[str]

    @property
    def order(self) -> tuple[tuple[int, ...], int]:
        return version_order(self.extractor), self.revision


@dataclass(slots=True)
class Ledger:
    """All ids of the topics and the index. Some hundred bytes a bulletin and a hundred an event."""

    texts: list[Text] = field(default_factory=list)
    readings: dict[str, list[Reading]] = field(default_factory=dict)
    published_events: set[str] = field(default_factory=set)
    # Which services gave up on the message at a position, and for what reason.
    dead: dict[Position, dict[str, str]] = field(default_factory=dict)
    # Dead letters of the watcher, whose files and pages never were messages.
    files_turned_down: int = 0
    # Digests of the text messages that the extractor gave up on: the same message sent again may have died in its place.
    dead_texts: set[bytes] = field(default_factory=set)
    # Events and bulletins (by their outcomes) of which a message died on its way to the index.
    dead_ids: set[str] = field(default_factory=set)
    indexed_bulletins: set[str] = field(default_factory=set)
    indexed_outcomes: dict[str, str] = field(default_factory=dict)
    indexed_events: dict[str, str] = field(default_factory=dict)


def gather(settings: Settings) -> Ledger:
    """The index is read last, so that what was published before has had its time to arrive."""
    listed = topics.load()
    ledger = Ledger()
    for entry in journal.read(settings, [listed["text"].name]):
        ledger.texts.append(_text(entry))
    # After the texts, whose letters come later than they; before the outcomes, because one that died is no reading.
    for entry in journal.read(settings, [topic.dead_letter for topic in listed.all()]):
        _add_dead(ledger, entry)
    for entry in journal.read(settings, [listed["outcome"].name]):
        if _position(entry) not in ledger.dead:
            _add_reading(ledger, entry)
    for entry in journal.read(settings, [topic.name for topic in listed.events()]):
        if (event_id := _field(entry, "event_id")) is not None:
            ledger.published_events.add(event_id)
    with indices.connect(settings) as client:
        _add_indexed(ledger, client, settings)
    return ledger


def _text(entry: Entry) -> Text:
    position, digest = _position(entry), _digest(entry.value)
    value = _object(entry.value)
    bulletin_id, source_uri, revision = value.get("bulletin_id"), value.get("source_uri"), value.get("revision", 1)
    if isinstance(bulletin_id, str) and isinstance(source_uri, str) and isinstance(revision, int):
        return Text(bulletin_id, source_uri, revision, position, digest)
    return Text(None, None, 0, position, digest)


def _position(entry: Entry) -> Position:
    return entry.topic, entry.partition, entry.offset


def _digest(value: bytes | None) -> bytes:
    return hashlib.blake2b(b"" if value is None else b"." + value, digest_size=12).digest()


def _add_reading(ledger: Ledger, entry: Entry) -> None:
    value = _object(entry.value)
    bulletin_id, event_ids = value.get("bulletin_id"), value.get("event_ids")
    if isinstance(bulletin_id, str) and isinstance(event_ids, list):
        reading = Reading(bulletin_id, str(value.get("extractor")), int(value.get("revision", 1)), frozenset(event_ids))
        known = ledger.readings.setdefault(bulletin_id, [])
        if reading not in known:
            known.append(reading)


def _add_dead(ledger: Ledger, entry: Entry) -> None:
    told = dict(entry.headers)
    topic, partition, offset = (told.get(name, b"") for name in (deadletter.TOPIC, deadletter.PARTITION, deadletter.OFFSET))
    if partition.isdigit() and offset.isdigit():
        position = (topic.decode("utf-8", "replace"), int(partition), int(offset))
        service, reason = (
            told.get(name, b"").decode("utf-8", "replace") for name in (deadletter.SERVICE, deadletter.ERROR_CLASS)
        )
        ledger.dead.setdefault(position, {})[service] = reason
        if service == "extractor":
            ledger.dead_texts.add(_digest(entry.value))
    elif deadletter.SERVICE in told:
        ledger.files_turned_down += 1
    if entry.topic == topics.load()["text"].dead_letter:
        return
    for name in ("event_id", "bulletin_id"):
        if (found := _field(entry, name)) is not None:
            ledger.dead_ids.add(found)
            return


def _add_indexed(ledger: Ledger, client: Elasticsearch, settings: Settings) -> None:
    for source in _documents(client, settings.events_index, "event_id", ["event_id", "bulletin_id"]):
        ledger.indexed_events[source["event_id"]] = source["bulletin_id"]
    for source in _documents(client, settings.bulletins_index, "bulletin_id", ["bulletin_id"]):
        ledger.indexed_bulletins.add(source["bulletin_id"])
    for source in _documents(client, settings.states_index, "bulletin_id", ["bulletin_id", "outcome.extractor"]):
        if outcome := source.get("outcome"):
            ledger.indexed_outcomes[source["bulletin_id"]] = outcome["extractor"]


def _documents(client: Elasticsearch, index: str, key: str, fields: list[str]) -> Iterator[dict[str, Any]]:
    """Every document's fields, page by page in the order of its key."""
    client.indices.refresh(index=index)
    after: list[Any] | None = None
    while True:
        page = client.search(
            index=index, size=PAGE, sort=[{key: "asc"}], source={"includes": fields}, search_after=after, track_total_hits=False
        )
        hits = page["hits"]["hits"]
        yield from (hit["_source"] for hit in hits)
        if len(hits) < PAGE:
            return
        after = hits[-1]["sort"]


def _field(entry: Entry, name: str) -> str | None:
    found = _object(entry.value).get(name)
    return found if isinstance(found, str) else None


def _object(value: bytes | None) -> dict[str, Any]:
    """Empty for what is no JSON object: its dead letter, or the lack of one, tells of it."""
    try:
        loaded = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return loaded if isinstance(loaded, dict) else {}
