"""Where a list goes on: opaque to callers, checked in full when it comes back."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

# Elasticsearch gives and takes the sort values of a document without the field as the ends of a Java long, or as text.
SortValue = str | int | float
Kind = Literal["text", "long", "double"]
LONGEST = 2**63 - 1


class CursorError(ValueError):
    """The text is no cursor of ours, or one of another list."""


class _Cursor(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    version: Literal[1] = 1
    filters: str
    after: list[SortValue]


def encode(filters: str, after: Sequence[SortValue]) -> str:
    """`filters` tells the list apart from others; `after` are the sort values of the last item that was given."""
    raw = _Cursor(filters=_digest(filters), after=list(after)).model_dump_json().encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str, filters: str, kinds: Sequence[Kind]) -> list[SortValue]:
    """The sort values to go on after. `kinds` are the types that the sort's values have. Raises CursorError."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = _Cursor.model_validate_json(raw)
    except (binascii.Error, ValueError) as error:
        raise CursorError("is no cursor that this API gave") from error
    if cursor.filters != _digest(filters):
        raise CursorError("belongs to a list with other parameters")
    if len(cursor.after) != len(kinds) or not all(_fits(value, kind) for value, kind in zip(cursor.after, kinds, strict=True)):
        raise CursorError("is no cursor that this API gave")
    return cursor.after


def _fits(value: SortValue, kind: Kind) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "long":
        return isinstance(value, int) and abs(value) <= LONGEST + 1
    return isinstance(value, int | float) or value in ("Infinity", "-Infinity")


def _digest(filters: str) -> str:
    return hashlib.sha256(filters.encode("utf-8", "surrogatepass")).hexdigest()[:16]
