"""From a Kafka record to a message that can be indexed. Pure.

What a record holds is checked against the model of its topic and carried on as the model writes it: unknown fields of a newer
minor version are gone (the mappings are strict), absent ones are null.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from pydantic import ValidationError

from services import contracts, envelope, topics
from services.contracts import EVENT_TYPES, Accolade, Bulletin, InvestmentReport, Outcome, ProjectMilestone, to_json

Event = InvestmentReport | ProjectMilestone | Accolade
EVENTS = (InvestmentReport, ProjectMilestone, Accolade)
LARGEST_LONG = 2**63 - 1


class Record(Protocol):
    """What we need of a client's record."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class Unreadable(Exception):
    """The record can never be indexed; the message says why."""


class MalformedMessage(Unreadable):
    """No value, or no JSON object."""


class UnknownSchemaVersion(Unreadable):
    """A major version of the contract that this program does not know."""


class InvalidMessage(Unreadable):
    """A JSON object that is not what its topic carries."""


class DocumentRejected(Unreadable):
    """Elasticsearch will never take the document."""


class Told(NamedTuple):
    """What the storing has to know of an event, and its document.

    The model is let go as soon as the document is written from it: thousands of models that wait cost the whole indexer a tenth
    of its rate (0.50 against 0.53 of raw bulk requests), presumably for the memory that is read again.
    """

    event_id: str
    bulletin_id: str
    source_uri: str
    extractor: str
    document: bytes


class Message(NamedTuple):
    """A record that was understood. `revision` is that of the bulletin text it is about, 0 where it is not told."""

    record: Record
    body: Bulletin | Told | Outcome
    revision: int

    @property
    def document(self) -> bytes:
        """What goes into the index: one line of JSON."""
        # A bulletin's, which may be megabytes, is written when it is stored.
        return self.body.document if isinstance(self.body, Told) else to_json(self.body)


def parse(record: Record) -> Message:
    """Raises Unreadable."""
    if record.value is None:
        raise MalformedMessage("the message has no value")
    try:
        body = _model(record.topic).model_validate_json(record.value)
    except ValidationError as error:
        raise _reason(error) from error
    if isinstance(body, EVENTS):
        # Written anew (2 µs): to find out whether the message itself would do takes as long.
        told = Told(body.event_id, body.bulletin_id, body.source_uri, body.extractor, to_json(body))
        return Message(record, told, _revision(record))
    if isinstance(body, Outcome):
        return Message(record, _indexable(body), body.revision)
    _check_long("revision", body.revision)
    return Message(record, body, body.revision)


@lru_cache
def _model(topic: str) -> type[Bulletin | Event | Outcome]:
    model: type[Bulletin | Event | Outcome] = getattr(contracts, topics.load().named(topic).model)
    return model


def _revision(record: Record) -> int:
    # Reversed: a message that was replayed may carry a header twice, and the last one counts.
    for name, value in reversed(record.headers):
        if name == envelope.REVISION:
            return _number(value or b"")
    return 0


@lru_cache(maxsize=1024)
def _number(text: bytes) -> int:
    if not text.isdigit() or len(text) > 18:
        raise InvalidMessage(f"header {envelope.REVISION}: {text[:40]!r} is not a revision")
    return int(text)


def _indexable(outcome: Outcome) -> Outcome:
    """The outcome as it can stand in the index: its state document is shared with other messages, which must not suffer."""
    numbers: dict[str, int | None] = {
        "revision": outcome.revision,
        "notes_dropped": outcome.notes_dropped,
        "text_chars": outcome.text_chars,
        **{f"event_counts.{name}": count for name, count in outcome.event_counts.items()},
    }
    for at, note in enumerate(outcome.notes):
        numbers |= {f"notes.{at}.start": note.start, f"notes.{at}.end": note.end}
    for name, number in numbers.items():
        _check_long(name, number)
    counts = {name: count for name, count in outcome.event_counts.items() if name in EVENT_TYPES}
    return outcome if counts == outcome.event_counts else outcome.model_copy(update={"event_counts": counts})


def _check_long(name: str, number: int | None) -> None:
    if number is not None and abs(number) > LARGEST_LONG:
        raise DocumentRejected(f"{name}: {str(number)[:30]} has more than 63 bits")


def _reason(error: ValidationError) -> Unreadable:
    details: list[Any] = error.errors(include_url=False, include_context=False, include_input=False)
    said = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'message'}: {item['msg']}" for item in details[:10])
    if {item["type"] for item in details} & {"json_invalid", "model_type", "model_attributes_type"}:
        return MalformedMessage(said)
    if any(item["loc"] == ("schema_version",) for item in details):
        return UnknownSchemaVersion(said)
    return InvalidMessage(said)
