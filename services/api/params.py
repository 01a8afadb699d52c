"""The parameters of the requests, with their limits. Unknown parameters are refused: a misspelt filter must not be ignored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal, TypeVar, get_origin

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from services.api.wording import Strict, unknown, written
from services.contracts import Accolade, InvestmentReport, Level, Metric, ProjectMilestone, RegionCode, Stage, Status, Uuid

MAX_LIMIT = 1000
DEFAULT_LIMIT = 20
MAX_CURSOR = 16_000
# Ten trillion yuan is more than any bulletin tells, and every fen below it is exact as a JSON number.
MAX_AMOUNT = 1e13
MAX_VALUES = 20

End = TypeVar("End", date | None, float | None)
EventType = Literal["investment_report", "project_milestone", "accolade"]
EventSort = Literal["-published_on", "published_on", "-amount", "amount", "-period_end", "period_end", "position", "fact_id"]
BulletinSort = Literal["-published_on", "published_on"]
FacetField = Literal[
    "event_type",
    "stage",
    "metric",
    "level",
    "status",
    "region_code",
    "region",
    "project",
    "organization",
    "subject",
    "recipient",
    "honor",
    "granted_by",
    "publisher",
]
# What an item is, and what `fields` may name: the fields of the contract. What else the index keeps stays there.
EVENT_FIELDS: Final = sorted({name for model in (InvestmentReport, ProjectMilestone, Accolade) for name in model.model_fields})


def _known_field(name: str) -> str:
    if name not in EVENT_FIELDS:
        raise ValueError(unknown(name, EVENT_FIELDS))
    return name


FieldName = Annotated[str, AfterValidator(_known_field), Field(json_schema_extra={"enum": list(EVENT_FIELDS)})]
Day = Annotated[date, written(r"\d{4}-\d{2}-\d{2}", "a day written YYYY-MM-DD")]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
ExactName = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
# The form is checked first and stands last: what stands behind it does not reach the OpenAPI document.
Money = Annotated[float, Field(ge=0, le=MAX_AMOUNT, allow_inf_nan=False), written(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", "a number")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), written("[A-Z]{3}", "three capital letters, for example CNY")]
Division = Annotated[RegionCode, written("[1-9][0-9]{5}", "six digits of GB/T 2260, for example 410106")]
Id = Annotated[Uuid, written("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "an id as replies give it, a UUID in small letters")]
_WHOLE = written(r"-?\d{1,9}", "a whole number")
Limit = Annotated[int, Field(ge=1, le=MAX_LIMIT), _WHOLE]
Names = Annotated[list[ExactName], Field(max_length=MAX_VALUES)]


class _Published(Strict):
    published_from: Day | None = Field(default=None, description="Published on this day or later.")
    published_to: Day | None = Field(default=None, description="Published on this day or before.")

    @field_validator("published_to")
    @classmethod
    def _check_published(cls, last: date | None, info: ValidationInfo) -> date | None:
        return _not_before("published_from", last, info)


class _Page(Strict):
    limit: Limit = Field(default=DEFAULT_LIMIT, description="Items in one reply.")
    cursor: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_CURSOR,
        description="`next` of the reply before, with otherwise the same parameters. It is good for five minutes after its last use.",
    )

    def filters(self) -> str:
        """All that decides which items there are and in which order; two pages of one list have the same."""
        return self.model_dump_json(exclude={"limit", "cursor"})


class EventFilter(_Published):
    """Which events. All given filters must hold; of one that is given several times, any value."""

    event_type: list[EventType] = Field(default=[], max_length=MAX_VALUES)
    stage: list[Stage] = Field(default=[], max_length=MAX_VALUES, description="Of a project milestone.")
    metric: list[Metric] = Field(default=[], max_length=MAX_VALUES, description="Of an investment report.")
    level: list[Level] = Field(default=[], max_length=MAX_VALUES, description="Of an accolade.")
    status: list[Status] = Field(default=[], max_length=MAX_VALUES)
    region_code: list[Division] = Field(
        default=[],
        max_length=MAX_VALUES,
        description="Six digits (GB/T 2260), with everything below: `410000` is the province, `410100` the prefecture.",
        examples=[["410106"]],
    )
    region: Phrase | None = Field(default=None, description="Words of the place as named.", examples=["上街区"])
    project: Phrase | None = Field(default=None, description="Words of the project's name.", examples=["智能空调生产基地"])
    organization: Phrase | None = Field(default=None, description="Words of the name of who builds or owns it.")
    subject: Phrase | None = Field(default=None, description="Words of what the money goes into.")
    recipient: Phrase | None = Field(default=None, description="Words of the name of who was honoured.")
    honor: Phrase | None = Field(default=None, description="Words of the honour's name.")
    region_exact: Names = Field(default=[], description="The place, exactly as named.")
    project_exact: Names = Field(default=[], description="The project's name, exactly.")
    organization_exact: Names = Field(default=[], description="Who builds or owns it, exactly.")
    subject_exact: Names = Field(default=[], description="What the money goes into, exactly.")
    recipient_exact: Names = Field(default=[], description="Who was honoured, exactly.")
    honor_exact: Names = Field(default=[], description="The honour's name, exactly.")
    publisher_exact: Names = Field(default=[], description="The publisher's name, exactly.")
    q: Phrase | None = Field(default=None, description="Words of the quote; several, with spaces between, must all occur.")
    bulletin_id: list[Id] = Field(default=[], max_length=MAX_VALUES)
    fact_id: list[Id] = Field(default=[], max_length=MAX_VALUES, description="The same fact told again has the same one.")
    amount_min: Money | None = Field(default=None, description="In units of `currency`; the upper end of a range counts.")
    amount_max: Money | None = Field(default=None, description="In units of `currency`; the lower end of a range counts.")
    currency: Currency = Field(default="CNY", description="Of the amounts, wherever an amount is filtered, sorted or summed by.")
    period_from: Day | None = Field(default=None, description="The fact's time reaches this day or later.")
    period_to: Day | None = Field(default=None, description="The fact's time begins on this day or before.")

    @field_validator("amount_max")
    @classmethod
    def _check_amounts(cls, last: float | None, info: ValidationInfo) -> float | None:
        return _not_before("amount_min", last, info)

    @field_validator("period_to")
    @classmethod
    def _check_period(cls, last: date | None, info: ValidationInfo) -> date | None:
        return _not_before("period_from", last, info)


class _Selection(Strict):
    fields: list[FieldName] = Field(
        default=[], max_length=len(EVENT_FIELDS), description="Only these fields of each event; `event_id` always comes along."
    )

    def selected(self) -> list[str]:
        """The fields asked for, in the contract's order by name."""
        return sorted({"event_id", *self.fields}) if self.fields else list(EVENT_FIELDS)


