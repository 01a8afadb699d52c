"""Quantities in clean text: sums of money, percentages, counts. Pure; offsets are the clean text's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from services.contracts import Bound
from services.extractor.expressions import expression, leaping
from services.extractor.lexicon import alternatives, load

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_DIGITS |= {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")} | {"弌": 1, "貳": 2, "參": 3, "幺": 1, "O": 0}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUPS = {"万": 10_000, "亿": 100_000_000}
CHINESE_DIGIT = "〇○零一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
CHINESE_NUMBER = f"[{CHINESE_DIGIT}十百千拾佰仟半]"
# Bounded, and begun nowhere within a run of digits: a text of digits alone takes time in proportion to its length.
ARABIC = r"(?<!\d)(?:\d{1,3}(?:,\d{3}){1,5}(?!\d)(?:\.\d{1,8})?|\d{1,15}(?:\.\d{1,8})?)"


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


@dataclass(frozen=True, slots=True)
class Percent:
    """`value` in percent, unsigned; `翻一番` is 100, `增长1.3倍` is 130."""

    start: int
    end: int
    value: Decimal
    bound: Bound


@dataclass(frozen=True, slots=True)
class Count:
    """A number with a measure word: `12个`, `3600余家`. `noun` starts behind `end`."""

    start: int
    end: int
    value: int
    measure: str
    bound: Bound


def chinese(text: str) -> Decimal | None:
    """The value of a Chinese numeral such as 五十七亿二千万, 三千六百, 叁佰, 二〇一九, 十二点五; None if it is none."""
    whole, _, fraction = text.partition("点")
    if fraction and not all(c in _DIGITS for c in fraction):
        return None
    if not whole or any(c not in _DIGITS and c not in _UNITS and c not in _GROUPS for c in whole):
        return None
    if len(whole) > 1 and all(c in _DIGITS for c in whole):
        value = Decimal("".join(str(_DIGITS[c]) for c in whole))
    else:
        value = Decimal(_grouped(whole))
    if fraction:
        value += Decimal("0." + "".join(str(_DIGITS[c]) for c in fraction))
    return value


def _grouped(text: str) -> int:
    total = section = digit = 0
    for c in text:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _UNITS:
            section += (digit or (1 if section == 0 or c in "十拾" else 0)) * _UNITS[c]
            digit = 0
        else:
            section += digit
            digit = 0
            if c == "亿":
                total = (total + (section or 1)) * _GROUPS[c]
            else:
                total += (section or 1) * _GROUPS[c]
            section = 0
    return total + section + digit


def _any(*lists: str) -> str:
    """A group of the words of these lists of the lexicon `units`."""
    return f"(?:{alternatives(word for name in lists for word in load('units')[name])})"


# Any word that bounds the number behind it: 约, 超过.
BOUND = f"(?:{alternatives(word for words in load('units')['bounds_before'].values() for word in words)})"
# What a thing costs: 亩, 吨.
PRICE_UNIT = _any("price_units")
_MAGNITUDE = _any("magnitudes")


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    behind = alternatives(word for words in load("units")["bounds_behind"].values() for word in words)
    currency = _any("currencies")
    number = f"(?:{ARABIC}|{CHINESE_NUMBER}{{1,12}}(?:点[{CHINESE_DIGIT}]{{1,4}})?)"
    # 1，200万: a full-width comma is a separator where a unit says that the number goes on.
    number = rf"(?:\d{{1,3}}(?:，\d{{3}}){{1,5}}(?=[万亿元])|{number[3:]}"
    quantity = rf"{number}(?:[余多])?{_MAGNITUDE}?(?:[余多])?"
    # 2亿3000万元, 五十七亿二千万元
    chain = rf"{quantity}(?:(?<=亿)零?{number}(?:千万|百万|万))?"
    money = leaping(
        rf"(?P<before>{BOUND})?(?P<low>{chain})(?P<lowcur>{currency})?(?:(?:[-~—至到]{{1,2}})(?P<high>{chain}))?"
        rf"(?P<more>[余多])?(?P<currency>{currency})(?P<behind>{behind})?"
    )
    percent = leaping(
        rf"(?P<before>{BOUND})?(?:(?P<arabic>{ARABIC})(?:个)?(?:%|个?百分点)|百分之(?P<chinese>{CHINESE_NUMBER}{{1,5}}(?:点[{CHINESE_DIGIT}]{{1,3}})?)"
        rf"|(?P<times>{ARABIC}|{CHINESE_NUMBER}{{1,4}})(?P<more>多)?倍(?P<plus>半)?|翻(?:了)?(?:近|约|超)?(?P<doublings>[一两二三])番|(?P<tenths>[{CHINESE_DIGIT}])成(?P<half>半|[一二三四五六七八九])?(?![立效本员果功长品分都交就熟人]))(?P<behind>{behind})?"
    )
    count = leaping(
        rf"(?P<before>{BOUND})?(?P<number>\d{{1,7}}|{CHINESE_NUMBER}{{1,6}})(?P<more>[余多])?(?P<measure>{_any('project_measures')})(?P<behind>{behind})?"
    )
    return money, percent, count


_SOME = expression(r"[数几]|上(?![\d一二三四五六七八九])")


def _some(text: str, at: int) -> bool:
    """数亿元, 上千万元; 冲上112亿元 is exact."""
    return at > 0 and bool(_SOME.match(text, at - 1))


_CHAIN = expression(
    rf"(?P<number>{ARABIC}|{CHINESE_NUMBER}+(?:点[{CHINESE_DIGIT}]+)?)(?P<more>[余多])?(?P<unit>{_MAGNITUDE})?(?P<more2>[余多])?"
)
# What makes of a sum the name of a class: 亿元级, 亿元以上项目, 50亿元高质量项目.
_CLASS = expression(
    rf"(?:及?以上|以下|以内)?{_any('class_marks')}"
    rf"|(?:及?以上|以下|级)的?(?:[^，。；、！？元]{{0,12}}{_any('class_nouns', 'class_nouns_bounded')}|[^，。；、]{{0,10}}(?:项目|企业|工程)"
    rf"|{_any('class_works')}|\d{{1,4}}[个家项])"
    rf"|{_any('class_qualities')}{{0,4}}{_any('class_nouns')}(?!总投资|投资|[^，。；、]{{0,6}}{_any('class_not')})"
)


def money(text: str, start: int = 0, end: int | None = None) -> list[Money]:
    """The sums of money in text[start:end], in order; 总投资58亿 is one as well, though it names no currency."""
    end = len(text) if end is None else end
    found: list[Money] = []
    for match in _patterns()[0].finditer(text, start, end):
        sum_ = _money(text, match)
        if sum_:
            found += [*_sharing(text, match, sum_, start), sum_]
    bare = (
        [sum_ for match in _BARE.finditer(text, start, end) if (sum_ := _bare(match))] if text.find("亿", start, end) >= 0 else []
    )
    return sorted([*found, *bare], key=lambda sum_: sum_.start) if bare else found


# 分别为12、8、5亿元: the unit stands once.
_SHARED = expression(
    r"分别(?:[一-鿿：]{0,12}?)(?P<list>(?:(?<![\d.])\d{1,6}(?:\.\d{1,4})?、){1,12})(?:\d{1,6}(?:\.\d{1,4})?和)?$"
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


# Without a currency only behind a word of money and before a mark or 的, so that 总投资58亿 is a sum and 5亿立方米 is none.
_BARE = expression(
    rf"{_any('sum_words')}(?:总额|额|规模)?(?P<words>[一-鿿：]{{0,4}}?)"
    r"(?P<sum>\d{1,6}(?:\.\d{1,4})?[余多]?(?:万亿|亿))(?=[，。；、！？）的\s”]|$|项目|工程)"
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
    bound = _bound(match, vague or bool(match["more"]) or _some(text, match.start("low")))
    name = bool(_CLASS.match(text, match.end("currency"))) and not text.startswith("投资项目", match.end("currency"))
    return Money(
        # The bound's word before the number belongs to the sum as written only where it reads so: 近4100万元, 超1亿元.
        start=match.start("low"),
        end=match.end("currency"),
        value=low,
        value_max=high,
        currency=units["currencies"][match["currency"]],
        bound=bound,
        class_name=name,
    )


def _chain(text: str) -> tuple[Decimal | None, bool]:
    """The value of `2亿3000万`, `3600余万`, `五十七亿二千万`; and whether 余 or 多 makes it vague."""
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


def _bound(match: re.Match[str], vague: bool) -> Bound:
    behind, before = _bounds()
    said = behind.get(match["behind"]) or before.get(match["before"])
    return said or (Bound.APPROX if vague else Bound.EXACT)


@lru_cache(maxsize=1)
def _bounds() -> tuple[dict[str, Bound], dict[str, Bound]]:
    """What each word behind a number, and each before it, makes of it; of two meanings the lexicon's first."""
    units = load("units")
    behind, before = (
        {word: Bound(bound) for bound, words in reversed(units[side].items()) for word in words}
        for side in ("bounds_behind", "bounds_before")
    )
    return behind, before


