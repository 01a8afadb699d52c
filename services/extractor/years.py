"""The years that govern the sentences of a bulletin which name none: of a look back, of a passage, of this year."""

from __future__ import annotations

from services.extractor.characters import ITEM_OPENING
from services.extractor.expressions import expression
from services.extractor.once import once
from services.extractor.tables import within

_OPENING_YEAR = expression(rf"(?:{ITEM_OPENING})?[^。；]{{0,6}}?((?:19|20)\d{{2}})年(?![前底末内第])")
# 一期预计2024年6月投产, 开工时间：2022年3月, 省厅公布2024年度…名单: the year of one thing, not of what is told next.
_OF_ONE = expression("公布|发布|印发|下达|入选|获|认定|命名|列入|预计|计划|力争|将|拟|有望|确保|争取|(?:时间|日期|年份)[：为]?$")
# 过去的2025年 governs no further than the word of what is to come.
_PAST = expression("过去的?$|回顾$|刚刚过去的?$")
_ONWARD = expression("今年|再看|接下来|下一步|新的一年|[怎如][么何样]{1,2}[干拼做]")
_AHEAD = expression("新的一年|接下来|下一步|[怎如][么何样]{1,2}[干拼做]")
_THIS_YEAR = expression("今年|眼下|如今")
# 各位代表！2024年，…
_ADDRESS = 10
_REVIEWED = expression(r"((?:19|20)\d{2})年(?:度)?[^，。；\n]{0,20}(?:统计公报|年度报告|年鉴|决算报告|大事记)")
# 2024，某县的“土豆花”这样开: the headline of a look back, told in the year after.
_TITLED = expression(r"(?m:^)\s{0,4}(20\d{2})[，：！｜·—]")
_HEAD = 160
# A year governs so many sentences behind the one that it opens.
_REACH = 8


class Years:
    def __init__(self, text: str, bounds: list[int], own: int | None, tables: list[tuple[int, int]]) -> None:
        """`bounds`: where each sentence begins, and the end of the text. `own`: the bulletin's own year. `tables`: their extents."""
        self.text, self.bounds, self.own, self.tables = text, bounds, own, tables
        self._opening: dict[int, tuple[int, bool] | None] = {}

    def at(self, index: int, section_start: int, section_year: int | None) -> int | None:
        """The year that governs sentence `index` of a section: opened with before it in the section, of the section's title, of which
        the bulletin says that it is about it, else its own."""
        for number in range(index - 1, max(-1, index - 1 - _REACH), -1):
            if self.bounds[number] < section_start:
                break
            opened = self._opened(number)
            if opened and self._governs(number, index, *opened):
                return opened[0]
        if self._titled and section_year in (None, self.own) and self.bounds[index + 1] <= self._looks_ahead:
            return self._titled
        return section_year or self._reviewed or self.own

    def _governs(self, number: int, index: int, year: int, past: bool) -> bool:
        """Is the year that sentence `number` opens with still that of sentence `index`? A past one that is named within a line is not
        beyond it, and none is beyond the word of this year."""
        begin, start, end = self.bounds[number], self.bounds[index], self.bounds[index + 1]
        if past and _ONWARD.search(self.text, begin, end):
            return False
        if self.own is None or year >= self.own:
            return True
        within = begin - self.text.rfind("\n", 0, begin) > _ADDRESS
        if within and self.text.find("\n", begin, start) >= 0:
            return False
        return _THIS_YEAR.search(self.text, begin, start) is None

    def _opened(self, number: int) -> tuple[int, bool] | None:
        """The year that a sentence opens with, and whether it is called past."""
        if number not in self._opening:
            begin, end = self.bounds[number], self.bounds[number + 1]
            match = _OPENING_YEAR.match(self.text, begin, end) if self.text.find("年", begin, end) >= 0 else None
            if match and (_OF_ONE.search(self.text, match.start(), match.start(1)) or within(self.tables, begin)):
                match = None
            past = match is not None and _PAST.search(self.text, match.start(), match.start(1)) is not None
            self._opening[number] = (int(match[1]), past) if match else None
        return self._opening[number]

    @once
    def _reviewed(self) -> int | None:
        """The year that the bulletin says it is about (2022年国民经济和社会发展统计公报), whenever it was published."""
        match = _REVIEWED.search(self.text, 0, _HEAD)
        return int(match[1]) if match else None

    @once
    def _looks_ahead(self) -> int:
        """Where the first word of what is to come stands, or the end of the text."""
        match = _AHEAD.search(self.text)
        return match.start() if match else len(self.text)

    @once
    def _titled(self) -> int | None:
        """The year that the headline begins with, where it is the one before the bulletin's own."""
        match = _TITLED.search(self.text, 0, _HEAD)
        year = int(match[1]) if match else None
        return year if year and year + 1 == self.own else None
