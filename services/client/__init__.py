"""A client of the HTTP API: `from services.client import Client`. See docs/client.md."""

from services.client.client import Client
from services.client.errors import ApiError, ApiProblem, UnexpectedReplyError, UnreachableError
from services.client.filters import BulletinFilters, EventFilters
from services.client.listing import Fact, Listing, Page
from services.client.stream import EventStream, StreamedEvent
from services.client.webhooks import Webhooks

__all__ = [
    "ApiError",
    "ApiProblem",
    "BulletinFilters",
    "Client",
    "EventFilters",
    "EventStream",
    "Fact",
    "Listing",
    "Page",
    "StreamedEvent",
    "UnexpectedReplyError",
    "UnreachableError",
    "Webhooks",
]
