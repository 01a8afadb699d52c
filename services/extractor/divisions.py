"""The administrative divisions of China, county level and up, and the names of the townships below them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from services import places
from services.extractor.lexicon import LEXICON, load

Level = Literal["province", "prefecture", "county"]


@dataclass(frozen=True, slots=True)
class Division:
    """`code` is the six-digit GB/T 2260 code; `parents` are the codes of the divisions above it, from the province down.

    `short` is the name without its kind (`上街`), the full name where one character would be left (`房县`).
    """

    code: str
    name: str
    level: Level
    parents: tuple[str, ...]
    short: str


@dataclass(frozen=True, slots=True)
class Table:
    """All divisions by code, and by every name that they bear or once bore; a current name's bearers come first."""

    divisions: dict[str, Division]
    names: dict[str, tuple[Division, ...]]


@lru_cache(maxsize=1)
def table() -> Table:
    """The table of divisions. Raises FileNotFoundError or ValueError where the lexicon is missing or malformed."""
    rows = list(places.rows())
    codes = {row[0] for row in rows}
    divisions: dict[str, Division] = {}
    names: dict[str, list[Division]] = {}
    former: list[tuple[str, Division]] = []
    for row in rows:
        code, name, short = row[:3]
        level: Level = "county" if code[4:] != "00" else "prefecture" if code[2:4] != "00" else "province"
        # A county that answers to its province, and a municipality's district, have no prefecture above them.
        above = (f"{code[:2]}0000", f"{code[:4]}00")
        parents = tuple(parent for parent in above if parent != code and parent in codes)
        division = divisions[code] = Division(code, name, level, parents, short)
        names.setdefault(name, []).append(division)
        if name not in (short, short + name[-1]):
            former.append((short + name[-1], division))  # 都安县 for 都安瑶族自治县
        if len(row) > 3:
            former += [(old, division) for old in row[3].split(",")]
    by_hand = load("division_aliases")
    told = {(old, code[:2]) for code, olds in by_hand["renamed"].items() for old in olds}
    former = [(old, division) for old, division in former if (old, division.code[:2]) not in told]
    for section in ("renamed", "colloquial"):
        former += [(old, divisions[code]) for code, olds in by_hand[section].items() for old in olds]
    for old, division in former:
        bearers = names.setdefault(old, [])
        if division not in bearers:
            bearers.append(division)
    return Table(divisions, {name: tuple(bearers) for name, bearers in names.items()})


@lru_cache(maxsize=1)
def _townships() -> list[str]:
    return (LEXICON / "divisions_townships.tsv").read_text("utf-8").splitlines()


def township_codes(name: str) -> tuple[str, ...]:
    """Codes of the counties that have a township of exactly this name; empty where there is none."""
    lines, key = _townships(), name + "\t"
    at = bisect_left(lines, key)
    if at < len(lines) and lines[at].startswith(key):
        return tuple(lines[at][len(key) :].split(" "))
    return ()


_KINDS = frozenset("省市县区州盟旗镇乡道木")
_LONGEST, _SHORTEST = 12, 3


def named_until(text: str, start: int, end: int) -> int | None:
    """Where the longest name of a division or a township ends that begins at `start` and has three characters or more; None where
    none does. The text is in simplified characters."""
    names = table().names
    for stop in range(min(end, start + _LONGEST), start + _SHORTEST - 1, -1):
        if text[stop - 1] in _KINDS and ((name := text[start:stop]) in names or township_codes(name)):
            return stop
    return None


def within(division: Division, other: Division) -> bool:
    """Is it the other, or one below it?"""
    return division.code == other.code or other.code in division.parents


def nearest(candidates: Iterable[Division], home: Division | None) -> Division | None:
    """The candidate that is home, lies in it, or shares the most parents with it; None where several are as near."""
    pool = list(candidates)
    if len(pool) == 1:
        return pool[0]
    if home is None:
        return None

    def nearness(division: Division) -> tuple[bool, int]:
        mine, theirs = {home.code, *home.parents}, {division.code, *division.parents}
        return division.code == home.code, len(mine & theirs)

    ranked = sorted(pool, key=nearness, reverse=True)
    if not ranked or nearness(ranked[0])[1] == 0 or len(ranked) > 1 and nearness(ranked[0]) == nearness(ranked[1]):
        return None
    return ranked[0]
