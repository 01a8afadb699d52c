"""The division of a source, from its name or its code."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from services import places


def region_code(region: str) -> str:
    """The GB/T 2260 code of `410106`, `上街区`, `郑州市上街区` or `河南省郑州市上街区`.

    Raises ValueError for a name that no division has, or several.
    """
    codes, names = _divisions()
    if region.isdigit():
        return known_code(region)
    found = [code for code in _ending(region, names) if _is_below(region, code, codes)]
    if not found:
        raise ValueError(f"no division is called {region}; write its code, as 410106")
    if len(found) > 1:
        told = ", ".join(f"{code} {''.join(_above(code, codes))}{codes[code]}" for code in found[:5])
        raise ValueError(f"{region} may be {told}; write the code, or the divisions above it before its name")
    return found[0]


def known_code(code: str) -> str:
    """The code itself. Raises ValueError where no division has it."""
    if code not in places.names():
        raise ValueError(f"no division has the code {code}")
    return code


def _ending(region: str, names: dict[str, list[str]]) -> list[str]:
    """The divisions whose name the region ends with: those of the longest name."""
    for start in range(len(region)):
        if codes := names.get(region[start:]):
            return codes
    return []


def _is_below(region: str, code: str, codes: dict[str, str]) -> bool:
    """Is all that stands before its name the names of divisions above it?"""
    rest = region.removesuffix(codes[code])
    for name in _above(code, codes):
        rest = rest.removeprefix(name)
    return not rest


def _above(code: str, codes: dict[str, str]) -> list[str]:
    """The names from the province down."""
    above = (f"{code[:2]}0000", f"{code[:4]}00")
    return [codes[each] for each in above if each != code and each in codes]


@lru_cache(maxsize=1)
def _divisions() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Names by code, and codes by name."""
    codes = places.names()
    names: defaultdict[str, list[str]] = defaultdict(list)
    for code, name in codes.items():
        names[name].append(code)
    return codes, dict(names)
