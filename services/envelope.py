"""Message headers: CloudEvents 1.0, Kafka binding, binary mode.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from services import tracing
from services.contracts import (
    SCHEMA_VERSION,
    Accolade,
    Bulletin,
    InvestmentReport,
    Outcome,
    ProjectMilestone,
    content_id,
)

Headers = list[tuple[str, bytes]]
CONTENT_TYPE = b"application/json"


# A CloudEvents extension attribute: the revision of the bulletin that an event was read from. An event itself does not tell it
# (its content depends on the text alone), but whoever keeps the newest state has to know which of two texts it belongs to.
REVISION = "ce_revision"


def headers(
    message: Bulletin | Outcome | InvestmentReport | ProjectMilestone | Accolade,
    traceparent: str | None = None,
    revision: int | None = None,
) -> Headers:
    """Headers of a message. `ce_id` depends on the content alone, so a duplicate after a crash can be recognised by it;
    `traceparent` (W3C) continues the trace of the message that this one came from, or begins one. `revision` is that of the
    bulletin which an event was read from; bulletins and outcomes carry their own."""
    if isinstance(message, Bulletin | Outcome):
        revision = message.revision
    told = [] if revision is None else [(REVISION, str(revision).encode())]
    return [
        ("ce_specversion", b"1.0"),
        ("ce_id", message_id(message).encode()),
        ("ce_source", message.source_uri.encode("utf-8", "replace")),
        ("ce_type", f"bulletins.{kind(message)}.v{SCHEMA_VERSION}".encode()),
        ("ce_time", datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z").encode()),
        ("content-type", CONTENT_TYPE),
        ("traceparent", child_traceparent(traceparent).encode()),
        *told,
    ]


def kind(message: Bulletin | Outcome | InvestmentReport | ProjectMilestone | Accolade) -> str:
    """The role of the topic that a message belongs on: `text`, `outcome` or the event type."""
    if isinstance(message, Bulletin):
        return "text"
    if isinstance(message, Outcome):
        return "outcome"
    return message.event_type


def message_id(message: Bulletin | Outcome | InvestmentReport | ProjectMilestone | Accolade) -> str:
    if isinstance(message, Bulletin):
        return content_id("text", message.bulletin_id, message.source_uri, message.revision)
    if isinstance(message, Outcome):
        return content_id("outcome", message.bulletin_id, message.extractor, message.revision)
    return message.event_id


def child_traceparent(parent: str | None) -> str:
    """The present span where tracing is on; else a new span below `parent`, or a new trace where there is none or it is malformed."""
    if present := tracing.traceparent():
        return present
    parts = (parent or "").split("-")
    well_formed = len(parts) == 4 and len(parts[1]) == 32 and all(c in "0123456789abcdef" for c in parts[1])
    trace = parts[1] if well_formed else secrets.token_hex(16)
    return f"00-{trace}-{secrets.token_hex(8)}-01"


def header(items: list[tuple[str, bytes]] | None, name: str) -> str | None:
    """The last value of a header as text; None where it is missing."""
    for key, value in reversed(items or []):
        if key == name:
            return value.decode("utf-8", "replace")
    return None
