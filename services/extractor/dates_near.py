"""Times that are told from the day of publication, or from a month named before: today, last week, 本月底, a bare 16日, holidays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from services.extractor.calendar_days import NUMBER, Anchor, Time, day_of, months, of_month, small, year_of
from services.extractor.expressions import expression, leaping
from services.extractor.holidays import day_of_holiday
from services.extractor.lexicon import alternatives, last
from services.extractor.needed_words import needed_words
from services.extractor.numbers import CHINESE_DIGIT

# 合同写明今年6月底前: no comparison.
COMPARISON = expression(r"(?:较|比|与|(?<![合共协会])同|[高低多少优快慢大小]于|对比|相比)(?:[^，。；]{0,3})$|由$")


def near(text: str, start: int, end: int, anchor: Anchor, year: int | None) -> Iterator[Time]:
    """Such times in text[start:end], in no order. `year`: the one that governs the passage."""
    if _TOLD_NEAR.search(text, start, end):  # seldom
        yield from _days(text, start, end, anchor)
        if year := year or anchor.year:
            yield from _holidays(text, start, end, anchor, year)
    if text.find("月", start, end) >= 0:
        yield from _months(text, start, end, anchor)
        if text.find("月底", start, end) >= 0 or text.find("月末", start, end) >= 0 or text.find("月内", start, end) >= 0:
            yield from _months_ends(text, start, end, anchor)
    if _WEEK_WORD.search(text, start, end):
        yield from _weeks(text, start, end, anchor)
    if text.find("日", start, end) >= 0:
        yield from _bare_days(text, start, end, anchor)


_DAYPART = "(?:上午|下午|早上|晚上|晚间|凌晨|中午|清晨|傍晚|一早)?"
_DAY = leaping(
    f"(?:(?P<day>今天|今日|昨天|昨日|前天|明天|明日|后天|[今昨][晚夜晨早](?!报|场|会)){_DAYPART}"
    "|(?:截至|至|到)?(?:目前|当前|现在|日前为止|今)(?!年|后|天|日|又|晚|夜|晨|早))"
)
# 今（12）日上午: as newspapers write it
_NUMBERED = leaping(f"[今昨前]（(?P<day>[1-9]|[12]\\d|3[01])）日{_DAYPART}")
_AWAY = {"今": 0, "昨": -1, "前": -2, "明": 1, "后": 2}
# Months and weeks.
_TURNS_AWAY = {"上": -1, "本": 0, "这": 0, "下": 1}


def _days(text: str, start: int, end: int, anchor: Anchor) -> Iterator[Time]:
    """今天, 昨日, 明天上午; and 目前, which has no start."""
    today = anchor.published_on
    for match in _NUMBERED.finditer(text, start, end) if text.find("）日", start, end) >= 0 else ():
        first = today and _near_publication(today, int(match["day"]))
        yield Time(*match.span(), first, first, False, True)
    for match in _DAY.finditer(text, start, end):
        if match["day"]:
            day = today and today + timedelta(days=_AWAY[match["day"][0]])
            yield Time(*match.span(), day, day, False, True)
        else:
            yield Time(*match.span(), None, today, False, True)


_MONTH_NEAR = expression(
    rf"(?P<which>[本上下])(?:个)?月(?!台|经)(?:份)?(?:(?P<day>{NUMBER})[日号]|(?P<ten>上旬|中旬|下旬|初|末|底))?(?P<before>之?前)?"
)


def _months(text: str, start: int, end: int, anchor: Anchor) -> Iterator[Time]:
    """本月15日, 上个月, 下月底: known only where the day of publication is."""
    today = anchor.published_on
    if today is None:
        return
    for match in _MONTH_NEAR.finditer(text, start, end):
        number = today.year * 12 + today.month - 1 + _TURNS_AWAY[match["which"]]
        span = of_month(number // 12, number % 12 + 1, match)
        if span:
            comparison = bool(COMPARISON.search(text, max(start, match.start() - 4), match.start()))
            yield Time(*match.span(), None if match["before"] else span[0], span[1], comparison, True)


# 月底前, no 8月底, 每月底
_MONTHS_END = expression(
    rf"(?<![本上下每当该次同个各逐这元正腊几数半按整满\d{CHINESE_DIGIT}十])月(?:(?P<end>[底末])(?P<before>之?前)?|内)"
)
_MONTH_NAMED = expression(rf"(?P<month>{NUMBER})月")
_MONTHS_REACH = 200


def _months_ends(text: str, start: int, end: int, anchor: Anchor) -> Iterator[Time]:
    """月底前, 月内 of the month of publication, unless another one was named shortly before."""
    today = anchor.published_on
    for match in _MONTHS_END.finditer(text, start, end) if today else ():
        named = last(_MONTH_NAMED, text, max(0, match.start() - _MONTHS_REACH), match.start())
        span = months(today.year, today.month, today.month) if today else None
        if span and (named is None or today and small(named["month"]) == today.month):
            yield Time(*match.span(), None if match["before"] or match["end"] else span[0], span[1], False, True)


_WEEK_WORD = expression("周|礼拜|星期")
_WEEK = expression("(?P<which>[上本这下])(?:周|个?礼拜|个?星期)(?:(?P<weekday>[一二三四五六日天])|(?![期边围年转刊报]))")


def _weeks(text: str, start: int, end: int, anchor: Anchor) -> Iterator[Time]:
    """上周, 下周三: weeks begin on Monday."""
    today = anchor.published_on
    if today is None:
        return
    for match in _WEEK.finditer(text, start, end):
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_TURNS_AWAY[match["which"]])
        if match["weekday"]:
            monday += timedelta(days="一二三四五六日天".index(match["weekday"]) % 7)
        yield Time(*match.span(), monday, monday if match["weekday"] else monday + timedelta(days=6), False, True)


# 16日前, 7日至9日, 8日起; no 30日内, 5日游, 每月5日, 连续3日.
_BARE_DAY = expression(
    r"(?:(?<![\d月.一-龥])|(?<=[于自从])|(?<=[目程心园厂路桥站院校馆基线库港楼场])(?=\d{1,2}日[揭开动投竣完封签启奠破通并交建首正举]))(?P<day>[1-9]|[12]\d|3[01])日(?:[至-](?P<day2>[1-9]|[12]\d|3[01])日)?(?![均产报常元后游龄内间处供本照用程])"
    r"(?:(?P<before>之?前)|(?P<since>起))?"
)
_MONTH_AND_DAY = expression(rf"(?P<month>{NUMBER})月{NUMBER}[日号]")
# 2018年3月大事记
_MONTH_OF_PAGE = expression(
    rf"(?P<year>(?:19|20)\d{{2}})年(?P<month>{NUMBER})月(?:份)?[^，。；\n]{{0,4}}(?:大事记|纪事|记事|要事|要闻|日志)"
)
_HEAD = 200
# How far before it the month of a bare day may be named, and so many days behind the day of publication one may be to come.
_REACH, _AHEAD = 400, 14


def _bare_days(text: str, start: int, end: int, anchor: Anchor) -> Iterator[Time]:
    """Days of the month that was named last, else of the month of publication or the one before."""
    today = anchor.published_on
    for match in _BARE_DAY.finditer(text, start, end):
        number = int(match["day"])
        named = last(_MONTH_AND_DAY, text, max(0, match.start() - _REACH), match.start())
        if named and anchor.year and (month := small(named["month"])):
            first = day_of(anchor.year, month, number)
        elif page := _MONTH_OF_PAGE.search(text, 0, _HEAD):
            first = day_of(int(page["year"]), small(page["month"]) or 0, number)
        else:
            first = today and _near_publication(today, number)
        if first is None:
            continue
        final = day_of(first.year, first.month, int(match["day2"])) if match["day2"] else first
        if match["since"]:
            final = today if today and today >= first else None
        yield Time(*match.span(), None if match["before"] else first, final, False, False, first if match["since"] else None)


def _near_publication(today: date, number: int) -> date | None:
    """The day of that number which is nearest to the day of publication, most of the time before it."""
    if number <= today.day + _AHEAD:
        return day_of(today.year, today.month, number)
    month = today.year * 12 + today.month - 2
    return day_of(month // 12, month % 12 + 1, number)


# From which month on New Year's Day is the next one.
_FEBRUARY, _LATE = 2, 11
# Those that the sun's calendar has. What stands behind one tells that it is the time of something.
_HOLIDAY = leaping(
    "(?P<name>元旦|“?五一”?|国庆)(?:劳动节|节日?)?(?:(?P<before>之?前(?!后))|当[天日]|假期首日|(?=[，正开启迎通投点]))"
)
_YEAR_BEFORE = expression("(?:(?P<year>20\\d{2})|(?P<away>[去今明前后]))年$")
_YEARS_AWAY = {"前": -2, "去": -1, "今": 0, "明": 1, "后": 2}


def _year_is_over(anchor: Anchor, before: bool) -> bool:
    """Is the next New Year's Day meant (元旦当天通车, told in December)? `before` it (元旦前) is ahead all the year."""
    return anchor.published_on is not None and anchor.published_on.month >= (_FEBRUARY if before else _LATE)


# A word that a day told from today or a holiday cannot do without.
_TOLD_NEAR = expression(alternatives(word for told in (_DAY, _NUMBERED, _HOLIDAY) for word in needed_words(told.pattern)))


def _holidays(text: str, start: int, end: int, anchor: Anchor, year: int) -> Iterator[Time]:
    """元旦当天, 国庆节前, 明年五一前."""
    for match in _HOLIDAY.finditer(text, start, end):
        named = _YEAR_BEFORE.search(text, max(start, match.start() - 5), match.start())
        own = year
        if named and named["away"] and anchor.year:
            own = anchor.year + _YEARS_AWAY[named["away"]]
        elif named:
            own = year_of(named["year"]) or year
        elif match["name"] == "元旦" and own == anchor.year:
            own += _year_is_over(anchor, bool(match["before"]))
        day = day_of_holiday(match["name"].strip("“”"), own)
        yield Time(*match.span(), None if match["before"] else day, day, False, bool(named))
