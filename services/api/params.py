"""The parameters of the list requests, with their limits. Unknown parameters are refused: a misspelt filter must not be ignored."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.contracts import Level, Metric, RegionCode, Stage, Status, Uuid

MAX_LIMIT = 1000
DEFAULT_LIMIT = 20
# Ten trillion yuan is more than any bulletin tells, and every fen below it is exact as a JSON number.
MAX_AMOUNT = 1e13

EventType = Literal["investment_report", "project_milestone", "accolade"]
EventSort = Literal["-published_on", "published_on", "-amount", "amount", "-period_end", "period_end", "position"]
BulletinSort = Literal["-published_on", "published_on"]
Phrase = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Money = Annotated[float, Field(ge=0, le=MAX_AMOUNT, allow_inf_nan=False)]
MAX_VALUES = 20


class ListQuery(BaseModel):
    """What all lists have in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    published_from: date | None = Field(default=None, description="Published on this day or later.")
    published_to: date | None = Field(default=None, description="Published on this day or before.")
    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Items in one reply.")
    cursor: str | None = Field(
        default=None, min_length=1, max_length=1000, description="`next` of the reply before, with otherwise the same parameters."
    )

    def filters(self) -> str:
        """All that decides which items there are and in which order; two pages of one list have the same."""
        return self.model_dump_json(exclude={"limit", "cursor"})

    @model_validator(mode="after")
    def _check_published(self) -> Self:
        _check_range("published", self.published_from, self.published_to)
        return self


class EventQuery(ListQuery):
    """Filters of the event list. All given ones must hold; of one that is given several times, any value."""

    event_type: list[EventType] = Field(default=[], max_length=MAX_VALUES)
    stage: list[Stage] = Field(default=[], max_length=MAX_VALUES, description="Of a project milestone.")
    metric: list[Metric] = Field(default=[], max_length=MAX_VALUES, description="Of an investment report.")
    level: list[Level] = Field(default=[], max_length=MAX_VALUES, description="Of an accolade.")
    status: list[Status] = Field(default=[], max_length=MAX_VALUES)
    region_code: list[RegionCode] = Field(
        default=[],
        max_length=MAX_VALUES,
        description="Six digits (GB/T 2260), with everything below: `410000` is the province, `410100` the prefecture.",
        examples=[["410106"]],
    )
    region: Phrase | None = Field(default=None, description="Words of the place as named.", examples=["上街区"])
    project: Phrase | None = Field(default=None, description="Words of the project's name.", examples=["智能空调生产基地"])
    organization: Phrase | None = Field(default=None, description="Words of the name of who builds or owns it.")
    recipient: Phrase | None = Field(default=None, description="Words of the name of who was honoured.")
    q: Phrase | None = Field(default=None, description="Words of the quote; several, with spaces between, must all occur.")
    bulletin_id: list[Uuid] = Field(default=[], max_length=MAX_VALUES)
    fact_id: list[Uuid] = Field(default=[], max_length=MAX_VALUES, description="The same fact told again has the same one.")
    amount_min: Money | None = Field(default=None, description="In units of `currency`; the upper end of a range counts.")
    amount_max: Money | None = Field(default=None, description="In units of `currency`; the lower end of a range counts.")
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        default="CNY", description="Of the amounts, wherever an amount is filtered or sorted by."
    )
    period_from: date | None = Field(default=None, description="The fact's time reaches this day or later.")
    period_to: date | None = Field(default=None, description="The fact's time begins on this day or before.")
    sort: EventSort = Field(default="-published_on", description="`position`: as they stand in their bulletins.")

    @model_validator(mode="after")
    def _check_ranges(self) -> Self:
        _check_range("amount", self.amount_min, self.amount_max)
        _check_range("period", self.period_from, self.period_to)
        return self


class BulletinQuery(ListQuery):
    """Filters of the bulletin list."""

    region_code: list[RegionCode] = Field(default=[], max_length=MAX_VALUES, description="As for events.", examples=[["410106"]])
    source_id: Phrase | None = Field(default=None, description="The configured source, exactly.")
    source_uri: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = Field(
        default=None, description="Where it was read, exactly."
    )
    publisher: Phrase | None = Field(default=None, description="Words of the publisher's name.")
    q: Phrase | None = Field(default=None, description="Words of the title or text; several must all occur.")
    sort: BulletinSort = "-published_on"


def _check_range(name: str, first: date | float | None, last: date | float | None) -> None:
    if first is not None and last is not None and first > last:  # type: ignore[operator]
        ends = ("min", "max") if name == "amount" else ("from", "to")
        raise ValueError(f"{name}_{ends[0]} is greater than {name}_{ends[1]}")
