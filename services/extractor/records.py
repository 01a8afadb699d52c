"""One message of the text topic in; the records to publish for it out: its events and outcome, or its dead letter. Pure."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from opentelemetry.trace import SpanKind
from pydantic import ValidationError

from services import deadletter, envelope, topics, tracing
from services.contracts import Bulletin, DeadLetter, Note, Outcome, to_json
from services.deadletter import Record
from services.extractor.apart import extract_apart
from services.extractor.extract import EXTRACTOR_VERSION, Extraction, extract
from services.extractor.timelimit import OutOfTime, limited

log = logging.getLogger(__name__)

SERVICE = "extractor"
# With ids of 10,000 events (390 kB) an outcome stays far below its topic's limit.
MAX_NOTES = 500
MAX_NOTE_CHARACTERS = 500
# Of a record in a batch, besides key, value and headers: its own lengths and the batch's header (61 bytes), rounded up.
RECORD_OVERHEAD_BYTES = 256
# Longer messages are read in a process of their own: at 0.2 million characters a second this is a tenth of a second of a deaf event loop.
INLINE_BYTES = 64 * 1024
# How long a message may be read, for each 64 KiB of it: a third of a second is usual, two where every sentence holds events.
EXTRACT_SECONDS = 10.0
_STEP_BYTES = 64 * 1024


def seconds_for(size: int) -> float:
    """How long a message of `size` bytes may be read."""
    return EXTRACT_SECONDS * (1 + size // _STEP_BYTES)


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came from the text topic."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]

    @property
    def size(self) -> int:
        return len(self.key or b"") + len(self.value or b"") + sum(len(name) + len(item or b"") for name, item in self.headers)

    @property
    def is_long(self) -> bool:
        """Is it read in a process of its own? Then `read` waits for that, and is not for the event loop."""
        return self.size > INLINE_BYTES

    @property
    def seconds(self) -> float:
        """How long it may be read."""
        return seconds_for(self.size)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be published for one message: the events first, then the one record that ends it."""

    events: list[Record]
    end: Record
    letter: DeadLetter | None
    tally: Counter[tuple[str, str]]
    """Events by type and rule."""
    notes: Counter[str] = field(default_factory=Counter)
    """Notes by kind."""


class Unreadable(ValueError):
    """A message that no retry can help; the name of the subclass is the reason in its dead letter."""


class MalformedMessage(Unreadable):
    """Not a JSON object."""


class UnknownSchemaVersion(Unreadable):
    """Of a version that this extractor does not read."""


class WrongBulletinId(Unreadable):
    """The id does not belong to the text."""


class TextTooLong(Unreadable):
    """Over the contract's limit."""


class InvalidBulletin(Unreadable):
    """A field is missing or wrong."""


class ExtractionFailed(Unreadable):
    """A defect of ours that this text brings out."""


class ExtractionTooSlow(Unreadable):
    """A defect of ours as well: the text is not read within `Message.seconds`."""


class ResultTooLarge(Unreadable):
    """An event or the outcome does not fit into a message."""


def read(message: Message) -> Reading:
    """The records of a message; never raises for anything that the message can hold. A message that is not long is for the main thread,
    where signals end what takes too long."""
    with tracing.span("extract", _traceparent(message), _where(message), SpanKind.CONSUMER):
        try:
            return _answer(message)
        except Unreadable as error:
            return refuse(message, error)


def refuse(message: Message, error: BaseException) -> Reading:
    """The dead letter of a message."""
    place = (message.topic, message.partition, message.offset)
    log.warning("%s[%d]@%d: %s: %s", *place, type(error).__name__, error, extra={"ids": _where(message)})
    letter = deadletter.dead_letter(
        service=SERVICE,
        error=error,
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        key=message.key,
        value=message.value,
        headers=message.headers,
    )
    return Reading([], deadletter.to_record(letter), letter, Counter())


def parse(value: bytes | None) -> Bulletin:
    """A bulletin from a message's value. Raises Unreadable."""
    if value is None:
        raise MalformedMessage("the message has no value")
    try:
        return Bulletin.model_validate_json(value)
    except ValidationError as error:
        raise _reason(error) from error


