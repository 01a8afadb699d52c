"""The day a bulletin says it was published, from its masthead or its last lines."""

from __future__ import annotations

import re
from datetime import date

from services.extractor.numbers import chinese

_YMD = r"(?P<y>(?:19|20)\d{2})\s*[-年./]\s*(?P<m>\d{1,2})\s*[-月./]\s*(?P<d>\d{1,2})(?!\d)"
# 发布时间：2024-11-29, 发布:2020-09-15, 时间：2023年2月2日
_LABELLED = re.compile(rf"(?:发布|发表|刊发|发稿|更新|公开|印发|成文|生成)?(?:时间|日期|发布|于)[^\d\n]{{0,6}}{_YMD}")
# A line that is nothing but a date: （2009年5月12日）, 2023年2月2日 星期四
_ALONE = re.compile(rf"^[（(【\s]*{_YMD}日?[）)】\s]*(?:星期.)?(?:[\s，]*第?\d*期?)?$", re.MULTILINE)
# A short line without a sentence in it that names a day: 某市政府办公室 2023年9月18日, 要闻 2024-05-29 10:02, 二〇一八年五月二十五日.
_LINE = re.compile(rf"^[^。，；\n]{{0,50}}?{_YMD}[^。，；\n]{{0,60}}$", re.MULTILINE)
_NUMERAL = "[〇○零一二三四五六七八九十]"
_WRITTEN = re.compile(
    rf"^[^。，；\n]{{0,50}}?(?P<y>[一二]{_NUMERAL}{{3}})年(?P<m>{_NUMERAL}{{1,2}})月(?P<d>{_NUMERAL}{{1,3}})[日号][^。，；\n]{{0,30}}$", re.MULTILINE
)
# 本报7月7日讯 names no year.
_HEAD, _TAIL, _MASTHEAD = 800, 300, 400


def published_on(text: str) -> date | None:
    """The publication date that the clean text states; None where it states none or an impossible one."""
    head, masthead, tail = text[:_HEAD], text[:_MASTHEAD], text[-_TAIL:]
    places = ((_LABELLED, head), (_ALONE, head), (_LINE, masthead), (_WRITTEN, masthead), (_LABELLED, tail), (_ALONE, tail), (_WRITTEN, tail))
    for pattern, part in places:
        for match in pattern.finditer(part):
            try:
                return date(*(_number(match[name]) for name in ("y", "m", "d")))
            except ValueError:
                continue
    return None


def _number(text: str) -> int:
    value = int(text) if text.isdigit() else chinese(text)
    return int(value or 0)
