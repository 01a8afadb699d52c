"""PDF files with a text layer: pages in order, columns in reading order, lines as they are printed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from ctypes import byref, c_double
from typing import Final, NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from services.contracts import MAX_TEXT_BYTES
from services.watcher.errors import DamagedFile, NoText, ReadingTooCostly, UndecodableText
from services.watcher.formats.page import Kind, Page
from services.watcher.formats.pdf_layout import Glyph, Line, in_reading_order

MAX_PAGES: Final = 1000
_MAX_GLYPHS: Final = 2 * MAX_TEXT_BYTES
# A scan may have the scanner's stamp and a page's number as text.
_FEWEST_A_PAGE: Final = 15
# Where a font does not say which characters its glyphs are, PDF readers get these.
_UNKNOWN: Final = re.compile("[\x00-\x08\x0e-\x1f\ufffd\ufffe\uffff\ue000-\uf8ff]")
_MAX_UNKNOWN_SHARE: Final = 0.3
# Upright but for the tilt of a page that was laid on the glass; watermarks are turned by more.
_MAX_TILT: Final = 0.2
_EDGE: Final = 0.08
_PAGE_NUMBER: Final = re.compile(
    r"[-—–·•\s]*(?:第\s*)?\d{1,4}(?:\s*[/／]\s*\d{1,4})?(?:\s*页)?(?:\s*[,，/]?\s*共\s*\d{1,4}\s*页)?[-—–·•\s]*"
)


class _Sheet(NamedTuple):
    lines: list[Line]
    height: float


def read_pdf(content: bytes) -> Page:
    """Raises DamagedFile, NoText, UndecodableText or ReadingTooCostly."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise DamagedFile("the PDF file needs a password; save it without one") from error
        raise DamagedFile(f"it is no whole PDF file: {error}; get the file again") from error
    count = len(document)
    if count > MAX_PAGES:
        raise ReadingTooCostly(f"the PDF file has {count} pages, {MAX_PAGES} are read; split the file")
    sheets = [_sheet(document, number) for number in range(count)]
    text = "\n".join(_without_page_marks(sheets))
    _check_text(text, count)
    return Page(_UNKNOWN.sub("", text), Kind.PDF)


def _check_text(text: str, pages: int) -> None:
    characters = len("".join(text.split()))
    if characters < _FEWEST_A_PAGE * min(pages, 3):
        raise NoText(f"{pages} pages and {characters} characters: a scan without a text layer; recognise its text (OCR) first")
    unknown = len(_UNKNOWN.findall(text))
    if unknown > _MAX_UNKNOWN_SHARE * characters:
        raise UndecodableText(
            f"the fonts of the PDF file do not tell what {unknown} of {characters} characters are; recognise its text (OCR)"
        )


def _sheet(document: pypdfium2.PdfDocument, number: int) -> _Sheet:
    try:
        page = document[number]
        glyphs = list(_glyphs(page.get_textpage()))
    except pypdfium2.PdfiumError as error:
        raise DamagedFile(f"page {number + 1} cannot be read: {error}; get the file again") from error
    bottom, top = min((glyph.bottom for glyph in glyphs), default=0.0), max((glyph.top for glyph in glyphs), default=0.0)
    height = max(page.get_height() if page.get_rotation() in (0, 180) else page.get_width(), 1.0)
    # Where the page's box lies elsewhere than its text does, the text tells its edges.
    lines = in_reading_order(glyphs)
    return _Sheet(lines, height) if bottom >= 0 and top <= height else _Sheet(lines, top)


def _glyphs(page: pypdfium2.PdfTextPage) -> Iterator[Glyph]:
    """The page's characters in the order of the file, without those that pdfium adds and those that are turned."""
    count = page.count_chars()
    if count > _MAX_GLYPHS:
        raise ReadingTooCostly(f"a page has {count} characters")
    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    box = pdfium.FS_RECTF()
    high = 0
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(page, index)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
        high = 0
        if code in (0, 10, 13) or code > 0x10FFFF or pdfium.FPDFText_IsGenerated(page, index) == 1:
            continue
        angle = pdfium.FPDFText_GetCharAngle(page, index)
        if _MAX_TILT < angle < 6.2832 - _MAX_TILT:
            continue
        # The font's box gives all characters of a line one height; where the font tells nonsense the glyph's own has to do.
        if pdfium.FPDFText_GetLooseCharBox(page, index, byref(box)) and box.top > box.bottom:
            yield Glyph(chr(code), box.left, box.bottom, box.right, box.top)
        elif pdfium.FPDFText_GetCharBox(page, index, byref(left), byref(right), byref(bottom), byref(top)):
            yield Glyph(chr(code), left.value, bottom.value, right.value, top.value)


def _without_page_marks(sheets: list[_Sheet]) -> Iterator[str]:
    """Page numbers go; what runs along the edge of most pages stays once, since it may be the masthead."""
    running = Counter(key for sheet in sheets for key in {_key(line) for line in sheet.lines if _is_at_edge(line, sheet)})
    said: set[str] = set()
    for sheet in sheets:
        for line in sheet.lines:
            if _is_at_edge(line, sheet):
                key = _key(line)
                if _PAGE_NUMBER.fullmatch(line.text) or key in said:
                    continue
                if running[key] >= max(2, len(sheets) / 2):
                    said.add(key)
            yield line.text


def _is_at_edge(line: Line, sheet: _Sheet) -> bool:
    return line.bottom > (1 - _EDGE) * sheet.height or line.top < _EDGE * sheet.height


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", "".join(line.text.split()))
