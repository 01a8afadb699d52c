"""API keys: what is stored of one, and how a key is recognised. Only digests are stored; a key is shown once, when it is made."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

# Easy to find for scanners of leaked secrets; the number is the form's version.
_FORM: Final = re.compile(r"bulletins1_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Scope(StrEnum):
    """Each is for itself; `admin` is for webhooks and does not include the others."""

    READ = "read"
    SUBSCRIBE = "subscribe"
    ADMIN = "admin"


class ApiKey(BaseModel):
    """A key as the index keeps it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    key_id: str
    name: str = Field(min_length=1, max_length=200, description="Whose it is.")
    digest: str = Field(description="SHA-256 of the secret part: 256 random bits need no slow hash.")
    scopes: list[Scope]
    rate_per_minute: int = Field(ge=1, le=1_000_000)
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None = None
    previous_digest: str | None = Field(default=None, description="Of the secret before the last rotation.")
    previous_until: AwareDatetime | None = Field(default=None, description="Until then the secret before it is good as well.")

    def accepts(self, secret: str, now: datetime) -> bool:
        """Whether this is its secret, and it is good now."""
        if self.revoked_at is not None and self.revoked_at <= now:
            return False
        given = digest(secret)
        good = hmac.compare_digest(given, self.digest)
        before = self.previous_digest is not None and self.previous_until is not None and now < self.previous_until
        return good or (before and hmac.compare_digest(given, str(self.previous_digest)))


class Parts(NamedTuple):
    key_id: str
    secret: str


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def new_id() -> str:
    return secrets.token_hex(6)


def written(key_id: str, secret: str) -> str:
    """The key as its owner sends it."""
    return f"bulletins1_{key_id}_{secret}"


def parts(key: str) -> Parts | None:
    """None for what is no key of ours."""
    found = _FORM.fullmatch(key)
    return Parts(found[1], found[2]) if found else None


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
