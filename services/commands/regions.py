"""Places on the command line: a division's name or code means everything below it."""

from __future__ import annotations


def codes(region: str) -> list[str]:
    """The GB/T 2260 codes that are meant: the code itself, or those of all divisions with this name; none for another place."""
    if region.isdigit() and len(region) == 6:
        return [region]
    from services.extractor.divisions import table

    return [division.code for division in table().names.get(region, ())]
