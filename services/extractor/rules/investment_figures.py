"""What belongs to a sum or stands for it: growth, the share of the plan done, ranks; and what makes of a sum no investment."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, last, load
from services.extractor.numbers import CHINESE_DIGIT, Money, Percent, chinese
from services.extractor.reading import Sentence

Figure = TypeVar("Figure", Money, Percent, Money | Percent)


def between(found: Sequence[Figure], start: int, end: int) -> list[Figure]:
    """The figures that begin in [start, end); `found` in order."""
    first = bisect_left(found, start, key=_start)
    return list(found[first : bisect_left(found, end, first, key=_start)])


def _start(figure: Money | Percent) -> int:
    return figure.start


@lru_cache(maxsize=1)
def _growth() -> re.Pattern[str]:
    words = load("investment")["growth"]
    return expression(f"(?P<down>{alternatives(words['down'])})|(?P<up>{alternatives(words['up'])})")


_PLAN_SHARE = expression(
    "(?:占|为|完成|达到?|相当于|超额完成|是)[^，。；%]{0,18}(?:计划|任务|目标|预期|年度盘子)[^，。；%]{0,10}$|(?:投资|计划|任务|目标)?完成(?:率|比例|进度)[^，。；%]{0,6}$|"
    "占比(?:达到?|为)?$|占年计划[^，。；]{0,6}$"
)
_SHARE = expression("占|比重|份额|贡献|占比|拉动|比例|利率|率(?:达到?|为|超)?$")
# 增速目标：10%: the colon parts clauses, the figure belongs to what stands before it.
_NAMED_GROWTH = expression("(?:增速|增幅|增长|增长率)(?:目标|预期|预期目标|预计)?：(?:约|为)?$")


# 增速高于全省3.1个百分点，达10.4%
COMPARES = expression("(?:增速|增幅|增长率)[^，。；]{0,20}个?百分点$")
REACHES = expression("(?:已|为|达到?|至)+")
# 同比+9.6%
_SIGNED = expression("(?:同比|增速|增幅|环比|增长|较上年|比上年|^|，)(?:为|达)?(?P<sign>[+-])$")


def growth(text: str, lo: int, percent: Percent) -> Decimal | None:
    """The signed growth that a percentage states, its word standing in [lo, percent.start) or in the percentage (翻一番)."""
    own = text[percent.start : percent.end]
    signed = _SIGNED.search(text, max(lo, percent.start - 8), percent.start)
    if signed:
        return -percent.value if signed["sign"] == "-" else percent.value
    word = last(_growth(), text, max(lo, percent.start - 22), percent.start + 1)
    if own.startswith("翻"):
        return percent.value
    named = _NAMED_GROWTH.search(text, max(0, percent.start - 14), percent.start)
    if named:
        return percent.value
    if word is None:
        return None
    between = text[word.end() : percent.start]
    if len(between) > 14 or expression("占|个百分点|贡献|拉动|元|完成|[（）]").search(between):
        return None
    return -percent.value if word["down"] else percent.value


def plan_share(text: str, lo: int, percent: Percent, completed: bool) -> bool:
    """Is it the share of a plan that is done? 占比 alone is, where it follows what was `completed` of a plan."""
    before = text[max(lo, percent.start - 30) : percent.start]
    match = _PLAN_SHARE.search(before)
    return match is not None and (completed or not match[0].startswith("占比"))


def share(text: str, lo: int, percent: Percent) -> bool:
    return bool(_SHARE.search(text, max(lo, percent.start - 16), percent.start))


_PER_UNIT = expression(
    "(?:人民币)?(?:以上|左右|以内)?(?:/|每|一)?(?:/?(?:亩|吨|平方米|平米|人|户|斤|公斤|千克|天|月|年|度|件|次|股|辆|头|只|桌)(?![一-鿿]{0,40}(?:建设|投产))(?=[，。；、）\\s]|"
    "$))|的(?:价格|单价|售价|标准)"
)
_PER_BEFORE = expression(
    "(?:每(?:亩|吨|人|户|年|月|天|个|家|件|平方米|平米|斤|名|位|公里)[^，。；]{0,6}|亩均[^，。；]{0,6}|人均[^，。；]{0,8}|户均[^，。；]{0,8}|平均[^，。；]{0,4})$"
)
_DELTA = expression(
    "(?:同比|较|比|上年|去年|环比|同期)[^，。；]{0,14}(?:增加|减少|[多少]投|[多少]完成|多|少|增|减|下降|提高|净增|多出|扩大|缩减)(?:了|约|近|超)?$|(?:同比|净)(?:增加|减少|"
    "增|减)(?:了)?$"
)
_LACKING = expression("(?:的)?(?:资金)?(?:缺口|差额)|(?:资金)?(?:尚未|未|没有)(?:到位|落实|拨付|到账|支付)")
_POLICY = expression(
    "(?<!兑现)(?<!获)(?<!发放)一次性(?:给予)?(?:奖励|补助|补贴|奖补)$|"
    "最高(?:可)?(?:给予|奖励|补助|补贴|奖金|不超过|达|额度|授信|可贷)?[^，。；]{0,8}$|(?:给予|每家|每户|每人|各)(?:奖励|补助|补贴)?$"
)
# 对首次认定的企业奖励30万元 sets a rule, 对3家企业兑现奖励30万元 tells of a payment.
_RULE = expression(
    "对(?![^，。；]{0,16}\\d+[家个户])[^。；]{0,6}(?:首次|新(?:引进|认定|入选|获|建|上|增|落户|注册)|符合|获评|获得|达到|年度|当年|列入|评为|通过|在[^，。；]{2,12}内)[^。；兑已共]{0,40}(?:给予|"
    "奖励|补助|补贴|资助|奖补)[^。；兑已共]{0,12}$"
)
_CLASS_BEHIND = expression(
    r"(?:以上|以下|及以上|级)(?:的)?(?:项目|企业|工业|产业|固定资产投资|投资项目|[^，。；、\\d]{0,10}(?:项目|企业|工程))|以上固定资产投资|以上(?:的)?\d{1,4}[个家项]|"
    r"以上(?:的)?(?:项目|企业|技术改造|技改|设备购置|设备更新)"
)


# 由上年的50亿元增加到65亿元: the first sum is what was before.
_FORMER = expression("(?:由|从)[^，。；]{0,16}$")
_NOW = expression(
    "(?:人民币)?(?:左右|以上)?(?:增加|增长|提高|提升|上升|扩大|追加|调整|跃升|攀升|增|升|扩|涨|下降|减少|降低|压减|缩减|调增|调减|上调|下调|降|减)(?:到|至|为)"
)


def former(text: str, lo: int, money: Money) -> int | None:
    """Where the words of a sum that has been raised or cut since begin; None where the sum still holds."""
    match = _FORMER.search(text, max(lo, money.start - 20), money.start)
    return match.start() if match and _NOW.match(text, money.end) else None


# 投入1200万元用于日常维护: running costs.
_RUNNING = expression(
    "(?:资金|经费)?，?(?:主要|全部)?用于[^，。；]{0,8}(?:日常|维护|运转|运行|培训|慰问|办公|宣传|管护|保洁|演练)(?!中心|基地|大楼|工程|项目|设施)"
)
# 对投资额超过5亿元的企业
_OF_SUCH_SIZE = expression(
    "(?:对|凡|凡是|针对)[^，。；]{0,10}(?:投资|投入)(?:总?额|规模|强度)?(?:超过|超|达到?|不低于|不少于|在|大于|高于)?$"
)
# 首次认定为…的，一次性奖励50万元
_WHOEVER = expression("的，(?:再|一次性|分别)?(?:给予)?(?:奖励|补助|补贴|奖补)(?:资金)?$")


def turned_down(text: str, lo: int, money: Money) -> str | None:
    """The kind of note for a sum that is no investment whatever word stands before it; None for one that may be."""
    before = text[max(lo, money.start - 30) : money.start]
    if money.class_name or _CLASS_BEHIND.match(text, money.end):
        return "class_name_no_amount"
    if _PER_BEFORE.search(before) or _PER_UNIT.match(text, money.end):
        return "price"
    if _DELTA.search(before):
        return "change_of_amount"
    if _RUNNING.match(text, money.end):
        return "running_cost"
    if _OF_SUCH_SIZE.search(before) and text.startswith(("的", "以上的"), money.end):
        return "class_name_no_amount"
    if _LACKING.match(text, money.end):
        return "negated"
    if _POLICY.search(before) or _WHOEVER.search(text, max(0, money.start - 16), money.start):
        return "policy"
    if "对" in before and _RULE.search(text, max(0, lo - 60), money.start):
        return "policy"
    return None


_N = rf"(?:\d{{1,3}}|[{CHINESE_DIGIT}十]{{1,3}})"
_POSITION = rf"(?:第(?P<n>{_N})(?:名|位)?|(?P<top>首位|榜首|之首|首席|头名|魁首))"
_RANK = expression(
    rf"(?:位居|位列|名列|稳居|跃居|排名|排在|排位|列|居|排|在|升至|跃升至?|领跑|位次|保持)(?P<scope>[^，。；第首榜之魁头\d]{{0,6}}[^，。；第首榜之魁头]{{0,18}}?)"
    rf"(?:中|里)?(?:的|排名|排|居|列|位居|位列|稳居|名列)?{_POSITION}"
)
_MORE = expression(rf"、(?P<scope>[^，。；、第首榜之]{{1,14}}?)(?:的|排名|居)?{_POSITION}")


def rankings(text: str, start: int, end: int) -> tuple[list[dict[str, object]], int]:
    """The ranks in [start, end): `位列六区第一、全市第二`; and where the last of them ends (`start` where there is none)."""
    found: list[dict[str, object]] = []
    position = start
    match = _RANK.search(text, start, end)
    while match:
        place = _position(match)
        scope = match["scope"].strip("的中在排名列居位")
        if place and scope:
            found.append({"scope": scope, "position": place})
            position = match.end()
        match = _MORE.match(text, match.end(), end) or _RANK.search(text, match.end(), end)
    return found, position


def _position(match: re.Match[str]) -> int | None:
    if match["top"]:
        return 1
    value = int(match["n"]) if match["n"].isdigit() else chinese(match["n"])
    return None if value is None else int(value)


_BARE = expression(
    r"(?:同比|环比|比上年同?期?|较上年同?期?|比去年同?期?|较去年同?期?|上年同期|去年同期|比\d{4}年|较\d{4}年|比同期|年均|年平均|平均|均|分别|按年|同口径|也|又|再|并|则|总体|其|由负转正|实际|预计|可比|按可比口径|可比口径|名义|累计|全年|增速|增幅|增长率|增长|投资|总量|规模|完成|预期|预计|力争|计划|目标|确保|、|，|进一步|继续|持续|大幅|达到?|为|了|:|：|更是|高达|实现|已|较同期|降幅|跌幅|占|年度|全年|[年度计划任务目标的率+-])*+$"
)


def continues(sentence: Sentence, start: int, at: int) -> bool:
    """Does nothing stand between the clause's `start` and `at` but words that carry on what was said before (同比增长)?"""
    text = sentence.document.text
    for time in sentence.times_between(start, start + 1):
        start = min(time.end, at)
    return at - start <= 24 and bool(_BARE.match(_growth().sub("", text[start:at])))


def name_before(phrase: str) -> str:
    """A phrase before a sum without the words of measure behind the name: `甲项目约` is 甲项目."""
    return expression("(?:约|近|超|逾|达|为|的|投资|：){1,12}$").sub("", phrase)
