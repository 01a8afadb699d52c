"""Time expressions in clean text, resolved against the bulletin's own date, never against the machine's clock."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

from services.extractor.calendar_days import NUMBER, Anchor, Time, day_of, months, of_month, sets_year, small, year_of
from services.extractor.dates_near import COMPARISON, near
from services.extractor.expressions import expression
from services.extractor.lexicon import group
from services.extractor.numbers import CHINESE_DIGIT

__all__ = ["Anchor", "Time", "anchor", "times"]

# Each branch begins with a plain character, so that the search leaps from one to the next.
_YEAR = rf"(?:20\d{{2}}|19\d{{2}}|一[{CHINESE_DIGIT}]{{3}}|二[{CHINESE_DIGIT}]{{3}})"
_RELATIVE = "今年|本年度?|去年|上年度?|明年|前年|后年|来年|当年|同年|次年|翌年"
_TO = "[-~—－至到]{1,2}"
_D = rf"\d{CHINESE_DIGIT}十"
# Where a time may begin: the search leaps to a first character, and tries the branches that begin with it.
_BEGIN = expression(
    rf"[“「{_D}今本去上明前后来当同次翌第首头下年全整自从截至到](?<=[{_D}](?=[{_D}]{{0,3}}[年月季~—－至到-])|[12](?=[09]\d\d[./])"
    rf"|[今本去上明后来当同次翌全整](?=年)|前(?=[年{_D}])|头(?=[{_D}]{{1,2}}个月)|[上下](?=半年)|年(?=[底末终初内度])"
    rf"|[“「](?=十)|十(?=[一二三四五六七]五)|第(?=[一二三四1-4]季)|首(?=季)|[至到](?=[\d{CHINESE_DIGIT}今去目前本])|[自从截](?=[“「{_D}今本去上明前后来当同次翌第首头下年全整至到止的底末初之以]))"
)
_EXPRESSION = expression(
    rf"(?:(?P<five>(?:“|「)?(?P<plan>十[一二三四五六七])五(?:”|」)?(?P<five_part>期间|末|时期|以来|收官)?(?![届楼层号中]))"
    rf"|(?P<since>自|从)?(?P<until>(?:截至|截止到?|至|到|截止至|截至到)(?=[\d一二今去目前本{CHINESE_DIGIT}]))?"
    rf"(?:(?P<iso>(?P<iy>(?:19|20)\d{{2}})[-./](?P<im>\d{{1,2}})[-./](?P<id>\d{{1,2}})(?!\d))"
    rf"|(?P<years>(?P<y1>{_YEAR})年?{_TO}(?P<y2>{_YEAR})年)"
    rf"|(?P<body>(?:(?P<year>{_YEAR})年(?:度)?|(?P<relative>{_RELATIVE}))?"
    rf"(?P<part>(?:的)?(?:(?P<m1>{NUMBER})(?:月份?)?{_TO}(?P<m2>{NUMBER})月(?:(?P<m2day>{NUMBER})[日号]|份|底|末)?|(?:(?<!提)前|头)(?P<front>{NUMBER})个?月|(?P<month>{NUMBER})月(?:份)?"
    rf"(?:(?P<day>{NUMBER})[日号](?:{_TO}(?:(?P<month2>{NUMBER})月)?(?P<day2>{NUMBER})[日号])?|(?P<ten>上旬|中旬|下旬|初|末|底))?"
    rf"|(?:第)?(?P<quarter>[一二三四1-4])(?:季度|(?<=年第[一二三四1-4])季)(?P<quarter_end>末|底)?|首季(?!度)|首季度|(?P<half>上|下)半年|前(?P<quarters>[二三两])个?季度|(?P<ye>年底|年末|底|年终(?!于)|末)|(?P<yb>年初|初)"
    rf"|(?P<whole>全年度?|年内|年度|整年)))?))"
    rf"(?P<before>之前|以前|前(?!(?<=年前){NUMBER}[批轮期次]|后))?(?:前后)?(?P<since2>以来|起)?(?P<daypart>上午|下午|早上|晚上|晚|晨|凌晨|中午|清晨|傍晚)?)",
)
_COMPARISON_BEHIND = expression("同期|同月|相比|的?[\\d.]{1,12}(?:亿|万|%)?[^，。；]{0,4}(?:提高|增加|提升)到")

# A year that is a plan's horizon (到2025年, 2026年年底前) says little about when the bulletin was written.
# 2025年前三季度 looks back.
_YEAR_NAMED = expression(
    rf"(?P<year>{_YEAR})(?:年(?P<end>年?[底末]|(?:\d{{1,2}}月[底末]?)?之?前(?![一二两三四五六七八九十\d]{{1,3}}个?[季月批轮]))?"
    r"|[-/.]\d{1,2}[-/.]\d)"
)
_HORIZON = expression(r"(?:计划|预计|将|将于|拟|拟于|力争|确保|有望|争取|预定|定于|剑指|目标|到|至)[^，。；\n]{0,4}\Z")
_LONGEST_HORIZON = 6

# 2022年工作总结和2023年工作打算 is written at the end of 2022.
_REVIEW = expression(
    rf"(?P<year>{_YEAR})年度?(?:重点)?工作(?:总结|情况)(?:报告)?[及和暨与、][^，。；\n]{{0,4}}"
    rf"{_YEAR}年度?(?:重点)?工作(?:打算|计划|安排|思路|要点|谋划)"
)

_REVIEWED = expression("工作(?:总结|情况)")

# What stands further behind says nothing of a bulletin's own time.
_LOOKED_THROUGH = 20_000


def anchor(text: str, published_on: date | None) -> Anchor:
    """The anchor of a bulletin: its date, else the day of the occasion that it opens with, else the year that it names most."""
    if published_on:
        return Anchor(published_on, published_on.year)
    year = _year(text)
    held = _held_on(text, year)
    if held and year and held.year != year:
        held = None
    return Anchor(held, held.year if held else year)


def _year(text: str) -> int | None:
    """The year that a bulletin names most, years of its head counted more and plans less."""
    if _REVIEWED.search(text, 0, 2000) and (review := _REVIEW.search(text, 0, 2000)):
        return year_of(review["year"])
    votes: Counter[int] = Counter()
    horizons: Counter[int] = Counter()
    before = 0
    for match in _YEAR_NAMED.finditer(text, 0, _LOOKED_THROUGH):
        year, start = year_of(match["year"]), match.start()
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
        return int(bare[1]) if bare else None
    # The latest of the years that are named often enough: a look back names the year before more often than the year itself.
    most = max(votes.values())
    return max(year for year, count in votes.items() if 3 * count >= most)


# Minutes and reports of a meeting are told from its day: 2023年5月16日，副县长主持召开调度会，…
_DAY_OF_LINE = (
    rf"(?m:^)[^，。；：\n]{{0,24}}?(?:(?P<year>{_YEAR})年)?(?P<month>{NUMBER})月(?P<day>{NUMBER})日(?:上午|下午|晚上?)?"
)
_HOLDING = expression("(?:召开|举行)(?!的)")
_OCCASION = expression(rf"{_DAY_OF_LINE}，[^。；\n]{{2,60}}?{_HOLDING.pattern}")
_OPENS_WITH_DAY = expression(_DAY_OF_LINE)
_OPENING = 400


def _held_on(text: str, year: int | None) -> date | None:
    """The day of the meeting or ceremony that the first paragraphs tell of; None where later ones open with later days, as in a
    digest of the week."""
    match = _OCCASION.search(text, 0, _OPENING) if _HOLDING.search(text, 0, _OPENING) else None
    held = _day_told(match, year) if match else None
    if match is None or held is None:
        return None
    others = (_day_told(other, held.year) for other in _OPENS_WITH_DAY.finditer(text, match.end(), _LOOKED_THROUGH))
    return None if any(other and other > held for other in others) else held


def _day_told(match: re.Match[str], year: int | None) -> date | None:
    named = year_of(match["year"]) or year
    return day_of(named, small(match["month"]) or 0, small(match["day"]) or 0) if named else None


def times(text: str, start: int, end: int, anchor: Anchor, year: int | None = None) -> list[Time]:
    """The time expressions in text[start:end], in order. `year`: the year that governs the passage (a heading 2022年工作回顾),
    for expressions that name none; the anchor's otherwise."""
    found: list[Time] = []
    governing = year or anchor.year
    position = position_before = start
    told: Time | None = None  # the month of last year that was named last
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
        if governing != (year or anchor.year) and _NOW.search(text, position_before, match.start()):
            governing = year or anchor.year
        position_before = position
        read = _read(match, text, anchor, _still_past(match, text, told, anchor, governing) or governing)
        if read is None:
            continue
        first, last, given = read
        comparison = bool(COMPARISON.search(text, max(start, match.start() - 4), match.start())) or bool(
            _COMPARISON_BEHIND.match(text, match.end())
        )
        found.append(Time(match.start(), match.end(), first, last, comparison, given, _point(match, anchor, governing)))
        if match["relative"] in ("去年", "前年") and match["month"] and first and not comparison:
            told = found[-1]
        if match["year"] and (
            _SINCE.match(text, match.end(), end) or _FOUNDED.search(text, max(start, match.start() - 4), match.start())
        ):
            continue
        if given and first and not comparison and sets_year(text, start, match):
            governing = first.year
        elif given and last and not first and match["year"]:
            governing = governing or last.year
    found.extend(near(text, start, end, anchor, governing))
    found.sort(key=lambda time: time.start)
    return found