def _reason(error: ValidationError) -> Unreadable:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    said = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'message'}: {item['msg']}" for item in details[:10])
    kinds = {item["type"] for item in details}
    if kinds & {"json_invalid", "model_type", "model_attributes_type"}:
        return MalformedMessage(said)
    if any(item["loc"] == ("schema_version",) for item in details):
        return UnknownSchemaVersion(said)
    if "text_too_long" in kinds:
        return TextTooLong(said)
    if "wrong_bulletin_id" in kinds:
        return WrongBulletinId(said)
    return InvalidBulletin(said)


def _answer(message: Message) -> Reading:
    bulletin = parse(message.value)
    try:
        extraction = _extraction(message, bulletin)
    except OutOfTime as error:
        log.exception(
            "bulletin %s is not read within %.0f s", bulletin.bulletin_id, message.seconds, extra={"ids": _where(message)}
        )
        raise ExtractionTooSlow(f"{len(bulletin.text)} characters are not read within {message.seconds:.0f} s") from error
    except Exception as error:
        # extract() promises not to raise; should it break its word on one text, the next ones must still be read.
        log.exception("extraction of bulletin %s failed", bulletin.bulletin_id, extra={"ids": _where(message)})
        raise ExtractionFailed(f"{type(error).__name__}: {error}") from error
    names = topics.load()
    key = bulletin.bulletin_id.encode()
    traceparent = _traceparent(message)
    events = [
        Record(names[event.event_type].name, key, to_json(event), envelope.headers(event, traceparent, bulletin.revision))
        for event in extraction.events
    ]
    outcome = _outcome(bulletin, extraction)
    end = Record(names["outcome"].name, key, to_json(outcome), envelope.headers(outcome, traceparent))
    for record in (*events, end):
        _check_size(record, names.named(record.topic).max_message_bytes)
    tally: Counter[tuple[str, str]] = Counter((event.event_type, event.rule) for event in extraction.events)
    return Reading(events, end, None, tally, Counter(note.kind for note in extraction.notes))


def _extraction(message: Message, bulletin: Bulletin) -> Extraction:
    """Raises OutOfTime."""
    if message.is_long:
        return extract_apart(bulletin, message.seconds)
    with limited(message.seconds):
        return extract(bulletin)


def _traceparent(message: Message) -> str | None:
    return envelope.header([(name, value or b"") for name, value in message.headers], tracing.HEADER)


def _where(message: Message) -> dict[str, str | int]:
    """The message's place and key, in OpenTelemetry's words for messaging."""
    return {
        "messaging.destination.name": message.topic,
        "messaging.destination.partition.id": str(message.partition),
        "messaging.kafka.offset": message.offset,
        "bulletin_id": (message.key or b"").decode("utf-8", "replace"),
    }


def _outcome(bulletin: Bulletin, extraction: Extraction) -> Outcome:
    notes = [_shortened(note) for note in extraction.notes[:MAX_NOTES]]
    return Outcome(
        bulletin_id=bulletin.bulletin_id,
        source_uri=bulletin.source_uri,
        revision=bulletin.revision,
        supersedes=bulletin.supersedes,
        extractor=EXTRACTOR_VERSION,
        event_ids=[event.event_id for event in extraction.events],
        event_counts=dict(Counter(event.event_type for event in extraction.events)),
        notes=notes,
        notes_dropped=len(extraction.notes) - len(notes),
        text_chars=len(bulletin.text),
    )


def _shortened(note: Note) -> Note:
    if len(note.message) <= MAX_NOTE_CHARACTERS:
        return note
    return note.model_copy(update={"message": note.message[: MAX_NOTE_CHARACTERS - 1] + "…"})


def _check_size(record: Record, limit: int) -> None:
    size = len(record.key or b"") + len(record.value or b"") + RECORD_OVERHEAD_BYTES
    size += sum(len(name) + len(content) for name, content in record.headers)
    if size > limit:
        raise ResultTooLarge(f"a message of {size} bytes for {record.topic}, which takes {limit}")
