"""Which statement a percentage belongs to: growth, and the share of a plan that is done."""

from __future__ import annotations

from decimal import Decimal

from services.contracts import Metric
from services.extractor.expressions import expression
from services.extractor.numbers import Percent
from services.extractor.rules import investment_figures as figures
from services.extractor.rules.investment_cues import Cue
from services.extractor.rules.investment_told import WINDOW, Reading, Statement
from services.extractor.rules.investment_words import words

# A cue reaches a growth behind it over so many characters.
_REACH = 22
_LENDING = expression(rf"{words('credit')}|担保|基金")

# X投资完成率仅为27.6%: how much of the plan is done is told without the sum.
_RATE_ALONE = expression(
    "投资(?=进度(?:已|达|为|过|超|\\d))|投资(?=(?:任务|计划|目标)(?:已|目前){0,2}完成)|投资(?:计划|任务)?完成(?=率|比例)|完成(?=(?:年度|全年)?投资(?:计划|任务)的)|完成投资(?=(?:已|约)?(?:相当于|占到?|达到?|为)[^，。；]{0,4}(?:计划|任务|目标)的)"
)

_TO_BE_DONE = (Metric.TOTAL_INVESTMENT, Metric.ANNUAL_PLANNED_INVESTMENT)
_DONE_OF_PLAN = expression("(?:完成|达到?|为|占)(?=(?:了)?(?:年度|全年|今年|当年|年)?[^，。；%]{0,8}(?:计划|任务|目标))")


def read_percent(reading: Reading, percent: Percent) -> None:
    """Give a percentage to the statement that it is the growth or the done share of, a new one where none is; else note why not."""
    lo, _ = reading.clause(percent.start)
    before = [cue for cue in reading.cues_in(lo, percent.start) if cue.end <= percent.start]
    nearest = before[-1] if before else None
    current = reading.current
    completed = current is not None and current.cue.metric is Metric.COMPLETED_INVESTMENT
    if figures.plan_share(reading.text, lo, percent, completed):
        if (
            current is not None
            and current.cue.metric in _TO_BE_DONE
            and (done := _DONE_OF_PLAN.search(reading.text, lo, percent.start))
        ):
            # 总投资7.3亿元，…，完成年度计划投资的86.4%: what is done is told without its sum.
            reading.current = Statement(
                Cue(*done.span(), Metric.COMPLETED_INVESTMENT), lo, percent.start, percent.end, plan=percent.value
            )
            reading.result.statements.append(reading.current)
        elif current is not None and current.plan is None:
            current.plan, current.end = percent.value, max(current.end, percent.end)
        elif not reading.result.statements and (rate := _RATE_ALONE.search(reading.text, lo, percent.start)):
            cue = Cue(*rate.span(), Metric.COMPLETED_INVESTMENT)
            reading.current = Statement(cue, lo, percent.start, percent.end, plan=percent.value)
            reading.result.statements.append(reading.current)
        return
    change = figures.growth(reading.text, lo, percent)
    if change is None and figures.REACHES.fullmatch(reading.text, lo, percent.start) and _outpaces(reading, lo):
        change = percent.value
    if change is None or figures.share(reading.text, lo, percent) and not reading.text.startswith("翻", percent.start):
        if nearest is not None and nearest.metric is not None and not reading.used.get(nearest.start):
            reading.note("share_of_whole", "a share or a rate, no growth", percent.start, percent.end)
        return
    _growth(reading, percent, change, lo, before)


def _growth(reading: Reading, percent: Percent, change: Decimal, lo: int, before: list[Cue]) -> None:
    current = reading.current
    nearest = before[-1] if before else None
    dealt = reading.dealt(percent.start, lo, before, reading.sentence.percents)
    if dealt is not None and dealt.metric is not None:
        _grown(reading, dealt, percent, change)
        return
    statement = _dealt_back(reading, percent, lo, before)
    if statement is not None:
        _attach(reading, statement, percent, change)
        return
    if dealt is not None or nearest is not None and not (nearest.generic and len(before) > 1):
        nearest = dealt or nearest
        if nearest is None or nearest.metric is None:
            reading.note("business_figure", "growth of an ordinary business figure", percent.start, percent.end)
            return
        if current is not None and current.cue is nearest:
            _attach(reading, current, percent, change)
        elif percent.start - nearest.end <= _REACH:
            _grown(reading, nearest, percent, change)
        return
    if not figures.continues(reading.sentence, max(lo, reading.own_start(percent.start)), percent.start):
        return
    if current is None and (pending := _outpaces(reading, lo)):
        _grown(reading, pending, percent, change)
        return
    if current is not None and current.change is None:
        _attach(reading, current, percent, change)
        return
    pending = _pending(reading, lo)
    if pending is not None and (current is None or pending.start > current.cue.start):
        _grown(reading, pending, percent, change)
    elif current is not None and any(not time.comparison for time in reading.sentence.times_between(lo, percent.start)):
        _grown(reading, current.cue, percent, change)


