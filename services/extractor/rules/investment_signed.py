"""A sum that only what was counted before makes one of newly signed projects: `签约项目24个、总金额176亿元`, `11个项目落笔，合计35亿元`."""

from __future__ import annotations

from dataclasses import replace

from services.contracts import Metric
from services.extractor.expressions import expression
from services.extractor.numbers import BOUND
from services.extractor.reading import Sentence
from services.extractor.rules.investment_cues import Cue
from services.extractor.rules.investment_subjects import Subject, of_name
from services.extractor.rules.investment_told import Reading
from services.extractor.rules.investment_words import words
from services.extractor.rules.milestone_topics import mention

_WHOLE_SUM = expression(
    rf"(?:^|、)(?P<cue>(?:总|合计|累计|协议|合同)?(?:金额|额度|额)|合计|共计|总计|总共)(?:共计|合计|共|总计|(?P<each>分别))?(?:{BOUND}|达到?|为|是)?$"
)
_SIGNED = expression(
    rf"{words('newly_signed')}[^，。；、]{{0,16}}?\d{{1,4}}[个份项]$"
    rf"|\d{{1,4}}[个份项][^，。；、]{{0,14}}(?:项目|协议|合同)[^，。；、]{{0,6}}{words('newly_signed')}$"
)
# 甲项目、乙基地随后签约，金额分别为3亿元和2亿元
_ALL_SIGNED = expression(rf"、[^，。；]{{2,30}}{words('newly_signed')}$")
# Of orders and goods it would be no investment.
_GOODS = expression("订单|采购|贸易|销售|购销|供货|就业|服务")
_REACH = 36
_NEWLY = expression(words("newly_signed"))


# So many clauses back the two stand.
_CLAUSES = 5


def one_of_two(sentence: Sentence, own: Subject) -> Subject | None:
    """`甲项目、乙项目双双签下，前者投资3亿元`: the one that is meant of the two that a clause before names."""
    number = sentence.clause_at(own.start)
    for clause in reversed(sentence.clauses[max(0, number - _CLAUSES) : number]):
        two = [name for name in mention(sentence, clause.start, clause.end) if name.count is None and name.text]
        if len(two) == 2:
            name = two[own.plain == "后者"]
            return replace(of_name(sentence.document, name), signed=_NEWLY.search(clause.text) is not None)
    return None


def whole_sum(reading: Reading, own: int, phrase: str) -> Cue | None:
    """The cue that `phrase`, which begins at `own` and ends with the sum, has in 总金额, where what was signed is counted before it."""
    whole = _WHOLE_SUM.search(phrase)
    if whole is None:
        return None
    at, end = own + whole.start("cue"), own + whole.end("cue")
    start = max(reading.sentence.start, at - _REACH)
    before = reading.text[start:at].rstrip("，、")
    signed = _ALL_SIGNED if whole["each"] else _SIGNED
    if not signed.search(before) or _GOODS.search(before) or any(cue.metric is None for cue in reading.cues_in(start, at)):
        return None
    return Cue(at, end, Metric.CONTRACTED_AMOUNT)
