"""The project of the table row or sheet that a sentence is in: its cells apart by tabs, one cell a line, or a label a line."""

from __future__ import annotations

from bisect import bisect_left

from services.extractor.characters import LIST_MARKS
from services.extractor.expressions import expression
from services.extractor.lexicon import last
from services.extractor.names import Name, words
from services.extractor.reading import Document, Sentence
from services.extractor.table_body import Span
from services.extractor.table_columns import builders_column
from services.extractor.tables import Table, extents, row_at, within

_SERIAL = expression(r"\d{1,3}|[一二三四五六七八九十]{1,3}")
_HEADER = expression("项目名称|工程名称|项目（工程）")
# How far above a row its table's header may stand, and how many cells above a cell its row's number.
_TABLE_REACH, _ROW_REACH = 6000, 14
# What begins an item, a caption or a stop of a tour.
ITEM = expression(
    rf"\s{{0,9}}(?:\d{{1,2}}[、.．]|(?:第[一二三四五六七八九十\d]{{1,2}}|首|末|最后一)站[，：、]|(?:观摩点|点位)之?[一二三四五六七八九十\d]{{1,2}}[，：、]|（[一二三四五六七八九十\d]{{1,3}}）|[{LIST_MARKS}·-]|——?|图[①-⑳一二三四五\d]{{0,2}}：?|[①-⑳])"
)


def table_row(sentence: Sentence) -> Name | None:
    """The project of the table row that the sentence is in: its cells apart by tabs, or one cell a line."""
    if "row" not in sentence.memo:
        sentence.memo["row"] = _table_row(sentence)
    return sentence.memo["row"]  # type: ignore[no-any-return]


def _table_row(sentence: Sentence) -> Name | None:
    text = sentence.document.text
    if cell := row_at(sentence.document, sentence.start):
        return _known_row(sentence.document, *cell)
    start = text.rfind("\n", 0, sentence.start) + 1
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    if _LABEL.match(line):
        return _labelled(sentence, start)
    if "\t" in line:
        cells = _cells(line, start)
        return _row(sentence, cells) if len(cells) >= 3 and sentence.end > cells[1][1] else None
    if not 0 < start < len(text) or len(line) > 60 or ITEM.match(line):
        return None
    header, tables = _header_above(sentence.document, start), extents(sentence.document)
    if header is None or within(tables, header) and not within(tables, sentence.start):
        return None  # below a table whose rows are known
    above: list[tuple[int, int]] = []
    stop = start - 1
    for _ in range(_ROW_REACH):
        begin = text.rfind("\n", 0, stop) + 1
        if _SERIAL.fullmatch(text, begin, stop) and above:
            return _row(sentence, [(begin, stop), *reversed(above)])
        if stop - begin > 80 or "。" in text[begin:stop]:
            return None
        above.append((begin, stop))
        if begin == 0:
            return None
        stop = begin - 1
    return None


def _header_above(document: Document, at: int) -> int | None:
    """Where the last head of a column of names above stands, if it is near."""
    if "name heads" not in document.memo:
        document.memo["name heads"] = [match.start() for match in _HEADER.finditer(document.text)]
    starts: list[int] = document.memo["name heads"]
    number = bisect_left(starts, at) - 1
    return starts[number] if number >= 0 and at - starts[number] <= _TABLE_REACH else None


def _known_row(document: Document, table: Table, row: list[Span | None], number: int) -> Name | None:
    """The name in a row of a table whose heads are known; None where the sentence is the cell of the name itself."""
    named, column = row[table.name], builders_column(document, table)
    line = "\t" in document.text[table.heads[0][0] : table.heads[-1][1]]
    if named is None or number == table.name and not line:
        return None
    builder = row[column] if column is not None else None
    said = builder and builder[1] - builder[0] > 1
    return Name(document.page.words(*named), *named, None, document.page.words(*builder) if builder and said else None)


# A sheet about one project: 项目名称：X, a line each for who builds it, what it costs and how far it is.
_LABEL = expression(
    "\\s?(?:(?:计划)?总投资|投资(?:额|规模)?|(?:目前|当前|项目)?(?:状态|现状)|(?:工程|建设|形象|项目|本[周月季]|最新|总体)?(?:进度|进展)(?:情况)?|(?:目前|当前)进展|(?:计划|预计|实际)?(?:开工|竣工|完工|投产)(?:时间|日期)?"
    "|年度(?:计划)?(?:投资)?(?:计划)?|(?:\\d{1,2}[-—至]\\d{1,2}月|今年|年度|已)?(?:累计)?完成投资)："
)
_NAMED = expression(
    "\\s?(?:[一二三四五六七八九十\\d]{1,2}[、.])?(?:项目|工程)(?:名称|[一二三四五六七八九十\\d]{1,2})：(?P<name>[^，。；：\n]{3,40})\n?"
)
_OTHER_LABEL = expression("\\s?[一-鿿\\d—-]{2,12}：")
_BUILDER_LABEL = expression("\\s?(?:建设|业主|实施|承建|投资)(?:单位|主体|方)：(?P<who>[^，。；：\n]{2,30})")


def _labelled(sentence: Sentence, start: int) -> Name | None:
    """The project that the sheet which the line at `start` belongs to is about."""
    text, page = sentence.document.text, sentence.document.page
    builder = None
    for _ in range(_ROW_REACH):
        if start <= 0:
            return None
        stop = start - 1
        start = text.rfind("\n", 0, stop) + 1
        named = _NAMED.match(text, start, stop + 1)
        if named:
            organization = page.words(*builder.span("who")) if builder else None
            return Name(page.words(*named.span("name")), *named.span("name"), None, organization)
        builder = builder or _BUILDER_LABEL.match(text, start, stop)
        if not _OTHER_LABEL.match(text, start, stop):
            return None
    return None


def _cells(line: str, start: int) -> list[tuple[int, int]]:
    cells = []
    for match in expression(r"[^\t]+").finditer(line):
        cells.append((start + match.start(), start + match.end()))
    return cells


def _row(sentence: Sentence, cells: list[tuple[int, int]]) -> Name | None:
    """The first cell with words in it is the project; an office or firm in the next one builds it."""
    text = sentence.document.text
    worded = [(a, b) for a, b in cells if expression("[一-鿿]{3}").search(text[a:b])]
    if not worded or not expression(r"\d").search("".join(text[a:b] for a, b in cells)) or _HEADER.search(text, *worded[0]):
        return None
    a, b = worded[0]
    organization = None
    if len(worded) > 1 and worded[1][1] < sentence.end:
        builds, sites = _next_column(text, a)
        named = not sites and (words().organization.search(text, *worded[1]) or builds and worded[1][1] - worded[1][0] <= 20)
        organization = sentence.document.page.words(*worded[1]) if named else None
    return Name(sentence.document.page.words(a, b), a, b, None, organization)


def _next_column(text: str, row: int) -> tuple[bool, bool]:
    """Does the column next to the names name who builds, or where, by the head of the table above?"""
    head = last(_HEADER, text, max(0, row - _TABLE_REACH), row)
    if head is None:
        return False, False
    return bool(_BUILDERS.match(text, head.end())), bool(_SITES.match(text, head.end()))


_GAP = r"\s{0,4}(?:（[^（）]{1,12}）)?\s{0,4}"
_BUILDERS = expression(_GAP + "(?:建设|业主|投资|实施|承建|项目)(?:单位|主体|方|业主|企业)")
_SITES = expression(_GAP + "(?:建设|项目|所在|实施)?(?:地点|地址|位置|乡镇|地)")
