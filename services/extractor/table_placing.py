"""The cells of a row some of which are missing: each under the head where alone it can stand, by what it is and by the cells around it."""

from __future__ import annotations

import re
from functools import lru_cache

from services.extractor.expressions import expression
from services.extractor.lexicon import group
from services.extractor.numbers import BOUND
from services.extractor.table_lines import counts_stage, heads_figures, heads_share, is_period

Span = tuple[int, int]

FIGURE = expression(r"-?\d[\d,]*(?:\.\d+)?%?")
NO_FIGURE = expression(r"[-—–/\\]{1,4}|无|0?")
_SUM = expression(rf"(?:{BOUND})?\d[\d,.]{{0,15}}[百千万亿]{{0,2}}(?:美|欧|日)?元?|[\d.]{{1,8}}[-~—至][\d.]{{1,8}}")
_DAY = expression(
    r"(?:(?:19|20)\d\d(?:年(?:底|末|初)?|[./-]))?(?:\d{1,2}(?:月|[./-]\d{1,2})?)?(?:\d{1,2}日|[上中下]旬|[底末初])?前?|[一二三四]季度|待定|长期"
)
_DAYS = expression("(?:时间|日期|年月|节点|工期|年限)(?:（|$)")
_SHARES = expression("进[度展]|[率比速幅]|%|占|增")
_COUNTS = expression("(?:个数|数量?)(?:（|$)|面积|[位名]次|排[名位]|电话|编号")
_SO_MANY = expression(r"（?共?\d{1,4}[个项](?:项目|工程)?）?")
_FIGURES = expression(
    "投资(?!方|商|主体|企业|单位|人)|资金(?!来源|渠道|性质)|金额|总[量额]|完成|计划|目标|任务|到位|率|比例|增[速幅]|增长|同比|累计"
)


@lru_cache(maxsize=1)
def _prose() -> re.Pattern[str]:
    return expression(group("tables", "prose"))


def of_figures(head: str) -> bool:
    """Does the head stand over figures?"""
    return bool(_FIGURES.search(head)) or heads_figures(head) or counts_stage(head) or is_period(head)


def is_figure(text: str, cell: Span) -> bool:
    """Is the cell a figure, or a dash where one would stand?"""
    return bool(FIGURE.fullmatch(text, *cell) or NO_FIGURE.fullmatch(text, *cell))


def placed(text: str, row: list[Span], heads: list[Span], name: int) -> list[Span | None]:
    """The cells by column, None where there is none or where it may stand in several. The first of the row names it."""
    found: list[Span | None] = [None] * len(heads)
    found[name] = row[0]
    cells, columns = row[1:], heads[name + 1 :]
    while len(cells) > len(columns) and NO_FIGURE.fullmatch(text, *cells[-1]):
        cells = cells[:-1]
    # 合计, 4个: what no column can hold belongs to the name.
    cells = [cell for cell in cells if any(_fits(text[slice(*cell)], text[slice(*head)]) for head in columns)]
    whole = len(cells) <= len(columns)
    if not whole:
        cells = _joined(text, cells)
    fits = [[_fits(text[slice(*cell)], text[slice(*head)]) for head in columns] for cell in cells]
    before, behind = _reached(fits, len(columns)), _reached([line[::-1] for line in reversed(fits)], len(columns))
    for n, cell in enumerate(cells):
        # Where it fits, with room for all that stands before and behind it.
        where = [c for c, fit in enumerate(fits[n]) if fit and before[n][c] and behind[len(cells) - n - 1][len(columns) - c - 1]]
        if len(where) == 1 and (whole or not _is_worded(text, cell)):
            found[name + 1 + where[0]] = cell
    return found


def _is_worded(text: str, cell: Span) -> bool:
    return not is_figure(text, cell) and _SUM.fullmatch(text, *cell) is None


def _joined(text: str, cells: list[Span]) -> list[Span]:
    """The cells with words that stand side by side as one: a width has cut some of them, so that there are more than columns."""
    found: list[Span] = []
    for cell in cells:
        if found and _is_worded(text, found[-1]) and _is_worded(text, cell):
            found[-1] = (found[-1][0], cell[1])
        else:
            found.append(cell)
    return found


def _reached(fits: list[list[bool]], width: int) -> list[list[bool]]:
    """Whether the first n cells have places, in their order, in the first c columns: [n][c]."""
    table = [[True] * (width + 1)]
    for line in fits:
        above, own = table[-1], [False]
        for column in range(width):
            own.append(own[-1] or line[column] and above[column])
        table.append(own)
    return table


def _fits(cell: str, head: str) -> bool:
    """Can the cell stand below the head?"""
    if _SO_MANY.fullmatch(cell):
        return _COUNTS.search(head) is not None
    prose = _prose().search(head) is not None
    if NO_FIGURE.fullmatch(cell):
        return True
    if FIGURE.fullmatch(cell) or _SUM.fullmatch(cell):
        if cell.endswith("%"):
            return heads_share(head) or _SHARES.search(head) is not None
        return of_figures(head) or _COUNTS.search(head) is not None
    if _DAY.fullmatch(cell):
        return prose or _DAYS.search(head) is not None
    return prose or not (of_figures(head) or _DAYS.search(head))
