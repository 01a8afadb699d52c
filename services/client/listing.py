"""Lists that come page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field, model_validator

from services.contracts import Event

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One reply of a list. `next` is what the page after it is asked for by; null on the last one."""

    items: list[Item]
    total: int = Field(ge=0, description="Of the whole list.")
    next: str | None


class Fact(BaseModel):
    """A fact by the report of it that comes first, and how often it is told."""

    event: Event
    reports: int = Field(ge=1)

    @model_validator(mode="before")
    @classmethod
    def _split(cls, item: Any) -> Any:
        """The API writes the number among the event's fields."""
        return {"event": item, "reports": item["reports"]} if isinstance(item, dict) and "reports" in item else item


class Listing(Generic[Item]):
    """All items of a list. Nothing is asked for until it is iterated, and then page by page; iterated again, it begins anew.

    All pages are of what was there when the first one was asked for. A page asked for more than five minutes after the one before
    raises ApiProblem with the status 410.
    """

    def __init__(self, fetch: Callable[[str | None], Page[Item]]) -> None:
        self._fetch = fetch

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[Item]]:
        page = self.first()
        yield page
        while page.next is not None:
            page = self._fetch(page.next)
            yield page

    def first(self) -> Page[Item]:
        """The first page, which knows how many items there are in all."""
        return self._fetch(None)
