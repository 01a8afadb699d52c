"""The text of a piece of HTML as lines: one a paragraph, heading, list item or row of a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from services.watcher.errors import DamagedFile, ReadingTooCostly

_SILENT: Final = frozenset(
    ("script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "audio", "video", "map", "head")
    + ("button", "select", "option", "input", "textarea", "nav", "rt", "rp", "img")
)
_BLOCKS: Final = frozenset(
    ("address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "div", "dl", "dt", "fieldset")
    + (
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
    )
    + ("pre", "section", "summary", "tbody", "td", "tfoot", "th", "thead", "ul", "ucapcontent", "founder-content")
)
# Not `visibility`: WeChat's articles are hidden by it until a script shows them.
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_BLANKS: Final = re.compile(r"[ \t\r\n\f\v\xa0\u2002-\u200a\u3000]+")
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\xad]")
# Browsers stop at 512. Pages nest 20 to 40 deep.
_DEEPEST: Final = 300
# The parser's time is quadratic in the depth: 0.2 s for 10,000 elements, 7 s for 40,000, and all threads wait meanwhile.
_DEEPEST_PARSED: Final = 2000
_TAGS: Final = re.compile(r"<(/?)([a-z][a-z0-9-]*)", re.IGNORECASE)
# Never open, or closed by the next of their kind, which old pages rely on: the first in drawings and formulas as well.
_NEVER_OPEN_ANYWHERE: Final = frozenset({"br", "embed", "hr", "img", "meta", "p", "li", "dd", "dt"})
_NEVER_OPEN: Final = _NEVER_OPEN_ANYWHERE | frozenset(
    ("area", "base", "col", "input", "link", "param", "source", "track", "wbr", "td", "th", "tr", "tbody", "thead", "option")
)
_FOREIGN: Final = re.compile(r"<(?:svg|math)\b", re.IGNORECASE)
# A cell with more than this is no figure of a table but a column of the page.
_LONGEST_CELL: Final = 300


def parse_markup(markup: str) -> LexborHTMLParser:
    """Raises DamagedFile where the markup is nested so deep that it could take for ever, ReadingTooCostly for want of memory."""
    never_open = _NEVER_OPEN_ANYWHERE if _FOREIGN.search(markup) else _NEVER_OPEN
    depth = 0
    opened: Counter[str] = Counter()
    for found in _TAGS.finditer(markup):
        name = found[2].lower()
        if name in never_open:
            continue
        if not found[1]:
            opened[name] += 1
            depth += 1
            if depth > _DEEPEST_PARSED:
                raise DamagedFile(f"its markup is nested more than {_DEEPEST_PARSED} deep")
        elif opened[name]:  # the end of what never began ends nothing
            opened[name] -= 1
            depth -= 1
    try:
        return LexborHTMLParser(markup)
    except SelectolaxError as error:
        # Every text is HTML to an HTML parser; it fails for want of memory alone.
        raise ReadingTooCostly(f"its markup takes more memory to read than one document may: {error}") from error


def text_of(node: LexborNode) -> str:
    """Lines of the text that is shown, none empty, blanks within a line made single, the cells of a table's row parted by tabs.

    Raises DamagedFile where the markup is nested too deep.
    """
    return "\n".join(_lines_of(node, 0))


def clean(text: str) -> str:
    """One line, without what cannot be seen."""
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


class _Lines:
    def __init__(self) -> None:
        self.done: list[str] = []
        self._line: list[str] = []

    def add(self, text: str) -> None:
        self._line.append(text)

    def end(self) -> None:
        if self._line:
            if words := clean("".join(self._line)):
                self.done.append(words)
            self._line.clear()


def _lines_of(node: LexborNode, depth: int) -> list[str]:
    lines = _Lines()
    _collect(node, lines, depth)
    lines.end()
    return lines.done


def _collect(node: LexborNode, lines: _Lines, depth: int) -> None:
    if depth > _DEEPEST:
        raise DamagedFile(f"its markup is nested more than {_DEEPEST} deep")
    for child in children(node):
        tag = child.tag
        if tag == "-text":
            lines.add(child.text_content or "")
        elif tag == "br":
            lines.end()
        elif tag in _SILENT or not child.is_element_node or _is_hidden(child):
            continue
        elif tag == "tr":
            lines.end()
            lines.done.extend(_row(child, depth + 1))
        elif tag in _BLOCKS or tag == "table":
            lines.end()
            _collect(child, lines, depth + 1)
            lines.end()
        else:
            _collect(child, lines, depth + 1)


def _row(row: LexborNode, depth: int) -> list[str]:
    """One line, or the lines of each cell where the table only holds the page together."""
    cells = [_lines_of(cell, depth + 1) for cell in children(row) if cell.is_element_node and not _is_hidden(cell)]
    is_layout = row.css_first("table") is not None or any(sum(map(len, cell)) > _LONGEST_CELL for cell in cells)
    if is_layout or len(cells) == 1:
        return [line for cell in cells for line in cell]
    line = "\t".join("".join(cell) for cell in cells).rstrip()
    return [line] if line.strip() else []


def children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))
