"""Sums of money in clean text. Pure; offsets are the clean text's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from services.contracts import Bound
from services.extractor.expressions import expression, leaping
from services.extractor.lexicon import load
from services.extractor.numbers import ARABIC, BEHIND, BOUND, CHINESE_DIGIT, CHINESE_NUMBER, bound_of, chinese, unit_words


@dataclass(frozen=True, slots=True)
class Money:
    """A sum: `value` (and `value_max` of a range) in units of `currency`. `class_name`: it names a class of projects
    (`500万元以上项目`, `百亿级`), it is no amount."""

    start: int
    end: int
    value: Decimal
    value_max: Decimal | None
    currency: str
    bound: Bound
    class_name: bool


_MAGNITUDE = unit_words("magnitudes")


@lru_cache(maxsize=1)
def _pattern() -> re.Pattern[str]:
    currency = unit_words("currencies")
    number = f"(?:{ARABIC}|{CHINESE_NUMBER}{{1,12}}(?:点[{CHINESE_DIGIT}]{{1,4}})?)"
    # 1，200万: a full-width comma is a separator where a unit says that the number goes on.
    number = rf"(?:\d{{1,3}}(?:，\d{{3}}){{1,5}}(?=[万亿元])|{number[3:]}"
    quantity = rf"{number}(?:[余多])?{_MAGNITUDE}?(?:[余多])?"
    # 2亿3000万元, 四十三亿六千万元
    chain = rf"{quantity}(?:(?<=亿)零?{number}(?:千万|百万|万))?"
    return leaping(
        # Of all numbers those that a currency stands behind.
        rf"(?P<before>{BOUND})?(?=[\d.,，{CHINESE_DIGIT}十百千拾佰仟半点余多万亿~—至到-]{{1,80}}?{currency})(?P<low>{chain})(?P<lowcur>{currency})?(?:(?:[-~—至到]{{1,2}})(?P<high>{chain}))?"
        rf"(?P<more>[余多])?(?P<currency>{currency})(?P<behind>{BEHIND})?"
    )


_SOME = expression(r"[数几]|上(?![\d一二三四五六七八九])")


def _some(text: str, at: int) -> bool:
    """数亿元, 上千万元; 冲上97亿元 is exact."""
    return at > 0 and bool(_SOME.match(text, at - 1))


_CHAIN = expression(
    rf"(?P<number>{ARABIC}|{CHINESE_NUMBER}+(?:点[{CHINESE_DIGIT}]+)?)(?P<more>[余多])?(?P<unit>{_MAGNITUDE})?(?P<more2>[余多])?"
)
# What makes of a sum the name of a class: 亿元级, 亿元以上项目, 50亿元高质量项目.
_CLASS = expression(
    rf"(?:及?以上|以下|以内)?{unit_words('class_marks')}"
    rf"|(?:及?以上|以下|级)的?(?:[^，。；、！？元]{{0,12}}{unit_words('class_nouns', 'class_nouns_bounded')}|[^，。；、]{{0,10}}(?:项目|企业|工程)"
    rf"|{unit_words('class_works')}|\d{{1,4}}[个家项])"
    rf"|{unit_words('class_qualities')}{{0,4}}{unit_words('class_nouns')}(?!总投资|投资|[^，。；、]{{0,6}}{unit_words('class_not')})"
)

# 固定资产投资迈过400亿元大关: an amount that has been reached, no class.
_CROSSES = expression("投资(?:总额|总量|额|规模)?(?:首次|成功|一举|历史性|已)?(?:突破|迈过|跨过|闯过|越过|跨上|站上|迈上|超过)$")


def money(text: str, start: int = 0, end: int | None = None) -> list[Money]:
    """The sums of money in text[start:end], in order; 总投资47亿 is one as well, though it names no currency."""
    end = len(text) if end is None else end
    found: list[Money] = []
    for match in _pattern().finditer(text, start, end):
        sum_ = _money(text, match)
        if sum_:
            found += [*_sharing(text, match, sum_, start), sum_]
    bare = (
        [sum_ for pattern in (_BARE, _BARE_SMALL) for match in pattern.finditer(text, start, end) if (sum_ := _bare(match))]
        if _WITHOUT_CURRENCY.search(text, start, end)
        else []
    )
    return sorted([*found, *bare], key=lambda sum_: sum_.start) if bare else found


# 分别为9、7、4亿元: the unit stands once.
_SHARED = expression(
    r"(?:分别|依次)(?:[一-鿿：]{0,12}?)(?P<list>(?:(?<![\d.])\d{1,6}(?:\.\d{1,4})?、){1,12})(?:\d{1,6}(?:\.\d{1,4})?和)?$"
)
_PLAIN = expression(r"\d{1,6}(?:\.\d{1,4})?")


def _sharing(text: str, match: re.Match[str], last: Money, start: int) -> list[Money]:
    """The sums before `last` in a list that names its unit once, behind its last number."""
    if text[last.start - 1 : last.start] not in ("、", "和") or match["high"]:
        return []
    number = _PLAIN.match(match["low"])
    listed = _SHARED.search(text, max(start, last.start - 100), last.start)
    if not listed or not number or not Decimal(number[0]):
        return []
    unit = last.value / Decimal(number[0])
    return [
        Money(part.start(), part.end(), Decimal(part[0]) * unit, None, last.currency, last.bound, last.class_name)
        for part in _PLAIN.finditer(text, listed.start("list"), last.start)
    ]


_WITHOUT_CURRENCY = expression(r"[亿万](?=[，。；、！？）的\s”项工改新扩兴修建]|$)")
# Without a currency only behind a word of money and before a mark or 的, so that 总投资47亿 is a sum and 5亿立方米 is none.
_BARE = expression(
    rf"{unit_words('sum_words')}(?:总额|额|规模)?(?P<words>[一-鿿：]{{0,4}}?)"
    rf"(?P<sum>\d{{1,6}}(?:\.\d{{1,4}})?[余多]?(?:万亿|个?多?亿)|[一二两三四五六七八九十百千]{{1,3}}亿|(?:\d{{1,5}}|{CHINESE_NUMBER}{{1,5}})[余多]万)(?=[，。；、！？）的\s”]|$|项目|工程|改造|[新改扩兴修]建|建设)"
)

# 先投5000万，再追加8000万: without 元 only right behind the word.
_BARE_SMALL = leaping(
    rf"(?:{unit_words('sum_words')}|(?<=[先再又还各共期])投)(?P<words>[了约近超：]{{0,2}})(?P<sum>\d{{2,5}}(?:\.\d{{1,4}})?万)(?=[，。；、！？）”\s]|的项目|的资金|$|改造|[新改扩兴修]?建)"
)


def _bare(match: re.Match[str]) -> Money | None:
    value, vague = _chain(match["sum"])
    if value is None:
        return None
    bound = Bound.APPROX if vague else Bound.EXACT
    for name, members in load("units")["bounds_before"].items():
        if match["words"].endswith(tuple(members)):
            bound = Bound(name)
    return Money(match.start("sum"), match.end("sum"), value, None, "CNY", bound, False)


def _money(text: str, match: re.Match[str]) -> Money | None:
    units = load("units")
    low, vague = _chain(match["low"].replace("，", ","))
    if low is None:
        return None
    high = None
    if match["high"]:
        high, high_vague = _chain(match["high"])
        vague = vague or high_vague
        # 1.2-1.5亿元: the unit of the upper end is the lower's as well, where the lower has none.
        if high is not None and not expression("[万亿]").search(match["low"]) and not match["lowcur"]:
            unit = expression("[万亿千百]{1,12}$").search(expression("[余多]").sub("", match["high"]))
            if unit:
                low *= units["magnitudes"].get(unit[0], 1)
        if high is not None and high <= low:
            high = None
    bound = bound_of(match, vague or bool(match["more"]) or _some(text, match.start("low")))
    crossed = text.startswith(("大关", "门槛"), match.end("currency")) and _CROSSES.search(
        text, max(0, match.start("low") - 12), match.start("low")
    )
    name = (
        not crossed and bool(_CLASS.match(text, match.end("currency"))) and not text.startswith("投资项目", match.end("currency"))
    )
    return Money(
        # The bound's word before the number belongs to the sum as written only where it reads so: 近3700万元, 超1亿元.
        start=match.start("low"),
        end=match.end("currency"),
        value=low,
        value_max=high,
        currency=units["currencies"][match["currency"]],
        bound=bound,
        class_name=name,
    )


_PLAIN_SUM = expression(rf"(?P<number>\d{{1,15}}(?:\.\d{{1,8}})?)(?P<unit>{_MAGNITUDE})?")


def _chain(text: str) -> tuple[Decimal | None, bool]:
    """The value of `2亿3000万`, `3600余万`, `四十三亿六千万`; and whether 余 or 多 makes it vague."""
    if plain_sum := _PLAIN_SUM.fullmatch(text):  # nearly always
        return Decimal(plain_sum["number"]) * load("units")["magnitudes"].get(plain_sum["unit"], 1), False
    text = text.replace("个亿", "亿").replace("个多亿", "多亿")
    plain = expression("[余多]").sub("", text)
    if not expression(r"\d").search(plain):
        decimal = expression("([^点]{1,14}点[^万亿]{0,14})([万亿]+)").fullmatch(plain)
        if decimal:
            value = chinese(decimal[1])
            return (None if value is None else value * load("units")["magnitudes"].get(decimal[2], 1)), plain != text
        return chinese(plain), plain != text
    total = Decimal(0)
    for match in _CHAIN.finditer(text):
        number = match["number"]
        value = Decimal(number.replace(",", "")) if number[0].isdigit() else chinese(number)
        if value is None:
            return None, False
        total += value * load("units")["magnitudes"].get(match["unit"], 1)
    return total, plain != text
