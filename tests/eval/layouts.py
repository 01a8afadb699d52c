"""How many events stay as they are when a bulletin is set in another way: `make eval-layouts`, or

    python -m tests.eval.layouts [LAYOUT ...] [--sets SET ...] [--changes]

Every annotated bulletin is set anew in each layout (wrapped at a width, with stray blanks, with Markdown, ...) and read again. Only
the white space, the form of the characters and the marks of lists and headings change, so that the events may not. Printed for each
layout: the share of events that are the same, of all that either reading found. What is compared is all that an event says but its
evidence and its section. Exit status 1 where a layout falls below its floor.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import yaml

from services.contracts import Bulletin
from services.extractor.page import read
from tests.eval import score
from tests.eval.evaluate import FLOORS, GOLD, SETS, annotated
from tests.unit.extractor.texts import (
    events,
    full_width,
    half_width,
    plain,
    traditional,
    with_place_and_year,
    with_text,
)

# A layout sets a page of unwrapped lines anew; chance is the same for the same bulletin.
Layout = Callable[[str, random.Random], str]
# Marks that a typesetter never begins a line with.
_CLOSING = "，。、；：！？）”》%"
_CJK_OR_DIGIT = "[㐀-鿿0-9]"


def _is_row(line: str) -> bool:
    return "\t" in line or "  " in line or line.startswith("|")


def _cut(line: str, width: int, drawn: bool) -> Iterator[str]:
    """The line in pieces of `width` characters; where `drawn`, closing marks are drawn to the line before."""
    while len(line) > width:
        end = width
        while drawn and end < min(len(line), width + 2) and line[end] in _CLOSING:
            end += 1
        yield line[:end]
        line = line[end:]
    yield line


def wrapped(text: str, width: int, indent: str = "", drawn: bool = False, between: str = "\n") -> str:
    """Every line but a table's row wrapped at a width; paragraphs begin with the indent."""
    lines: list[str] = []
    for line in text.split("\n"):
        begun = indent if "。" in line else ""
        lines += [line] if _is_row(line) else list(_cut(begun + line, width, drawn))
    return between.join(lines)


def paged(text: str, chance: random.Random) -> str:
    """Wrapped, with an indent, and a page's number and empty lines behind every twenty lines."""
    lines = wrapped(text, 28, "　　", True).split("\n")
    pages = [lines[at : at + 20] for at in range(0, len(lines), 20)]
    return "".join("\n".join(page) + f"\n\n- {number} -\n\n" for number, page in enumerate(pages, 1))


def parted(text: str, chance: random.Random) -> str:
    """Empty lines within sentences, as an export of columns leaves them: one in some hundred characters."""
    pieces = []
    for line in text.split("\n"):
        while "。" in line and not _is_row(line) and len(line) > 120:
            at = chance.randrange(40, 100)
            pieces.append(line[:at] + "\n\n")
            line = line[at:]
        pieces.append(line + "\n")
    return "".join(pieces)


def blanks(rate: float) -> Layout:
    """Single blanks between Chinese characters and digits, in lines of prose."""

    def stray(text: str, chance: random.Random) -> str:
        pair = re.compile(f"(?<={_CJK_OR_DIGIT})(?={_CJK_OR_DIGIT})")
        return "\n".join(
            pair.sub(lambda _: " " if chance.random() < rate else "", line) if "。" in line and not _is_row(line) else line
            for line in text.split("\n")
        )

    return stray


def _set_apart(text: str, chance: random.Random) -> str:
    """A blank between each figure and the words around it, as editors of web pages set it."""
    text = re.sub(r"(?<=[㐀-鿿])(?=[0-9])", " ", text)
    return re.sub(r"(?<=[0-9%])(?=[㐀-鿿])", " ", text)


def _is_heading(line: str) -> bool:
    return 5 <= len(line) <= 30 and not re.search(r"[。，；：\t]|\d$", line) and bool(re.search("[㐀-鿿]{4}", line))


# An item that has a mark of its own gets no second one.
_MARKED = re.compile(r"\s*(?:\d{1,2}[.、．]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、]|[①-⑳●■◆▲△★-])")


def _prose(text: str, mark: Callable[[int, str], str]) -> str:
    """Each line of prose marked; its number counts from one."""
    number, lines = 0, []
    for line in text.split("\n"):
        if "。" in line and not _is_row(line) and not _MARKED.match(line):
            number += 1
            line = mark(number, line)
        lines.append(line)
    return "\n".join(lines)


def markdown(text: str, chance: random.Random) -> str:
    """Headlines as headings, the first words of a paragraph and the figures in it in bold, an empty line between paragraphs."""
    lines = []
    for line in text.split("\n"):
        if _is_heading(line):
            line = f"## {line}"
        elif "。" in line and not _is_row(line):
            line = re.sub(r"^([^，。；：*]{4,20})(?=[，：])", r"**\1**", line)
            line = re.sub(r"(?<=[㐀-鿿])(\d[\d.]*[万亿]元)", r"**\1**", line)
        lines.append(line)
    return "\n\n".join(lines)


_CHINESE = "一二三四五六七八九十"

