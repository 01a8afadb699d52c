"""Word documents (.docx): paragraphs and tables in their order, without headers, footers, notes and deleted text."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import docx
from docx.oxml.ns import qn

from services.watcher.decode import check_signature
from services.watcher.errors import BinaryContent, DamagedFile, EmptyText, NoText
from services.watcher.formats.markup_text import clean
from services.watcher.formats.page import Kind, Page

_MAIN_PART: Final = "word/document.xml"
# What a document of text has in XML at most, and with its pictures.
_MAX_XML_BYTES: Final = 32 * 1024 * 1024
_MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
_MAX_PARTS: Final = 5000
_DECLARATION: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_TEXT, _TAB, _BREAKS = qn("w:t"), qn("w:tab"), (qn("w:br"), qn("w:cr"))
_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
# Deleted text, and the older copy of a picture's text that Word writes beside the newer one.
_LEFT_OUT: Final = frozenset(
    {qn("w:del"), qn("w:moveFrom"), "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
)


def read_docx(content: bytes) -> Page:
    """Raises BinaryContent, DamagedFile, EmptyText or NoText."""
    if not content.startswith(b"PK"):
        check_signature(content)
    has_pictures = _check_archive(content)
    lines = list(_lines(docx.Document(BytesIO(content)).element.body))
    text = "\n".join(lines)
    if not text.strip():
        raise NoText("the document has pictures and no text") if has_pictures else EmptyText("the document has no text")
    return Page(text, Kind.DOCX)


def _check_archive(content: bytes) -> bool:
    """Before anything is unpacked by others; whether there are pictures in it."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if _MAIN_PART not in {part.filename for part in parts}:
                raise BinaryContent(
                    "this is a ZIP archive or another Office document, not a Word document; save it as text or .docx"
                )
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED_BYTES:
                raise DamagedFile(f"it unpacks to more than {_MAX_PARTS} parts or {_MAX_UNPACKED_BYTES} bytes: a bomb?")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    _check_xml(archive, part)
            return any(part.filename.startswith("word/media/") for part in parts)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise DamagedFile(f"it is no whole ZIP archive: {error}; get the file again") from error


def _check_xml(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if part.file_size > _MAX_XML_BYTES:
        raise DamagedFile(f"{part.filename} unpacks to more than {_MAX_XML_BYTES} bytes: a bomb?")
    # Word writes none; UTF-16 has a NUL in every character.
    if _DECLARATION.search(archive.read(part).replace(b"\x00", b"")):
        raise DamagedFile(f"{part.filename} declares XML entities, which no Word document has")


def _lines(parent: Any) -> Iterator[str]:
    for child in parent:
        if child.tag == _PARAGRAPH:
            yield from filter(None, map(clean, _paragraph(child).split("\n")))
        elif child.tag == _TABLE:
            for row in child.iter(_ROW):
                if next(row.iterancestors(_TABLE)) is child:
                    cells = ["".join(_lines(cell)) for cell in row.iter(_CELL) if next(cell.iterancestors(_ROW)) is row]
                    if line := "\t".join(cells).rstrip():
                        yield line
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            yield from _lines(child)


def _paragraph(node: Any) -> str:
    """Its text with the text boxes that hang on it; tabs stay, breaks become line ends."""
    pieces: list[str] = []
    for child in node:
        if child.tag in _LEFT_OUT:
            continue
        if child.tag == _TEXT:
            pieces.append(child.text or "")
        elif child.tag == _TAB and child.getparent().tag == qn("w:r"):
            pieces.append(" ")
        elif child.tag in _BREAKS:
            pieces.append("\n")
        elif child.tag == _PARAGRAPH:  # of a text box
            pieces.append(f"\n{_paragraph(child)}\n")
        else:
            pieces.append(_paragraph(child))
    return "".join(pieces)
