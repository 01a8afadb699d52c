"""Publisher and date of a bulletin, where its own text says them: in its head, its labels (来源：, 发布时间：) or its signature.

Nothing is guessed: what is not plainly said is None. Neither the machine's clock nor a file's time is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Final, NamedTuple

_HEAD_LINES: Final = 14
_TAIL_LINES: Final = 6
# Of a line this long only the beginning is looked at: it is running text, and texts of one endless line exist.
_LONGEST_LINE: Final = 100
_LONGEST_MASTHEAD: Final = 80
_ENDS_CHARACTERS: Final = 4000

_DIGITS: Final = {character: digit for digit, group in enumerate(("〇○零", *"一二三四五六七八九")) for character in group}
_NUMERALS: Final = "".join(_DIGITS) + "十"
_DATE: Final = re.compile(
    rf"(?P<year>(?:19|20)\s?\d\d|[一二][{_NUMERALS}]{{3}})\s*"
    rf"(?:年\s*(?P<month>\d{{1,2}}|[{_NUMERALS}]{{1,3}})\s*月\s*(?P<day>\d{{1,2}}|[{_NUMERALS}]{{1,3}})\s*[日号]"
    r"|(?P<mark>[-/.])(?P<month2>\d{1,2})(?P=mark)(?P<day2>\d{1,2})(?!\d))"
)
_TIME: Final = r"(?:[T\s]*\d{1,2}\s*[:时]\s*\d{1,2}(?::\d{1,2}(?:\.\d+)?)?分?)?(?:Z|[+-]\d\d:?\d\d)?"
_TIME_OF_DAY: Final = re.compile(_TIME)
_DATED: Final = re.compile(_DATE.pattern + _TIME)
_REMARK: Final = re.compile(
    r"总?第\s*\d+\s*期|\([^()]*\)|【[^】]*】|\[[^\]]*\]|星期[一二三四五六日天]|(?:阅读|浏览|点击)(?:次数)?:\s*\d+次?"
)
_YEAR_BEGINS: Final = re.compile("19|20|[一二]")
_SENTENCE: Final = re.compile(r"[。,;!?]")

_HALF_WIDTH: Final = tuple(zip("：（），；！？｜－／．　", ":(),;!?|-/. ", strict=True))
_WIDE_DIGIT: Final = re.compile("[０-９]")
_HALF_WIDTH_DIGITS: Final = {ord("０") + digit: str(digit) for digit in range(10)}

_DATE_LABEL: Final = re.compile(
    r"(?:发布|發佈|發布|发表|發表|更新|成文|生成|公开|公布|发文|印发|印發|填报|填報)(?:时间|時間|日期)?[于於]?\s*:\s*"
)
_PLAIN_DATE_LABEL: Final = re.compile(r"(?<![一-鿿])(?:时间|時間|日期)\s*:\s*")
_PUBLISHER_LABEL: Final = re.compile(
    r"(?<![一-鿿])(?:(?:信息|文章|稿件)?来源|稿源|发布(?:单位|机构)|主办(?:单位)?|编发|填报单位)\s*:\s*(?P<name>[^\s|:【\[]{2,40})"
)
_CONTRIBUTOR_LABEL: Final = re.compile(r"(?<![一-鿿])(?:供稿(?:单位)?|作者)\s*:\s*(?P<name>[^\s|:【\[()]{2,40})")
_NO_PUBLISHERS: Final = frozenset({"本站", "本网", "本报", "原创", "互联网", "网络", "未知", "佚名", "其他", "转载"})
_NEXT_LABEL: Final = re.compile(r"(?:时间|日期|作者|编辑|责编|点击|阅读|浏览|字体|字号|发布).*")
_OFFICE_END: Final = (
    r"(?:人民政府(?:办公室|网站?)?|政府(?:办公室|网站?)|融媒体?(?:中心)?|委员会(?:办公室)?|[省市县区旗]委(?:办公室|宣传部)|管委会"
    r"|指挥部(?:办公室)?|[局厅署]|办公室|日报社?|晚报社?|电视台|广播电视台|新闻网|新闻中心|气象台|服务中心|统计局[一-鿿]{2,4}股)"
)
_OFFICE: Final = re.compile(rf"[一-鿿·()]{{1,30}}?{_OFFICE_END}")
_OFFICE_WITHIN: Final = re.compile(_OFFICE_END)
_EDITED: Final = re.compile(r"(?:主办|编印|印发|编发|编)$")


class Line(NamedTuple):
    """`text`: half-width, white space made single blanks. `raw`: as it stands. `number`: its place among its neighbours."""

    text: str
    raw: str
    number: int


def frame(text: str) -> tuple[list[Line], list[Line]]:
    """The first and the last lines of a text that are not empty; a short text has no last lines."""
    if len(text) > _ENDS_CHARACTERS:
        # Whatever stands between the ends does not matter; a line that is cut there is none of the first or last ones.
        text = f"{text[: _ENDS_CHARACTERS // 2]}\n{text[-_ENDS_CHARACTERS // 2 :]}"
    lines = text.split("\n")
    head = _filled(enumerate(lines), _HEAD_LINES)
    used = head[-1][0] if head else len(lines)
    tail = _filled(zip(range(len(lines) - 1, used, -1), reversed(lines), strict=False), _TAIL_LINES)
    # All at once: a call for each line would take most of the time.
    unified = half_width("\n".join(raw for _, raw in head + tail)).split("\n")
    found = [Line(" ".join(line.split()), raw, number) for (number, raw), line in zip(head + tail, unified, strict=True)]
    return found[: len(head)], found[: len(head) - 1 : -1]


def _filled(lines: Iterable[tuple[int, str]], most: int) -> list[tuple[int, str]]:
    filled = ((number, short) for number, line in lines if line and (short := line[:_LONGEST_LINE].strip()))
    return list(islice(filled, most))


def half_width(text: str) -> str:
    """With ASCII's punctuation and digits in place of their full-width forms; the length stays."""
    for wide, narrow in _HALF_WIDTH:
        text = text.replace(wide, narrow)
    return text.translate(_HALF_WIDTH_DIGITS) if _WIDE_DIGIT.search(text) else text


