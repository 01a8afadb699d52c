"""Parameters as keyword arguments. Their meaning stands in the API's own reference (`/docs`); a test holds that the names agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, TypedDict

# One value, or several of which any will do.
AnyOf = str | Sequence[str]
Day = date | str
Money = float | Decimal

EventSort = Literal["-published_on", "published_on", "-amount", "amount", "-period_end", "period_end", "position", "fact_id"]
BulletinSort = Literal["-published_on", "published_on"]


class EventFilters(TypedDict, total=False):
    """Which events: all given filters must hold."""

    event_type: AnyOf
    stage: AnyOf
    metric: AnyOf
    level: AnyOf
    status: AnyOf
    region_code: AnyOf
    region: str
    project: str
    organization: str
    subject: str
    recipient: str
    honor: str
    region_exact: AnyOf
    project_exact: AnyOf
    organization_exact: AnyOf
    subject_exact: AnyOf
    recipient_exact: AnyOf
    honor_exact: AnyOf
    publisher_exact: AnyOf
    q: str
    bulletin_id: AnyOf
    fact_id: AnyOf
    amount_min: Money
    amount_max: Money
    currency: str
    period_from: Day
    period_to: Day
    published_from: Day
    published_to: Day


class BulletinFilters(TypedDict, total=False):
    """Which bulletins: all given filters must hold."""

    region_code: AnyOf
    source_id: str
    source_uri: str
    publisher: str
    q: str
    published_from: Day
    published_to: Day
