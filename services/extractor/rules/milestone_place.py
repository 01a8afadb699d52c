"""A stage word in its surroundings: what stands before it and behind it in its clause."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.extractor.expressions import expression
from services.extractor.namelists import read
from services.extractor.names import Name, balanced, is_project, words
from services.extractor.once import once
from services.extractor.phrases import heads, strip_left, strip_right
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_stages import Trigger
from services.extractor.rules.milestone_topics import predicate
from services.extractor.rules.milestone_words import listed

# Between a stage word or a noun and a count: 达到86个, 不少于5个.
BOUND = f"{listed('count_leads')}{{0,3}}"
COUNTED = expression(rf"{BOUND}[\d一二三四五六七八九十百两]{{1,9}}[余多]?[个项宗家]")
BEHIND = expression(rf"{BOUND}$")


# 签约项目, 在建工程, 投产企业: a kind of project, unless a count follows.
KIND = expression(f"(?:{listed('batch_kinds')}{{0,5}}(?:建设|储备|前期|类|的)?)(?:项目|企业|工程(?!量)|单位|工地)(?!率)")


@dataclass
class Place:
    """A stage word in its surroundings: its clause's part [lo, hi) that no other stage word has a claim on.

    `told`: the subjects already found in the sentence, in order.
    """

    sentence: Sentence
    first: Trigger
    trigger: Trigger
    lo: int
    hi: int
    told: list[list[Name]]

    @once
    def modifier(self) -> bool:
        """Does the word only say what kind of project is meant (签约项目快开工)?"""
        kind = KIND.match(self.text, self.trigger.end, self.hi)
        return bool(kind) and not COUNTED.match(self.text, kind.end(), self.hi) if kind else False

    @once
    def text(self) -> str:
        return self.sentence.document.text


def left(place: Place) -> list[Name]:
    sentence = place.sentence
    end = strip_right(sentence, place.lo, place.first.start)
    if end <= place.lo or place.text[place.lo : place.first.start].endswith("、"):
        return []
    label = place.text.find("】", place.lo, end) + 1 if place.text.startswith("【", place.lo) else 0  # 【数说】签约22个
    return read(sentence, max(label, place.lo), end, place.trigger.strong)


# 原计划年内的通车目标
_SET_BEFORE = expression("原(?:先|本|来)?(?:定|计划|拟|预计|设)[^，。；、]{0,12}的")


def before_old_day(place: Place) -> int:
    """Where the words before the stage word end, without the day that it was set for once (X原定8月的通车时间推迟到年底)."""
    stop = place.first.start
    planned = _SET_BEFORE.search(place.text, place.lo, stop) if place.text.endswith("的", place.lo, stop) else None
    return planned.start() if planned and planned.end() == stop else stop


def nothing_before(place: Place) -> bool:
    """Nothing but adverbs and times stands between the clause's start and the stage word."""
    sentence = place.sentence
    end = strip_right(sentence, place.lo, place.first.start)
    if end <= place.lo or place.text[end : end + 1] == "、":
        return True
    start = strip_left(sentence, place.lo, end)
    if place.text[start:end].startswith("原") and _SET_BEFORE.fullmatch(place.text, start, end):
        return True
    return start >= end or not expression("[一-鿿A-Za-z0-9]").search(place.text[start:end])


def phrase_end(place: Place, start: int) -> int:
    """The end of a noun phrase that begins at start: before the next verb, time or stage word."""
    text, sentence = place.text, place.sentence
    clause = sentence.clauses[sentence.clause_at(start)]
    end = min(max(place.hi, start), clause.end)
    spans = heads(sentence.document, start, end)
    for match in predicate().finditer(text, start + 2, end):
        if any(a < match.start() < b for a, b in spans):
            continue
        if heads(sentence.document, start, match.start()) and balanced(text[start : match.start()]):
            end = match.start()
            break
    end = strip_right(sentence, start, end)
    if not is_project(text[start:end]):
        found = heads(sentence.document, start, end)
        last = found[-1][1] if found else start
        if (
            found
            and balanced(text[start:last])
            and not words().count.search(text, last, end)
            and "、" not in text[last:end]
            and "等" not in text[last:end]
        ):
            return last
    return end


# 再开工2个、投产3个工业项目
_SHARED = expression(
    rf"、[^，。；：、\d]{{2,6}}{BOUND}[\d一二三四五六七八九十两]{{1,4}}[个项](?P<noun>[^，。；：、的\d]{{0,10}}?(?:项目|工程))(?=[，。；]|$)"
)


def shared_noun(place: Place, count: re.Match[str]) -> Name | None:
    """The noun behind the next count, which this one has as well."""
    after = place.text.startswith("、", count.end()) and count["measure"] in "个项"
    match = _SHARED.match(place.text, count.end()) if after else None
    return Name(place.sentence.document.page.words(*match.span("noun")), *match.span("noun")) if match else None