# 2022年落户以来, 始建于1961年: the year is where something began, what is told goes on from there.
_EVER_SINCE = expression("[一-鿿]{1,6}以来")
_SINCE = expression(f"{_EVER_SINCE.pattern}|[一-鿿]{{0,2}}(?:成立|创办|创立|组建|建厂|建校|建园|始建|落户|入驻)(?!了)")
_FOUNDED = expression("(?:始建|成立|创办|创立|创建|组建|建成|兴建|落户|建)于$")
# From here on it is told how things stand.
_NOW = expression("眼下|如今|目前|当前|现在|现已")


# Between the two: the month behind is of this year, or of another time altogether.
_AHEAD = expression("[。年将拟要可]|计划|预计|力争|确保|争取|有望")
_NEAR = 12


def _still_past(match: re.Match[str], text: str, told: Time | None, anchor: Anchor, governing: int | None) -> int | None:
    """The year of `told` where a month right behind it is still to come this year (去年9月拿地，11月破土, in April)."""
    first, today = told.first if told else None, anchor.published_on
    month = small(match["month"]) if match["month"] and not (match["year"] or match["relative"]) else None
    if month is None or today is None or told is None or first is None or governing != today.year:
        return None
    between = text[told.end : match.start()] if match.start() - told.end <= _NEAR else "。"
    return first.year if first.month <= month and month > today.month and not _AHEAD.search(between) else None


