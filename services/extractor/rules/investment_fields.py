"""The fields of an investment report beside its subject: plan or fact, time, the metric that the words around decide, the sum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.contracts import Bound, Metric, Status
from services.extractor import mood
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.lexicon import last
from services.extractor.reading import Sentence
from services.extractor.rules import investment_table as table
from services.extractor.rules.investment_statements import told
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import Statement
from services.extractor.rules.investment_words import words
from services.extractor.sections import mood as title_mood
from services.extractor.sums import Money

_PLANNED_WORDS = expression(rf"(?<!列入)(?!将军){words('aims', 'planned')}|要(?!素)")
_PLANNED_BEHIND = expression(rf"，?[也均都]?(?:{words('aims')}|争取)[^，。；]{{0,10}}{words('begun')}")
# The bound of a target; what has been reached is 超过 or 突破.
_TARGET = expression("(?:不低于|不少于|不超过|不小于)$")
_TARGET_WORD = expression("不低于|不少于|不小于")
# 固定资产投资增长10%左右的目标; what was reached or outdone is told.
_AIM_BEHIND = expression("(?:左右|以上)?的(?:年度|全年|预期|增长|既定){0,2}(?:目标|任务|预期)(?!的)")
_REACHED = expression("完成|实现|达到|超|高于|好于|快于|领先|已")
# 预计地区生产总值增长5.3%，…；固定资产投资增长12.5%: it governs all figures of the sentence.
_EXPECTED = expression("[^，。；：]{0,10}(?:初步)?预计(?!将)[^，。；：]{0,30}\\d")
# 2022年，我镇将：…；…，预算投资480万元
_PROGRAMME = expression(rf"(?:{words('aims', 'plans')}|打算|安排|要)：")
_DONE = expression(rf"{words('done')}|了$")
# 争取 with a fund as its object is getting money, no wish.
_GETTING = expression(
    r"(?:成功|已|共|累计|先后|积极)争取"
    rf"|争取(?=到|了|\d|{words('fund_sources', 'fund_nouns')}|[^，。；]{{0,14}}{words('fund_nouns')})"
)


# Words farther before a sum than this say nothing of its status.
_WINDOW = 240


def status(
    sentence: Sentence, statement: Statement, subject: Subject | None, metric: Metric, period: Time | None, lo: int
) -> Status:
    """Plan or fact, by the contract's rule 8; `lo` is where the evidence begins."""
    text = sentence.document.text
    if metric is Metric.ANNUAL_PLANNED_INVESTMENT:
        return Status.PLANNED
    column = table.planned_column(sentence, statement.at)
    if column is not None:
        return column
    clause = sentence.clauses[sentence.clause_at(statement.at)]
    first = max(clause.start, statement.at - _WINDOW)
    # Behind the word of a share of a plan stands what is planned: 完成年度投资计划的65%.
    only_share = statement.plan is not None and statement.money is None
    own = _GETTING.sub(
        "", text[first : statement.cue.start if only_share else max(statement.at, min(statement.cue.end, clause.end))]
    )
    aimed = _TARGET.search(text, first, statement.at) or _TARGET_WORD.match(text, statement.at)
    if aimed and not _DONE.search(own):
        return Status.PLANNED
    if _AIM_BEHIND.match(text, statement.end) and not _REACHED.search(own):
        return Status.PLANNED
    if _PROGRAMME.search(text, sentence.start, clause.start) and not _DONE.search(own):
        return Status.PLANNED
    if (
        metric in (Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER)
        and _EXPECTED.match(text, sentence.start)
        and not _DONE.search(own)
    ):
        return Status.PLANNED
    if metric is Metric.TOTAL_INVESTMENT or statement.cue.generic:
        words = _GETTING.sub(
            "", text[max(min(lo, statement.cue.start), statement.at - _WINDOW) : max(statement.at, statement.cue.end)]
        )
        behind = subject and subject.start >= statement.at and _PLANNED_BEHIND.match(text, subject.end)
        return Status.PLANNED if _PLANNED_WORDS.search(words) or behind or sentence.section.planned else Status.ACTUAL
    modal = last(_PLANNED_WORDS, own, 0, len(own))
    if modal and not _DONE.search(own, modal.end()) and not _in_name(subject, first + modal.start()):
        return Status.PLANNED
    if _still_to_come(sentence, period):
        return Status.PLANNED
    if sentence.section.planned and not _DONE.search(own):
        return Status.PLANNED
    said = _SHARE.sub(
        "",
        _GETTING.sub(
            "",
            text[
                max(
                    sentence.start,
                    clause.start - _WINDOW,
                    text.rfind("；", max(sentence.start, clause.start - _WINDOW), clause.start),
                ) : clause.start
            ],
        ),
    )
    if _AIM.search(said) and not _DONE.search(own):
        return Status.PLANNED
    name = (subject.start, subject.end) if subject and clause.start <= subject.start < clause.end else None
    if not _reviews(sentence) and (_PLANNED_WORDS.search(said) or metric is not Metric.FUNDING and _EFFORT.search(own)):
        return mood.status(sentence, statement.at, statement.end, name)
    if _DONE.search(own) or _reviews(sentence) or _measured(sentence, statement, period):
        return Status.ACTUAL
    return mood.by_date(sentence, clause.start, statement.at) or mood.passage(sentence)


def _measured(sentence: Sentence, statement: Statement, period: Time | None) -> bool:
    """Is it compared with the year before, or of a time that is over?"""
    today = sentence.document.anchor.published_on
    over = period is not None and period.last is not None and today is not None and period.last < today
    start = max(sentence.clauses[sentence.clause_at(statement.at)].start, statement.at - _WINDOW)
    return over or bool(_COMPARED.search(sentence.document.text, start, statement.end))


