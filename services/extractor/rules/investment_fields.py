"""The fields of an investment report beside its subject and its status: time, the metric that the words around decide, the sum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.contracts import Bound, Metric
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.reading import Sentence
from services.extractor.rules.investment_statements import told
from services.extractor.rules.investment_status import FARTHER, PICKED, PLANNED_WORDS
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import Statement
from services.extractor.rules.investment_words import words
from services.extractor.sums import Money
from services.extractor.table_columns import is_stages_day

_AIMS = expression(words("aims"))
# Days that a span of time covers at least to be one that figures are cumulated over.
_SPAN = 27
_TIMED = (Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER, Metric.FUNDING, Metric.COMPLETED_INVESTMENT, Metric.CONTRACTED_AMOUNT)


def period(sentence: Sentence, statement: Statement, metric: Metric) -> Time | None:
    """The time that governs the sum; for what is cumulated over months, that of the sentence or the heading before it as well."""
    found = sentence.period(statement.lo, statement.at)
    if found and (sentence.document.text[found.start : found.end] == "年初" or is_stages_day(sentence.document, found.start)):
        found = None  # 年初计划投资3亿元: when it was planned
    if metric is Metric.TOTAL_INVESTMENT and found and not (_long(found) and _governs(sentence, statement, found)):
        return None
    between = sentence.document.text[found.end : statement.at] if found else ""
    if found and found.first is None and found.last and "累计完成" in between and not _AIMS.search(between):
        # 截至3月底，…累计完成: rule 10, also where other clauses stand between.
        return replace(found, first=found.last.replace(month=1, day=1))
    if found or metric not in _TIMED or sentence.start < statement.lo and statement.carried:
        return found
    earlier = sentence.earlier_period()
    return earlier if earlier and _long(earlier) else None


def _governs(sentence: Sentence, statement: Statement, found: Time) -> bool:
    """Does the time stand with the sum or open the sentence, rather than belong to a stage told before (9月开工，总投资5亿元)?"""
    own = sentence.clauses[sentence.clause_at(statement.lo)].start
    return found.start >= own or 0 <= found.start - sentence.clauses[sentence.clause_at(found.start)].start <= 4


def _long(time: Time) -> bool:
    return time.first is None or time.last is None or (time.last - time.first).days >= _SPAN


def metric(sentence: Sentence, statement: Statement, subject: Subject | None) -> Metric:
    """The cue's metric, but a sum of newly signed projects that does not call itself 总投资 is contracted."""
    cue = statement.cue
    own = Metric.TOTAL_INVESTMENT if breaks_down(sentence, statement) else cue.metric or Metric.OTHER
    if own is Metric.COMPLETED_INVESTMENT and sentence.document.text.startswith("投入资金", cue.start):
        # 投入资金3亿元新建X is what X costs; without an object it is what has been spent.
        wanted = PLANNED_WORDS.search(sentence.document.text, max(sentence.start, cue.start - 6), cue.start)
        if wanted or subject is not None and subject.start >= statement.at:
            own = Metric.TOTAL_INVESTMENT
    text = sentence.document.text
    agreed = own is Metric.OTHER and text.startswith(("合同", "协议"), cue.start)
    if agreed and _SIGNED.search(text, max(sentence.start, cue.start - _NEAR), cue.start):
        return Metric.CONTRACTED_AMOUNT  # 签回项目24个，其中外资项目4个，协议外资额1.45亿美元: a part of what was signed
    total = "总投资" in text[cue.start : cue.end]
    # 签下X项目，计划投入9000万元: what X is to cost by plan, as 计划总投资 is.
    planned = "计划" in text[max(sentence.start, cue.start - 3) : cue.end]
    signed = subject is not None and subject.signed and not total and not (planned and subject.count is None)
    sum_of_all = own is Metric.COMPLETED_INVESTMENT and sentence.document.text.startswith("累计投资额", cue.start)
    if cue.generic and not total and not signed:
        signed = (
            _partner(sentence, statement)
            or _brought(sentence, statement)
            or _of_signed(sentence, statement)
            or _listed_as_signed(sentence, statement)
            or not (planned and subject and subject.count is None)
            and _its_signing(sentence, statement, subject)
        )
    if signed and (cue.generic or own is Metric.TOTAL_INVESTMENT or sum_of_all):
        return Metric.CONTRACTED_AMOUNT
    return own


_NEAR, _FAR = 60, 240
_SIGNED = expression(rf"(?:{words('newly_signed')}|签回)[^，。；]{{0,12}}项目|项目[^，。；]{{0,8}}{words('newly_signed')}")
# 成功引进投资1.4亿元的X; behind 签约 alone stands what is no such project's.
_BROUGHT = expression(rf"(?:^|[，；、])[^，。；]{{0,12}}?{words('newly_signed')}了?(?:总|一个)?$")


# 现场签约的有：甲项目（投资3亿元）、乙基地（投资2亿元）
_SIGNED_LABEL = expression(
    rf"{words('newly_signed')}(?:的|的?(?:重点|重大|产业)?项目)(?:还|主要|分别|共)?(?:有|是|为|包括|如下)?$"
)


