"""The one entry: bytes in, a page out, or the reason why there is none."""

from __future__ import annotations

from services.lifecycle import StopFlag
from services.watcher.decode import check_length, decode
from services.watcher.errors import EmptyText
from services.watcher.formats.confined import READER
from services.watcher.formats.kinds import PARSED, check_size, kind_of
from services.watcher.formats.page import Kind, Page
from services.watcher.metadata import split_front_matter


def read_page(
    content: bytes, *, name: str, media_type: str | None = None, charset: str | None = None, stop: StopFlag | None = None
) -> Page:
    """`name` is a file's name or a web address; `media_type` and `charset` are what a server said, where one did.

    HTML, PDF and Word are read in a process of their own, for 20 s at most. Raises Rejected, or Stopped where `stop` is set meanwhile.
    """
    if not content:
        raise EmptyText("the file has no text")
    kind = kind_of(content, name, media_type)
    check_size(len(content), kind)
    if kind in PARSED:
        return READER.read(content, kind, charset, stop)
    return _plain(decode(content, charset), kind)


def _plain(text: str, kind: Kind) -> Page:
    front_matter, body = split_front_matter(text)
    if front_matter is None:
        return Page(text, kind)
    if not body.strip():
        raise EmptyText("there is nothing behind the front matter")
    check_length(body)
    return Page(body, kind, front_matter.title, front_matter.publisher, front_matter.published_on, front_matter.region_code)
