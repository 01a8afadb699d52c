"""Time expressions in clean text, resolved against the bulletin's own date, never against the machine's clock."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from services.extractor.expressions import expression, leaping
from services.extractor.numbers import CHINESE_DIGIT, chinese


@dataclass(frozen=True, slots=True)
class Anchor:
    """What relative expressions are relative to: the day of publication where the bulletin says it, else only its year."""

    published_on: date | None
    year: int | None


@dataclass(frozen=True, slots=True)
class Time:
    """[start, end) in the clean text; `first` and `last` inclusive, None where open or unknown.

    `comparison`: it names what a change is measured against (比上年同期), it is not when something happened.
    `year_given`: the expression names its year (2024年, 今年), it does not take it from what stands around it.
    `point`: the last day of what 起 or 以来 makes the beginning of (自6月1日起), else None.
    """

    start: int
    end: int
    first: date | None
    last: date | None
    comparison: bool
    year_given: bool
    point: date | None = None


_N = rf"(?:\d{{1,2}}|[{CHINESE_DIGIT}十]{{1,3}})"
# Each branch begins with a plain character, so that the search leaps from one to the next.
_YEAR = rf"(?:20\d{{2}}|19\d{{2}}|一[{CHINESE_DIGIT}]{{3}}|二[{CHINESE_DIGIT}]{{3}})"
_RELATIVE = "今年|本年度?|去年|上年度?|明年|前年|后年|来年|当年|同年|次年|翌年"
_TO = "[-~—－至到]{1,2}"
# Where a time may begin, by its first characters: nine tenths of the time would go into looking where none does.
_BEGIN = expression(
    rf"[“「\d{CHINESE_DIGIT}十今本去上明前后来当同次翌第首下年全整自从截至到](?:(?<=[\d{CHINESE_DIGIT}十])(?=[\d{CHINESE_DIGIT}十]{{0,3}}[年月季~./—－至到-])"
    rf"|(?<=[今本去上明后来当同次翌全整])(?=年)|(?<=前)(?=[年\d{CHINESE_DIGIT}十])|(?<=[上下])(?=半年)|(?<=年)(?=[底末终初内度])"
    rf"|(?<=[“「])(?=十)|(?<=十)(?=[一二三四五六七]五)|(?<=第)(?=[一二三四1-4]季)|(?<=首)(?=季)|(?<=[至到])(?=[\d{CHINESE_DIGIT}今去目前本])"
    "|(?<=[自从截]))"
)
_EXPRESSION = expression(
    rf"(?:(?P<five>(?:“|「)?(?P<plan>十[一二三四五六七])五(?:”|」)?(?P<five_part>期间|末|时期|以来|收官)?(?![届楼层号中]))"
    rf"|(?P<since>自|从)?(?P<until>(?:截至|截止到?|至|到|截止至|截至到)(?=[\d一二今去目前本{CHINESE_DIGIT}]))?"
    rf"(?:(?P<iso>(?P<iy>(?:19|20)\d{{2}})[-./](?P<im>\d{{1,2}})[-./](?P<id>\d{{1,2}})(?!\d))"
    rf"|(?P<years>(?P<y1>{_YEAR})年?{_TO}(?P<y2>{_YEAR})年)"
    rf"|(?P<body>(?:(?P<year>{_YEAR})年(?:度)?|(?P<relative>{_RELATIVE}))?"
    rf"(?P<part>(?:的)?(?:(?P<m1>{_N})(?:月份?)?{_TO}(?P<m2>{_N})月(?:份|底|末)?|(?<!提)前(?P<front>{_N})个?月|(?P<month>{_N})月(?:份)?"
    rf"(?:(?P<day>{_N})[日号](?:{_TO}(?:(?P<month2>{_N})月)?(?P<day2>{_N})[日号])?|(?P<ten>上旬|中旬|下旬|初|末|底))?"
    rf"|(?:第)?(?P<quarter>[一二三四1-4])季度(?P<quarter_end>末|底)?|首季(?!度)|首季度|(?P<half>上|下)半年|前(?P<quarters>[二三两])个?季度|(?P<ye>年底|年末|底|年终|末)|(?P<yb>年初|初)"
    rf"|(?P<whole>全年度?|年内|年度|整年)))?))"
    rf"(?P<before>之?前|以前)?(?P<since2>以来|起)?(?P<daypart>上午|下午|早上|晚上|晚|晨|凌晨|中午|清晨|傍晚)?)",
)
_TODAY = leaping("今天|今日|昨天|昨日|前天|(?:截至|至|到)?(?:目前|当前|现在|日前为止|今)(?!年|后|天|日|又)")
_COMPARISON = expression(r"(?:较|比|与|同|[高低多少优快慢大小]于|对比|相比)(?:[^，。；]{0,3})$|由$")
_COMPARISON_BEHIND = expression("同期|同月|相比|的?[\\d.]{1,12}(?:亿|万|%)?[^，。；]{0,4}(?:提高|增加|提升)到")


# A year that is a plan's horizon (到2025年, 2026年年底前) says little about when the bulletin was written.
_YEAR_NAMED = expression(rf"(?P<year>{_YEAR})(?:年(?P<end>年?[底末]|(?:\d{{1,2}}月[底末]?)?之?前)?|[-/.]\d{{1,2}}[-/.]\d)")
_HORIZON = expression(r"(?:计划|预计|将|将于|拟|拟于|力争|确保|有望|争取|预定|定于|剑指|目标|到|至)[^，。；\n]{0,4}\Z")
_LONGEST_HORIZON = 6


# 2022年工作总结和2023年工作打算 is written at the end of 2022.
_REVIEW = expression(
    rf"(?P<year>{_YEAR})年度?(?:重点)?工作(?:总结|情况)(?:报告)?[及和暨与、][^，。；\n]{{0,4}}"
    rf"{_YEAR}年度?(?:重点)?工作(?:打算|计划|安排|思路|要点|谋划)"
)


def anchor(text: str, published_on: date | None) -> Anchor:
    """The anchor of a bulletin: its date, else the year that it names most, years of its head counted more and plans less."""
    if published_on:
        return Anchor(published_on, published_on.year)
    review = _REVIEW.search(text, 0, 2000)
    if review:
        return Anchor(None, _year(review["year"]))
    votes: Counter[int] = Counter()
    horizons: Counter[int] = Counter()
    before = 0
    for match in _YEAR_NAMED.finditer(text, 0, 20_000):
        year, start = _year(match["year"]), match.start()
        to = _HORIZON.search(text, max(before, start - _LONGEST_HORIZON), start)
        before = match.end()
        if year and 1980 <= year <= 2100:
            if to or match["end"]:
                horizons[year] += 1
            else:
                votes[year] += 5 if (to or match).start() < 300 else 2
    if votes:
        # Plans reach to the end of the year that is running, or beyond; the next year at most can be the running one.
        latest = max(votes)
        votes.update({year: count for year, count in horizons.items() if year <= latest + 1})
    votes = votes or horizons
    if not votes:
        bare = expression(r"\s{0,8}((?:19|20)\d{2})\s").match(text[:12])
        return Anchor(None, int(bare[1]) if bare else None)
    # The latest of the years that are named often enough: a look back names the year before more often than the year itself.
    most = max(votes.values())
    return Anchor(None, max(year for year, count in votes.items() if 3 * count >= most))


def times(text: str, start: int, end: int, anchor: Anchor, year: int | None = None) -> list[Time]:
    """The time expressions in text[start:end], in order. `year`: the year that governs the passage (a heading 2022年工作回顾),
    for expressions that name none; the anchor's otherwise."""
    found: list[Time] = []
    governing = year or anchor.year
    position = start
    for begin in _BEGIN.finditer(text, start, end):
        if begin.start() < position:
            continue
        match = _EXPRESSION.match(text, begin.start(), end)
        if match is None:
            continue
        position = match.end()
        if match.start() == match.end() or not (
            match["five"] or match["iso"] or match["years"] or match["year"] or match["relative"] or match["part"]
        ):
            continue
        read = _read(match, text, anchor, governing)
        if read is None:
            continue
        first, last, given = read
        comparison = bool(_COMPARISON.search(text, max(start, match.start() - 4), match.start())) or bool(
            _COMPARISON_BEHIND.match(text, match.end())
        )
        found.append(Time(match.start(), match.end(), first, last, comparison, given, _point(match, anchor, governing)))
        if given and first and not comparison and (not match["relative"] or match["relative"][0] in "今本"):
            governing = first.year
        elif given and last and not first and match["year"]:
            governing = governing or last.year
    found.extend(_todays(text, start, end, anchor))
    found.extend(_months_near(text, start, end, anchor))
    found.sort(key=lambda time: time.start)
    return found


