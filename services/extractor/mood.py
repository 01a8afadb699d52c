"""Plan or fact: the status of what a clause says, from modal words before its verb, else from the passage it stands in."""

from __future__ import annotations

import re
from functools import lru_cache

from services.contracts import Status
from services.extractor.lexicon import alternatives, load
from services.extractor.reading import Sentence


@lru_cache(maxsize=1)
def _words() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = load("status")
    planned = alternatives(words["planned"])
    actual = alternatives(words["actual"])
    return re.compile(f"(?P<planned>{planned})|(?P<actual>{actual})"), re.compile(alternatives(words["leads"]["planned"]))


def status(sentence: Sentence, start: int, end: int) -> Status:
    """The status of what [start, end) of the page says; `start` is where its verb or amount stands, so that words before it count.

    The nearest marker before `start` in the same clause decides; then a plan's marker in the clauses before it (力争…，…); then
    the section's heading; then what most of the paragraph's words say.
    """
    document = sentence.document
    number = sentence.clause_at(start)
    clause = sentence.clauses[number]
    near = _last(document.text, clause.start, min(end, clause.end))
    if near is not None:
        return near
    for earlier in reversed(sentence.clauses[:number]):
        marker = _last(document.text, earlier.start, earlier.end)
        if marker is not None:
            return marker
    return passage(sentence)


def passage(sentence: Sentence) -> Status:
    """What the passage is about as a whole: plans or facts."""
    if sentence.section.planned:
        return Status.PLANNED
    pattern, leads = _words()
    document = sentence.document
    planned = actual = 0
    for near in (*document.before(sentence, 6), sentence):
        if leads.search(near.text):
            planned += 3
        for match in pattern.finditer(near.text):
            if match["planned"]:
                planned += 1
            else:
                actual += 1
    return Status.PLANNED if planned > 2 * actual + 1 else Status.ACTUAL


def _last(text: str, start: int, end: int) -> Status | None:
    found = None
    for match in _words()[0].finditer(text, start, end):
        found = Status.PLANNED if match["planned"] else Status.ACTUAL
    return found
