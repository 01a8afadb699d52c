"""Files that a watched folder should not have but will: damaged, mislabelled, made to do harm. The same seed makes the same files."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

import docx
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from services.settings import PROJECT

SUFFIXES: Final = (".txt", ".md", ".html", ".htm", ".pdf", ".docx")
NAMES: Final = ("甲", "a b", "100%", "a#b?c", "é", "表情😀", "-rf", "a\u202eb", "new\nline", "'quote\"", "dot.", "x" * 150)
PAGES: Final = PROJECT / "tests" / "unit" / "watcher" / "pages"


def write(folder: Path, count: int, seed: int = 6, *, costly: int = 1) -> list[str]:
    """So many files, in sub-folders; gives their paths below the folder. `costly`: how often each of those that only a limit of
    time ends."""
    dice = random.Random(seed)
    whole = _whole_files()
    made = [make() for make in HARMFUL] + [make() for make in COSTLY for _ in range(costly)]
    made += [_mutated(dice, whole) for _ in range(count - len(made))]
    names = []
    for number, (suffix, content) in enumerate(made[:count]):
        name = f"{number // 500:03}/{number:05}-{dice.choice(NAMES)}{suffix}"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        names.append(name)
    return names


def _whole_files() -> list[tuple[str, bytes]]:
    texts = [path.read_text("utf-8") for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))[:12]]
    files = [(".txt", text.encode(encoding, "replace")) for text in texts for encoding in ("utf-8", "gb18030", "big5", "utf-16")]
    files += [(".md", b"---\ntitle: x\ndate: 2024-01-01\n---\n" + text.encode()) for text in texts]
    files += [(".html", path.read_bytes()) for path in sorted(PAGES.glob("*.html")) for _ in range(4)]
    files += [(".pdf", pdf_file(text)) for text in texts for _ in range(2)] + [
        (".docx", docx_file(text)) for text in texts for _ in range(2)
    ]
    return files


def _mutated(dice: random.Random, whole: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    suffix, content = dice.choice(whole)
    for _ in range(dice.choice((0, 1, 1, 1, 2, 3, 8))):
        content = dice.choice(MUTATIONS)(dice, content)
    return (dice.choice(SUFFIXES) if dice.random() < 0.15 else suffix), content


def _cut(dice: random.Random, content: bytes) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _flipped(dice: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice((1, 10, 200)) if changed else 0):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _holed(dice: random.Random, content: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    return content[:start] + content[start + dice.choice((1, 2, 50, 1000)) :]


def _stuffed(dice: random.Random, content: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    stuff = dice.choice(
        (b"\x00" * 9, b"\xff\xfe", dice.randbytes(40), b"<div>" * 50, b"</body>", b"\r\r\n", "投资".encode() * 99, b"%%EOF")
    )
    return content[:start] + stuff + content[start:]


def _numbers_grown(dice: random.Random, content: bytes) -> bytes:
    """Lengths, offsets and counts of a file's format that lie."""
    digit = str(dice.randrange(10)).encode()
    return content.replace(digit, dice.choice((b"-1", b"99999999999", b"0", b"")), dice.choice((1, 5, -1)))


def _repeated(dice: random.Random, content: bytes) -> bytes:
    start = dice.randrange(len(content) + 1)
    piece = content[start : start + dice.choice((10, 500))]
    return content[:start] + piece * dice.choice((2, 100)) + content[start:]


MUTATIONS: Final[tuple[Callable[[random.Random, bytes], bytes], ...]] = (
    _cut,
    _flipped,
    _holed,
    _stuffed,
    _numbers_grown,
    _repeated,
)


def pdf_file(text: str) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    out = BytesIO()
    # Without compression a flipped bit changes what is drawn and not only whether it unpacks.
    canvas = Canvas(out, pageCompression=int(len(text) % 2))
    for page in (text[:1200], text[1200:2400]):
        canvas.setFont("STSong-Light", 10)
        for number, line in enumerate(page.split("\n")[:50]):
            canvas.drawString(40, 800 - 15 * number, line[:50])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def docx_file(text: str) -> bytes:
    document, out = docx.Document(), BytesIO()
    for line in text.split("\n")[:40]:
        document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


def _archive(parts: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _pdf_of(*objects: bytes) -> bytes:
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, each) for number, each in enumerate(objects, 1))
    return b"%PDF-1.7\n" + body + b"trailer\n<< /Root 1 0 R /Size 9 >>\n%%EOF"


CATALOG: Final = b"<< /Type /Catalog /Pages 2 0 R >>"
HARMFUL: Final[tuple[Callable[[], tuple[str, bytes]], ...]] = (
    lambda: (".txt", b""),
    lambda: (".txt", b"\x00" * 1000),
    lambda: (".txt", b"a" * 4_000_000),
    lambda: (".txt", b"\n" * 2_000_000 + b"a"),
    lambda: (".txt", b"\xff\xfe\x00\xd8" * 100),
    lambda: (".txt", ("1" * 100_000 + "年" * 100_000).encode()),
    lambda: (".txt", "第一百零一".encode() * 100_000),
    lambda: (".md", b"---\na: &a [x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n---\ntext"),
    lambda: (".md", b"---\n" + b"[" * 8000 + b"\n---\ntext"),
    lambda: (".md", b"#" * 1_000_000),
    lambda: (".html", b"<table>" * 5000 + b"x"),
    lambda: (".html", b"<div>" * 400_000 + b"x"),
    lambda: (".html", b"<svg>" + b"<td>" * 400_000 + b"x"),
    lambda: (".html", b"<p " + b"a=b " * 200_000 + b">x"),
    lambda: (".html", b"&lt;" * 200_000),
    lambda: (".html", b"<meta charset=utf-7>+ADw-script+AD4-"),
    lambda: (".html", b"<!--" * 100_000),
    lambda: (".html", b"<html><body>" + b"&#xD800;&#x110000;&#0;" * 1000),
    lambda: (".html", b"<title>" + b"-_" * 100_000 + b"</title><p>x</p>"),
    lambda: (".docx", _archive({"word/document.xml": b"<w>" + b"\x00" * 60_000_000})),
    lambda: (".docx", _archive({"word/document.xml": b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"})),
    lambda: (".docx", _archive({"word/document.xml": b"<a/>", "../../../tmp/x": b"x"})),
    lambda: (".docx", _archive({f"word/{number}.xml": b"<a/>" for number in range(6000)} | {"word/document.xml": b"<a/>"})),
    lambda: (".pdf", b"%PDF-1.7\n%%EOF"),
    lambda: (".pdf", _pdf_of(CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")),
    lambda: (".pdf", _pdf_of(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>", b"<< /Type /Page /Parent 2 0 R >>")),
    lambda: (".pdf", _pdf_of(CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>")),
    lambda: (".pdf", _pdf_of(b"[" * 100_000)),
    lambda: (".pdf", b"%PDF-1.7\n1 0 obj\n<< /Length 1 0 R >>\nstream\n" + b"x" * 1000),
)
# For each of 250 boxes in each other all that is in it is weighed: ended by the limit of time.
COSTLY: Final[tuple[Callable[[], tuple[str, bytes]], ...]] = (
    lambda: (".html", b"<div>" * 250 + "<p>全区重点项目累计完成投资三亿元，同比增长。</p>".encode() * 40_000),
)
