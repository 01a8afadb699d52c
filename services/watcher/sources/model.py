"""How sources are described: the model of `seeds/sources.yaml`, and of `schemas/sources.json` that editors check it with."""

from __future__ import annotations

import codecs
import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from services.addresses import parse
from services.watcher.fetch.errors import UnsafeAddress

_SPAN: Final = re.compile(r"(\d{1,5})\s*([smhdw])")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def _span(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SPAN.fullmatch(value.strip())
    if found is None:
        raise ValueError("write a span as a number and s, m, h, d or w: 30m, 6h, 7d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _selector(value: str) -> str:
    try:
        LexborHTMLParser("<p>").css(value)
    except (SelectolaxError, ValueError) as error:
        raise ValueError(f"no CSS selector: {error}") from error
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from error
    return value


def _address(value: str) -> str:
    try:
        return parse(value).url
    except UnsafeAddress as error:
        raise ValueError(str(error)) from error


Span = Annotated[
    timedelta,
    BeforeValidator(_span),
    PlainSerializer(lambda span: f"{int(span.total_seconds())}s", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,5}\s*[smhdw]$", "description": "A number and s, m, h, d or w: 6h."}),
]
Selector = Annotated[str, BeforeValidator(_selector), Field(max_length=500, description="A CSS selector.")]
Pattern = Annotated[str, BeforeValidator(_pattern), Field(max_length=500, description="A regular expression.")]
Region = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if isinstance(value, int) else value),  # YAML makes a number of 410106
    WithJsonSchema(
        {
            "type": ["string", "integer"],
            "description": "A division by GB/T 2260 code or by name, with those above it where the name is not unique.",
        }
    ),
]
Address = Annotated[str, BeforeValidator(_address), Field(description="An http or https address.")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Expected(_Part):
    """How many new bulletins a period brings. With none in a whole period the source counts as silent."""

    new: int = Field(ge=1, le=100_000)
    every: Span = Field(description="The period. Let it be long enough for holidays.")

    @field_validator("every")
    @classmethod
    def _is_long(cls, every: timedelta) -> timedelta:
        if every < timedelta(hours=1):
            raise ValueError("a period has an hour at least")
        return every


class Schedule(_Part):
    every: Span = Field(default=timedelta(hours=6), description="Time between two visits.")
    jitter: float = Field(default=0.1, ge=0, le=0.5, description="Each time is longer or shorter by up to this share of itself.")

    @field_validator("every")
    @classmethod
    def _is_polite(cls, every: timedelta) -> timedelta:
        if every < timedelta(seconds=1):
            raise ValueError("a second at least")
        return every


class Article(_Part):
    """Where an article's parts stand in its page. What is not said, or not found there, is found as in any other page."""

    text: Selector | None = None
    title: Selector | None = None
    publisher: Selector | None = None
    published_on: Selector | None = None


class _Source(_Part):
    id: str = Field(
        pattern=r"^[A-Za-z0-9\u4e00-\u9fff][\w.-]{0,99}$", description="Stands in every bulletin as source_id. Never change it."
    )
    enabled: bool = True
    publisher: str | None = Field(default=None, max_length=500, description="For bulletins that do not name theirs.")
    region: Region | None = None
    encoding: str | None = Field(default=None, max_length=40, description="Of pages that say none, or a wrong one.")
    expected: Expected | None = None

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, encoding: str | None) -> str | None:
        if encoding is not None:
            try:
                codecs.lookup(encoding)
            except LookupError as error:
                raise ValueError(f"no encoding that is known: {encoding}") from error
        return encoding


class FolderSource(_Source):
    """Files below a folder. It is watched all the time, and scanned for what the system does not tell of."""

    kind: Literal["folder"]
    path: str = Field(min_length=1, description="From the folder that the file of sources is in, or absolute.")
    schedule: Schedule | None = Field(default=None, description="Of its scans; BULLETINS_RESCAN_SECONDS if left out.")


class _WebSource(_Source):
    url: Address
    schedule: Schedule = Schedule()
    article: Article = Article()
    hosts: tuple[str, ...] = Field(default=(), max_length=50, description="Other hosts whose pages are taken, too.")
    include: Pattern | None = Field(default=None, description="Only addresses in which this is found.")
    exclude: Pattern | None = Field(default=None, description="No address in which this is found.")
    recheck: Span = Field(
        default=timedelta(days=30), description="For how long pages are looked at again, more and more rarely; 0s: never."
    )


class FeedSource(_WebSource):
    """RSS or Atom."""

    kind: Literal["feed"]
    full_text: bool = Field(default=False, description="The feed has the whole texts: pages are not fetched.")


class ListSource(_WebSource):
    """A page that lists articles."""

    kind: Literal["list"]
    links: Selector = Field(description="The links to the articles.")
    next: Selector | None = Field(default=None, description="The link to the next page of the list.")
    pages: int = Field(default=1, ge=1, le=100, description="Pages of the list to be read, where `next` leads on.")

    @model_validator(mode="after")
    def _leads_on(self) -> ListSource:
        if self.pages > 1 and self.next is None:
            raise ValueError("more than one page of the list: say with `next` where the link to the next one is")
        return self


class PageSource(_WebSource):
    """One page whose changes are revisions."""

    kind: Literal["page"]


class SitemapSource(_WebSource):
    """sitemap.xml, or an index of such."""

    kind: Literal["sitemap"]


WebSource = FeedSource | ListSource | PageSource | SitemapSource
Source = Annotated[FolderSource | FeedSource | ListSource | PageSource | SitemapSource, Field(discriminator="kind")]


class Sources(_Part):
    """The file `sources.yaml`."""

    sources: tuple[Source, ...] = Field(max_length=10_000)

    @model_validator(mode="before")
    @classmethod
    def _not_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValueError("begin the file with `sources:`")
        return data

    @field_validator("sources")
    @classmethod
    def _have_names_of_their_own(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        seen: set[str] = set()
        for source in sources:
            if source.id in seen:
                raise ValueError(f"two sources are called {source.id!r}")
            seen.add(source.id)
        return sources
