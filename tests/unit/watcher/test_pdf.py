"""PDF files: columns of a newspaper in reading order, page marks dropped, scans told as such, harmful ones ended."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from reportlab.lib.pagesizes import A3, A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from services.watcher.errors import DamagedFile, NoText
from services.watcher.formats import Kind, read_page

FONT = "STSong-Light"
COLUMN = 12  # characters


def pdf(draw: Callable[[Canvas], None], size: tuple[float, float] = A4, **options: object) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = BytesIO()
    canvas = Canvas(out, pagesize=size, **options)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def text_of(content: bytes) -> str:
    page = read_page(content, name="a.pdf")
    assert page.kind is Kind.PDF
    return page.text


def write(canvas: Canvas, x: float, y: float, lines: list[str], size: float = 10) -> float:
    """Below each other; gives the height under the last."""
    canvas.setFont(FONT, size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= 1.4 * size
    return y


def prose(mark: str, lines: int) -> list[str]:
    text = "".join(f"{mark}篇第{number}个重点项目完成投资{number}亿元。" for number in range(1, lines * 2))
    return [text[start : start + COLUMN] for start in range(0, lines * COLUMN, COLUMN)]


def test_columns_under_a_headline_are_read_one_after_the_other() -> None:
    columns = [prose(mark, 20) for mark in "甲乙丙"]

    def draw(canvas: Canvas) -> None:
        write(canvas, 40, 1120, ["青石日报　2024年8月6日　星期二"], 12)
        # As a layout program writes them: row after row across the columns.
        for row in range(20):
            for place, column in enumerate(columns):
                write(canvas, 40 + place * 150, 1000 - row * 14, [column[row]])
        write(canvas, 40, 1060, ["全区一季度重点项目完成投资四十二亿元"], 24)

    lines = text_of(pdf(draw, A3)).split("\n")
    assert lines == [
        "青石日报　2024年8月6日　星期二",
        "全区一季度重点项目完成投资四十二亿元",
        *columns[0],
        *columns[1],
        *columns[2],
    ]


def test_two_articles_above_each_other_keep_their_columns_apart() -> None:
    upper, lower = [prose(mark, 10) for mark in "甲乙"], [prose(mark, 10) for mark in "丙丁戊"]

    def draw(canvas: Canvas) -> None:
        write(canvas, 40, 780, ["上面一篇文章的通栏大标题横跨两栏"], 22)
        for place, column in enumerate(upper):
            write(canvas, 40 + place * 150, 740, column)
        write(canvas, 40, 560, ["下面一篇文章的通栏大标题横跨三栏"], 22)
        for place, column in enumerate(lower):
            write(canvas, 40 + place * 150, 520, column)

    lines = text_of(pdf(draw)).split("\n")
    assert lines == [
        "上面一篇文章的通栏大标题横跨两栏",
        *upper[0],
        *upper[1],
        "下面一篇文章的通栏大标题横跨三栏",
        *lower[0],
        *lower[1],
        *lower[2],
    ]


def test_a_table_is_read_row_by_row() -> None:
    rows = [
        ["序号", "项目名称", "总投资"],
        ["1", "智能装备产业园", "15亿元"],
        ["2", "跨河大桥", "3.6亿元"],
        ["3", "污水处理厂", "0.8亿元"],
    ]

    def draw(canvas: Canvas) -> None:
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                write(canvas, 60 + place * 150, 700 - number * 20, [cell])

    assert text_of(pdf(draw)).split("\n") == ["\t".join(row) for row in rows]


def test_page_numbers_go_and_a_running_header_stays_once() -> None:
    def draw(canvas: Canvas) -> None:
        for number in range(1, 5):
            write(canvas, 60, 815, [f"青石区人民政府公报　2024年第{number}期"])
            write(canvas, 60, 700, [f"第{number}页的正文：完成投资{number}亿元。", "1986"])
            write(canvas, 290, 25, [f"— {number} —"])
            canvas.showPage()

    lines = text_of(pdf(draw)).split("\n")
    assert lines[0] == "青石区人民政府公报　2024年第1期"
    assert sum("公报" in line for line in lines) == 1
    assert [line for line in lines if "—" in line] == []
    assert [line for line in lines if "正文" in line] == [f"第{number}页的正文：完成投资{number}亿元。" for number in range(1, 5)]
    assert lines.count("1986") == 4, "a number in the middle of a page is text"


def test_a_turned_watermark_is_left_out() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 60, 700, ["全区完成投资三亿元，同比增长百分之五。", "全区新开工项目六个，签约项目九个。"])
        canvas.translate(200, 400)
        canvas.rotate(45)
        write(canvas, 0, 0, ["内部资料"], 40)

    assert text_of(pdf(draw)).split("\n") == ["全区完成投资三亿元，同比增长百分之五。", "全区新开工项目六个，签约项目九个。"]


def test_a_scan_without_text_is_told_as_one() -> None:
    def draw(canvas: Canvas) -> None:
        for _ in range(3):
            canvas.rect(50, 50, 400, 600, fill=1)
            canvas.showPage()

    with pytest.raises(NoText, match=r"3 pages.*OCR"):
        text_of(pdf(draw))


def test_a_locked_and_a_damaged_file_are_told() -> None:
    def draw(canvas: Canvas) -> None:
        write(canvas, 60, 700, prose("甲", 10))

    with pytest.raises(DamagedFile, match="password"):
        text_of(pdf(lambda canvas: canvas.drawString(60, 700, "locked"), encrypt="secret"))
    with pytest.raises(DamagedFile, match="get the file again"):
        text_of(pdf(draw)[:200])
    with pytest.raises(DamagedFile):
        text_of(b"%PDF-1.7\n" + b"\x00" * 1000)