_COMPARED = expression("同比|环比|[比较](?:上年|去年|上月)|年均")


# Aims govern the clauses behind them as well; 计划 and 预计 may be another verb's.
_AIM = expression("(?:力争|确保|未来[一-鿿]{1,3}年|奋力|预期目标|努力实现)[^已]{0,60}$")
# Words of effort: a plan unless the passage looks back.
_EFFORT = expression(words("efforts"))
_SHARE = expression(
    rf"(?:占|完成|为|达到?|超)[^，。；]{{0,12}}{words('plans')}[^，。；]{{0,8}}%|计划(?=实施的|投资的)|目标任务完成"
)


def _in_name(subject: Subject | None, at: int) -> bool:
    """计划实施项目 is a name that a plan's word is part of."""
    return (
        subject is not None
        and subject.start <= at < subject.end
        and subject.plain[at - subject.start : at - subject.start + 2] not in ("任务", "目标", "申报", "资金")
    )


def _reviews(sentence: Sentence) -> bool:
    """Does the section's heading look back (2022年计划执行情况)?"""
    title = sentence.section.title
    if title is None:
        return False
    words = sentence.document.text[slice(*title)]
    return bool(_HEADING.match(words)) and title_mood(words) is False


# A heading's number or year; a newspaper's headline says 成绩 and 进展 of anything.
_HEADING = expression("[#第（]|[一二三四五六七八九十]{1,3}、|[^，。]{0,8}年")


def _still_to_come(sentence: Sentence, period: Time | None) -> bool:
    anchor = sentence.document.anchor
    if period is None or period.first is None:
        return False
    if anchor.published_on:
        return period.first > anchor.published_on
    return anchor.year is not None and period.first.year > anchor.year


_AIMS = expression(words("aims"))
# Days that a span of time covers at least to be one that figures are cumulated over.
_SPAN = 27
_TIMED = (Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER, Metric.FUNDING, Metric.COMPLETED_INVESTMENT, Metric.CONTRACTED_AMOUNT)


def period(sentence: Sentence, statement: Statement, metric: Metric) -> Time | None:
    """The time that governs the sum; for what is cumulated over months, that of the sentence or the heading before it as well."""
    found = sentence.period(statement.lo, statement.at)
    if found and sentence.document.text[found.start : found.end] == "年初":
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
        wanted = _PLANNED_WORDS.search(sentence.document.text, max(sentence.start, cue.start - 6), cue.start)
        if wanted or subject is not None and subject.start >= statement.at:
            own = Metric.TOTAL_INVESTMENT
    text = sentence.document.text
    agreed = own is Metric.OTHER and text.startswith(("合同", "协议"), cue.start)
    if agreed and _SIGNED.search(text, max(sentence.start, cue.start - _NEAR), cue.start):
        return Metric.CONTRACTED_AMOUNT  # 签回项目29个，其中外资项目3个，协议外资额1.35亿美元: a part of what was signed
    total = "总投资" in text[cue.start : cue.end]
    signed = subject is not None and subject.signed and not total
    sum_of_all = own is Metric.COMPLETED_INVESTMENT and sentence.document.text.startswith("累计投资额", cue.start)
    if cue.generic and not total and not signed:
        signed = _brought(sentence, statement) or _of_signed(sentence, statement)
    if signed and (cue.generic or own is Metric.TOTAL_INVESTMENT or sum_of_all):
        return Metric.CONTRACTED_AMOUNT
    return own


_NEAR = 60
_SIGNED = expression(rf"(?:{words('newly_signed')}|签回)[^，。；]{{0,12}}项目|项目[^，。；]{{0,8}}{words('newly_signed')}")
# 成功引进投资1.2亿元的X; behind 签约 alone stands what is no such project's.
_BROUGHT = expression(rf"(?:^|[，；、])[^，。；]{{0,12}}?{words('newly_signed')}了?(?:总|一个)?$")
# 协议投资总额58.6亿元。其中，台商投资项目4个，拟投资1.15亿美元
_PICKED = expression(r"\s{0,8}(?:其中|值得(?:关注|一提|注意)的是|例如|比如|譬如|最(?:受|引人)(?:关注|注目)的是?)")


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
    if not _PICKED.match(text, sentence.start):
        return False
    first = max(sentence.start, statement.at - _WINDOW)
    group = text[max(first, text.rfind("；", first, statement.at)) : group_end(sentence, statement.end, sentence.end)]
    if _FARTHER.search(group) and not _PLANNED_WORDS.search(group):
        return False
    return any(
        before.cue.metric is Metric.CONTRACTED_AMOUNT and before.money
        for near in sentence.document.before(sentence, 2)
        for before in told(near).statements
    )


# What was signed once and is built by now is told by what it costs.
_FARTHER = expression("已|建成|兴建|在建|[开动竣完]工|试车|投产|达产|投用")


def breaks_down(sentence: Sentence, statement: Statement) -> bool:
    """`总投资3亿元，其中固定资产投资2亿元`: of a project's sum, not of an area's."""
    if statement.cue.metric is not Metric.FIXED_ASSET_INVESTMENT or statement.cue.sector is not None:
        return False
    text, at = sentence.document.text, statement.cue.start
    if statement.money and _OF_ONE.search(text, max(sentence.start, at - 60), at):
        return True  # 该公司投建的氨基酸项目在津签约，固定资产投资不低于6.2亿元
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
