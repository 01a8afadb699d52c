"""What a page is once it has been read, whatever its format was."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    TXT = "txt"
    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"


class Page(NamedTuple):
    """A bulletin's text, and what its front matter, meta tags or document properties say of it; what they do not say is None.

    `text` is not empty and has LF line ends. HTML, PDF and Word give a line for each paragraph, line or row of a table, the cells
    of a row parted by tabs.
    """

    text: str
    kind: Kind
    title: str | None = None
    publisher: str | None = None
    published_on: date | None = None
    region_code: str | None = None
