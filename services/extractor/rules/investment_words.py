"""The lexicon's lists as parts of the rules' regular expressions."""

from __future__ import annotations

from services.extractor.lexicon import alternatives, load


def words(*lists: str) -> str:
    """A group that matches any word of these lists of `seeds/lexicon/investment.yaml`, the longest first. Raises KeyError for a list
    that is not there."""
    return f"(?:{alternatives(word for name in lists for word in load('investment')[name])})"
