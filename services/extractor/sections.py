"""The articles and items of a page: where each begins, its title, the office that it is credited to."""

from __future__ import annotations

import re
from functools import cache

from services.extractor.characters import LIST_MARKS
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load
from services.extractor.reading import Section

_MARKS = expression(rf"^[#\s{LIST_MARKS}>+*-]+")
_LEVEL = expression(
    r"^(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|#{1,6} |第[一二三四五六七八九十]{1,3}[章节部分])"
)
_BYLINE = expression(r"（([^（）\n]{2,30})）\s*$")
_AUTHOR = expression(
    r"通讯员|记者|作者|文/|图/|摄|摘自|供稿人|责任编辑|上接|下转|来源|据|完|节选|摘要|摘录|摘登|选登|摘编|全文|\d"
)
# Lines about the page, not of it.
_CHROME = expression(
    r"记者|通讯员|来源|发布(?:时间|日期|单位|：)|编辑|阅读|点击|浏览|字号|分享|首页|打印|供稿|^[（\d][\d年月日:：（）-]*$|^图[①-⑳\d]"
)
# 2025年工作打算, 【2025我们这样干】
_YEAR = expression(
    r"((?:19|20)\d{2})年|^[【“]?((?:19|20)\d{2})(?=[，、：]?(?![家个名户人亩台套辆吨万亿余多元场次项处座条])[一-鿿])"
)
# ★某镇获评2023年度先进, an item of a list: the year is the honour's, not that of what stands below.
_YEAR_OF_ITEM = expression(r"((?:19|20)\d{2})年(?!(?<=[评获选榜得授予过为列身登夺]20\d\d年)度)")
# 开工时间：2022年3月, a line of a sheet
_DAY_OF = expression("[^，。；：]{1,8}(?:时间|日期|年月|工期)：")
# ◆ 下周预告: what stands below it is still to come, up to the next title.
_COMING = expression(r"(?:[下本][周月期]|一周|近期)?(?:[一-鿿]{0,4}预告|提前知道?|抢先看)|下[周期](?!刊)[一-鿿]{0,4}")
_NEXT_YEAR = expression("[明来]年的?(?:工作|重点|打算|计划|安排|目标|思路|展望|主要|任务|[怎如这][么何样]干)")
# 2022，我们继续奔跑！
_CALL = expression(r"[【“]?(?:19|20)\d{2}，[^，。；\d]{2,14}[！】”]?")
# PART 05 | 2026，一起奔赴
_PART = expression(r"(?:PART|Part|NO|No)[. ]{0,2}\d{1,2} ?[|丨：:·] ?")
# What stands below is of other pages.
_BEYOND = expression(r"[—\-=\s]{0,4}(?:往期(?:推荐|回顾|精彩|内容)|相关(?:阅读|链接|新闻)|推荐阅读|延伸阅读|热门推荐|END)")
_LONGEST_TITLE = 46
_BRACKETS = "【】〖〗［］｜|·❶❷❸❹❺❻❼❽❾❿①②③④⑤⑥⑦⑧⑨⑩：: "


def sections(text: str, own_year: int | None = None) -> list[Section]:
    """The sections of a clean text in order; the first begins at 0. `own_year`: the bulletin's, which 明年 in a title is told from."""
    found: list[Section] = []
    title: tuple[int, int] | None = None
    fresh = True  # the next line of text begins a section
    heading_planned: bool | None = None
    coming = ""  # the mark before the title of a preview (◆ 下周预告)
    year: int | None = None
    begin = position = 0
    for raw in text.splitlines(keepends=True):
        start, position = position, position + len(raw)
        line = raw.strip()
        if not line:
            continue
        byline = _BYLINE.fullmatch(line)
        if byline:
            if found and not _AUTHOR.search(byline[1]):
                _credit(found, byline[1])
            begin, fresh, title = position, True, None
            continue
        if _BEYOND.match(line):
            heading_planned, coming, year, begin, fresh, title = None, "", None, start, True, None
        if _is_title(line):
            if not fresh:
                begin, fresh = start, True
            title = (start, start + len(raw.rstrip("\n")))
            if _COMING.fullmatch(_MARKS.sub("", line).strip(_BRACKETS)):
                coming = line[0]
            elif line[0] == coming or line[0] not in LIST_MARKS:  # another mark is an item's
                coming = ""
            named = _year_of(line, own_year)
            if _LEVEL.match(line) or line.startswith("#") or named is not None:
                year = named if named is not None else (year if not _LEVEL.match(line) or line[0] == "（" else None)
                heading_planned = mood(line) if mood(line) is not None or line[0] not in "（" else heading_planned
                if heading_planned is None and named is not None and own_year is not None and _PART.match(_MARKS.sub("", line)):
                    heading_planned = named > own_year or None
            continue
        if line[0] == coming:
            coming = ""
        run_in = _run_in_title(line)
        if run_in:
            if not fresh:
                begin, fresh = start, True
            title = (start, start + run_in)
        if fresh or _MARKS.match(line):
            found.append(Section(begin if fresh else start, title, None, year, bool(heading_planned or coming)))
            fresh = False
        byline = _BYLINE.search(line)
        if byline and line[: byline.start()].rstrip()[-1:] in ("。", "！", "”", "》"):
            if not _AUTHOR.search(byline[1]):
                _credit(found, byline[1])
            begin, fresh, title = position, True, None
    if not found or found[0].start:
        found.insert(
            0,
            Section(
                0, title if not found else None, None, year if not found else None, bool(heading_planned) if not found else False
            ),
        )
    return found


def _year_of(title: str, own_year: int | None) -> int | None:
    """The year that a title names: 2025年工作打算, 【2025这样干】, 明年打算."""
    if _DAY_OF.match(title):
        return None
    plain = _bare(title)
    if title[0] in LIST_MARKS and not _CALL.fullmatch(plain):
        listed = _YEAR_OF_ITEM.search(title)
        return int(listed[1]) if listed else None
    match = _YEAR.search(plain if _CALL.fullmatch(plain) else title)
    if match:
        return int(match[1] or match[2])
    return own_year + 1 if own_year is not None and _NEXT_YEAR.search(title) else None


def _credit(found: list[Section], department: str) -> None:
    last = found[-1]
    found[-1] = Section(last.start, last.title, department, last.year, last.planned)


def _bare(title: str) -> str:
    """Without marks and what numbers it."""
    return _PART.sub("", _MARKS.sub("", title), count=1)


def _is_title(line: str) -> bool:
    plain = _bare(line)
    if _CALL.fullmatch(plain):
        return True
    if not plain or len(plain) > _LONGEST_TITLE or plain[-1] in "。！？；，：、" and not _LEVEL.match(line):
        return False
    if _CHROME.search(plain) or not expression("[一-鿿]{4}").search(plain):
        return False
    if line.startswith("#"):
        return True
    return not expression("[。；]").search(plain) and (bool(_LEVEL.match(line)) or "，" not in plain)


def _run_in_title(line: str) -> int:
    """The length of a headline that runs into its text, parted from it by a blank; 0 where there is none."""
    head, blank, rest = line.partition(" ")
    return len(head) if blank and len(rest) > 20 and 7 <= len(head) <= 60 and not expression("[，。；：]").search(head) else 0


def mood(title: str) -> bool | None:
    """True where a title announces plans, False where it looks back, None where it does neither."""
    actual, planned = _moods()
    if actual.search(title):
        return False
    return True if planned.search(title) else None


@cache
def _moods() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = load("status")["titles"]
    return expression(alternatives(words["actual"])), expression(alternatives(words["planned"]))