def percents(text: str, start: int = 0, end: int | None = None) -> list[Percent]:
    """Percentages, multiples (倍, 番) and tenths (成), in order; percentage points are none."""
    found = []
    for match in _patterns()[1].finditer(text, start, len(text) if end is None else end):
        if "百分点" in match[0]:
            continue
        if match["arabic"]:
            value: Decimal | None = Decimal(match["arabic"].replace(",", ""))
        elif match["chinese"]:
            value = chinese(match["chinese"])
        elif match["times"]:
            times = match["times"]
            value = Decimal(times.replace(",", "")) if times[0].isdigit() else chinese(times)
            value = None if value is None else (value + (Decimal("0.5") if match["plus"] else 0)) * 100
        elif match["doublings"]:
            value = Decimal((2 ** {"一": 1, "两": 2, "二": 2, "三": 3}[match["doublings"]] - 1) * 100)
        else:
            value = Decimal(
                _DIGITS[match["tenths"]] * 10 + {"半": 5, None: 0}.get(match["half"], _DIGITS.get(match["half"] or "", 0))
            )
        if value is not None:
            found.append(Percent(match.start(), match.end(), value, _bound(match, bool(match["more"]))))
    return found


_CAPACITY = expression(r"[年日月][产加处供储]工?理?$|年可产$|年生产$")
_LONGEST_LABEL = 8


