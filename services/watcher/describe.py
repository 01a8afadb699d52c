"""A bulletin's text and what its source says about it: from the sidecar, else the front matter, else the text itself."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from services.watcher.decode import check_length, decode
from services.watcher.errors import EmptyText
from services.watcher.headline import find_title
from services.watcher.masthead import find_publication_date, find_publisher, frame
from services.watcher.metadata import Metadata, read_sidecar, split_front_matter


class Description(NamedTuple):
    """The fields of a bulletin that its source decides. `text` is the body alone: a front matter is metadata."""

    text: str
    source_title: str | None
    publisher: str | None
    published_on: date | None
    region_code: str | None


def describe(raw: bytes, sidecar: bytes | None = None, sidecar_name: str = "sidecar") -> Description:
    """Read a file's bytes. Raises Rejected."""
    front_matter, text = split_front_matter(decode(raw))
    if front_matter is not None and not text.strip():
        raise EmptyText("there is nothing behind the front matter")
    check_length(text)
    said = _merged(read_sidecar(sidecar, sidecar_name) if sidecar is not None else None, front_matter)
    head, tail = frame(text)
    return Description(
        text=text,
        source_title=said.title or find_title(head),
        publisher=said.publisher or find_publisher(head, tail),
        published_on=said.published_on or find_publication_date(head, tail),
        region_code=said.region_code,
    )


def _merged(first: Metadata | None, second: Metadata | None) -> Metadata:
    """Each field from the first that has it."""
    said: dict[str, object] = {}
    for metadata in (second, first):
        if metadata is not None:
            said |= {name: value for name, value in metadata if value is not None}
    return Metadata.model_construct(**said)  # type: ignore[arg-type]
