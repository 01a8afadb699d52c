"""The articles and items of a page: where each begins, its title, the office that it is credited to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from services.extractor.characters import LIST_MARKS
from services.extractor.expressions import expression, needed
from services.extractor.lexicon import alternatives, load
from services.extractor.reading import Section
from services.extractor.tables import within

_MARKS = expression(rf"^[#\s{LIST_MARKS}>+*-]+")
_LEVEL = expression(
    r"^(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|#{1,6} |第[一二三四五六七八九十]{1,3}[章节部分])"
)
_BYLINE = expression(r"（([^（）\n]{2,30})）\s*$")
_AUTHOR = expression(
    r"通讯员|记者|作者|文/|图/|摄|摘自|供稿人|责任编辑|上接|下转|来源|据|完|节选|摘要|摘录|摘登|选登|摘编|全文|\d"
)
# （单位：万元）: what the figures of the table below are in, no office and no part of the table's title
_OF_UNITS = "单位："
_UNITS = expression("（[^（）]{0,40}单位：[^（）]{1,12}）$")
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
_PART_NAMED = needed(_PART.pattern)
# What stands below is of other pages.
_BEYOND = expression(r"[—\-=\s]{0,4}(?:往期(?:推荐|回顾|精彩|内容)|相关(?:阅读|链接|新闻)|推荐阅读|延伸阅读|热门推荐|END)")
# 县报　2024年12月20日　星期五　第二版: a page of its own
_MASTHEAD = expression(
    r"\t(?:19|20)\d\d年\d{1,2}月\d{1,2}日\t[^。]{0,20}(?:星期[一二三四五六日天]|第[一二三四五六七八九十\d]{1,3}版)"
)
_LONGEST_TITLE = 46
_BRACKETS = "【】〖〗［］｜|·❶❷❸❹❺❻❼❽❾❿①②③④⑤⑥⑦⑧⑨⑩：: "


def sections(text: str, own_year: int | None = None, tables: Sequence[tuple[int, int]] = ()) -> list[Section]:
    """The sections of a clean text in order; the first begins at 0. `own_year`: the bulletin's, which 明年 in a title is told from.
    No line of `tables`, which are given by where they begin and end, is a title."""
    cutter = _Cutter(own_year)
    position = 0
    for raw in text.splitlines(keepends=True):
        start, position = position, position + len(raw)
        if line := raw.strip():
            cutter.line(line, start, start + len(raw.rstrip("\n")), position, within(tables, start))
    return cutter.whole()


class _Cutter:
    """Reads the lines of a text in order; what the titles passed so far say holds for the sections begun below them."""

    def __init__(self, own_year: int | None) -> None:
        self.own_year = own_year
        self.found: list[Section] = []
        self.begin = 0  # where the next section begins
        self.fresh = True  # the next line of text begins a section
        self.title: tuple[int, int] | None = None
        self.planned: bool | None = None  # by the last heading that tells
        self.coming = ""  # the mark before the title of a preview (◆ 下周预告)
        self.year: int | None = None
        self.leveled = False  # was one of the titles directly above a chapter's?
        # What held before the titles directly above, and what is to hold below the table that these are of.
        self.before: tuple[tuple[int, int] | None, int | None, bool | None] = None, None, None
        self.over: tuple[tuple[int, int] | None, int | None, bool | None] | None = None

    def line(self, line: str, start: int, end: int, following: int, of_table: bool) -> None:
        """Take in the line at [start, end), `line` without what surrounds it; `following` is where the next one begins."""
        if of_table:
            self._row()
            return
        if self.over:
            self.title, self.year, self.planned = self.over
            self.begin, self.fresh, self.over = start, True, None
        byline = _BYLINE.search(line) if line.endswith("）") else None
        if byline and byline.start() == 0:
            if _OF_UNITS not in byline[1]:
                self._sign(byline[1], following)
            return
        if _BEYOND.match(line) or "\t" in line and not self.fresh and _MASTHEAD.search(line):
            self.planned, self.coming, self.year, self.title = None, "", None, None
            self.begin, self.fresh = start, True
        if _is_title(line):
            self._open(start)
            self.title = (start, end - len(_units(line)))
            self._announce(line)
            return
        if line[0] == self.coming:
            self.coming = ""
        if run_in := _run_in_title(line):
            self._open(start)
            self.title = (start, start + run_in)
        if self.fresh or _MARKS.match(line):
            self.found.append(self._section(self.begin if self.fresh else start))
            self.fresh = False
        if byline and line[: byline.start()].rstrip()[-1:] in ("。", "！", "”", "》"):
            self._sign(byline[1], following)

    def _row(self) -> None:
        """Take in a line of a table; a title directly above it speaks for the table alone, where it is no chapter's."""
        if not self.fresh:
            return
        self.found.append(self._section(self.begin))
        self.fresh = False
        if not self.leveled and self.title:
            self.over = self.before

    def whole(self) -> list[Section]:
        """What was found; the first section takes in all that stands before it."""
        if not self.found:
            return [self._section(0)]
        return [*([Section(0, None, None, None, False)] if self.found[0].start else []), *self.found]

    def _section(self, start: int) -> Section:
        return Section(start, self.title, None, self.year, bool(self.planned or self.coming))

    def _open(self, start: int) -> None:
        """The next section begins at `start`, or where titles directly above do."""
        if not self.fresh:
            self.begin, self.fresh = start, True
            self.before, self.leveled = (self.title, self.year, self.planned), False

    def _sign(self, byline: str, following: int) -> None:
        """The section read last ends here, credited to whom the byline names unless that is a person or a source."""
        # 区情快报 / （汉文稿）, right below a title: of nothing before it
        if self.found and not (self.fresh and self.title) and not _AUTHOR.search(byline):
            self.found[-1] = replace(self.found[-1], department=byline)
        self.begin, self.fresh, self.title = following, True, None

    def _announce(self, title: str) -> None:
        """Take in what a title says of the time of what stands below it."""
        if _COMING.fullmatch(_MARKS.sub("", title).strip(_BRACKETS)):
            self.coming = title[0]
        elif title[0] == self.coming or title[0] not in LIST_MARKS:  # another mark is an item's
            self.coming = ""
        named, level = _year_of(title, self.own_year), _LEVEL.match(title)
        self.leveled = self.leveled or level is not None or title[0] == "#"
        if not level and not title.startswith("#") and named is None:
            return
        if named is not None or level and title[0] != "（":
            self.year = named
        if (told := mood(title)) is not None or title[0] != "（":
            self.planned = told
        if self.planned is None and named is not None and self.own_year is not None and _PART.match(_MARKS.sub("", title)):
            self.planned = named > self.own_year or None


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


def _bare(title: str) -> str:
    """Without marks and what numbers it."""
    plain = _MARKS.sub("", title)
    return _PART.sub("", plain, count=1) if _PART_NAMED.search(plain) else plain


def _units(title: str) -> str:
    """What its figures are in, where a table's title ends with that: （单位：万元）"""
    match = _UNITS.search(title) if _OF_UNITS in title else None
    return match[0] if match else ""


def _is_title(line: str) -> bool:
    if "\t" in line:
        return False  # a row of a table
    plain = _bare(line).removesuffix(_units(line))
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
