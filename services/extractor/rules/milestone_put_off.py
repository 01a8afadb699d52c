"""Stages that are put off to another day than they were set for."""

from __future__ import annotations

from dataclasses import replace

from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_words import listed

# X原定10月通车，因征拆滞后，推迟至明年5月
_OLD_DAY = expression("原(?:先|本|来)?(?:定|计划|拟|预计)")
_NEW_DAY = expression(
    "，(?:[^，。；：]{2,24}，)?(?:现|现已|目前|后|拟|将|须|需|只好|只能|被迫|不得不){0,2}(?:已|因故)?"
    f"{listed('putting_off')}(?:至|到|为)了?"
)


_ENDS = tuple("，。；、！？）”\n") + ("",)


def moved_to(sentence: Sentence, begin: int, start: int, end: int) -> Time | None:
    """The day that a stage is put off to in one of the clauses behind it, where it was set for another at first."""
    text = sentence.document.text
    if text.find("原", begin, start) < 0 or not _OLD_DAY.search(text, begin, start):
        return None
    moved = _NEW_DAY.match(text, end, sentence.end)
    time = next((t for t in sentence.times if moved and moved.end() - 1 <= t.start <= moved.end()), None)
    if time is None or not (time.first or time.last) or text[time.end : time.end + 1] not in _ENDS:
        return None  # 推迟至11月底投用 has a stage of its own
    return set_for(text, time)


def set_for(text: str, time: Time) -> Time:
    """The month that a day is set for (延至2025年4月), not all the time until its end."""
    month = time.first is None and time.last is not None and text[time.end - 1] == "月"
    return replace(time, first=time.last.replace(day=1)) if month and time.last else time