class EventQuery(EventFilter, _Selection, _Page):
    """The event list."""

    sort: EventSort = Field(default="-published_on", description="`position`: as they stand in their bulletins.")
    collapse: Literal["fact_id"] | None = Field(
        default=None,
        description="`fact_id`: of each fact only the report that comes first, with `reports`, how often it is told. Pages end after "
        "10,000 facts, except with `sort=fact_id`.",
    )


class ExportQuery(EventFilter, _Selection):
    """The event list as a stream, all pages in one."""

    sort: EventSort = Field(default="-published_on", description="`position`: as they stand in their bulletins.")


class FeedQuery(EventFilter):
    """The newest events, as a feed."""

    limit: int = Field(default=50, ge=1, le=100, description="At most so many entries.")


class StreamQuery(EventFilter):
    """Events as they come."""

    last_event_id: str | None = Field(
        default=None,
        max_length=8000,
        description="Go on after the event with this id; the header `Last-Event-ID` goes before. By default only what comes from now on.",
    )


class FacetQuery(EventFilter):
    """Counts of the values of some fields."""

    field: list[FacetField] = Field(
        min_length=1, max_length=MAX_VALUES, description="Which fields.", examples=[["stage", "status"]]
    )
    size: Annotated[int, Field(ge=1, le=200), _WHOLE] = Field(
        default=20, description="At most so many values a field, the most frequent first."
    )


class HistogramQuery(EventFilter):
    """Counts and sums over time."""

    date: Literal["published_on", "period_start"] = Field(
        default="published_on", description="Of the bulletin's publication or of the fact's time; events without it are left out."
    )
    interval: Literal["month", "quarter", "year"] = "month"


class RegionQuery(EventFilter):
    """Counts by administrative division."""

    within: Division | None = Field(default=None, description="Only this division and what is below it.", examples=["410100"])


class LeaderboardQuery(EventFilter):
    """Honours by who received them. Only accolades that were given (`status=actual`), to recipients that are named, not counted."""

    size: Annotated[int, Field(ge=1, le=100), _WHOLE] = Field(default=20, description="At most so many recipients.")


class BulletinQuery(_Published, _Page):
    """Filters of the bulletin list."""

    region_code: list[Division] = Field(default=[], max_length=MAX_VALUES, description="As for events.", examples=[["410106"]])
    source_id: Phrase | None = Field(default=None, description="The configured source, exactly.")
    source_uri: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = Field(
        default=None, description="Where it was read, exactly."
    )
    publisher: Phrase | None = Field(default=None, description="Words of the publisher's name.")
    q: Phrase | None = Field(default=None, description="Words of the title or text; several must all occur.")
    sort: BulletinSort = "-published_on"


class TimelineQuery(Strict):
    """How a project is looked up."""

    match: Literal["exact", "words"] = Field(
        default="exact", description="`words`: every project whose name has these words, as in the event list."
    )
    region_code: list[Division] = Field(default=[], max_length=MAX_VALUES, description="Only there; as in the event list.")


def _not_before(first: str, last: End, info: ValidationInfo) -> End:
    """The end of a range, which must not lie before its beginning, the parameter `first`."""
    beginning = info.data.get(first)
    if beginning is not None and last is not None and last < beginning:
        raise ValueError(f"is less than {first}")
    return last


def several() -> frozenset[str]:
    """Parameters that may be given more than once."""
    queries = (EventQuery, ExportQuery, FacetQuery, HistogramQuery, RegionQuery, LeaderboardQuery, BulletinQuery, TimelineQuery)
    return frozenset(
        name for query in queries for name, field in query.model_fields.items() if get_origin(field.annotation) is list
    )
