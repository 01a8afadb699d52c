"""Does a filter let an event through? The same answer as Elasticsearch gives to services/api/filters.py, for events on their way.

Texts are cut into words as the index's analyzer does: by the Unicode standard for word boundaries (UAX #29), each Chinese character a
word of its own, all in lower case. https://www.elastic.co/docs/reference/text-analysis/analysis-standard-analyzer
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final

import orjson
import regex

from services.api.filters import EXACT, WORDS
from services.api.params import EventFilter
from services.places import below

_BOUNDARY: Final = regex.compile(r"(?V1w)\b")
# Scripts that write no spaces between words, Thai for one: a run is one word.
_RUN: Final = regex.compile(r"((?:\p{LB=SA}\p{Cf}*)+)")
# What lies between two boundaries and has none of these is no word: punctuation, spaces, symbols.
_WORD: Final = regex.compile(
    r"[\p{WB=ALetter}\p{WB=Hebrew_Letter}\p{WB=Numeric}\p{WB=Katakana}\p{Han}\p{Hiragana}\p{LB=SA}\p{Emoji_Presentation}]"
)
_LONGEST_WORD: Final = 255
_TERMS: Final = ("event_type", "stage", "metric", "level", "status", "bulletin_id", "fact_id")
Event = Mapping[str, Any]
Test = Callable[[Event], bool]


def matcher(query: EventFilter) -> Callable[[bytes], bool]:
    """A function that tells of an event, as JSON, whether the filter lets it through."""
    tests = [*_exact(query), *_region(query), *_words(query), *_published(query), *_amount(query), *_period(query)]
    if not tests:
        return lambda _: True

    def passes(value: bytes) -> bool:
        event = _event(value)
        return all(test(event) for test in tests)

    return passes


# All subscribers look at the newest events at about the same time.
@lru_cache(maxsize=1024)
def _event(value: bytes) -> Event:
    event: Event = orjson.loads(value)
    return event


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """As the standard analyzer cuts a text."""
    # Every second part is a run.
    parts = [[part] if number % 2 else _BOUNDARY.split(part) for number, part in enumerate(_RUN.split(text))]
    pieces = [_lower(piece) for part in parts for piece in part if _WORD.search(piece)]
    return tuple(piece[at : at + _LONGEST_WORD] for piece in pieces for at in range(0, len(piece), _LONGEST_WORD))


def _lower(word: str) -> str:
    """Character by character, as the index does: no final sigma, no letter that becomes two."""
    return "".join([letter.lower()[0] for letter in word])


def _exact(query: EventFilter) -> list[Test]:
    wanted = {field: getattr(query, field) for field in _TERMS} | {field: getattr(query, f"{field}_exact") for field in EXACT}
    return [_one_of(field, frozenset(map(str, values))) for field, values in wanted.items() if values]


def _one_of(field: str, values: frozenset[str]) -> Test:
    return lambda event: event.get(field) in values


def _region(query: EventFilter) -> list[Test]:
    beginnings = tuple(below(code) for code in query.region_code)
    return [lambda event: (event.get("region_code") or "").startswith(beginnings)] if beginnings else []


def _words(query: EventFilter) -> list[Test]:
    tests = [_phrase(_field(field), word) for field in WORDS for word in _said(query, field)]
    return tests + [_phrase(_quote, word) for word in _said(query, "q")]


def _field(name: str) -> Callable[[Event], str | None]:
    return lambda event: event.get(name)


def _quote(event: Event) -> str | None:
    quote: str = event["evidence"]["quote"]
    return quote


def _said(query: EventFilter, field: str) -> list[str]:
    return (getattr(query, field) or "").split()


def _phrase(text_of: Callable[[Event], str | None], phrase: str) -> Test:
    """The words of the phrase one after the other; a phrase without any is found nowhere."""
    wanted = words(phrase)
    length = len(wanted)

    def test(event: Event) -> bool:
        text = text_of(event)
        if text is None or not wanted:
            return False
        there = words(text)
        return any(there[at : at + length] == wanted for at in range(len(there) - length + 1))

    return test


def _published(query: EventFilter) -> list[Test]:
    first, last = query.published_from, query.published_to
    if first is None and last is None:
        return []

    def test(event: Event) -> bool:
        day = event.get("published_on")
        return day is not None and (first is None or _day(day) >= first) and (last is None or _day(day) <= last)

    return [test]


def _amount(query: EventFilter) -> list[Test]:
    least, most = query.amount_min, query.amount_max
    if least is None and most is None:
        return []

    def test(event: Event) -> bool:
        amount = event.get("amount")
        if not amount or amount["currency"] != query.currency:
            return False
        ends = [end for end in (amount["value"], amount["value_max"]) if end is not None]
        return (least is None or max(ends) >= least) and (most is None or amount["value"] <= most)

    return [test]


def _period(query: EventFilter) -> list[Test]:
    first, last = query.period_from, query.period_to
    if first is None and last is None:
        return []

    def test(event: Event) -> bool:
        period = event.get("period") or {}
        start, end = period.get("start"), period.get("end")
        if start is None and end is None:
            return False
        ended = first is not None and end is not None and _day(end) < first
        begun = last is None or start is None or _day(start) <= last
        return begun and not ended

    return [test]


def _day(text: str) -> date:
    return date.fromisoformat(text)
