"""Parameters as keyword arguments, and as a webhook's filter. Their meaning stands in the API's own reference (`/docs`); a test holds that the names agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal, TypedDict, get_type_hints

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


_SEVERAL: Final = frozenset(name for name, kind in get_type_hints(EventFilters).items() if kind == AnyOf)


def as_json(filters: EventFilters) -> dict[str, Any]:
    """The filters as an object of JSON: one value of those that may have several is a list of one."""
    return {name: _json(value, name in _SEVERAL) for name, value in filters.items() if value is not None}


def _json(value: Any, several: bool) -> Any:
    if several:
        return [value] if isinstance(value, str) else list(value)
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
