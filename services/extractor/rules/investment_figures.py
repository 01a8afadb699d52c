"""What belongs to a sum or stands for it: growth, the share of the plan done, ranks; and what makes of a sum no investment."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar

from services.extractor import names
from services.extractor.expressions import beginning, expression
from services.extractor.lexicon import alternatives, last, load
from services.extractor.numbers import BOUND, CHINESE_DIGIT, Percent, chinese, unit_words
from services.extractor.reading import Sentence
from services.extractor.rules.investment_words import words
from services.extractor.sums import Money

Figure = TypeVar("Figure", Money, Percent, Money | Percent)


def between(found: Sequence[Figure], start: int, end: int) -> list[Figure]:
    """The figures that begin in [start, end); `found` in order."""
    first = bisect_left(found, start, key=_start)
    return list(found[first : bisect_left(found, end, first, key=_start)])


def _start(figure: Money | Percent) -> int:
    return figure.start


@lru_cache(maxsize=1)
def _growth() -> re.Pattern[str]:
    kinds = load("investment")["growth"]
    return expression(f"(?P<down>{alternatives(kinds['down'])})|(?P<up>{alternatives(kinds['up'])})")


_PLAN_SHARE = expression(
    rf"(?:占|为|完成|达到?|相当于|超额完成|是)[^，。；%]{{0,18}}{words('plans')}[^，。；%]{{0,10}}$|(?:投资|计划|任务|目标)?完成(?:率|比例|进度)[^，。；%]{{0,6}}$|投资进度(?:已|达到?|为|过|超){{0,2}}$|投资(?:任务|计划|目标)(?:已|已经|目前)?完成[了近约超]{{0,2}}$|"
    r"占比(?:达到?|为)?$|占年计划[^，。；]{0,6}$"
)
_SHARE = expression(rf"{words('shares')}|率(?:达到?|为|超)?$")
# 增速目标：10%: the colon parts clauses, the figure belongs to what stands before it.
_NAMED_GROWTH = expression(rf"{words('rates')}(?:{words('plans')}|预期目标|预计)?：(?:约|为)?$")


# 增速高于全省2.7个百分点，达11.6%
COMPARES = expression(
    rf"{words('rates')}(?:[^，。；]{{0,20}}个?百分点|(?:由负)?转正|由负转正|止跌回升|[更最]为?[高快大猛]|(?:更胜一筹|领跑)[^，。；]{{0,4}})$"
)
REACHES = expression("(?:已|为|达到?|至){1,4}")
# 同比+8.4%
_SIGNED = expression(rf"(?:同比|环比|较上年|比上年|{words('rates')}|^|，)(?:为|达)?(?P<sign>[+-])$")


# 固投跑出8.4%的增速
_GROWTH_BEHIND = expression("的(?:同比)?(?:(?P<down>降幅|跌幅)|增速|增幅|增长率?|涨幅)")
_ATTAINED = expression(rf"{words('growth_verbs')}了?(?:{BOUND}|同比)?$")
# 是去年同期的2.3倍: it has grown by 130%.
_TIMES_OF = expression("(?:是|为|达|达到|相当于|已是)(?:去年|上年|前年|20\\d\\d年)(?:同期|全年|同月|同季)?的(?:近|约|超)?$")


# 增速分别为11.5%、18.4%、27%: the word of growth is that of all.
_LISTED = expression(r"(?P<lead>(?:分别|依次)[一-鿿]{0,6})(?:\d{1,4}(?:\.\d{1,4})?%[、和及]){1,8}$")
_NEAR = 14
# Between the word of growth and the percentage these part the two.
_APART = expression(rf"{words('shares')}|个百分点|元|完成|[（）]")


def growth(text: str, lo: int, percent: Percent) -> Decimal | None:
    """The signed growth that a percentage states, its word before it (from `lo`), behind it or in it (翻一番)."""
    own = text[percent.start : percent.end]
    signed = _SIGNED.search(text, max(lo, percent.start - 8), percent.start)
    if signed:
        return -percent.value if signed["sign"] == "-" else percent.value
    if own.endswith("倍") and _TIMES_OF.search(text, max(lo, percent.start - 16), percent.start):
        return percent.value - 100 if percent.value > 100 else None
    word = last(_growth(), text, max(lo, percent.start - 22), percent.start + 1)
    if own.startswith("翻"):
        return percent.value
    named = _NAMED_GROWTH.search(text, max(0, percent.start - 14), percent.start)
    if named:
        return percent.value
    behind = _GROWTH_BEHIND.match(text, percent.end)
    if behind and _ATTAINED.search(text, max(lo, percent.start - 10), percent.start):
        return -percent.value if behind["down"] else percent.value
    if (word is None or percent.start - word.end() > _NEAR) and (listed := _LISTED.search(text, lo, percent.start)):
        word = last(_growth(), text, max(lo, listed.start() - 8), listed.end("lead"))
        return None if word is None else -percent.value if word["down"] else percent.value
    if word is None:
        return None
    between = text[word.end() : percent.start]
    if len(between) > _NEAR or _APART.search(between):
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
    rf"(?:人民币)?(?:以上|左右|以内)?(?:/|每|一)?(?:/?{unit_words('price_units')}(?![一-鿿]{{0,40}}(?:建设|投产))(?=[，。；、）\s]|$))|的(?:价格|单价|售价|标准)"
)
_PER_BEFORE = expression(
    rf"(?:每{unit_words('price_units')}[^，。；]{{0,6}}|亩均[^，。；]{{0,6}}|[人户]均[^，。；]{{0,8}}|平均[^，。；]{{0,4}})$"
)
_DELTA = expression(
    rf"(?:同比|较|比|上年|去年|环比|同期)[^，。；]{{0,14}}{words('changes')}(?:了|约|近|超)?$|(?:同比|净)(?:增加|减少|[增减])了?$"
)
_LACKING = expression("(?:的)?(?:资金)?(?:缺口|差额)|(?:资金)?(?:尚未|未|没有)(?:到位|落实|拨付|到账|支付)")
_POLICY = beginning(
    rf"(?<!兑现)(?<!获)(?<!发放)一次性(?:给予)?{words('grants')}$|最高(?:可)?(?:{words('grants')}|不超过|达|额度|授信|可贷)?[^，。；]{{0,8}}$"
    rf"|(?:给予|每家|每户|每人|各){words('grants')}?$"
)
# 对首次认定的企业奖励30万元 sets a rule, 对4家企业兑现奖励30万元 tells of a payment.
_RULE = expression(
    rf"对(?![^，。；]{{0,16}}\d+[家个户])[^。；]{{0,6}}(?:{words('grant_conditions')}|新在[^，。；]{{2,12}}内)[^。；兑已共]{{0,40}}{words('grants')}[^。；兑已共]{{0,12}}$"
)
# 补贴标准由50元调至70元: what each gets.
_STANDARD = expression(
    r"标准(?:统一|暂)?(?:由|从|为|是|按)?(?:原来|现行|去年|上年|每[一-鿿]{1,4})?的?(?:\d{1,5}(?:\.\d{1,2})?元[^，。；\d]{1,8})?$"
)
# 由上年的50亿元增加到65亿元: the first sum is what was before.
_FORMER = expression("(?:由|从)[^，。；]{0,16}$")
_NOW = expression(rf"(?:人民币)?(?:左右|以上)?{words('changes')}[到至为]")


def former(text: str, lo: int, money: Money) -> int | None:
    """Where the words of a sum that has been raised or cut since begin; None where the sum still holds."""
    match = _FORMER.search(text, max(lo, money.start - 20), money.start)
    return match.start() if match and _NOW.match(text, money.end) else None


# 投入1400万元用于日常维护: running costs.
_RUNNING = expression(rf"(?:资金|经费)?，?(?:主要|全部)?用于[^，。；]{{0,8}}{words('running')}(?!中心|基地|大楼|工程|项目|设施)")
# 对投资额超过5亿元的企业
_OF_SUCH_SIZE = expression(rf"(?:对|凡|凡是|针对)[^，。；]{{0,10}}(?:投资|投入)(?:总?额|规模|强度)?(?:{BOUND}|达到?|在)?$")
# 投资4000万元以上的，给予奖励; 投资5亿元以上的有3个; 年度投资不低于2亿元的，优先保障: whose investment is so large.
_WHOSE = expression(
    r"(?:（含）)?(?:以上|以内|以下)?[的者]，?(?:给予|予以|最高|按|可|应|均|优先|享受|纳入|由|一次性|分别|(?:共?有|达|占)?[\d两二三四五六七八九十]{1,3}[个项家])"
)
# 总投资600万元以上、2000万元以下的
_BETWEEN = expression(r"(?:（含）)?以上、?[^，。；、]{0,12}元以下的?")
_FROM_UP = expression("元(?:（含）)?以上、?$")
_AT_LEAST = expression("(?:不低于|不少于|超过|超|逾|突破|大于|达到?|高于)$")
# 首次认定为…的，一次性奖励40万元; 对评定为…的，分别一次性奖励30万元、20万元
_WHOEVER = expression(
    rf"的，(?:再|一次性|分别|给予|予以|可|将|均){{0,4}}{words('grants')}(?:资金)?(?:[\d.]{{1,6}}万?元、){{0,6}}$"
)
_LONGEST_GRANT = 48
# 指固定资产投资5000万元以上、列入名单的项目: what counts as one.
_DEFINED = expression(
    "(?:是指|系指|[，。：]指(?![挥标导]))[^，。；、]{0,8}(?:投资|投入)(?:总?额|规模)?(?:不低于|不少于|超过?|达到?)?$"
)


def turned_down(text: str, lo: int, money: Money) -> str | None:
    """The kind of note for a sum that is no investment whatever word stands before it; None for one that may be."""
    before = text[max(lo, money.start - 30) : money.start]
    if money.class_name:
        return "class_name_no_amount"
    if _PER_BEFORE.search(before) or _PER_UNIT.match(text, money.end) or _STANDARD.search(before):
        return "price"
    if _DELTA.search(before):
        return "change_of_amount"
    if _RUNNING.match(text, money.end):
        return "running_cost"
    if _OF_SUCH_SIZE.search(before) and text.startswith(("的", "以上的", "以上、", "以上且", "以上并"), money.end):
        return "class_name_no_amount"
    if _WHOSE.match(text, money.end) and (text.startswith("以", money.end) or _AT_LEAST.search(before)):
        return "class_name_no_amount"
    near = max(0, money.start - 30)
    if text.find("指", near, money.start) >= 0 and _DEFINED.search(text, near, money.start):
        return "class_name_no_amount"
    if _BETWEEN.match(text, money.end) or text.startswith("以下", money.end) and _FROM_UP.search(before):
        return "class_name_no_amount"
    if _LACKING.match(text, money.end):
        return "negated"
    if _POLICY.search(before) or _WHOEVER.search(text, max(0, money.start - _LONGEST_GRANT), money.start):
        return "policy"
    if "对" in before and _RULE.search(text, max(0, lo - 60), money.start):
        return "policy"
    return None


_N = rf"(?:\d{{1,3}}|[{CHINESE_DIGIT}十]{{1,3}})"
_POSITION = rf"(?:第(?P<n>{_N})(?:名|位)?|(?P<top>{words('rank_tops')}))"
# The scope holds no beginning of a position.
_TOP = "".join(sorted({word[0] for word in load("investment")["rank_tops"]}))
_RANK = expression(
    rf"{words('rank_verbs')}(?P<scope>[^，。；第{_TOP}\d]{{0,6}}[^，。；第{_TOP}]{{0,18}}?)(?:中|里)?(?:的|{words('rank_verbs')})?{_POSITION}"
)
_MORE = expression(rf"、(?P<scope>[^，。；、第{_TOP}]{{1,14}}?)(?:的|{words('rank_verbs')})?{_POSITION}")


def rankings(text: str, start: int, end: int) -> tuple[list[dict[str, object]], int]:
    """The ranks in [start, end): `位列各区第三、全市第五`; and where the last of them ends (`start` where there is none)."""
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
    rf"(?:{words('compared', 'goes_on_growth', 'amounts', 'sums_up', 'aims')}|[比较]\d{{4}}年|达到?|为|了|更是|高达|实现|已|[:：、，年度计划任务目标的率+-])*+$"
)


def continues(sentence: Sentence, start: int, at: int) -> bool:
    """Does nothing stand between the clause's `start` and `at` but words that carry on what was said before (同比增长)?"""
    text = sentence.document.text
    for time in sentence.times_between(start, start + 1):
        start = min(time.end, at)
    return at - start <= 24 and bool(_BARE.match(_growth().sub("", text[start:at])))


_MEASURED = expression(rf"(?:{BOUND}|达|为|的|投资|：){{1,12}}$")


def name_before(phrase: str) -> str:
    """A phrase before a sum without the words of measure behind the name: `甲项目约` is 甲项目."""
    return _MEASURED.sub("", phrase)


_RECEIVER = expression(rf"{words('receivers')}$")


def is_receiver(name: str) -> bool:
    """Can a part of a sum be called by this name alone: a project, a firm, a town (甲集团11.4亿元、乙镇7.6亿元)?"""
    return names.is_project(name) or len(name) > 2 and bool(_RECEIVER.search(name))
