"""Line ends and blanks of a page: which of them mean something, and what.

Bulletins come wrapped at any width, with an empty line behind every line or behind paragraphs only, with blanks inside words,
and as tables whose columns are parted by blanks.
"""

from __future__ import annotations

from services.extractor.characters import CJK, LIST_MARKS
from services.extractor.expressions import ending, expression
from services.extractor.lexicon import group
from services.extractor.table_edges import EDGE
from services.extractor.table_lines import CellLines, are_heads, is_head
from services.extractor.table_rows import FIGURE, LONGEST_ROW, MARK, Rows
from services.extractor.wrap_lines import FINISHED, TERMINAL, Lines, width_of

_CJK_CHAR = expression(f"[{CJK}]")
# A line of nothing but the end of a word.
_LAST_CHARACTER = expression(f"[{CJK}][ \\t]*\n")
# What begins a new item whatever the line before looks like.
_ITEM_START = expression(
    rf"#|[{LIST_MARKS}][ \t]*[^\s，。；、”]|"
    r"[-+*>][ \t]+\S|[一二三四五六七八九十]{1,3}[、.．]|（[一二三四五六七八九十\d]{1,3}）|\([一二三四五六七八九十\d]{1,3}\)"
    r"|\[(?:图片?|照片|组图|视频)[^\]\n]{0,4}\]"
    r"|\d{1,2}[、]|\d{1,2}[.](?!\d)|[①-⑳]|图[①-⑳一二三四五\d]|[0-2]?\d:[0-5]\d(?!\d)|——|【|\|"
    # 一等奖：张某某: the next of a list of winners
    r"|(?:特等|[一二三四]等|[金银铜]|优秀|优秀组织|优胜)[ \t]?奖(?:（[^（）]{1,8}）)?："
    # 男子组 over them
    r"|[一-鿿]{1,6}组[ \t]*\n[ \t]*(?:[一-鿿]{1,4}[ \t]?奖|[冠亚季]军|第[一二三]名)"
    # 3月　入选…: an entry of a year's chronicle
    r"|\d{1,2}月[ \t]+(?![底初中末份上下至以到前后])[一-鿿]{2}"
    # 建设单位：某公司: a line of a project's sheet
    rf"|(?:{group('tables', 'sheet_labels')}|\d{{1,2}}[-—至]\d{{1,2}}月(?:累计)?完成投资)："
)
# Of these, what nothing but an item begins with, even where a line was cut right before it.
_STRONG_ITEM = expression(
    r"#|[△▲●■◆◇□★☆▪•➢✓](?![，。；、”])|\||（[一二三四五六七八九十]{1,3}）[一-鿿]{4}|[一二三四五六七八九十]{1,3}、[一-鿿]{4}"
)
_BEGINS_WITH = "0123456789（—-"
# A time of day; below a report's title: —2023年1月12日在县第九届人民代表大会第二次会议上—
_LINE_OF_ITS_OWN = expression(
    r"[0-2]?\d[:：][0-5]\d|[（—-]{0,4}(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?[^，。；：]{0,4}在[^，。；：]{4,40}会(?:议)?上[）—-]{0,4}"
)
_LINE_OF_TIME = expression(r"[0-2]?\d[:：][0-5]\d[ \t]*\n")
# No line of its own ends with one of these words.
_UNFINISHED = "正将已和与及的是为把被对从由向"
# 发放贷款近 / 5000万元: nor with one of these before a figure.
_BEFORE_FIGURE = "近约达超逾共至"
_SUM = expression(r"\d[\d.,]{0,9}[余多]?(?:[亿万元个家项户人亩吨名所座处]|公里|平方米|%)")
# 冠 / 军。: the end of a word that a width has cut; 略。 and 无。 are said of a cell, 一。 counts an item.
_END_OF_WORD = expression(f"(?![无略是否有同见另一二三四五六七八九十])[{CJK}][，。；！]")
_OPENING = "，、（“《：—-~"
_CLOSING = "，。、；：）”》%！？"
_NUMBER_TAIL = expression(r"[\d〇一二三四五六七八九十百千万亿.]$")
_NUMBER_HEAD = expression(r"[\d.亿万千百余元年月日号个家项%]")
_DATE_HEAD = expression(r"\d{1,2}月\d{1,2}[日号]|(?:19|20)\d\d年|(?:19|20)\d\d-\d")
# A line this long is never a headline, so that a break after it is only a wrap.
_LONGEST_HEADLINE = 46
_LONGEST_WITH_A_COMMA = 36