def is_capacity(text: str, at: int) -> bool:
    """Is the number at `at` what something makes or holds in a time (年产1800套), no count of projects?"""
    return bool(_CAPACITY.search(text, max(0, at - 4), at))


def in_label(text: str, start: int, end: int) -> bool:
    """Does [start, end) stand in a short quotation: the name of a programme, no count?"""
    opened = text.rfind("“", max(0, start - _LONGEST_LABEL), start)
    if opened < 0 or "”" in text[opened:start]:
        return False
    closed = text.find("”", end - 1, opened + _LONGEST_LABEL + 2)
    return closed >= 0


def counts(text: str, start: int = 0, end: int | None = None) -> list[Count]:
    """Numbers with a measure word, in order. Ordinals (第三个), labels (“三个一批”, “签约一批”) and capacities (年产1800套) are none."""
    found = []
    for match in _patterns()[2].finditer(text, start, len(text) if end is None else end):
        if (
            match.start()
            and text[match.start() - 1] in "第.,"
            or match["measure"] == "个"
            and text.startswith("百分点", match.end("measure"))
            or in_label(text, match.start("number"), match.end("measure"))
            or is_capacity(text, match.start())
        ):
            continue
        number = match["number"]
        value = Decimal(number) if number[0].isdigit() else chinese(number)
        if value is not None and value == value.to_integral_value():
            found.append(
                Count(
                    match.start("number"), match.end("measure"), int(value), match["measure"], _bound(match, bool(match["more"]))
                )
            )
    return found
