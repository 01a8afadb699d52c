"""`fact_id`: the same fact told again, in this or another bulletin, has the same one."""

from __future__ import annotations

import re
from typing import Any

from services.contracts import content_id
from services.extractor.dates import Time
from services.extractor.reading import Draft

_FILLER = re.compile(r"[\W_]+|项目$|工程$|建设$")


def fact_id(draft: Draft, home_code: str | None) -> str:
    """The fact that a draft states, as an id: the place, what it is about and the figure or stage, not how it is worded."""
    fields: dict[str, Any] = draft.fields
    if draft.event_type == "investment_report":
        amount = fields.get("amount")
        figure = (
            (amount["value"].normalize(), amount["currency"])
            if amount
            else (fields.get("change_percent"), fields.get("plan_percent"))
        )
        return content_id("fact", draft.event_type, home_code, fields["metric"], *figure, _year(draft.period))
    if draft.event_type == "project_milestone":
        return content_id(
            "fact",
            draft.event_type,
            home_code,
            _key(fields["project"]),
            fields["stage"],
            draft.status,
            fields.get("project_count"),
        )
    return content_id(
        "fact",
        draft.event_type,
        home_code,
        _key(fields.get("recipient")),
        _key(fields["honor"]),
        fields.get("rank"),
        draft.status,
    )


def _key(name: str | None) -> str:
    plain = _FILLER.sub("", name or "")
    return _FILLER.sub("", plain)


def _year(period: Time | None) -> int | None:
    day = period and (period.last or period.first)
    return day.year if day else None
