"""What stands over a table and speaks for all of its rows: its title (11月新签约项目一览表)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from services.contracts import Stage, Status
from services.extractor import dates
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.lexicon import group, load
from services.extractor.reading import Document
from services.extractor.table_body import Span
from services.extractor.tables import Table

# How many lines above the heads the title may stand, and how long it may be.
_LINES, _LONGEST = 3, 60
# 单位：万元, 填报单位：县重点办: beside the title, or on a line between it and the heads.
_BESIDE = expression(r"\s?(?:（?(?:填报|填表|报送|制表|金额|计量)?(?:单位|日期|时间|人)：[^，。；：（）\n]{1,14}）?\s?){1,3}$")
_LEAD = expression("[。！？：；↓▼▲◆■]")
_ENDED = ("。", "！", "？")


@lru_cache(maxsize=1)
def _leads() -> re.Pattern[str]:
    return expression(f"{group('tables', 'leads')}[^，。；：！？]{{0,6}}[。！？]$")


def title(document: Document, table: Table) -> Span | None:
    """The line above the heads that says what the table holds, without what leads to it and the unit behind it."""
    text, stop = document.text, table.heads[0][0]
    for _ in range(_LINES):
        stop = text.rfind("\n", 0, stop)
        if stop < 0:
            return None
        start = text.rfind("\n", 0, stop) + 1
        begin = max(start, stop - 2 * _LONGEST)
        beside = _BESIDE.search(text, begin, stop)
        end = beside.start() if beside else stop
        if text.startswith(_ENDED, end - 1) and not _leads().search(text, begin, end):
            return None  # a sentence of its own
        while end > begin and text[end - 1] in "：，。 ":
            end -= 1
        for lead in _LEAD.finditer(text, begin, end):
            begin = lead.end()
        if begin < end:
            return (begin, end) if end - begin <= _LONGEST else None
    return None


def time_in(document: Document, span: Span) -> Time | None:
    """The time that a title, or a column's head, names."""
    found = dates.times(document.text, *span, document.anchor, document.year_at(document.sentence_at(span[0])))
    return next((time for time in found if time.first or time.last), None)


def last_month(time: Time) -> Time | None:
    """The month that the time ends with (5月 of 1—5月)."""
    last = time.last or time.first
    return replace(time, first=last.replace(day=1), last=last) if last else None


@lru_cache(maxsize=1)
def _staged() -> re.Pattern[str]:
    word = group("milestone", "list_stages")
    kinds = f"(?:{group('milestone', 'list_kinds')}{{0,4}})"
    return expression(
        rf"(?P<before>{group('tables', 'titles_to_come')})?(?:新|集中|已|正式){{0,2}}(?P<word>{word})(?:仪式|活动)?的?{kinds}(?:项目|工程)"
        rf"(?:{group('tables', 'titles_end')}|（[^（）]{{1,12}}）|[】）》])*+$"
    )


def stage_of(document: Document, span: Span) -> tuple[Stage, Status] | None:
    """The stage of which the title says that all the rows' projects have reached it, or will; None where it says none."""
    match = _staged().search(document.text, *span)
    if match is None or match["before"] in load("tables")["titles_not_yet"]:
        return None
    return Stage(load("milestone")["list_stages"][match["word"]]), Status.PLANNED if match["before"] else Status.ACTUAL
