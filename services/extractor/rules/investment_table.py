"""Sums in tables flattened to text: the unit stands over the table, the metric in the column's head."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from services.contracts import Bound, Metric, Status
from services.extractor.lexicon import last, load
from services.extractor.reading import Draft, Sentence

_HEADER = re.compile("(?:项目|工程|企业)(?:（工程）)?名称|项目（工程）|建设项目\t")
_UNIT = re.compile("(?:单位|（)[:：]?(?P<unit>亿美元|万美元|万元|亿元|百万元|千元|元)")
_COLUMNS = (
    (Metric.COMPLETED_INVESTMENT, re.compile("完成(?:投资|额|情况)|累计完成|已完成|累计投资|完成$")),
    (Metric.ANNUAL_PLANNED_INVESTMENT, re.compile("(?:年|年度|本年|今年|当年)(?:度)?(?:计划|安排|目标|拟)|年度投资|计划完成")),
    (Metric.CONTRACTED_AMOUNT, re.compile("签约|协议|合同")),
    (Metric.FUNDING, re.compile("补助|奖补|资金(?!来源)|补贴|奖励|贷款|债券|授信|需求")),
    (Metric.TOTAL_INVESTMENT, re.compile("总投资|投资额|投资总额|投资规模|投资")),
)
_NOT_MONEY = re.compile("率|比例|占比|%|来源|主体|方式|单位|内容|性质|强度")
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_TOTALS = re.compile("合计|总计|小计|共计|平均")
_NO_FIGURE = re.compile("[-—/]+|无")
# Rows read below one header.
_MOST_ROWS = 500


def _cells(line: str, start: int) -> list[tuple[int, int]]:
    """The cells of a line; strokes that only part columns are none."""
    cells = [(start + m.start(), start + m.end()) for m in re.finditer(r"[^\t\n]+", line)]
    strokes = sum(1 for a, b in cells if line[a - start : b - start].strip() in ("/", "|"))
    return [(a, b) for a, b in cells if not (strokes > 1 and line[a - start : b - start].strip() in ("/", "|"))]


def is_header(sentence: Sentence) -> bool:
    """Is the line the head of a table with a column of sums?"""
    line = sentence.text
    return "\t" in line and "投资" in line and bool(_HEADER.search(line)) and bool(_money_columns(sentence))


def _columns(sentence: Sentence) -> list[tuple[int, int]]:
    return _cells(sentence.text, sentence.start)


def _money_columns(sentence: Sentence) -> dict[int, tuple[Metric, bool]]:
    """Number of each column of sums: its metric, and whether its head words it as a plan (拟补助)."""
    found: dict[int, tuple[Metric, bool]] = {}
    text = sentence.document.text
    for number, (start, end) in enumerate(_columns(sentence)):
        head = text[start:end]
        if _NOT_MONEY.search(head):
            continue
        for metric, pattern in _COLUMNS:
            if pattern.search(head):
                found[number] = (metric, bool(re.match("拟|计划|预计", head)) or metric is Metric.ANNUAL_PLANNED_INVESTMENT)
                break
    return found


def rows(header: Sentence) -> Iterator[Draft]:
    """One report a sum; rows stand on a line each, or a cell a line below the row's number."""
    document = header.document
    text = document.text
    columns = _money_columns(header)
    head = _columns(header)
    factor, currency = _unit(header)
    if factor is None:
        document.note("no_unit", "a table of sums whose unit is not said", header.start, header.end)
        return
    position = header.end
    for _ in range(_MOST_ROWS):
        if position >= len(text):
            return
        stop = text.find("\n", position)
        stop = len(text) if stop < 0 else stop
        line = text[position:stop]
        if _GROUP_HEAD.fullmatch(line):  # 一、续建项目 parts the rows
            position = stop + 1
            continue
        cells = _cells(line, position) if "\t" in line else _stacked(text, position)
        if not cells or len(cells) < 2:
            return
        position = max(stop, cells[-1][1]) + 1
        yield from _row(header, head, columns, cells, factor, currency)


def _unit(header: Sentence) -> tuple[Decimal | None, str]:
    text = header.document.text
    match = _UNIT.search(header.text)
    match = match or last(_UNIT, text, max(0, header.start - 200), header.start)
    if match is None:
        return None, "CNY"
    unit = match["unit"]
    currency = "USD" if unit.endswith("美元") else "CNY"
    return Decimal(load("units")["magnitudes"].get(unit.removesuffix("美元").removesuffix("元"), 1)), currency


