"""Reading what may crash, hang or fill the memory: run in a process of its own only (see confined.py)."""

from __future__ import annotations

from services.watcher.decode import check_length, decode
from services.watcher.errors import UndecodableText
from services.watcher.formats.docx import read_docx
from services.watcher.formats.html import read_html
from services.watcher.formats.page import Kind, Page
from services.watcher.formats.pdf import read_pdf


def read_document(content: bytes, kind: Kind, charset: str | None) -> Page:
    """Raises Rejected, and whatever the libraries raise."""
    if kind is Kind.PDF:
        page = read_pdf(content)
    elif kind is Kind.DOCX:
        page = read_docx(content)
    else:
        page = read_html(decode(content, charset, markup=True))
    check_length(page.text)
    if "\ufffd" in page.text:
        raise UndecodableText(f"the text is damaged at character {page.text.index(chr(0xFFFD))}; get the file again")
    return page
