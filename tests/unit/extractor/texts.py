"""The texts of the sample bulletins and of the annotated ones, and events as properties compare them."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from services.commands.files import bulletin_of
from services.contracts import Bulletin, bulletin_id, json_dict
from services.extractor.characters import TRADITIONAL_FILE, unify
from services.extractor.extract import extract, read_document
from services.settings import PROJECT

GOLD = PROJECT / "tests" / "gold"
FILES = sorted(
    [*(PROJECT / "seeds" / "bulletins").glob("*.txt"), *(GOLD / "districts").glob("*.txt"), *(GOLD / "dev").glob("*.txt")]
)
# Ids come from the text, so that another text has others.
_IDS = frozenset(("event_id", "bulletin_id", "fact_id"))


@lru_cache(maxsize=1)
def bulletins() -> list[Bulletin]:
    """As `bulletins extract` reads them, with place and year said by the source: what an altered text says of them may differ."""
    return [with_place_and_year(bulletin_of(str(file))) for file in FILES]


def with_place_and_year(bulletin: Bulletin) -> Bulletin:
    """The bulletin with its place and year said by its source, so that they do not hang on how its text is set."""
    document = read_document(bulletin)
    year = document.anchor.year or 2024
    home = document.home
    return bulletin.model_copy(
        update={"published_on": bulletin.published_on or date(year, 12, 31), "region_code": home.code if home else "410106"}
    )


def with_text(bulletin: Bulletin, text: str) -> Bulletin:
    return bulletin.model_copy(update={"text": text, "bulletin_id": bulletin_id(text)})


def of_text(text: str) -> Bulletin:
    return Bulletin(
        bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1", published_on=date(2024, 5, 20)
    )


def events(bulletin: Bulletin, until: int | None = None) -> list[dict[str, Any]]:
    """The events before the character `until`, without their ids."""
    found = [json_dict(event) for event in extract(bulletin).events]
    return [{k: v for k, v in e.items() if k not in _IDS} for e in found if until is None or e["evidence"]["end"] <= until]


def told(bulletin: Bulletin) -> list[str]:
    """What the events say, whatever the characters' form, the white space and the places in the text."""
    return [plain({**event, "evidence": event["evidence"]["quote"]}) for event in events(bulletin)]


def plain(value: Any) -> str:
    """A value in one form of characters, without white space."""
    if isinstance(value, dict):
        return "{" + "; ".join(f"{key}={plain(item)}" for key, item in sorted(value.items())) + "}"
    if isinstance(value, list):
        return "[" + "; ".join(map(plain, value)) + "]"
    # Straight commas and curved ones are one mark in what is compared.
    return re.sub(r"\s+", "", unify(str(value))).replace("，", ",")


def name(bulletin: Bulletin) -> str:
    return Path(bulletin.source_uri).stem


@lru_cache(maxsize=1)
def _to_traditional() -> dict[int, str]:
    _, traditional, simplified = TRADITIONAL_FILE.read_text("utf-8").splitlines()
    table: dict[int, str] = {}
    for old, new in zip(traditional, simplified, strict=True):
        table.setdefault(ord(new), old)
    return table


def traditional(text: str) -> str:
    return text.translate(_to_traditional())


def full_width(text: str) -> str:
    """Digits, Latin letters and the marks of numbers in full width."""
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and (c.isalnum() or c in "%,.") else c for c in text)


def half_width(text: str) -> str:
    """Punctuation in half width, except between digits, where a comma would part thousands."""
    text = re.sub(r"(?<!\d)，|，(?!\d)", ",", text)
    return text.translate(str.maketrans("：；！？（）％", ":;!?()%"))
