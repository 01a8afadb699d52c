"""Webhooks as the index keeps them."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from typing import Final

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from standardwebhooks import Webhook as Signer

from services.api.params import EventFilter

# Standard Webhooks: 24 to 64 random bytes, in Base64 behind this prefix.
_SECRET_PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
Headers = dict[str, str]


class Secret(BaseModel):
    """What messages are signed with. It has to be known as it is, so it is not stored as a digest, and is shown once."""

    model_config = ConfigDict(frozen=True)

    secret: str
    until: AwareDatetime | None = Field(default=None, description="Good until then, after a rotation.")


class Progress(BaseModel):
    """How far a webhook has come; written by the deliverer alone."""

    model_config = ConfigDict(frozen=True)

    position: str = Field(description="All before it is confirmed; an id of the live stream.")
    start_number: int = Field(description="Of the start that it began from.")
    delivered: int = Field(default=0, ge=0, description="Messages confirmed.")
    attempts: int = Field(default=0, ge=0, description="Messages sent, confirmed or not.")
    delivered_at: AwareDatetime | None = Field(default=None, description="When one was confirmed last.")
    failing_since: AwareDatetime | None = Field(default=None, description="Nothing went on since then.")
    next_try_at: AwareDatetime | None = None
    error: str | None = Field(default=None, description="Why the last one was not confirmed.")


class Webhook(BaseModel):
    """A subscription that is delivered by POST."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    webhook_id: str
    url: str
    description: str | None = None
    filter: str = Field(default="{}", description="An event filter as JSON.")
    enabled: bool = True
    disabled_reason: str | None = None
    enabled_at: AwareDatetime
    created_at: AwareDatetime
    secrets: list[Secret] = Field(min_length=1, description="The newest first.")
    start: str = Field(description="Where it began, or was last told to begin again; an id of the live stream.")
    start_number: int = Field(default=0, ge=0, description="Grows with each replay.")
    progress: Progress | None = None

    def event_filter(self) -> EventFilter:
        return EventFilter.model_validate_json(self.filter)

    def now_at(self) -> Progress:
        """How far it has come since it was last told where to begin."""
        if self.progress is not None and self.progress.start_number == self.start_number:
            return self.progress
        return Progress(position=self.start, start_number=self.start_number)

    def configuration(self) -> Webhook:
        """All but what the deliverer writes down as it goes."""
        return self.model_copy(update={"progress": None})

    def signed(self, message_id: str, body: bytes, now: datetime) -> Headers:
        """The headers of Standard Webhooks for a message sent at `now`, with a signature for each secret that is good."""
        good = [one.secret for one in self.secrets if one.until is None or now < one.until]
        signatures = [Signer(secret).sign(message_id, now, body.decode()) for secret in good]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }


def new_secret() -> Secret:
    return Secret(secret=_SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def new_id() -> str:
    return secrets.token_hex(12)


def written(filters: EventFilter) -> str:
    return filters.model_dump_json(exclude_defaults=True)


def body(event_type: str, timestamp: datetime, data: bytes) -> bytes:
    """As Standard Webhooks advises: `type`, `timestamp`, `data`."""
    return orjson.dumps({"type": event_type, "timestamp": timestamp.isoformat(), "data": orjson.Fragment(data)})
