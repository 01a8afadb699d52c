"""The messages that the services exchange: bulletins, events, outcomes and dead letters.

Everything on a topic, in an index, in an API reply and on the command line is one of these models. The JSON Schemas under
`schemas/jsonschema` are generated from them (`python -m services.ops.schemas`), the index mappings are checked against them.

Readers are tolerant of fields that they do not know (a new optional field is a minor version), writers can only write known ones.
Values are absent as `null`, never left out.
"""

from __future__ import annotations

import re
import uuid
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import pydantic_core
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

SCHEMA_VERSION: Final = "1.0"
# Every id is a UUIDv5 below this namespace, so that anybody can compute it from the content alone.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "bulletins.events")
# A bulletin is a page or a newspaper's worth of text; the broker's limit for the topic (schemas/topics.yaml) leaves room for
# JSON escapes and the other fields.
MAX_TEXT_BYTES = 2 * 1024 * 1024

Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
RegionCode = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{5}$")]


def _number(value: Decimal) -> int | float:
    """A JSON number: an integer where the value is whole, else the shortest float that reads back as the same decimal."""
    return int(value) if value == value.to_integral_value() else float(value)


# Exact in Python; as JSON a number (the contract says so), exact up to 15 significant digits: fen up to ten trillion yuan.
Number = Annotated[
    Decimal,
    PlainSerializer(_number, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]


class Status(StrEnum):
    ACTUAL = "actual"
    PLANNED = "planned"


class Metric(StrEnum):
    TOTAL_INVESTMENT = "total_investment"
    ANNUAL_PLANNED_INVESTMENT = "annual_planned_investment"
    COMPLETED_INVESTMENT = "completed_investment"
    FIXED_ASSET_INVESTMENT = "fixed_asset_investment"
    CONTRACTED_AMOUNT = "contracted_amount"
    FUNDING = "funding"
    OTHER = "other"


class Stage(StrEnum):
    """In the order in which a project reaches them."""

    SIGNED = "signed"
    APPROVED = "approved"
    STARTED = "started"
    UNDER_CONSTRUCTION = "under_construction"
    TOPPED_OUT = "topped_out"
    COMPLETED = "completed"
    OPERATIONAL = "operational"
    AT_CAPACITY = "at_capacity"


class Bound(StrEnum):
    EXACT = "exact"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    APPROX = "approx"


class Level(StrEnum):
    INTERNATIONAL = "international"
    NATIONAL = "national"
    PROVINCIAL = "provincial"
    MUNICIPAL = "municipal"
    DISTRICT = "district"


class Model(BaseModel):
    """Base of all messages: immutable, unknown fields of a newer minor version ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Bulletin(Model):
    """One bulletin text as a source published it: the value of a message on the text topic.

    `text` is what every `evidence` counts in (code points): decoded, line ends normalised to LF, otherwise as it stood.
    """

    bulletin_id: Uuid = Field(description="UUIDv5 of the text alone: the same text from two places is one bulletin.")
    schema_version: Literal["1.0"] = SCHEMA_VERSION
    text: str = Field(min_length=1)
    source_id: str = Field(min_length=1, max_length=200, description="The configured source that it came from.")
    source_uri: str = Field(min_length=1, max_length=4000, description="Where it was read: a file or web address.")
    source_title: str | None = Field(default=None, max_length=1000)
    publisher: str | None = Field(default=None, max_length=500)
    published_on: date | None = None
    region_code: RegionCode | None = Field(default=None, description="The bulletin's own division where the source says so.")
    revision: int = Field(
        default=1,
        ge=1,
        description="Grows with every new text at the same source_uri; the highest is the one that holds.",
    )
    supersedes: Uuid | None = Field(default=None, description="The bulletin that stood at the same source_uri before.")
    near_duplicate_of: Uuid | None = Field(
        default=None, description="An earlier bulletin from another address that is the same article but for a few sentences."
    )

    @model_validator(mode="after")
    def _check_identity(self) -> Bulletin:
        if len(self.text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
            raise PydanticCustomError("text_too_long", "text is longer than {limit} bytes of UTF-8", {"limit": MAX_TEXT_BYTES})
        if self.bulletin_id != bulletin_id(self.text):
            raise PydanticCustomError("wrong_bulletin_id", "bulletin_id is not the one of the text")
        return self


class Section(Model):
    title: str | None = None
    department: str | None = None


class Evidence(Model):
    """`bulletin.text[start:end] == quote`, in code points."""

    quote: str = Field(min_length=1)
    start: int = Field(ge=0)
    end: int = Field(ge=1)

    @model_validator(mode="after")
    def _check_span(self) -> Evidence:
        if self.end - self.start != len(self.quote):
            raise ValueError("evidence: end - start is not the length of quote")
        return self


class Period(Model):
    """The time a fact is about; both ends inclusive, either may be open."""

    start: date | None = None
    end: date | None = None
    text: str | None = None


class Amount(Model):
    """A sum of money; `value` in units of `currency` (yuan for CNY)."""

    value: Number = Field(ge=0)
    value_max: Number | None = Field(default=None, ge=0)
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "CNY"
    text: str = Field(min_length=1)
    bound: Bound = Bound.EXACT


class Ranking(Model):
    scope: Name
    position: int = Field(ge=1)


class _Event(Model):
    event_id: Uuid
    schema_version: Literal["1.0"] = SCHEMA_VERSION
    bulletin_id: Uuid
    source_uri: str
    source_title: str | None = None
    publisher: str | None = None
    published_on: date | None = None
    section: Section = Section()
    evidence: Evidence
    status: Status
    period: Period | None = None
    region: str | None = None
    region_code: RegionCode | None = None
    rule: str
    extractor: str
    confidence: float = Field(ge=0, le=1)
    fact_id: Uuid


class InvestmentReport(_Event):
    """Money put or to be put into projects, a sector or an area."""

    event_type: Literal["investment_report"] = "investment_report"
    subject: Name | None = None
    metric: Metric
    amount: Amount | None = None
    change_percent: Number | None = None
    plan_percent: Number | None = None
    project_count: int | None = Field(default=None, ge=0)
    rankings: list[Ranking] = []


class ProjectMilestone(_Event):
    """A project, or a counted batch of projects, reaches a stage."""

    event_type: Literal["project_milestone"] = "project_milestone"
    project: Name
    organization: Name | None = None
    stage: Stage
    project_count: int | None = Field(default=None, ge=0)
    progress_percent: Number | None = None


class Accolade(_Event):
    """An honour, title, designation or competition result given to someone."""

    event_type: Literal["accolade"] = "accolade"
    recipient: Name | None = None
    recipient_count: int | None = Field(default=None, ge=0)
    honor: Name
    level: Level | None = None
    rank: str | None = None
    granted_by: str | None = None


Event = Annotated[InvestmentReport | ProjectMilestone | Accolade, Field(discriminator="event_type")]
EVENT_ADAPTER: TypeAdapter[InvestmentReport | ProjectMilestone | Accolade] = TypeAdapter(Event)
EVENT_TYPES = ("investment_report", "project_milestone", "accolade")


class Note(Model):
    """Why a passage that looked like an event gave none, or what was doubtful about one."""

    kind: str = Field(description="Short machine-readable reason, for example `class_name_no_amount` or `rule_failed`.")
    message: str
    start: int | None = Field(default=None, ge=0)
    end: int | None = Field(default=None, ge=0)


class Outcome(Model):
    """What one reading of one bulletin gave: exactly the events that are said now, by id."""

    bulletin_id: Uuid
    schema_version: Literal["1.0"] = SCHEMA_VERSION
    source_uri: str
    revision: int = Field(default=1, ge=1)
    supersedes: Uuid | None = None
    extractor: str
    event_ids: list[Uuid] = Field(description="In order of their place in the text; every other event of it is retracted.")
    event_counts: dict[str, int]
    notes: list[Note] = []
    notes_dropped: int = Field(default=0, ge=0, description="Notes left out to keep the record small.")
    text_chars: int = Field(ge=0)


class Successor(Model):
    """The text that took a bulletin's place at one of its addresses."""

    bulletin_id: Uuid
    revision: int = Field(ge=1)


class Place(Model):
    """An address at which a text was found. It is still said there unless the successor's revision is as high as its own."""

    source_uri: str
    revision: int = Field(default=0, ge=0, description="The highest at which the text stood here; 0 where none was told.")
    superseded_by: Successor | None = None


class Retraction(Model):
    """An event that was in the index and is no longer said."""

    event_id: Uuid
    event_type: str
    extractor: str = Field(description="Of the reading that had found it.")
    reason: Literal["superseded", "reread"] = Field(description="The text was replaced at its source, or read again.")
    retracted_at: AwareDatetime


class BulletinState(Model):
    """What holds of one bulletin now: whether its text is still said, its newest outcome, and what was retracted."""

    bulletin_id: Uuid
    stands: bool = Field(default=True, description="Some source still says this text; else none of its events holds.")
    places: list[Place] = []
    outcome: Outcome | None = None
    extractors: list[str] = Field(
        default=[], description="Versions whose events were indexed and not yet held against an outcome."
    )
    sweep_pending: bool = Field(default=False, description="Events that no longer hold may still be in the index.")
    retracted: list[Retraction] = Field(default=[], description="The latest ones, oldest first.")
    retracted_count: int = Field(default=0, ge=0, description="All of them.")


class DeadLetter(Model):
    """A message that could not be handled, as the dead-letter topic's headers tell it; key and value are the original bytes
    (URL-safe base64 where this is written as JSON: what could not be handled may be anything)."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    topic: str
    partition: int | None = Field(default=None, ge=0, description="Null for something that never was on a topic, such as a file.")
    offset: int | None = Field(default=None, ge=0)
    error_class: str
    error_message: str
    attempts: int = Field(default=1, ge=1)
    failed_at: AwareDatetime | None = None
    service: str
    key: bytes | None = None
    value: bytes | None = None
    headers: list[tuple[str, bytes]] = []


def bulletin_id(text: str) -> str:
    """The id of a bulletin: a function of its text alone. `text` is decoded and has LF line ends."""
    # surrogatepass: a text is hashed as it stands even where it could not be published.
    return str(uuid.UUID(bytes=_uuid5_bytes(b"bulletin\n", text.encode("utf-8", "surrogatepass"))))


def content_id(kind: str, *parts: object) -> str:
    """A UUIDv5 of `kind` and `parts`, in order; parts are compared as text and None is unlike every text."""
    payload = "\x1f".join("\x00" if part is None else str(part) for part in parts)
    found = _uuid5_bytes(kind.encode() + b"\n", payload.encode("utf-8", "surrogatepass")).hex()
    return f"{found[:8]}-{found[8:12]}-{found[12:16]}-{found[16:20]}-{found[20:]}"


def _uuid5_bytes(prefix: bytes, payload: bytes) -> bytes:
    # uuid.uuid5 takes str only on Python 3.11 and encodes strictly; this is RFC 9562 section 5.5 on bytes.
    import hashlib

    digest = bytearray(hashlib.sha1(NAMESPACE.bytes + prefix + payload, usedforsecurity=False).digest()[:16])
    digest[6] = (digest[6] & 0x0F) | 0x50
    digest[8] = (digest[8] & 0x3F) | 0x80
    return bytes(digest)


@lru_cache(maxsize=1024)
def version_order(extractor: str) -> tuple[int, ...]:
    """An extractor's version to compare by: 0.10 is after 0.9, 1.0 is 1; what begins with no number is before all."""
    found = re.match(r"\d{1,9}(\.\d{1,9})*", extractor)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def to_json(model: BaseModel) -> bytes:
    """UTF-8 JSON of a message, keys in the model's order, absent values as null."""
    return pydantic_core.to_json(model)


def json_dict(model: BaseModel) -> dict[str, Any]:
    """The same as a dictionary of JSON types."""
    return model.model_dump(mode="json")
