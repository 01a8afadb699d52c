"""What the API answers: the models of its OpenAPI document, and what a client reads its replies as."""

from __future__ import annotations

from datetime import date
from datetime import date as date_type
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.contracts import Amount, Bulletin, BulletinState, Event, Metric, RegionCode, Stage, Status, Uuid


class ProblemError(BaseModel):
    """One thing that is wrong with the request."""

    pointer: str = Field(description="JSON pointer into `{query: …, path: …, body: …}`.", examples=["#/query/limit"])
    detail: str = Field(examples=["Input should be less than or equal to 1000"])


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(default="about:blank", description="`about:blank`: the title says it all.")
    title: str = Field(examples=["Unprocessable Entity"])
    status: int = Field(ge=400, le=599, examples=[422])
    detail: str = Field(description="What happened, and what to do.")
    instance: str = Field(description="The path of the request.", examples=["/v1/events"])
    errors: list[ProblemError] = Field(default=[], description="Where the request is wrong, place by place.")


class BulletinSummary(BaseModel):
    """A bulletin without its text."""

    bulletin_id: Uuid
    schema_version: str
    source_id: str
    source_uri: str
    source_title: str | None
    publisher: str | None
    published_on: date | None
    region_code: RegionCode | None
    revision: int
    supersedes: Uuid | None
    near_duplicate_of: Uuid | None = None


class SelectedEvent(BaseModel):
    """Some fields of an event, as `fields` asked for; `reports` where the list is collapsed."""

    model_config = ConfigDict(extra="allow")

    event_id: Uuid
    reports: int | None = Field(
        default=None, ge=1, description="How often the fact is told by events that the filters let through."
    )


class EventPage(BaseModel):
    """Events in the order asked for."""

    items: list[Event | SelectedEvent]
    total: int = Field(
        ge=0,
        description="Events that the filters let through, on all pages. Of a collapsed list facts; above 40,000 about 1 % off.",
    )
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


class FacetValue(BaseModel):
    value: str
    count: int = Field(ge=1)


class Facets(BaseModel):
    """How many of the events have which value; a field that only some types have counts only those."""

    total: int = Field(ge=0, description="Events that the filters let through.")
    facets: dict[str, list[FacetValue]] = Field(description="Per field asked for, the most frequent first.")


class HistogramBar(BaseModel):
    start: date = Field(description="First day of the month, quarter or year.")
    count: int = Field(ge=1)
    amount: float | None = Field(description="Sum of the amounts in `currency`; null where there is none.")


class Histogram(BaseModel):
    """In the order of time; what has no events is left out."""

    items: list[HistogramBar]


class RegionCount(BaseModel):
    code: RegionCode
    name: str | None
    parent: RegionCode | None = Field(description="The division above it, where one is known.")
    count: int = Field(ge=1, description="Events of the division and of all below it.")


class Regions(BaseModel):
    """Divisions that have events, by code."""

    items: list[RegionCount]


class Rank(BaseModel):
    recipient: str
    count: int = Field(ge=0, description="Different honours; the same one told again counts once.")
    levels: dict[str, int] = Field(description="Of them, by level; `unknown` where the text tells none.")
    reports: int = Field(ge=1, description="Accolades, told again or not.")


class Leaderboard(BaseModel):
    """Who was given how many honours, the most first."""

    items: list[Rank]


class TimelineItem(BaseModel):
    """One fact."""

    date: date_type | None = Field(description="The end of its time; for what was done, at the latest the day it was told.")
    event_type: str
    stage: Stage | None = Field(description="Of a milestone.")
    metric: Metric | None = Field(description="Of money.")
    status: Status
    amount: Amount | None
    events: list[Event] = Field(description="Its reports, the first told first.")
    reports: int = Field(ge=1)


class Delay(BaseModel):
    stage: Stage
    state: Literal["late", "postponed", "not_reported"] = Field(
        description="It came later than first planned; the plan was moved; the day has gone and no report tells of it."
    )
    planned: date_type = Field(description="As first planned.")
    replanned: date_type = Field(description="The latest day that was ever planned.")
    actual: date_type | None
    days: int = Field(ge=1, description="From `planned` to `actual`, to today, or to `replanned`.")


class Timeline(BaseModel):
    """One project's facts in the order of time."""

    project: str
    items: list[TimelineItem]
    delays: list[Delay] = Field(description="In the order of stages.")
    reports: int = Field(ge=1, description="All there are; the timeline is made of the 1,000 latest.")


class BulletinPage(BaseModel):
    """Bulletins in the order asked for."""

    items: list[BulletinSummary]
    total: int = Field(ge=0, description="Bulletins that the filters let through, on all pages.")
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


class BulletinWithEvents(BaseModel):
    """A bulletin with what was read from it. `bulletin.text[start:end]` is the quote of each event's evidence, in code points."""

    bulletin: Bulletin
    state: BulletinState | None = Field(description="What holds of it now; null until its first outcome is indexed.")
    events: list[Event] = Field(description="The first of them, in the order of the text.")
    events_total: int = Field(ge=0, description="All of them; GET /v1/events?bulletin_id=…&sort=position pages through them.")


class WebhookReply(BaseModel):
    """A webhook as it is shown: without its secrets."""

    webhook_id: str
    url: str
    description: str | None
    filter: dict[str, Any]
    enabled: bool
    disabled_reason: str | None
    created_at: AwareDatetime
    position: str = Field(description="All before it is confirmed; an id of /v1/stream.")
    delivered: int
    attempts: int
    delivered_at: AwareDatetime | None
    failing_since: AwareDatetime | None
    next_try_at: AwareDatetime | None
    error: str | None


class WebhookWithSecret(WebhookReply):
    """A webhook that was just made, or given a new secret."""

    secret: str = Field(description="Verifies what is sent (Standard Webhooks). It is not shown again.", examples=["whsec_…"])


class WebhookList(BaseModel):
    """All webhooks, the oldest first."""

    items: list[WebhookReply]
    total: int
    next: None = None


class Delivery(BaseModel):
    """One try to deliver one message."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    webhook_id: str
    message_id: str = Field(description="The header `webhook-id`: the event's id, the same however often it is sent.")
    event_type: str
    number: int = Field(ge=0, description="Of the webhook's tries.")
    outcome: Literal["delivered", "failed"]
    status: int | None = Field(description="HTTP status of the answer; null where there was none.")
    error: str | None
    at: AwareDatetime
    seconds: float = Field(ge=0)


class DeliveryList(BaseModel):
    """The last tries, the newest first."""

    items: list[Delivery]


class WebhookTest(BaseModel):
    """What came of a message of the type `test`."""

    delivered: bool
    status: int | None
    error: str | None
    seconds: float
