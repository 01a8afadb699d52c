"""The table of administrative divisions (GB/T 2260), as the published file and the list kept by hand tell it.

A code has six digits; one that ends in 0000 is a province's, one that ends in 00 a prefecture's, and what is below a division
begins as it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import yaml

# Not by way of the settings: they take a third of the time in which the extractor starts.
LEXICON = Path(__file__).resolve().parent.parent / "seeds" / "lexicon"


def rows() -> Iterator[list[str]]:
    """Rows of code, name, short name and former names, with the divisions that the published table leaves out."""
    for line in (LEXICON / "divisions.tsv").read_text("utf-8").splitlines():
        if line[0] != "#":
            yield line.split("\t")
    by_hand = yaml.load((LEXICON / "division_aliases.yaml").read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for code, names in by_hand["added"].items():
        yield [code, names[0], names[0][:2]]


@lru_cache(maxsize=1)
def names() -> dict[str, str]:
    """The name of every division by its code."""
    return {row[0]: row[1] for row in rows()}


def above(code: str) -> tuple[str, ...]:
    """The codes of the divisions above one, from the province down. A county that answers to its province has no prefecture, and a
    municipality's district neither."""
    return tuple(parent for parent in (f"{code[:2]}0000", f"{code[:4]}00") if parent != code and parent in names())


def below(code: str) -> str:
    """What the codes of a division and of all below it begin with."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code
