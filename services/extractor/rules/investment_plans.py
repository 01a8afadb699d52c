"""The plan whose share is told: `完成投资9亿元，占年度计划20亿元的45%` says of the 20亿元 that they are planned."""

from __future__ import annotations

from services.contracts import Metric
from services.extractor.expressions import expression
from services.extractor.numbers import BOUND
from services.extractor.rules.investment_cues import Cue
from services.extractor.rules.investment_told import SUM_BEFORE, Reading, Statement
from services.extractor.rules.investment_words import words
from services.extractor.sums import Money

_OF_PLAN = expression(rf"(?:占|为|完成|达到?)[^，。；\d]{{0,8}}?(?P<plan>{words('plans')}[^，。；\d]{{0,6}}?)(?:{BOUND}|（)?$")
_SHARE = expression(r"(?P<bracket>）?)的\d{1,4}(?:\.\d{1,4})?%")


def plan_of(reading: Reading, money: Money, lo: int) -> Statement | None:
    """The plan for what the sum before was; the share behind it, and a rank, go on belonging to that sum."""
    done, share = reading.current, _SHARE.match(reading.text, money.end)
    match = _OF_PLAN.search(reading.text, lo, money.start) if done and done.money and share else None
    if done is None or share is None or match is None:
        return None
    annual = done.cue.metric is Metric.COMPLETED_INVESTMENT and "年" in match[0]
    cue = Cue(*match.span("plan"), Metric.ANNUAL_PLANNED_INVESTMENT if annual else done.cue.metric)
    return Statement(cue, match.start(), money.start, share.end("bracket"), money, carried=SUM_BEFORE)
