"""Stages told one behind the other, each with a time of its own, of a name that the last takes: `3月签约、9月开工的X项目`."""

from __future__ import annotations

from dataclasses import replace

from services.extractor.names import Name
from services.extractor.phrases import strip_right
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_place import Place, nothing_before
from services.extractor.rules.milestone_stages import Trigger
from services.extractor.rules.milestone_subjects import subjects

_MOST = 4


def chained(sentence: Sentence, groups: list[tuple[Trigger, Trigger]], index: int, place: Place) -> list[Name]:
    """What the last of the stages that follow, with 、 and a time between them, takes behind 的; of X签约、9月开工的Y nothing."""
    text = place.text
    if not text.startswith("、", place.trigger.end):
        return []
    clause = sentence.clauses[sentence.clause_at(place.trigger.start)]
    last = index
    while last + 1 < len(groups) and last - index < _MOST and _follows(sentence, groups[last][1].end, groups[last + 1][0]):
        last += 1
    first, trigger = groups[last]
    # 老朋友：3月签约、9月开工的X
    label = max(place.lo, text.rfind("：", place.lo, place.first.start) + 1)
    if last == index or not text.startswith("的", trigger.end) or not nothing_before(replace(place, lo=label)):
        return []
    return subjects(Place(sentence, first, trigger, groups[last - 1][1].end, clause.end, []))


def _follows(sentence: Sentence, end: int, first: Trigger) -> bool:
    """Does nothing but a time stand between a stage word and the next, behind a 、?"""
    joint = sentence.document.text.startswith("、", end)
    return joint and 0 <= first.start - end <= 16 and strip_right(sentence, end + 1, first.start) <= end + 1
