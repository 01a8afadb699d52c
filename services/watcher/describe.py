"""A bulletin's text and what its source says about it: from the sidecar, else the page's own tags, else the text itself."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from services.lifecycle import StopFlag
from services.watcher.formats import read_page
from services.watcher.headline import find_title
from services.watcher.masthead import find_publication_date, find_publisher, frame
from services.watcher.metadata import Metadata, read_sidecar


class Description(NamedTuple):
    """The fields of a bulletin that its source decides. `text` is the body alone: a front matter is metadata."""

    text: str
    source_title: str | None
    publisher: str | None
    published_on: date | None
    region_code: str | None

    def with_defaults(
        self, title: str | None, publisher: str | None, published_on: str | None, region_code: str | None
    ) -> Description:
        """Where the bulletin does not say it itself. `published_on` is an ISO date."""
        return self._replace(
            source_title=self.source_title or title,
            publisher=self.publisher or publisher,
            published_on=self.published_on or (date.fromisoformat(published_on) if published_on else None),
            region_code=self.region_code or region_code,
        )


def describe(
    raw: bytes,
    sidecar: bytes | None = None,
    sidecar_name: str = "sidecar",
    *,
    name: str = "page.txt",
    media_type: str | None = None,
    charset: str | None = None,
    stop: StopFlag | None = None,
) -> Description:
    """Read the bytes of a file, or of a server's reply, as `read_page` does. Raises Rejected or Stopped."""
    said = read_sidecar(sidecar, sidecar_name) if sidecar is not None else Metadata()
    page = read_page(raw, name=name, media_type=media_type, charset=charset, stop=stop)
    head, tail = frame(page.text)
    return Description(
        text=page.text,
        source_title=said.title or page.title or find_title(head),
        publisher=said.publisher or page.publisher or find_publisher(head, tail),
        published_on=said.published_on or page.published_on or find_publication_date(head, tail),
        region_code=said.region_code or page.region_code,
    )
