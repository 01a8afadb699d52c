"""Grades in an assessment: 在2023年度考核中获“好”等次, 营商环境评价列全省A档."""

from __future__ import annotations

import re

from services.extractor.expressions import ending, expression
from services.extractor.reading import Sentence
from services.extractor.rules.accolade_contests import contest_before
from services.extractor.rules.accolade_honours import Honour

_GRADE = ending(
    r"(?:了|为|得)?(?P<whole>(?:20\d\d年度?)?(?:全[国省市区县旗]|国家|[省市县区]级?)?(?:[一-鿿]{2,12}(?:考核|考评|评价|评议|评估))?的?"
    r"(?P<rank>“?(?P<grade>好|优秀|良好|优|良|先进|合格|[A-D](?:\+{1,2}|-)?|第?[一二三]|[甲乙])”?(?P<unit>等次|等级|档次|等|档|类|级)?))”?(?:的?单位)?$"
)


_NAMED = expression("[一-鿿]{2}(?:考核|考评|评价|评议|评估)")
_ASSESSMENT = expression("(?:考核|考评|评价|评议|评估|测评|评定|检查|督查)$")


def _alone(sentence: Sentence, number: int, behind: int, match: re.Match[str]) -> Honour | None:
    """在全市行风评议中被评定为“优秀”: a grade without 等次 is one where the assessment is named in the sentence."""
    contest = contest_before(sentence, number, behind)
    if contest is None or contest[1] < sentence.start or not expression("“?[优良好]").match(match["rank"]):
        return None
    named = _ASSESSMENT.search(sentence.document.text[contest[1] : contest[2]])
    return Honour(contest[1], contest[2], match.span("grade")) if named else None


def grade(sentence: Sentence, number: int, behind: int, limit: int) -> Honour | None:
    """The grade that stands in [behind, limit) of clause `number`; it is called by the assessment that it was given in."""
    match = _GRADE.match(sentence.document.text, behind, limit)
    if match is None:
        return None
    if match["unit"] is None:
        return _alone(sentence, number, behind, match)
    # 好 and 优秀 are ranks of their own; 第一 or A say little without 等次 or 档.
    rank = match.span("grade") if expression("[好优良先合]").match(match["grade"]) else match.span("rank")
    if _NAMED.search(match["whole"]):  # 获评全区某某考核优秀等次
        return Honour(*match.span("whole"), rank)
    contest = contest_before(sentence, number, behind)
    if contest is None or contest[2] <= contest[1]:
        return Honour(*match.span("whole"), rank)
    return Honour(contest[1], contest[2], rank)