LAYOUTS: dict[str, Layout] = {
    **{f"wrap {width}": lambda text, _, width=width: wrapped(text, width) for width in (18, 20, 22, 25, 28, 30, 32, 36, 40)},
    **{
        f"wrap {width} indented": lambda text, _, width=width: wrapped(text, width, "　　")
        for width in (18, 21, 24, 26, 30, 34, 40)
    },
    **{
        f"wrap {width} drawn": lambda text, _, width=width: wrapped(text, width, "　　", drawn=True)
        for width in (18, 22, 25, 28, 33, 38)
    },
    **{
        f"wrap {width} spaced": lambda text, _, width=width: wrapped(text, width, "　　", True, "\n\n")
        for width in (20, 26, 32, 38)
    },
    "wrap 24 four blanks": lambda text, _: wrapped(text, 24, "    "),
    "wrap 27 nbsp": lambda text, _: wrapped(text, 27, "\xa0\xa0\xa0\xa0"),
    "pages": paged,
    "parted": parted,
    "blanks 1%": blanks(0.01),
    "blanks 5%": blanks(0.05),
    "blanks 15%": blanks(0.15),
    "figures set apart": _set_apart,
    "figures set apart, wrapped": lambda text, chance: wrapped(_set_apart(text, chance), 30, "　　"),
    "half width": lambda text, _: half_width(text),
    "half width, wrapped": lambda text, _: half_width(wrapped(text, 26)),
    "full width": lambda text, _: full_width(text),
    "full width, wrapped": lambda text, _: full_width(wrapped(text, 24, "　　")),
    "traditional": lambda text, _: traditional(text),
    "straight quotes": lambda text, _: re.sub("[“”]", '"', text),
    "all half width": lambda text, _: re.sub("[“”]", '"', half_width(text)).replace("。", "."),
    "indented": lambda text, _: "\n\n".join(f"　　{line}" for line in text.split("\n")),
    "markdown": markdown,
    "bullets": lambda text, _: _prose(text, lambda number, line: f"- {line}"),
    "squares": lambda text, _: _prose(text, lambda number, line: f"■ {line}"),
    "numbered": lambda text, _: _prose(text, lambda number, line: f"{number}. {line}"),
    "numbered in Chinese": lambda text, _: _prose(text, lambda number, line: f"（{_CHINESE[(number - 1) % 10]}）{line}"),
    "counted off": lambda text, _: _prose(text, lambda number, line: f"{_CHINESE[(number - 1) % 10]}是{line}"),
    "circled": lambda text, _: _prose(text, lambda number, line: f"{chr(0x2460 + (number - 1) % 20)}{line}"),
}


# What an event says; where it says so may change with the page.
_PLACE = ("evidence", "section", "confidence", "rule", "extractor", "source_uri", "source_title", "publisher", "published_on")


def said(bulletin: Bulletin) -> Counter[str]:
    """The events of a bulletin, whatever the form of its characters and where they stand."""
    return Counter(
        re.sub("[“”\"']", "", plain({key: value for key, value in event.items() if key not in _PLACE}))
        for event in events(bulletin)
    )


def bulletins(sets: list[str]) -> Iterator[tuple[str, Bulletin]]:
    """Each annotated bulletin by its name, its lines joined as they are read, its place and year said by the source."""
    for name in sets:
        for file in sorted((GOLD / name).glob("*.jsonl")):
            bulletin = with_place_and_year(annotated(file.parent / score.load(file)[0]["text_file"]))
            yield f"{name}/{file.stem}", with_text(bulletin, read(bulletin.text).text)


def changes(layout: str, name: str, bulletin: Bulletin, before: Counter[str]) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """What is said in both readings, only in the one of the page as it was (`before`), only in the one of the layout."""
    after = said(with_text(bulletin, LAYOUTS[layout](bulletin.text, random.Random(name))))
    return before & after, before - after, after - before


def measure(layouts: list[str], sets: list[str], show: bool = False) -> dict[str, float]:
    """Print the table; returns each layout's share of events that stay the same."""
    shares = {}
    pages = [(name, bulletin, said(bulletin)) for name, bulletin in bulletins(sets)]
    for layout in layouts:
        same = lost = new = 0
        touched = []
        for name, bulletin, before in pages:
            kept, gone, come = changes(layout, name, bulletin, before)
            same, lost, new = same + kept.total(), lost + gone.total(), new + come.total()
            if gone or come:
                touched.append(name)
                if show:
                    for sign, found in (("-", gone), ("+", come)):
                        for event in sorted(found.elements()):
                            print(f"  {layout} {name} {sign} {event}")
        shares[layout] = same / max(1, same + lost + new)
        print(
            f"{layout:<28} {shares[layout]:.4f}  ({same} same, {lost} lost, {new} new; {len(touched)} of {len(pages)} bulletins)",
            flush=True,
        )
    return shares


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("layouts", nargs="*", metavar="LAYOUT")
    parser.add_argument("--sets", nargs="*", default=list(SETS), metavar="SET")
    parser.add_argument("--changes", action="store_true")
    arguments = parser.parse_args()
    shares = measure(arguments.layouts or list(LAYOUTS), arguments.sets, arguments.changes)
    floor = yaml.safe_load(FLOORS.read_text("utf-8"))["layouts"]
    overall = sum(shares.values()) / len(shares)
    print(f"{'mean':<28} {overall:.4f}")
    below = [layout for layout, share in shares.items() if share < floor.get(layout, 0)]
    for layout in below:
        print(f"{layout} is below its floor {floor[layout]}")
    return 1 if below else 0


if __name__ == "__main__":
    sys.exit(main())