def _dealt_back(reading: Reading, percent: Percent, lo: int, before: list[Cue]) -> Statement | None:
    """`引资264亿元，到位97亿元，分别增长15%、9%`: of the statements before the clause the one that the percentage is for."""
    if before or not reading.text.startswith("分别", lo):
        return None
    here = figures.between(reading.sentence.percents, lo, reading.clause(percent.start)[1])
    statements = reading.result.statements[-len(here) :]
    return statements[here.index(percent)] if len(statements) == len(here) > 1 else None


def _outpaces(reading: Reading, lo: int) -> Cue | None:
    """固投增速跑赢全省2.7个百分点，达到11.6%: the growth stands behind how it compares."""
    number = reading.sentence.clause_at(lo)
    clause = reading.sentence.clauses[number - 1] if number else None
    if clause is None or not figures.COMPARES.search(clause.text):
        return None
    inside = [cue for cue in reading.cues_in(clause.start, clause.end) if not cue.generic]
    return inside[0] if len(inside) == 1 and inside[0].metric is not None else None


def _pending(reading: Reading, lo: int) -> Cue | None:
    """A sector or area whose growth the next clause tells: 基础设施投资由负转正，增长0.4%."""
    number = reading.sentence.clause_at(lo)
    if not number:
        return None
    clause = reading.sentence.clauses[number - 1]
    inside = reading.cues_in(max(clause.start, clause.end - WINDOW), clause.end)
    if any(cue.metric is None for cue in inside):
        return None
    return next((cue for cue in inside if not cue.generic and not reading.used.get(cue.start)), None)


def _attach(reading: Reading, statement: Statement, percent: Percent, change: Decimal) -> None:
    later = expression("转为?|变为|到$").search(reading.text[statement.end : percent.start])
    if statement.change is None or later:
        statement.change, statement.end = change, max(statement.end, percent.end)


# 全县投资增长10%, 我市上半年投资总量增长8%
_OF_AREA = expression(
    r"(?<![一-鿿])[全我][省市县区旗镇乡州盟](?:(?:今年|去年|全年|上半年|前?[\d一二三四至—-]{1,5}(?:个?月|季度)(?:份|末)?)(?:以来)?)?(?:完成)?(?:总)?投资(?:总?量|总?额)?$"
)


def _grown(reading: Reading, cue: Cue, percent: Percent, change: Decimal) -> None:
    if cue.generic and cue.sector is not None:
        cue = Cue(cue.start, cue.end, Metric.OTHER, sector=cue.sector)
    if cue.metric is Metric.FUNDING and _LENDING.search(reading.text, cue.start, cue.end):
        reading.note("business_figure", "growth of what banks lend", percent.start, percent.end)
        return
    if cue.generic and _OF_AREA.search(reading.text, max(reading.clause(cue.start)[0], cue.start - _REACH), cue.end):
        cue = Cue(cue.start, cue.end, Metric.FIXED_ASSET_INVESTMENT)
    if cue.generic:
        reading.note("no_investment_word", "growth of what is no area's or sector's investment", percent.start, percent.end)
        return
    lo = reading.own_start(percent.start)
    statement = Statement(
        cue, min(lo, max(cue.start, reading.clause(percent.start)[0])), percent.start, percent.end, change=change
    )
    if cue.start < reading.clause(percent.start)[0]:
        statement.lo = reading.clause(cue.start)[0] if not any(s.end > cue.start for s in reading.result.statements) else lo
    reading.result.statements.append(statement)
    reading.current = statement