class Wrap:
    """Decides what a run of white space means on this page: nothing, the end of a line, a column, a headline's end."""

    def __init__(self, text: str, cell_lines: CellLines, base: int) -> None:
        """`text` begins at `base` of the page that `cell_lines` are of."""
        self.text = text
        self._cell_lines, self._base = cell_lines, base
        lines = self.lines = Lines(text)
        widths = sorted(lines.widths)
        # The width that lines were wrapped at: nine lines of ten are no longer.
        self.width = widths[int(len(widths) * 0.9)] if widths else 0
        # Wrapped prose has its commas and full stops anywhere in the lines; a list of headlines has none.
        marks = text.count("，") + text.count("。") + text.count("、")
        self.wrapped = 12 < self.width <= 50 and lines.unfinished * 2 > len(widths) and marks > 0.6 * len(widths)
        if self.wrapped:
            self.width = max(12.0, widths[len(widths) // 2])
        self.line_start = 0
        # Does the line at line_start go on one that was cut?
        self.goes_on = False
        self._rows = Rows(text, lines)
        # Has the page marks of headings or tables?
        self._marked = "#" in text or "|" in text or EDGE in text

    def separator(self, start: int, end: int) -> str:
        if self.text.find("\n", start, end) >= 0:
            line_start, self.line_start = self.line_start, end
            ends = start != self._rows.joint and self._line_ends(line_start, start, end)
            self.goes_on = not ends
            return "\n" if ends else ""
        return self._inline(start, end)

    def _line_ends(self, line_start: int, start: int, end: int) -> bool:
        text = self.text
        line = text[max(line_start, start - 200) : start].strip("*_ \t")
        if not line or end >= len(text):
            return bool(line)
        in_cells = self._cell_lines.any and self._cell_lines.has(self._base + start)
        if (in_cells or self._rows.columns) and _LAST_CHARACTER.match(text, end):
            return False
        if in_cells:
            return True
        last = line[-1]
        number = self.lines.at(start - 1)
        full = self.lines.is_full(number)
        if last in TERMINAL and not full:
            return True
        below = self._line_from(end)
        if self._marked and self._at_mark(line_start, start, end, line, below) or _heads_columns(below):
            return True
        if start == self._rows.until or line[0] in _BEGINS_WITH and _LINE_OF_ITS_OWN.fullmatch(line):
            return True
        following = text[end : end + 12].lstrip("*_ ")
        if (
            self.lines.is_cut
            and not self.lines.spaced
            and text.count("\n", start, end) > 1
            and not (self.lines.cut[number] and (full or self.lines.widths[number] > _LONGEST_WITH_A_COMMA))
        ):
            return True
        if text[end].isdigit() and _LINE_OF_TIME.match(text, end):
            return True
        if last == "第":
            return False  # 位列全市第 / 一、全省第七
        if full and not _STRONG_ITEM.match(following) and (last not in FINISHED or not _ITEM_START.match(following)):
            return False
        if _ITEM_START.match(following) or last in TERMINAL:
            return True
        return self._looks_ended(number, line, following, below, start, end)

    def _at_mark(self, line_start: int, start: int, end: int, line: str, below: str) -> bool:
        """Is the line or the one below a heading, or of a table, by its mark?"""
        text = self.text
        # A heading's mark before the line, not 1#、 at the end of the one before.
        if "#" in text[max(0, line_start - 8) : line_start].rpartition("\n")[2]:
            return True
        if text[end - 1] in "# " and "#" in text[start:end]:
            return True
        return EDGE in line or EDGE in below or text[line_start : line_start + 1] in "#|"

    def _looks_ended(self, number: int, line: str, following: str, below: str, start: int, end: int) -> bool:
        """Does the line end by what it and the next one are, where nothing plainer tells?"""
        last = line[-1]
        if _DATELINE.fullmatch(line) or _PUBLISHED.match(following) and not MARK.search(line[:-1]):
            return True
        if _UNIT_LINE.search(line) or is_head(line) and is_head(below) or _DASHES.fullmatch(line):
            return True
        if last == "：" and self._is_gap(start, end):
            return True  # a list or a table follows
        if "奖" in following and _RANK_LINE.match(self.text, end) and _OVER_WINNERS.search(line):
            return True  # 某大赛获奖名单, and 一等奖 over the first of them
        if following[:1] and following[0] in _CLOSING or last in _OPENING:
            return False
        if last in "一二三四五六七八九" and following[:1] == "是" or last in _UNFINISHED:
            return False
        if last in _BEFORE_FIGURE and _SUM.match(following) or _END_OF_WORD.match(following):
            return False
        if FIGURE.fullmatch(line) and following[:1].isdigit():
            return True
        if _NUMBER_TAIL.search(last) and _NUMBER_HEAD.match(following) and not _DATE_HEAD.match(following):
            return False
        if _open_bracket(line):
            return False
        if (
            _TIMESTAMP.search(line)
            or _BYLINE_END.search(line)
            and not following.startswith(_NAME_GOES_ON)
            or _CLOSED_BY.match(following)
        ):
            return True
        if self.lines.is_exact and not self.lines.is_nearly_full(number):
            return True
        width = width_of(line)
        if self.lines.cut[number] and "。" in line:
            return False
        if width > _LONGEST_HEADLINE or width >= 0.82 * self.width > 12:
            return False
        return not (self.wrapped and width >= 14 and self._same_column(self.lines.starts[number], end, width))

    def _same_column(self, line_start: int, end: int, width: float) -> bool:
        """Newspaper pages have columns of several widths: a line as wide as one of its neighbours is wrapped like it."""
        before = self.text[max(0, line_start - 120) : line_start].rstrip().rsplit("\n", 1)[-1].strip()
        after = self.text[end : end + 120].split("\n", 1)[0].strip()
        return any(abs(width_of(line) - width) <= 1.5 for line in (before, after))

    def _line_from(self, start: int) -> str:
        return self.text[start : start + LONGEST_ROW].split("\n", 1)[0].strip()

    def _is_gap(self, start: int, end: int) -> bool:
        """An empty line parts paragraphs, unless the page is one whose every wrapped line is followed by one."""
        return not self.wrapped and self.text.count("\n", start, end) > 1

    def _inline(self, start: int, end: int) -> str:
        text = self.text
        if start == 0 or end >= len(text) or text[start - 1] == "\n":
            return ""
        before, after = text[start - 1], text[end]
        joined = before.isascii() and after.isascii() and before.isalnum() and after.isalnum()
        wide = end - start >= 2 or "\t" in text[start:end]
        # Below the heads of columns a row may look like a headline.
        if start >= self._rows.until and (wide or self._rows.columns and not (joined and _thousands(text, start, end))):
            self._rows.is_row(self.line_start, start)
        if start < self._rows.until and not self._rows.is_in_cell(start, end):
            return "" if self._rows.is_drawn_out(start, end) else "\t"
        if (end - start > 1 and _LABELLED.match(text, end)) or _BUILT_BY.match(text, end):
            return " "
        if joined:
            figures = before.isdigit() and after.isdigit() and (_thousands(text, start, end) or self._is_prose(start, end))
            return "" if figures else " "
        if not self.goes_on and _CJK_CHAR.match(before) and _CJK_CHAR.match(after) and self._is_headline(start, end):
            return " "
        return "\t" if not self._rows.columns and self._rows.is_row(self.line_start, start) else ""

    def _is_prose(self, start: int, end: int) -> bool:
        """Do the digits on both sides of one blank stand among words of a sentence, so that they are one number?"""
        text = self.text
        if end - start > 1 or _TIME_OF_DAY.match(text, end) or _TIME_BEFORE.search(text, max(0, start - 5), start):
            return False
        if _YEAR_TAIL.match(text, end) and _YEAR_HEAD.search(text, max(0, start - 4), start):
            return True
        around = text[max(self.line_start, start - 14) : end + 14].split("\n", 1)[0]
        return len(_CJK_CHAR.findall(around)) > 5 and not self._rows.is_row(self.line_start, start)

    def _is_headline(self, start: int, end: int) -> bool:
        """Is what stands between the line's start and this blank a headline, or a date, that the text follows on the same line?

        Prose has stray blanks as well: behind a headline prose begins with a word that opens an article.
        """
        if start - self.line_start > 60:
            return False
        left = self.text[self.line_start : start].strip()
        if not 7 <= len(left) <= 44 or any(c in left for c in "，。；：！？、") or left[-1] in "讯电日" or _open_bracket(left):
            return False
        right = self.text[end : end + 120].split("\n", 1)[0]
        words = expression(r"[，。；：、！？\s]").split(right[:24], maxsplit=1)[0]
        if len(words) < 4 or len(left.split()[-1]) < 4:
            return False
        if _OPENS_ARTICLE.match(right):
            return True
        # ◎X工程完工　总投资1.24亿元的…: a mark may open a headline, a number opens an item.
        stray = _PROSE.search(right) and _STRAY.search(right)
        return not stray and (left[0] in LIST_MARKS and _OPENS_NEWS.match(right) is not None or not _ITEM_START.match(left))


_OPENS_ARTICLE = expression(
    r"今[年天]|本[报网月周]|[近连]日|近[年期]|日前|去年|截至|目前|当前|随着|一季度|上半年|前三季度|新年|\d{1,2}月|\d{1,4}[-—至]?\d{0,2}[年月]|一是|[我全][省市县区州旗]"
)
_OPENS_NEWS = expression(r"总投资|自(?=[今去]年|\d)")
# The year in `2 023年`, `20 23年`.
_YEAR_HEAD = expression(r"(?<!\d)(?:2|20\d?|19\d?)$")
_YEAR_TAIL = expression(r"\d{1,3}年")
_TIME_OF_DAY = expression(r"[0-2]?\d:[0-5]\d")
# 15:05 1-10月
_TIME_BEFORE = expression(rf"(?<!\d){_TIME_OF_DAY.pattern}$")
_PROSE = expression("[，。；]")
_STRAY = expression(rf"[{CJK}\d] [{CJK}\d]")
# `某某（地名）` at a line's end is no byline where a firm's name goes on in the next.
_NAME_GOES_ON = ("有限", "股份", "公司", "集团", "工程", "项目", "基地")
_TIMESTAMP = expression(r"\d[ 日][0-2]?\d[:：][0-5]\d(?:[:：]\d\d)?$")
# The line that says when and by whom a page was published: 发布时间：2025-07-10 来源：县政府办
_PUBLISHED = expression("(?:发布(?:时间|日期)|信息来源|文章来源|来源|日期|时间|作者)：")
_DATELINE = expression(
    rf"(?:{_PUBLISHED.pattern})[^，。；！？\n]{{2,60}}|(?:19|20)\d\d[-/.年]\d{{1,2}}[-/.月]\d{{1,2}}日?(?:\s{{0,3}}[0-2]?\d[:：]\d\d(?:[:：]\d\d)?)?"
)
_RANK_LINE = expression(r"(?:特等|[一二三]等|[金银铜])[ \t]?奖(?:（[^（）\n]{1,8}）)?[ \t]*\n")
_OVER_WINNERS = ending("(?:名单|结果|名次|作品|公示)(?:（[^（）]{1,16}）)?$")
# A cell without a figure, on a line of its own.
_DASHES = expression("[-—–]{1,4}|/")
_BUILT_BY = expression("(?:业主|建设单位|责任单位|施工单位|承建单位|业主单位|投资方)：")
# 填报单位：县重点办　　　填报日期：11月3日
_LABELLED = expression("[一-鿿]{2,6}：")
# 填报单位：…　　单位：万元
_UNIT_LINE = expression(r"单位：\s?(?:[百千万亿]{0,2}(?:美元|元)|人民币[万亿]元)(?:、[一-鿿%]{1,4}){0,3}$")
# （通讯员 某某）; 某某 摄
_BYLINE_END = ending(r"（[^（）]{2,24}）$|[^，。；：]{2,24}(?<!拍)摄$")
_CLOSED_BY = expression(r"（(?:通讯员|记者|本报|文/|图/)")


def _heads_columns(line: str) -> bool:
    """Is the line the heads of a table's columns, parted by blanks?"""
    if (" " not in line and "\t" not in line) or "，" in line or "。" in line:
        return False
    return are_heads([cell for cell in line.split() if cell not in ("/", "|")])


def _open_bracket(line: str) -> bool:
    return line.rfind("（") > line.rfind("）") or line.rfind("“") > line.rfind("”") or line.rfind("《") > line.rfind("》")


def _thousands(text: str, start: int, end: int) -> bool:
    """`76 000`: a blank as the thousands separator, or a stray one around a decimal point (`30. 6` is no such pair)."""
    left = expression(r"(?<![\d.])\d{1,3}(?: \d{3}){0,4}$").search(text[max(0, start - 16) : start])
    right = expression(r"\d{3}(?![\d])(?:\s{0,24}\d{3}(?!\d)){0,8}\s{0,24}[余多]?\s{0,24}[万亿元个户人亩]").match(
        text[end : end + 24]
    )
    return bool(left and right)
