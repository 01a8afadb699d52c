"""Numerals, percentages and counts in clean text. Pure; offsets are the clean text's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial

from services.contracts import Bound
from services.extractor.expressions import expression, leaping
from services.extractor.lexicon import alternatives, group, load

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_DIGITS |= {c: i for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")} | {"弌": 1, "貳": 2, "參": 3, "幺": 1, "O": 0}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUPS = {"万": 10_000, "亿": 100_000_000}
CHINESE_DIGIT = "〇○零一二两三四五六七八九壹贰叁肆伍陆柒捌玖"
CHINESE_NUMBER = f"[{CHINESE_DIGIT}十百千拾佰仟半]"
# Bounded, and begun nowhere within a run of digits: a text of digits alone takes time in proportion to its length.
ARABIC = r"(?<!\d)(?:\d{1,3}(?:,\d{3}){1,5}(?!\d)(?:\.\d{1,8})?|\d{1,15}(?:\.\d{1,8})?)"


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
    """The value of a Chinese numeral such as 四十三亿六千万, 三千六百, 叁佰, 二〇一九, 十二点五; None if it is none."""
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


# Behind a number in Chinese and 家: the name of a village (五家子村, 九家湾), no count of anything; 三家子公司 are.
VILLAGE = "(?<=[一二三四五六七八九十]家)(?:子(?!公司|企业|品牌)|[沟屯庄湾寨营堡窑渠坝岭坪坡铺洼]|村(?![级办镇集企]))"


# Of `seeds/lexicon/units.yaml`.
unit_words = partial(group, "units")


# Any word that bounds the number behind it, and the number before it: 约, 超过; 以上. 签约4亿元 is no 约4亿元.
BOUND = f"(?<!签)(?:{alternatives(word for words in load('units')['bounds_before'].values() for word in words)})"
BEHIND = f"(?:{alternatives(word for words in load('units')['bounds_behind'].values() for word in words)})"


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    percent = leaping(
        # Of all numbers those that one of these stands behind.
        rf"(?P<before>{BOUND})?(?=[\d.,{CHINESE_DIGIT}十百千拾佰仟半点个多]{{1,40}}?(?:%|百分点|倍|成)|百分之|翻)(?:(?P<arabic>{ARABIC})(?:个)?(?:%|个?百分点)|百分之(?P<chinese>{CHINESE_NUMBER}{{1,5}}(?:点[{CHINESE_DIGIT}]{{1,3}})?)"
        rf"|(?P<times>{ARABIC}|{CHINESE_NUMBER}{{1,4}})(?P<more>多)?倍(?P<plus>半)?|翻(?:了)?(?:近|约|超)?(?P<doublings>[一两二三])番|(?P<tenths>[{CHINESE_DIGIT}])成(?P<half>半|[一二三四五六七八九])?(?![立效本员果功长品分都交就熟人]))(?P<behind>{BEHIND})?"
    )
    count = leaping(
        rf"(?P<before>{BOUND})?(?P<number>\d{{1,7}}|{CHINESE_NUMBER}{{1,6}})(?P<more>[余多])?(?P<measure>{unit_words('project_measures')})(?P<behind>{BEHIND})?"
    )
    return percent, count


def bound_of(match: re.Match[str], vague: bool) -> Bound:
    """What the words before and behind a number (groups `before` and `behind`) make of it; `vague`: 余 or 多 stands with it."""
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


_PERCENT_MARK = expression("[%倍番成]|百分")


def percents(text: str, start: int = 0, end: int | None = None) -> list[Percent]:
    """Percentages, multiples (倍, 番) and tenths (成), in order; percentage points are none."""
    found: list[Percent] = []
    end = len(text) if end is None else end
    if not _PERCENT_MARK.search(text, start, end):
        return found
    for match in _patterns()[0].finditer(text, start, end):
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
            found.append(Percent(match.start(), match.end(), value, bound_of(match, bool(match["more"]))))
    return found


_CAPACITY = expression(r"[年日月][产加处供储]工?理?$|年可产$|年生产$")
_LONGEST_LABEL = 8


def is_capacity(text: str, at: int) -> bool:
    """Is the number at `at` what something makes or holds in a time (年产1600套), no count of projects?"""
    return bool(_CAPACITY.search(text, max(0, at - 4), at))


def in_label(text: str, start: int, end: int) -> bool:
    """Does [start, end) stand in a short quotation: the name of a programme, no count?"""
    opened = text.rfind("“", max(0, start - _LONGEST_LABEL), start)
    if opened < 0 or "”" in text[opened:start]:
        return False
    closed = text.find("”", end - 1, opened + _LONGEST_LABEL + 2)
    return closed >= 0


def counts(text: str, start: int = 0, end: int | None = None) -> list[Count]:
    """Numbers with a measure word, in order. Ordinals (第三个), labels (“三个一批”, “签约一批”) and capacities (年产1600套) are none."""
    found = []
    for match in _patterns()[1].finditer(text, start, len(text) if end is None else end):
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
                    match.start("number"),
                    match.end("measure"),
                    int(value),
                    match["measure"],
                    bound_of(match, bool(match["more"])),
                )
            )
    return found
