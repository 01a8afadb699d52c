"""Rules for milestone events."""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.reading import Draft, Sentence


def find(sentence: Sentence) -> Iterator[Draft]:
    """The events that a sentence states."""
    yield from ()
