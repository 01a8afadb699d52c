"""Tables in each of the forms in which pages that were flattened to text have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.contracts import Bulletin, bulletin_id, json_dict
from services.extractor.extract import extract

CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "specs" / "tables.yaml").read_text("utf-8"))
Rows = list[list[str]]


def parted(mark: str) -> Callable[[Rows], str]:
    return lambda rows: "\n".join(mark.join(row) for row in rows)


def markdown(rows: Rows) -> str:
    lined = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(row) + " |" for row in lined)


def aligned(rows: Rows, of_figures: float = 0) -> str:
    """Cells set under each other: a Chinese character is as wide as two blanks. Figures stand so far right of a column's left edge: at
    0.5 in its middle."""

    def width(cell: str) -> int:
        return sum(1 if c.isascii() else 2 for c in cell)

    widths = [max(width(row[n]) for row in rows) for n in range(len(rows[0]))]

    def padded(cell: str, own: int) -> str:
        before = int((own - width(cell)) * of_figures) if cell[:1].isdigit() else 0
        return " " * before + cell + " " * (own - width(cell) - before + 3)

    return "\n".join("".join(map(padded, row, widths)).rstrip() for row in rows)


def framed(rows: Rows, upright: str, across: str, corner: str) -> str:
    """Cells in a frame that is drawn of characters."""
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    rule = corner + corner.join(across * (width + 2) for width in widths) + corner
    lines = [upright + upright.join(f" {cell.ljust(w)} " for cell, w in zip(row, widths, strict=True)) + upright for row in rows]
    return "\n".join([rule, lines[0], rule, *lines[1:], rule])


FORMS: dict[str, Callable[[Rows], str]] = {
    "tabs": parted("\t"),
    "one blank": parted(" "),
    "two blanks": parted("  "),
    "wide blanks": parted("　"),
    "bars": parted("|"),
    "bars with blanks": parted(" | "),
    "strokes": parted(" / "),
    "markdown": markdown,
    "a frame": lambda rows: framed(rows, "│", "─", "┼"),
    "a plain frame": lambda rows: framed(rows, "|", "-", "+"),
    "commas": parted(","),
    "aligned": aligned,
    "figures in the middle": lambda rows: aligned(rows, 0.5),
    "figures at the right": lambda rows: aligned(rows, 1),
    "two blanks, and others at the end": lambda rows: "\n".join("  ".join(row) + "  " for row in rows),
    "cut at a width": parted("    "),
    "a cell a line": lambda rows: "\n".join("\n".join(row) for row in rows),
    "a cell a line and an empty one": lambda rows: "\n\n".join("\n\n".join(row) for row in rows),
}


BELOW = "以上情况由县重点办汇总。"


def told(event: dict[str, Any]) -> str:
    """The event in a line."""
    start = (event["period"] or {}).get("start") or (event["period"] or {}).get("end")
    if event["event_type"] == "project_milestone":
        said = [event["stage"], event["project"], event["organization"], start]
        said += [f"done {event['progress_percent']}" if event["progress_percent"] is not None else None]
        said += [f"of {event['project_count']}" if event["project_count"] is not None else None]
        planned = event["status"] == "planned"
    elif event["event_type"] == "accolade":
        said = [event["honor"], event["recipient"], event["recipient_count"], event["rank"], event["granted_by"]]
        planned = event["status"] == "planned"
    else:
        amount = event["amount"] or dict.fromkeys(("value", "value_max", "bound"))
        start = None if event["metric"] == "total_investment" else start
        said = [event["metric"], event["subject"], amount["value"], amount["value_max"], amount["bound"], start]
        said += [f"share {event['plan_percent']}" if event["plan_percent"] is not None else None]
        said += [f"of {event['project_count']}" if event["project_count"] is not None else None]
        said += [f"growth {event['change_percent']}" if event["change_percent"] is not None else None]
        planned = event["status"] == "planned"
    return " ".join(str(word) for word in [*said, "planned" if planned else None] if word is not None)


WIDTH = 26
PROSE = "各单位要对照清单查找差距，把责任落实到每一个环节，逐月通报、按季考核，考核结果作为年底评价的重要依据。\n" * 2


def cut(text: str) -> str:
    """The text as a program wraps it that counts characters and nothing else."""
    return "\n".join(line[at : at + WIDTH] for line in text.split("\n") for at in range(0, max(1, len(line)), WIDTH))


def read(case: dict[str, Any], form: str, published: str) -> list[str]:
    text = f"北沟县重点工作通报\n{published}\n{case['title']}\n{FORMS[form](case['rows'])}\n{case.get('below', BELOW)}\n"
    text = cut(text + PROSE) if form == "cut at a width" else text
    bulletin = Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="spec", source_uri="file:spec")
    return [told(json_dict(event)) for event in extract(bulletin).events]


def forms_of(case: dict[str, Any]) -> list[str]:
    """What cells a comma may part is seen where none has one, and where there are many."""
    many = len(case["rows"][0]) > 3 and not any("，" in cell for row in case["rows"] for cell in row)
    return [form for form in case.get("forms", FORMS) if form != "commas" or many]


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, case in CASES.items() for form in forms_of(case)])
def test_a_table_tells_the_same_in_each_form(name: str, form: str) -> None:
    case = CASES[name]
    assert sorted(read(case, form, case.get("published", "2025年9月10日"))) == sorted(case["told"])