def _read(match: re.Match[str], text: str, anchor: Anchor, governing: int | None) -> tuple[date | None, date | None, bool] | None:
    """The expression's first and last day and whether it names its year; None where it is no time after all."""
    if match["five"]:
        start_year = 2001 + 5 * ("一二三四五六七".index(match["plan"][1]) - 0) + 5 if match["plan"][1] != "一" else 2006
        if match["five_part"] in ("末", "收官"):
            return None, date(start_year + 4, 12, 31), True
        return date(start_year, 1, 1), date(start_year + 4, 12, 31), True
    if match["iso"]:
        day = day_of(int(match["iy"]), int(match["im"]), int(match["id"]))
        return (None if match["until"] or match["before"] else day, day, True) if day else None
    if match["years"]:
        low, high = year_of(match["y1"]), year_of(match["y2"])
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
        cumulative = match["until"] and (match["relative"] == "今年" or _CUMULATED.match(text, match.end(), match.end() + 16))
        first = date(year, 1, 1) if cumulative else None
    elif match["since2"] or match["since"] or match["year"] and _EVER_SINCE.match(text, match.end()):
        last = anchor.published_on if anchor.published_on and first and anchor.published_on >= first else None
    return first, last, given


# 截至3月末，全县累计完成…; what is to be cumulated by then (到2025年底，力争累计完成…) has no start.
_CUMULATED = expression(f"[，,]?(?:(?!{group('investment', 'aims')})[^，。；]){{0,12}}累计(?!投资|投入)")
# 从23亿元提高到2022年的31亿元, 顺延至11月中旬: 到 belongs to the verb.
_RAISED = expression("(?:顺延|推迟|延期|延后|延迟|推后|提高|增加|增长|上升|提升|扩大|追加|跃升|攀升|下降|减少|降低|[增升降])$")


def _point(match: re.Match[str], anchor: Anchor, governing: int | None) -> date | None:
    if not (match["since2"] or match["since"]) or not match["month"] or match["five"] or match["iso"] or match["years"]:
        return None
    year, _ = _named_year(match, anchor, governing)
    span = _part(match, year, anchor) if year else None
    return span[1] if span else None


def _named_year(match: re.Match[str], anchor: Anchor, governing: int | None) -> tuple[int | None, bool]:
    if match["year"]:
        return year_of(match["year"]), True
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
        return months(year, small(match["m1"]), small(match["m2"]), small(match["m2day"]))
    if match["front"]:
        return months(year, 1, small(match["front"]))
    if match["month"]:
        return _month(match, year, anchor)
    if match["quarter"] or "首季" in match["part"]:
        quarter = small(match["quarter"]) or 1
        first, last = months(year, 3 * quarter - 2, 3 * quarter) or (None, None)
        return (None if match["quarter_end"] else first), last
    if match["quarters"]:
        return months(year, 1, 9 if match["quarters"] == "三" else 6)
    if match["half"]:
        return months(year, 1, 6) if match["half"] == "上" else months(year, 7, 12)
    if match["ye"]:
        if match["ye"] in ("底", "末") and not (match["year"] or match["relative"]):
            return None  # 底 alone is no time
        return None, date(year, 12, 31)
    if match["yb"]:
        if match["yb"] == "初" and not (match["year"] or match["relative"]):
            return None
        return months(year, 1, 1)
    return date(year, 1, 1), date(year, 12, 31)


def _month(match: re.Match[str], year: int, anchor: Anchor) -> tuple[date | None, date | None] | None:
    month = small(match["month"])
    if month is None or not 1 <= month <= 12:
        return None
    if match["day"] and not (match["year"] or match["relative"]) and _of_last_year(year, month, anchor):
        year -= 1
    if match["day"] and match["day2"]:
        first = day_of(year, month, small(match["day"]) or 0)
        last = day_of(year, small(match["month2"]) or month, small(match["day2"]) or 0)
        return (first, last) if first and last else None
    return of_month(year, month, match)


# In the first months of a year a day of its last ones is one of the year before.
_FIRST_MONTHS, _LAST_MONTHS = 2, 11


def _of_last_year(year: int, month: int, anchor: Anchor) -> bool:
    today = anchor.published_on
    return today is not None and today.year == year and today.month <= _FIRST_MONTHS and month >= _LAST_MONTHS
