"""Clauses that stand where a name would and name no project: who has to see to it, who says so, what a contract sets down."""

from __future__ import annotations

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.names import Name, value
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_words import listed

# 责任单位须在9月20日之前组织破土
_ANSWERABLE = expression(
    f"(?:请|由|各)?[^，。；：、的]{{0,10}}?{listed('answerable')}(?:也|还)?(?:必须|务必|应当|须|应|需|要)(?P<by>[在于][^，。；：、]{{2,14}}?[前内底])?"
    f"(?:抓紧|尽快|加快|负责|全面|全部|如期|按期|正式)?{listed('seen_to')}{{0,2}}$"
)
_MODALS = expression("须|务必|应|需|要")


def answerable(place: Place) -> bool:
    """Is all that stands before the stage word an office that has to see to it?"""
    text, start = place.text, place.lo
    while text[start] in "，；：。 \n":
        start += 1
    match = _ANSWERABLE.match(text, start, place.first.start) if _MODALS.search(text, start, place.first.start) else None
    return match is not None and (match["by"] is not None or text[place.first.start - 1] in "要须应需必")


_SUPPLIES = ("通气", "通水", "送电", "通电", "供气", "供电", "供水", "送水", "送气")
_SUPPLIER = expression("(?:燃气|供气|供电|电力|电网|水务|供水|热力|供热)(?:公司|局|部门|所|集团|企业)")


def supplied(place: Place, name: Name) -> bool:
    """县长联系供气公司，商定11月20日前通气: what a supplier is asked to see to is no stage of the project named before that."""
    start = place.sentence.start
    if name.start >= start or not place.text.startswith(_SUPPLIES, place.trigger.start):
        return False
    return bool(_SUPPLIER.search(place.text, start, place.first.start))


# 两年建成, 18个月投产
_IN_YEARS = expression("(?:项目|工程)?(?:用)?(?:[一二两三四五六半]|\\d{1,2})(?:年半?|个半?月)(?:时间)?内?")


def in_years(place: Place) -> bool:
    """`签下X项目，协议投资9000万元，两年建成`: how long what has just been signed is to take, and nothing else in the clause."""
    if place.text[place.first.start - 1] not in "年月内间" or place.trigger.stage is Stage.SIGNED:
        return False
    clause = place.sentence.clauses[place.sentence.clause_at(place.first.start)]
    alone = _IN_YEARS.fullmatch(place.text, clause.start, place.first.start)
    return alone is not None and place.text.find("签", place.sentence.start, clause.start) >= 0


# 尚有5个未开工，牵头单位须于10月底前全部开工
_LEFT_OVER = expression(
    "(?:尚|还|仍|余下|剩下|剩余|其余)的?有?(?P<number>[\\d一二三四五六七八九十两]{1,4})[个项](?:尚|还|仍)?(?:未|没有?)[^，。；：、]{1,8}"
)


def left_over(place: Place) -> list[Name]:
    """So many of what was counted before have not come to the stage, says the clause before; all of these will."""
    number = place.sentence.clause_at(place.first.start)
    before = place.sentence.clauses[number - 1] if number else None
    if before is None or not ("未" in before.text or "没" in before.text) or "全" not in place.text[place.lo : place.first.start]:
        return []
    rest = _LEFT_OVER.fullmatch(before.text)
    return [Name("", before.start, before.end, value(rest["number"]))] if rest else []
