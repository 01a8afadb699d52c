"""A sum that only what was counted before makes one of newly signed projects: `签约项目24个、总金额176亿元`, `11个项目落笔，合计35亿元`."""

from __future__ import annotations

from services.contracts import Metric
from services.extractor.expressions import expression
from services.extractor.numbers import BOUND
from services.extractor.rules.investment_cues import Cue
from services.extractor.rules.investment_told import Reading
from services.extractor.rules.investment_words import words

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
