"""The API's operations as methods."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Literal, Self, TypeVar, Unpack, overload
from urllib.parse import quote

import httpx2
from pydantic import TypeAdapter, ValidationError

from services.client.errors import UnexpectedReplyError
from services.client.filters import AnyOf, BulletinFilters, BulletinSort, EventFilters, EventSort
from services.client.listing import Fact, Listing, Page
from services.client.stream import EventStream
from services.client.transport import Transport, lines, pieces
from services.client.webhooks import Webhooks
from services.contracts import EVENT_ADAPTER, Event
from services.replies import (
    BulletinSummary,
    BulletinWithEvents,
    Facets,
    Histogram,
    Leaderboard,
    Regions,
    SelectedEvent,
    Timeline,
)
from services.settings import Settings

NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
ATOM: Final = "application/atom+xml"
PAGE: Final = 500
_EVENTS: Final = TypeAdapter(Page[Event])
_SELECTED: Final = TypeAdapter(Page[SelectedEvent])
_FACTS: Final = TypeAdapter(Page[Fact])
_BULLETINS: Final = TypeAdapter(Page[BulletinSummary])
_LINE: Final = TypeAdapter(SelectedEvent)
Item = TypeVar("Item")


class Client:
    """Asks one API; to be closed, or used in a `with`. One client may be used by several threads.

    A request that is refused with 429 or 503 is sent again up to `retries` times, after the time that the API says, or at once
    refused where that is more than `longest_wait` seconds. `timeout` is in seconds, for each step of a request: connecting, and each
    wait for more of the reply. Every method raises ApiProblem for what the API refuses, UnreachableError and UnexpectedReplyError.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        timeout: float = 30.0,
        retries: int = 3,
        longest_wait: float = 30.0,
        http: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`http` sends the requests, where they should go another way than by default. Raises ValueError for an address or key
        that cannot be one."""
        self._transport = Transport(url, key, timeout, retries, longest_wait, http, sleep)
        self.webhooks = Webhooks(self._transport)

    @classmethod
    def from_settings(cls, settings: Settings | None = None, **options: Any) -> Self:
        """By BULLETINS_API_URL and BULLETINS_API_KEY; without an address, where the settings have an API listen. `options` as above."""
        found = Settings() if settings is None else settings
        key = "" if found.api_key is None else found.api_key.get_secret_value()
        return cls(found.api_url or address(found), key or None, **options)

    @property
    def url(self) -> str:
        return self._transport.url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()

    # Events

    @overload
    def events(
        self, *, fields: None = None, sort: EventSort | None = None, page_size: int = PAGE, **filters: Unpack[EventFilters]
    ) -> Listing[Event]: ...
    @overload
    def events(
        self, *, fields: Sequence[str], sort: EventSort | None = None, page_size: int = PAGE, **filters: Unpack[EventFilters]
    ) -> Listing[SelectedEvent]: ...
    def events(
        self,
        *,
        fields: Sequence[str] | None = None,
        sort: EventSort | None = None,
        page_size: int = PAGE,
        **filters: Unpack[EventFilters],
    ) -> Listing[Any]:
        """Events, page by page; with `fields` only those of each."""
        asked = {**filters, "fields": fields, "sort": sort}
        return self._listing("/v1/events", asked, page_size, _EVENTS if fields is None else _SELECTED)

    def facts(self, *, sort: EventSort | None = None, page_size: int = PAGE, **filters: Unpack[EventFilters]) -> Listing[Fact]:
        """Facts, each with the report of it that comes first; all of them only with `sort="fact_id"`, else the first 10,000."""
        return self._listing("/v1/events", {**filters, "sort": sort, "collapse": "fact_id"}, page_size, _FACTS)

    def event(self, event_id: str) -> Event:
        return self._transport.read(f"/v1/events/{_segment(event_id)}", {}, EVENT_ADAPTER)

    @overload
    def export(
        self, *, fields: None = None, sort: EventSort | None = None, **filters: Unpack[EventFilters]
    ) -> Iterator[Event]: ...
    @overload
    def export(
        self, *, fields: Sequence[str], sort: EventSort | None = None, **filters: Unpack[EventFilters]
    ) -> Iterator[SelectedEvent]: ...
    def export(
        self, *, fields: Sequence[str] | None = None, sort: EventSort | None = None, **filters: Unpack[EventFilters]
    ) -> Iterator[Any]:
        """All events in one reply, one after the other as they arrive. To stop early, close the iterator."""
        form: TypeAdapter[Any] = EVENT_ADAPTER if fields is None else _LINE
        parameters = {**filters, "fields": fields, "sort": sort}
        with self._transport.stream("/v1/events.ndjson", parameters, NDJSON) as reply:
            for line in lines(reply):
                try:
                    yield form.validate_json(line)
                except ValidationError as error:
                    raise UnexpectedReplyError(f"a line of {self.url} is no event: {line[:100]!r}") from error

    def export_csv(
        self,
        *,
        fields: Sequence[str] | None = None,
        sort: EventSort | None = None,
        bom: bool | None = None,
        **filters: Unpack[EventFilters],
    ) -> Iterator[bytes]:
        """All events as a table, in pieces as they arrive; to be written to a file."""
        parameters = {**filters, "fields": fields, "sort": sort, "bom": bom}
        with self._transport.stream("/v1/events.csv", parameters, CSV) as reply:
            yield from pieces(reply)

    # Subscriptions

    def stream(self, *, last_event_id: str | None = None, **filters: Unpack[EventFilters]) -> EventStream:
        """Events as they are published, without end: from now on, or after the event with this id."""
        return EventStream(self._transport, filters, last_event_id)

    def feed(self, *, limit: int | None = None, **filters: Unpack[EventFilters]) -> bytes:
        """The newest events as an Atom feed (XML)."""
        with self._transport.stream("/v1/events.atom", {**filters, "limit": limit}, ATOM) as reply:
            return b"".join(pieces(reply))

    # Summaries

    def facets(self, field: AnyOf, *, size: int | None = None, **filters: Unpack[EventFilters]) -> Facets:
        """How many events have which value of each field."""
        return self._transport.read("/v1/events/facets", {**filters, "field": field, "size": size}, TypeAdapter(Facets))

    def histogram(
        self,
        *,
        date: Literal["published_on", "period_start"] | None = None,
        interval: Literal["month", "quarter", "year"] | None = None,
        **filters: Unpack[EventFilters],
    ) -> Histogram:
        """Events and sums of money over time."""
        return self._transport.read(
            "/v1/events/histogram", {**filters, "date": date, "interval": interval}, TypeAdapter(Histogram)
        )

    def regions(self, *, within: str | None = None, **filters: Unpack[EventFilters]) -> Regions:
        """Divisions that have events; each counts everything below it."""
        return self._transport.read("/v1/regions", {**filters, "within": within}, TypeAdapter(Regions))

    def leaderboard(self, *, size: int | None = None, **filters: Unpack[EventFilters]) -> Leaderboard:
        """Who was given how many honours of which level."""
        return self._transport.read("/v1/accolades/leaderboard", {**filters, "size": size}, TypeAdapter(Leaderboard))

    def timeline(
        self, project: str, *, match: Literal["exact", "words"] | None = None, region_code: AnyOf | None = None
    ) -> Timeline:
        """What happened to a project; ApiProblem with the status 404 where no event tells of it."""
        path = f"/v1/projects/{_segment(project)}/timeline"
        return self._transport.read(path, {"match": match, "region_code": region_code}, TypeAdapter(Timeline))

    # Bulletins

    def bulletins(
        self, *, sort: BulletinSort | None = None, page_size: int = PAGE, **filters: Unpack[BulletinFilters]
    ) -> Listing[BulletinSummary]:
        """Bulletins without their texts, page by page."""
        return self._listing("/v1/bulletins", {**filters, "sort": sort}, page_size, _BULLETINS)

    def bulletin(self, bulletin_id: str) -> BulletinWithEvents:
        """A bulletin with its text, and the events that were read from it."""
        return self._transport.read(f"/v1/bulletins/{_segment(bulletin_id)}", {}, TypeAdapter(BulletinWithEvents))

    def _listing(self, path: str, parameters: Mapping[str, Any], page_size: int, form: TypeAdapter[Page[Item]]) -> Listing[Item]:
        def fetch(cursor: str | None) -> Page[Item]:
            return self._transport.read(path, {**parameters, "limit": page_size, "cursor": cursor}, form)

        return Listing(fetch)


def address(settings: Settings) -> str:
    """Where the settings have an API listen, as it is called from this machine."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.api_host, settings.api_host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.api_port}"


def _segment(text: str) -> str:
    """One segment of a path, whatever is in it; `..` would be taken for the segment above."""
    return quote(text, safe="").replace(".", "%2E")
