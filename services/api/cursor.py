"""Where a list goes on: opaque to callers, and signed, so that Elasticsearch sees nothing that this API did not give itself."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from pydantic import BaseModel, ConfigDict

# Elasticsearch gives and takes the sort values of a document without the field as the ends of a Java long, or as text.
SortValue = str | int | float | None
_SIGNATURE_BYTES = 16


class CursorError(ValueError):
    """The text is no cursor of ours, or one of another list."""


class Place(BaseModel):
    """Where in which list: after an item with these sort values, or after so many items; in the snapshot of the first page."""

    model_config = ConfigDict(extra="forbid", strict=True)

    snapshot: str
    after: list[SortValue] | None = None
    offset: int = 0


class _Signed(Place):
    filters: str


def encode(key: bytes, filters: str, place: Place) -> str:
    """`filters` tells the list apart from others."""
    raw = _Signed(filters=_digest(filters), **place.model_dump()).model_dump_json().encode()
    return base64.urlsafe_b64encode(_signature(key, raw) + raw).rstrip(b"=").decode()


def decode(key: bytes, text: str, filters: str) -> Place:
    """Raises CursorError."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorError("is no cursor that this API gave") from error
    signature, raw = data[:_SIGNATURE_BYTES], data[_SIGNATURE_BYTES:]
    if not hmac.compare_digest(signature, _signature(key, raw)):
        raise CursorError("is no cursor that this API gave, or the API was started anew since: ask for the first page again")
    signed = _Signed.model_validate_json(raw)
    if signed.filters != _digest(filters):
        raise CursorError("belongs to a list with other parameters")
    return Place(snapshot=signed.snapshot, after=signed.after, offset=signed.offset)


def _signature(key: bytes, raw: bytes) -> bytes:
    return hmac.digest(key, raw, "sha256")[:_SIGNATURE_BYTES]


def _digest(filters: str) -> str:
    return hashlib.sha256(filters.encode("utf-8", "surrogatepass")).hexdigest()[:16]