def _todays(text: str, start: int, end: int, anchor: Anchor) -> list[Time]:
    found = []
    for match in _TODAY.finditer(text, start, end):
        day = anchor.published_on
        if match[0] in ("今天", "今日"):
            found.append(Time(match.start(), match.end(), day, day, False, True))
        elif match[0] in ("昨天", "昨日", "前天"):
            back = day and day - timedelta(days=2 if match[0] == "前天" else 1)
            found.append(Time(match.start(), match.end(), back, back, False, True))
        else:
            found.append(Time(match.start(), match.end(), None, day, False, True))
    return found


_MONTH_NEAR = expression(
    rf"(?P<which>[本上下])(?:个)?月(?!台|经)(?:份)?(?:(?P<day>{_N})[日号]|(?P<ten>上旬|中旬|下旬|初|末|底))?(?P<before>之?前)?"
)


def _months_near(text: str, start: int, end: int, anchor: Anchor) -> Iterator[Time]:
    """本月15日, 上个月, 下月底: known only where the day of publication is."""
    today = anchor.published_on
    if today is None:
        return
    for match in _MONTH_NEAR.finditer(text, start, end):
        number = today.year * 12 + today.month - 1 + {"上": -1, "本": 0, "下": 1}[match["which"]]
        span = _of_month(number // 12, number % 12 + 1, match)
        if span:
            comparison = bool(_COMPARISON.search(text, max(start, match.start() - 4), match.start()))
            yield Time(match.start(), match.end(), None if match["before"] else span[0], span[1], comparison, True)


def _year(text: str | None) -> int | None:
    if not text:
        return None
    value = int(text) if text.isdigit() else chinese(text)
    return None if value is None else int(value)


def _small(text: str | None) -> int | None:
    value = None if not text else (int(text) if text.isascii() else chinese(text))
    return None if value is None else int(value)


def _day(year: int, month: int, day: int) -> date | None:
    if not 1 <= month <= 12 or not 1 <= day <= 31 or not 1900 <= year <= 2200:
        return None
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _read(match: re.Match[str], text: str, anchor: Anchor, governing: int | None) -> tuple[date | None, date | None, bool] | None:
    """The expression's first and last day and whether it names its year; None where it is no time after all."""
    if match["five"]:
        start_year = 2001 + 5 * ("一二三四五六七".index(match["plan"][1]) - 0) + 5 if match["plan"][1] != "一" else 2006
        if match["five_part"] in ("末", "收官"):
            return None, date(start_year + 4, 12, 31), True
        return date(start_year, 1, 1), date(start_year + 4, 12, 31), True
    if match["iso"]:
        day = _day(int(match["iy"]), int(match["im"]), int(match["id"]))
        return (None if match["until"] or match["before"] else day, day, True) if day else None
    if match["years"]:
        low, high = _year(match["y1"]), _year(match["y2"])
        return (date(low, 1, 1), date(high, 12, 31), True) if low and high and low <= high <= 2200 else None
    year, given = _named_year(match, anchor, governing)
    if year is None or not 1900 <= year <= 2200:
        return (None, None, given) if match["part"] and not match["day"] or match["relative"] else None
    span = _part(match, year, anchor)
    if span is None:
        return None
    first, last = span
    raised = match["until"] in ("到", "至") and _RAISED.search(text, max(0, match.start() - 4), match.start())
    if match["until"] and not raised or match["before"]:
        # 截至3月末累计 starts on 1 January, 截至3月末 alone has no start.
        cumulative = match["until"] and (
            match["relative"] == "今年"
            or expression("[，,]?(?:[^，。；]{0,12})累计(?!投资|投入)").match(text[match.end() : match.end() + 16])
        )
        first = date(year, 1, 1) if cumulative else None
    elif match["since2"] or match["since"]:
        last = anchor.published_on if anchor.published_on and first and anchor.published_on >= first else None
    return first, last, given


# 从21亿元提高到2023年的29亿元: 到 belongs to the verb.
_RAISED = expression("(?:提高|增加|增长|上升|提升|扩大|追加|跃升|攀升|下降|减少|降低|[增升降])$")


def _point(match: re.Match[str], anchor: Anchor, governing: int | None) -> date | None:
    if not (match["since2"] or match["since"]) or not match["month"] or match["five"] or match["iso"] or match["years"]:
        return None
    year, _ = _named_year(match, anchor, governing)
    span = _part(match, year, anchor) if year else None
    return span[1] if span else None


def _named_year(match: re.Match[str], anchor: Anchor, governing: int | None) -> tuple[int | None, bool]:
    if match["year"]:
        return _year(match["year"]), True
    relative = match["relative"]
    if not relative:
        return governing, False
    if relative in ("当年", "同年", "次年", "翌年"):
        return (None if governing is None else governing + (relative in ("次年", "翌年"))), False
    offset = {"去": -1, "上": -1, "明": 1, "来": 1, "前": -2, "后": 2}.get(relative[0], 0)
    return (None if anchor.year is None else anchor.year + offset), True


def _part(match: re.Match[str], year: int, anchor: Anchor) -> tuple[date | None, date | None] | None:
    """First and last day of the part of the year that the expression names."""
    if not match["part"]:
        return date(year, 1, 1), date(year, 12, 31)
    if match["m1"]:
        return _months(year, _small(match["m1"]), _small(match["m2"]))
    if match["front"]:
        return _months(year, 1, _small(match["front"]))
    if match["month"]:
        return _month(match, year)
    if match["quarter"] or "首季" in match["part"]:
        quarter = _small(match["quarter"]) or 1
        first, last = _months(year, 3 * quarter - 2, 3 * quarter) or (None, None)
        return (None if match["quarter_end"] else first), last
    if match["quarters"]:
        return _months(year, 1, 9 if match["quarters"] == "三" else 6)
    if match["half"]:
        return _months(year, 1, 6) if match["half"] == "上" else _months(year, 7, 12)
    if match["ye"]:
        if match["ye"] in ("底", "末") and not (match["year"] or match["relative"]):
            return None  # 底 alone is no time
        return None, date(year, 12, 31)
    if match["yb"]:
        if match["yb"] == "初" and not (match["year"] or match["relative"]):
            return None
        return _months(year, 1, 1)
    return date(year, 1, 1), date(year, 12, 31)


def _months(year: int, first: int | None, last: int | None) -> tuple[date | None, date | None] | None:
    if not first or not last or not 1 <= first <= last <= 12:
        return None
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def _month(match: re.Match[str], year: int) -> tuple[date | None, date | None] | None:
    month = _small(match["month"])
    if month is None or not 1 <= month <= 12:
        return None
    if match["day"] and match["day2"]:
        first = _day(year, month, _small(match["day"]) or 0)
        last = _day(year, _small(match["month2"]) or month, _small(match["day2"]) or 0)
        return (first, last) if first and last else None
    return _of_month(year, month, match)


def _of_month(year: int, month: int, match: re.Match[str]) -> tuple[date | None, date | None] | None:
    """The day or the third of a month that the expression names."""
    if match["day"]:
        day = _day(year, month, _small(match["day"]) or 0)
        return (day, day) if day else None
    if match["ten"] in ("底", "末"):
        return None, date(year, month, calendar.monthrange(year, month)[1])
    tens = {"上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}
    if match["ten"]:
        low, high = tens[match["ten"]]
        return _day(year, month, low), _day(year, month, high)
    return _months(year, month, month)
