"""What is told in passing between a project's name and the verb: who builds it, by whose help it goes on, what has to come before."""

from __future__ import annotations

from services.extractor.expressions import ending, expression
from services.extractor.lexicon import group

# X产业园（业主：县城投公司）, X项目（总投资3亿元）: told of it in passing; （二期） and （东区） are of the name.
_REMARK = expression(
    "（(?:[^（）：]{2,8}：[^（）]{2,40}"
    "|[^（）]{0,14}(?:[\\d余多][亿万]?元|\\d亩|平方米|承建|建设(?!项目)|业主|责任单位|位于|年产)[^（）]{0,24}|[^（）]{1,12}摄|\\d{1,2}月[份底初]?)）$"
)
_LONGEST_REMARK = 52
# 某市场改造因故停滞数月后于9月复工
_HALTED = expression(
    "(?:因|由于)[^，。；、因]{2,16}(?:停工|停滞|停建|搁置|中断|暂停)(?:[^，。；、]{0,6}后)?$|(?:施工|承建|总包|中标|建设|业主|投资)(?:单位|队伍|方|主体|企业)(?:重新)?(?:更换|调整|变更)(?:到位)?(?:后|之后)?$"
)
_HALTED_LAST = frozenset("工滞建置断停后换整")
# 经多方协调, 经过县专班多日攻坚: by whose doing the work goes on; 待验收后于9月1日启用: what has to come before.
_MEDIATED = ending(
    f"经(?!开区|济|营)过?[^，。；、经]{{1,12}}{group('names', 'mediations')}(?:后|之后)?$"
    "|(?<![接招优])待[^，。；、待]{2,14}后$|(?:竣工)?验收(?:合格|通过|达标|完成)?后$"
)
_LONGEST_MEDIATION = 20


def remark_before(text: str, lo: int, hi: int) -> int | None:
    """Where the remark begins that text[lo:hi] ends with; None where it ends with none."""
    remark = None
    if text[hi - 1] == "）":
        remark = _REMARK.search(text, max(lo, hi - _LONGEST_REMARK), hi)
    elif text[hi - 1] in _HALTED_LAST:
        remark = _HALTED.search(text, max(lo, hi - _LONGEST_REMARK), hi)
    remark = remark or _MEDIATED.search(text, max(lo, hi - _LONGEST_MEDIATION), hi)
    return remark.start() if remark else None
