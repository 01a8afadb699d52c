"""The title of a bulletin: a Markdown heading, or the first line that stands as a headline."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Final

from services.watcher.masthead import Line, half_width, is_masthead

_SHORTEST: Final = 4
_LONGEST: Final = 60
# What the page around a bulletin says, and who wrote it.
_CHROME: Final = re.compile(
    r">|首页|首頁|您现在的位置|当前位置|字体|字号|打印|阅读次数|浏览次数|分享到|新闻中心$|正文$|政策库$|^\d+$|责任编辑|美编|\d版|·\s*要闻|专版|频道"
)
_BYLINE: Final = re.compile(r"记者|通讯员|^作者|^文/|^图/|^■|^□")
_ITEM: Final = re.compile(
    r"[△▲●■◆◇○□★☆▪•➢✓\-*+]|[一二三四五六七八九十]{1,3}、|\([一二三四五六七八九十\d]+\)|\d{1,2}[.、]|\d{1,2}:\d\d"
)
_SENTENCE: Final = re.compile(r"[。;；]|[,，、:：]$")
# The last word of an official document's title: where a title was wrapped, the next line ends with it.
_KIND: Final = re.compile(
    r"(?:通报|通知|报告|汇报|意见|方案|公告|公示|决定|情况|专报|简报|答复|措施|办法|一览表|清单|总结)(?:\(.*\))?$"
)
_RUNS_ON: Final = re.compile(r"(?:暨|及|和|与|的|、)$")


def find_title(head: list[Line]) -> str | None:
    """The title among the first lines, white space made single blanks, Markdown signs left out; None where none is plain."""
    return _markdown(head) or _first_headline(head)


def _markdown(head: list[Line]) -> str | None:
    headings = [(line, _clean(line.raw)) for line in head if re.match(r"#{1,3}\s*[^#\s]", line.raw)]
    headings = [(line, title) for line, title in headings if len(title) >= _SHORTEST]
    for line, title in headings:
        # A page of a newspaper that belongs to an office carries its name above the headline.
        name_only = line is not headings[-1][0] and (
            is_masthead(half_width(title)) or title.endswith(("开发区", "街道", "镇", "乡"))
        )
        if not name_only:
            return title
    return None


def _first_headline(head: list[Line]) -> str | None:
    for line, following in zip_longest(head, head[1:]):
        text = line.text
        if _ITEM.match(text):
            return None  # items begin: what follows are theirs
        if _CHROME.search(text) or _BYLINE.search(text) or is_masthead(text):
            continue
        title = _clean(line.raw)
        if len(title) > _LONGEST or _SENTENCE.search(text) or _runs_into_text(line, following):
            return _before_the_text(title)
        if len(title) >= _SHORTEST:
            return _joined(title, line, following) if following else title
    return None


def _runs_into_text(line: Line, following: Line | None) -> bool:
    """Is it the first line of a wrapped paragraph? A headline may have a comma, but then an empty line or the masthead follows."""
    if "," not in line.text:
        return False
    if _before_the_text(_clean(line.raw)):
        return True
    return following is not None and following.number == line.number + 1 and not is_masthead(following.text)


def _before_the_text(line: str) -> str | None:
    """The headline of a line on which the text follows it: `我区加快建设甲产业集群 今年以来，以`."""
    title, _, text = line.partition(" ")
    plain = 10 <= len(title) <= 44 and not re.search(r"[，,。；;：:！!？?、]", title)
    return title if plain and re.search("[，,。]", text) else None


def _joined(title: str, line: Line, following: Line) -> str:
    """A title that was wrapped once, whole again."""
    next_line = following.text
    adjacent = following.number == line.number + 1 and len(next_line) <= _LONGEST
    fits = not (_SENTENCE.search(next_line) or _ITEM.match(next_line) or is_masthead(next_line) or _CHROME.search(next_line))
    wrapped = _RUNS_ON.search(title) or (_KIND.search(next_line) and not _KIND.search(half_width(title)))
    if adjacent and fits and wrapped and not next_line.startswith("--"):
        return title + _clean(following.raw)
    return title


def _clean(raw: str) -> str:
    title = " ".join(re.sub(r"^#+\s*|\*\*|__|_[^_]{2,20}网$", "", raw).split())
    words = title.split(" ")
    # Letter-spaced: `库 车 动 态`.
    return "".join(words) if len(words) > 2 and all(len(word) == 1 for word in words) else title