def find_publisher(head: list[Line], tail: list[Line]) -> str | None:
    """The label's, else the one office that the head or the signature names."""
    return _labelled_publisher(head, tail) or _office_in_head(head) or _signature(tail)


def find_date(text: str, *, whole: bool = False) -> date | None:
    """The first full date in half-width text; with `whole` only where the text is nothing but a date and a time of day."""
    if whole:
        text = half_width(text).strip(" ()")
        found = _DATE.match(text)
        return _day(found) if found and _TIME_OF_DAY.fullmatch(text, found.end()) else None
    for found in _DATE.finditer(text):
        if day := _day(found):
            return day
    return None


def is_masthead(line: str) -> bool:
    """A line that belongs to the frame of the page: an office, a date, an issue, labels. `line` is half-width."""
    if _is_label_line(line) or _office(line) is not None or re.fullmatch(r"[()\s]*(?:总?第\s*[\d一-鿿]{1,6}\s*期[()\s]*)+", line):
        return True
    return len(line) <= _LONGEST_MASTHEAD and _stamp(line) is not None


def _is_label_line(line: str) -> bool:
    if ":" not in line:
        return False
    return bool(_DATE_LABEL.search(line) or _PLAIN_DATE_LABEL.search(line) or _PUBLISHER_LABEL.search(line) or "索引号" in line)


def find_publication_date(head: list[Line], tail: list[Line]) -> date | None:
    """The labelled date, else the date that stands by itself in the head or the signature."""
    labels = [_DATE_LABEL]
    # An appointment's 时间： is not the text's, unless the text is what was said there.
    if any(_RECORD.search(line.text) for line in head) or not any("地点" in line.text for line in head):
        labels.append(_PLAIN_DATE_LABEL)
    for label in labels:
        for line in head:
            if ":" in line.text and (found := label.search(line.text)) and (day := _begins(line.text[found.end() :])):
                return day
    for line in (*head, *reversed(tail)):
        if day := _stamp(line.text):
            return day
    for line in (*reversed(tail), *head):
        if day := _printed(line.text):
            return day
    return None


# What was said there, no notice of what is to be.
_RECORD: Final = re.compile("(?:实录|實錄|文字稿|文字版|座谈会发言|发言摘要)(?!.{0,12}(?:通知|预告|邀请|公告))")
# 原载《某某日报》2023年11月2日, 2024年8月27日第3版
_PRINTED: Final = re.compile(r"\([^()]{0,20}?(?:《[^《》]{2,12}[报刊]》|原载|刊于|\d版)[^()]{0,20}\)")


