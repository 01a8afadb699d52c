"""The day a bulletin says it was published, from its masthead or its last lines."""

from __future__ import annotations

import re
from datetime import date

_YMD = r"(?P<y>(?:19|20)\d{2})\s*[-年./]\s*(?P<m>\d{1,2})\s*[-月./]\s*(?P<d>\d{1,2})(?!\d)"
# 发布时间：2024-11-29, 发布:2020-09-15, 时间：2023年2月2日
_LABELLED = re.compile(rf"(?:发布|发表|刊发|发稿|更新|公开|印发|成文|生成)?(?:时间|日期|发布|于)[^\d\n]{{0,6}}{_YMD}")
# A line that is nothing but a date: （2009年5月12日）, 2023年2月2日 星期四
_ALONE = re.compile(rf"^[（(【\s]*{_YMD}日?[）)】\s]*(?:星期.)?(?:[\s，]*第?\d*期?)?$", re.MULTILINE)
# 本报7月7日讯 names no year.
_HEAD, _TAIL = 800, 300


def published_on(text: str) -> date | None:
    """The publication date that the clean text states; None where it states none or an impossible one."""
    head = text[:_HEAD]
    for pattern, part in ((_LABELLED, head), (_ALONE, head), (_LABELLED, text[-_TAIL:]), (_ALONE, text[-_TAIL:])):
        for match in pattern.finditer(part):
            try:
                return date(int(match["y"]), int(match["m"]), int(match["d"]))
            except ValueError:
                continue
    return None
