"""Times as options: UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
SINCE = Annotated[datetime | None, typer.Option("--since", formats=_FORMATS, help="Written at this time (UTC) or later.")]
UNTIL = Annotated[datetime | None, typer.Option("--until", formats=_FORMATS, help="Written before this time (UTC).")]


def in_utc(time: datetime | None) -> datetime | None:
    """Options come without a zone."""
    return None if time is None else time.replace(tzinfo=UTC)