def _printed(line: str) -> date | None:
    """The date in a bracket that says in which newspaper the text was printed, at the end of a line."""
    found = _PRINTED.search(line[-60:])
    dated = _DATE.search(found[0]) if found else None
    return _day(dated) if dated else None


def _begins(text: str) -> date | None:
    found = _DATE.match(text)
    return _day(found) if found else None


def _stamp(line: str) -> date | None:
    """The date of a line that is no sentence and in which the date stands by itself: `某某局 2023年9月18日`, `(2009年5月12日)`."""
    if len(line) > _LONGEST_MASTHEAD or _SENTENCE.search(line) or not _YEAR_BEGINS.search(line):
        return None
    for found in _DATE.finditer(line):
        before, after = line[: found.start()].rstrip(), line[found.end() :]
        time = _TIME_OF_DAY.match(after)
        after = after[time.end() :] if time else after
        alone_before = not before or line[found.start() - 1] in " ()|·】]编"
        alone_after = not after.strip() or after[0] in " ()|·【["
        if alone_before and alone_after and (day := _day(found)) and _short_words(f"{before} {after}"):
            return day
    return None


def _short_words(rest: str) -> bool:
    """A headline is one long run; a masthead is names and labels."""
    return all(len(word) <= 20 or ":" in word or _office(word) for word in re.split(r"[\s|·]+", rest))


def names_a_publisher(text: str) -> str | None:
    """The name in the value of a tag that names a source, with or without a label before it; None for `本站` and the like."""
    text = " ".join(half_width(text[:_LONGEST_LINE]).split())
    return _labelled(_PUBLISHER_LABEL, text if ":" in text else f"来源:{text}")


def _labelled_publisher(head: list[Line], tail: list[Line]) -> str | None:
    for line in (*head, *tail):
        if name := _labelled(_PUBLISHER_LABEL, line.text):
            return name
    for line in (*head, *tail):
        name = _labelled(_CONTRIBUTOR_LABEL, line.text)
        # People contribute too, and 办公室 alone names nobody.
        if name and name != "办公室" and _office(name):
            return name
    return None


def _office_in_head(head: list[Line]) -> str | None:
    return next((name for line in head[:8] if (name := _office_of(line.text))), None)


def _signature(tail: list[Line]) -> str | None:
    """The office on the line of the date, or on the line before it."""
    for place, line in enumerate(tail):
        if _stamp(line.text):
            return _office_of(line.text) or (_office(tail[place - 1].text) if place else None)
    return None


def _labelled(label: re.Pattern[str], line: str) -> str | None:
    if ":" not in line:
        return None
    for found in label.finditer(line):
        name = _NEXT_LABEL.sub("", found["name"]).strip("·-_,")
        if len(name) >= 2 and name not in _NO_PUBLISHERS:
            return name
    return None


def _office_of(line: str) -> str | None:
    """The one office on a line that holds nothing else but a date, an issue and remarks; None where there are two."""
    if len(line) > _LONGEST_MASTHEAD or _SENTENCE.search(line) or not _OFFICE_WITHIN.search(line):
        return None
    rest = _REMARK.sub(" ", _DATED.sub(" ", line))
    if ":" in rest:
        return None
    words = [word for word in re.split(r"[\s|]+", rest) if word]
    return _office(words[0]) if len(words) == 1 else None


def _office(word: str) -> str | None:
    word = _EDITED.sub("", word)
    return word if len(word) <= 40 and _OFFICE.fullmatch(word) and "关于" not in word else None


def _day(found: re.Match[str]) -> date | None:
    year, month, day = (
        _number(found["year"]),
        _number(found["month"] or found["month2"]),
        _number(found["day"] or found["day2"]),
    )
    if not 1949 <= year <= 2100:
        return None
    try:
        return date(year, month, day)
    except ValueError:  # the thirteenth month of a misprint
        return None


def _number(text: str) -> int:
    text = text.replace(" ", "")
    if text.isdecimal():
        return int(text)
    if "十" in text:
        tens, ones = text.split("十", 1)
        return 10 * (_DIGITS.get(tens, 1) if tens else 1) + (_DIGITS.get(ones, 0) if ones else 0)
    return int("".join(str(_DIGITS[character]) for character in text))
