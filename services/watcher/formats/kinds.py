"""Which format some bytes have: by their first bytes, else by the media type, else by the name."""

from __future__ import annotations

import os
import re
from typing import Final
from urllib.parse import urlsplit

from services.watcher.decode import MAX_FILE_BYTES, too_large
from services.watcher.errors import FileTooLarge
from services.watcher.formats.page import Kind

SUFFIXES: Final = {
    ".txt": Kind.TXT,
    ".md": Kind.MARKDOWN,
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".pdf": Kind.PDF,
    ".docx": Kind.DOCX,
}
"""What a file's name may end with, in lower case."""
# Kinds that are read in a process of their own: what may go wrong there does not depend on the length alone.
PARSED: Final = frozenset({Kind.HTML, Kind.PDF, Kind.DOCX})

# A day's newspaper with its pictures.
MAX_DOCUMENT_BYTES: Final = 64 * 1024 * 1024

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MEDIA_TYPES: Final = {
    "text/plain": Kind.TXT,
    "text/markdown": Kind.MARKDOWN,
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "application/pdf": Kind.PDF,
    _WORD: Kind.DOCX,
}
# PDF readers take files with some bytes before the mark (ISO 32000, implementation note 13).
_HEAD_BYTES: Final = 1024
_MARKUP: Final = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|meta|title)\b", re.IGNORECASE)


def kind_by_suffix(name: str) -> Kind | None:
    """By a file's name or a web address's path."""
    # A file's name may hold a colon, a question mark or brackets that a web address's parser would trip over.
    path = urlsplit(name).path if re.match(r"https?://[^\[\]]*$", name, re.IGNORECASE) else name
    return SUFFIXES.get(os.path.splitext(path)[1].lower())


def most_bytes(kind: Kind | None) -> int:
    """Of a file that is to be read."""
    return MAX_DOCUMENT_BYTES if kind in PARSED else MAX_FILE_BYTES


def check_size(size: int, kind: Kind | None) -> None:
    """Raises TextTooLarge or FileTooLarge."""
    if size > most_bytes(kind):
        if kind not in PARSED:
            raise too_large(size)
        raise FileTooLarge(f"{size} bytes are more than the {MAX_DOCUMENT_BYTES} that a document may have")


def kind_of(content: bytes, name: str, media_type: str | None) -> Kind:
    """What a server or a name says is often wrong: an error page stands at a PDF's address, a PDF comes as octets.

    A name on a disk that says text is taken at its word: then other bytes are a mistake to be told, not another format.
    """
    named = kind_by_suffix(name)
    said = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower()) if media_type else None
    if media_type is None and named in (Kind.TXT, Kind.MARKDOWN):
        return named
    head = content[:_HEAD_BYTES]
    if b"%PDF-" in head:
        return Kind.PDF
    if head.startswith(b"PK\x03\x04"):
        return Kind.DOCX
    # UTF-16 has a NUL in every character of the markup.
    if _MARKUP.search(head.replace(b"\x00", b"")):
        return Kind.HTML
    return said or named or Kind.TXT
