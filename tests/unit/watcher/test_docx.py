"""Word documents: paragraphs and tables in order; bombs and entities refused before they are unpacked."""

from __future__ import annotations

import zipfile
from io import BytesIO

import docx
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from services.watcher.errors import BinaryContent, DamagedFile, EmptyText, NoText, Rejected
from services.watcher.formats import Kind, read_page


def saved(document: Document) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def with_part(content: bytes, name: str, part: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            if info.filename != name:
                target.writestr(info, source.read(info))
        target.writestr(name, part)
    return out.getvalue()


def lines_of(content: bytes) -> list[str]:
    page = read_page(content, name="a.docx")
    assert page.kind is Kind.DOCX
    return page.text.split("\n")


def test_paragraphs_and_tables_in_their_order() -> None:
    document = docx.Document()
    document.add_heading("重点项目简报", 0)
    document.add_paragraph("一、总体情况").add_run("\n全区完成投资42.6亿元。").bold = True
    table = document.add_table(rows=0, cols=3)
    for row in (("序号", "项目", "投资"), ("1", "产业园\n（一期）", "15亿元"), ("2", "大桥", "")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("　　下一步，\t加快推进。")
    document.add_paragraph(" ")
    document.sections[0].header.paragraphs[0].text = "页眉"
    assert lines_of(saved(document)) == [
        "重点项目简报",
        "一、总体情况",
        "全区完成投资42.6亿元。",
        "序号\t项目\t投资",
        "1\t产业园（一期）\t15亿元",
        "2\t大桥",
        "下一步， 加快推进。",
    ]


def test_deleted_text_is_gone_and_inserted_text_is_there() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("投资")
    run = "<w:r {0}><w:{1}>{2}</w:{1}></w:r>"
    names = nsdecls("w")
    paragraph._p.append(parse_xml(f"<w:del {names}>{run.format(names, 'delText', '五亿元')}</w:del>"))
    paragraph._p.append(parse_xml(f"<w:ins {names}>{run.format(names, 't', '六亿元')}</w:ins>"))
    assert lines_of(saved(document)) == ["投资六亿元"]


def test_a_document_without_text_is_told() -> None:
    with pytest.raises(EmptyText):
        lines_of(saved(docx.Document()))
    with pytest.raises(NoText, match="pictures"):
        lines_of(with_part(saved(docx.Document()), "word/media/image1.png", b"\x89PNG"))


GOOD = saved(docx.Document())
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>"""
HUGE = b"<w:document>" + b" " * (40 * 1024 * 1024)


def _other_archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "reason", "words"),
    [
        (with_part(GOOD, "word/document.xml", LAUGHS), DamagedFile, "entities"),
        (with_part(GOOD, "word/document.xml", LAUGHS.decode().encode("utf-16")), DamagedFile, "entities"),
        (with_part(GOOD, "word/document.xml", HUGE), DamagedFile, "bomb"),
        (with_part(GOOD, "word/media/a.bin", b"\x00" * (300 * 1024 * 1024)), DamagedFile, "bomb"),
        (GOOD[: len(GOOD) // 2], DamagedFile, "archive"),
        (with_part(GOOD, "word/document.xml", b"<w:document"), DamagedFile, "cannot be read"),
        (_other_archive(), BinaryContent, "not a Word document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, Rejected, "Office|docx"),
    ],
)
def test_what_is_no_whole_or_a_harmful_document_is_refused(content: bytes, reason: type[Rejected], words: str) -> None:
    with pytest.raises(reason, match=words):
        lines_of(content)
