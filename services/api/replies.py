"""What the API answers, as the OpenAPI document tells it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from services.contracts import Bulletin, BulletinState, Event, RegionCode, Uuid
from services.settings import PROJECT

EXAMPLES = PROJECT / "schemas" / "examples"


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


class EventPage(BaseModel):
    """Events in the order asked for."""

    items: list[Event]
    total: int = Field(ge=0, description="Events that the filters let through, on all pages.")
    next: str | None = Field(description="The `cursor` of the next page; null on the last one.")


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


def examples(role: str) -> list[dict[str, Any]]:
    """The real example messages of a topic."""
    return [json.loads(path.read_text("utf-8")) for path in sorted((EXAMPLES / role).glob("*.json"))]


def example_content(values: dict[str, Any]) -> dict[str, Any]:
    """Named examples for the OpenAPI document."""
    return {"content": {"application/json": {"examples": {name: {"value": value} for name, value in values.items()}}}}