def _listed_as_signed(sentence: Sentence, statement: Statement) -> bool:
    """Does the sentence open with a label that says of all that it lists that they are newly signed?"""
    label = sentence.clauses[0]
    return (
        label.mark == "："
        and label.end < statement.at
        and bool(_SIGNED_LABEL.search(sentence.document.text, label.start, label.end))
    )


# X项目落户云河工业园，投资8亿元; X项目也在首轮签约，拟投资3亿元. What is planned is told by 计划投资 as of any other project.
_JUST_SIGNED = expression(
    rf"(?P<told>[^，。；：]{{0,10}}?(?:{words('newly_signed')}|落户|花落|落子)[^，。；：]{{0,14}})，(?:项目)?(?:拟|将|预计)?$"
)
_ONCE = expression(r"[去前]年|此前|早前|的|20\d\d年|[后未]")


def _its_signing(sentence: Sentence, statement: Statement, subject: Subject | None) -> bool:
    """Does the clause right before the sum's say of what it is of no more than that it has been signed?"""
    at = statement.cue.start
    if subject is None or not sentence.start <= subject.start < subject.end < at <= subject.end + _NEAR:
        return False
    signing = _JUST_SIGNED.match(sentence.document.text, subject.end, at)
    told_of = signing["told"].replace("已", "") if signing else ""
    return signing is not None and not _ONCE.search(told_of) and not FARTHER.search(told_of)


# 外国某公司X项目落户本市，外方出资350万欧元: one side's part of what was agreed.
_SIDE = expression("(?:^|[，；、])(?:[一-鿿]{1,3}方|客商|投资者?方?)(?:将|拟|计划|认缴|首期|共|总共|实际){0,2}$")
_AGREED_ON = expression(rf"{words('newly_signed')}|落户|落地")


def _partner(sentence: Sentence, statement: Statement) -> bool:
    """Is it what one side puts into a project that the clauses before tell to be newly signed?"""
    text, at = sentence.document.text, statement.cue.start
    first = max(sentence.start, at - _NEAR)
    return bool(_SIDE.search(text, first, at) and _AGREED_ON.search(text, first, at))


def _brought(sentence: Sentence, statement: Statement) -> bool:
    """Does a sum of what stands behind it follow a verb that brings new projects?"""
    text, cue, money = sentence.document.text, statement.cue, statement.money
    return bool(
        money
        and text.startswith(("的", "以上的"), money.end)
        and _BROUGHT.search(text, max(sentence.start, cue.start - 20), cue.start)
    )


def _of_signed(sentence: Sentence, statement: Statement) -> bool:
    """Does the sentence pick out some of the projects whose contracted sum was told right before, none that has come farther?"""
    text = sentence.document.text
    if not PICKED.match(text, sentence.start):
        return False
    first = max(sentence.start, statement.at - _FAR)
    group = text[max(first, text.rfind("；", first, statement.at)) : group_end(sentence, statement.end, sentence.end)]
    if FARTHER.search(group) and not PLANNED_WORDS.search(group):
        return False
    return any(
        before.cue.metric is Metric.CONTRACTED_AMOUNT and before.money
        for near in sentence.document.before(sentence, 2)
        for before in told(near).statements
    )


def breaks_down(sentence: Sentence, statement: Statement) -> bool:
    """`总投资3亿元，其中固定资产投资2亿元`: of a project's sum, not of an area's."""
    if statement.cue.metric is not Metric.FIXED_ASSET_INVESTMENT or statement.cue.sector is not None:
        return False
    text, at = sentence.document.text, statement.cue.start
    if statement.money and _OF_ONE.search(text, max(sentence.start, at - 60), at):
        return True  # 该公司投建的X项目在津签约，固定资产投资不低于5.4亿元
    return "其中" in text[max(sentence.start, at - 8) : at] and bool(_OF_A_TOTAL.search(text, max(sentence.start, at - 40), at))


_OF_ONE = expression(
    "(?<![个项类等型])(?<!重点|重大|工业|产业)项目(?:用地|占地|拟用地|(?:由|在|拟|计划|已|即将|正式|现场|成功|\\d{1,2}[日月])[^，。；全增速]{1,16}(?:签约|落地|落户|建设|投建|投资|开工|选址)|落地|落户|签约|选址)[^，。；全增速]{0,24}，(?:总?建筑面积[^，。；]{1,16}，|[^，。；]{0,10}亩，)?(?:其中)?$"
)
_OF_A_TOTAL = expression("总投资[^。；]{1,28}$")


def group_end(sentence: Sentence, end: int, limit: int) -> int:
    """Where ranks that belong to a figure may stand: its clause and those that go on about it, up to the next 。 or ；."""
    stop = end
    number = sentence.clause_at(max(end - 1, sentence.start))
    for clause in sentence.clauses[number : number + 6]:
        if clause.start >= limit:
            break
        stop = min(clause.end, limit)
        if clause.mark in "；。":
            break
    return stop


def amount(sentence: Sentence, money: Money) -> dict[str, Any]:
    """The contract's amount."""
    return {
        "value": money.value,
        "value_max": money.value_max,
        "currency": money.currency,
        "text": sentence.document.page.words(money.start, money.end),
        "bound": Bound(money.bound),
    }