_GROUP_HEAD = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）)?[一-鿿]{2,12}(?:（\d{1,3}[个项]）)?\s*"
)
_SERIAL = re.compile(r"\d{1,3}[.、]?|[一二三四五六七八九十]{1,3}、?")


def _stacked(text: str, position: int) -> list[tuple[int, int]]:
    """The cells of a row that has a cell a line, beginning with its number."""
    cells: list[tuple[int, int]] = []
    for _ in range(14):
        stop = text.find("\n", position)
        stop = len(text) if stop < 0 else stop
        serial = _SERIAL.fullmatch(text, position, stop)
        if not cells and not serial or stop - position > 60 or stop == position:
            return cells
        # The next row's number follows a cell of words; a figure of the row itself stands among figures.
        if (
            len(cells) > 2
            and serial
            and not _FIGURE.fullmatch(text, *cells[-1])
            and _next_number(text, cells[0]) == text[position:stop]
        ):
            return cells
        cells.append((position, stop))
        position = stop + 1
        if position >= len(text):
            return cells
    return cells


def _next_number(text: str, cell: tuple[int, int]) -> str:
    number = text[cell[0] : cell[1]].rstrip(".、")
    return str(int(number) + 1) if number.isdigit() else ""


def _row(
    header: Sentence,
    head: list[tuple[int, int]],
    columns: dict[int, tuple[Metric, bool]],
    cells: list[tuple[int, int]],
    factor: Decimal,
    currency: str,
) -> Iterator[Draft]:
    document = header.document
    text = document.text
    worded = [(a, b) for a, b in cells if re.search("[一-鿿]{2}", text[a:b])]
    if not worded or _TOTALS.search(text, *worded[0]):
        return
    name = worded[0]
    for (metric, planned), (start, end) in _aligned(text, head, columns, cells, name):
        figure = text[start:end]
        yield Draft(
            event_type="investment_report",
            start=name[0],
            end=end,
            status=Status.PLANNED if planned else Status.ACTUAL,
            rule="investment.table",
            trigger=(start, end),
            fields={
                "subject": document.page.words(*name),
                "metric": metric,
                "amount": {
                    "value": Decimal(figure.replace(",", "")) * factor,
                    "value_max": None,
                    "currency": currency,
                    "text": document.page.words(start, end),
                    "bound": Bound.EXACT,
                },
                "change_percent": None,
                "plan_percent": None,
                "project_count": None,
                "rankings": [],
            },
            confidence=0.75,
            reasons={"metric": "the column's head", "amount": "the unit stands over the table"},
        )


def _aligned(
    text: str,
    head: list[tuple[int, int]],
    columns: dict[int, tuple[Metric, bool]],
    cells: list[tuple[int, int]],
    name: tuple[int, int],
) -> Iterator[tuple[tuple[Metric, bool], tuple[int, int]]]:
    """Each sum with its column: by number where the row has as many cells as the head, else in order behind the name."""
    if len(cells) == len(head):
        for number, column in columns.items():
            if _FIGURE.fullmatch(text, *cells[number]):
                yield column, cells[number]
        return
    behind = [(a, b) for a, b in cells if a > name[0] and (_FIGURE.fullmatch(text, a, b) or _NO_FIGURE.match(text, a, b))]
    for column, cell in zip(columns.values(), behind, strict=False):
        if _FIGURE.fullmatch(text, *cell):
            yield column, cell


def planned_column(sentence: Sentence, at: int) -> Status | None:
    """What a column's head says of a cell with a unit of its own (拟补助金额 over 补助1200万元); None outside such tables."""
    if "\t" not in sentence.text:
        return None
    cells = _cells(sentence.text, sentence.start)
    number = next((n for n, (a, b) in enumerate(cells) if a <= at < b), None)
    document = sentence.document
    index = sentence.index
    while index > 0 and sentence.index - index < 60:
        index -= 1
        near = document.sentence(index)
        if "\t" not in near.text:
            return None
        if is_header(near):
            column = _money_columns(near).get(number) if number is not None else None
            return None if column is None else Status.PLANNED if column[1] else Status.ACTUAL
    return None
