"""Accolades in tables flattened to text: one row an honour, columns parted by tabs."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts import Status
from services.extractor.expressions import expression
from services.extractor.reading import Draft, Sentence
from services.extractor.rules import accolade_rows
from services.extractor.rules.accolade_entries import RANK_HEAD, entries, title_of
from services.extractor.rules.accolade_parts import level, patterns
from services.extractor.rules.accolade_ranked import ranked_row
from services.extractor.rules.accolade_titles import is_title
from services.extractor.rules.accolade_winners import of_one_winner
from services.extractor.rules.accolade_words import words
from services.extractor.table_columns import names_project
from services.extractor.tables import row_name

_HEADER = expression(r"名称|序号|单位名称|荣誉|称号|获奖")
_GRANTOR = expression(f"{words('granting_bodies')}$")


_GRADE = expression("(?:国家|省|自治区|市|县|区)级")
# When, of which grade and what rank: no name of anybody.
_BESIDE = expression(
    rf"(?:20\d\d|\d{{1,2}})(?:[年月日./-]\d{{0,2}}){{0,3}}[月日]?|{_GRADE.pattern}|{words('ranks')}|第[一二三四五六七八九十\d]{{1,3}}名|/|—|是|否|无"
)
# A headline beside others: 要闻速览 | 某县入选首批试点
_VERB = expression(words("award", "chosen", "told_alone"))
# A row of honours has its number and a year at most.
_FIGURES = 3


def tells(sentence: Sentence) -> bool:
    """Are the columns headlines, to be read one by one?"""
    return _VERB.search(sentence.text) is not None and not _HEADER.match(sentence.text)


def find(sentence: Sentence) -> Iterator[Draft]:
    """The rows of a table whose heads are known, at its heads. Else a row whose one column is an honour and whose next is who received
    it; with a cell a line, the cell that is an honour."""
    rows = list(accolade_rows.find(sentence))
    yield from rows
    if rows:
        return
    if "\t" not in sentence.text:
        yield from _cell(sentence)
        return
    if won := list(ranked_row(sentence)):
        yield from won
        return
    text, document = sentence.document.text, sentence.document
    columns = [(sentence.start + m.start(), sentence.start + m.end()) for m in expression(r"[^\t\n]+").finditer(sentence.text)]
    worded = [(start, end) for start, end in columns if not expression(r"[\d.、\s]+").fullmatch(text[start:end])]
    if len(columns) - len(worded) >= _FIGURES:
        return  # a row of projects and their sums
    columns = worded
    titles = [i for i, (start, end) in enumerate(columns) if is_title(text, start, end) and not _VERB.search(text, start, end)]
    if not titles or len(columns) < 2 or sum(1 for s, e in columns if _HEADER.search(text[s:e])) > 1:
        return
    if sum(RANK_HEAD.fullmatch(text, *column) is not None for column in columns) > 1:
        return  # 组别 | 一等奖 | 二等奖
    if place := title_of(sentence, *columns[0]) if RANK_HEAD.fullmatch(text, *columns[0]) else None:
        yield from entries(sentence, place, columns[1:], columns[-1][1])  # 二等奖 | 甲镇 | 乙镇
        return
    at = titles[0]
    while at + 1 in titles and at + 2 < len(columns):  # 全市“两优一先” | 优秀共产党员 | 某村
        at += 1
    if names_project(document, columns[at][0]):
        return
    beside = [column for i, column in enumerate(columns) if not titles[0] <= i <= at]
    others = [column for column in beside if not _BESIDE.fullmatch(text[slice(*column)])]
    graded = next((text[slice(*column)] for column in beside if _GRADE.fullmatch(text[slice(*column)])), None)
    ranked = next((column for column in beside if patterns().rank.fullmatch(text[slice(*column)])), None)
    if not others:
        return
    grantors = [column for column in others if _GRANTOR.search(text[slice(*column)])]
    named = [column for column in others if column not in grantors[-1:]] or others[:1]
    grantor = text[slice(*grantors[-1])] if grantors and named != grantors[-1:] else None
    honor = document.page.words(*columns[at])
    receivers = of_one_winner(text, others) or [
        match.span() for match in expression("[^、]+").finditer(text, *named[0])
    ]  # 王某 | 县一中
    for span in receivers:
        yield Draft(
            event_type="accolade",
            start=columns[0][0],
            end=columns[-1][1],
            status=Status.ACTUAL,
            rule="accolade.table",
            trigger=columns[at],
            fields={
                "recipient": document.page.words(*span),
                "recipient_count": None,
                "honor": honor,
                "level": level(text[columns[titles[0]][0] : columns[at][1]], grantor)
                or (level(graded, None) if graded else None),
                "rank": document.page.words(*ranked) if ranked else None,
                "granted_by": grantor,
            },
            confidence=0.7,
        )


# 省级示范牧场（已公布）
_NOTED = expression("（(?:已|拟)?[^（）]{0,4}(?:公布|命名|认定|公示|授牌|获批|发文)）$")


def _cell(sentence: Sentence) -> Iterator[Draft]:
    """The honour that a cell is, given to what its row is about."""
    if len(sentence.clauses) != 1 or (named := row_name(sentence.document, sentence.start)) is None:
        return
    cell = sentence.clauses[0]
    noted = _NOTED.search(cell.text)
    stop = cell.start + noted.start() if noted else cell.end
    if title := title_of(sentence, cell.start, stop):
        yield from entries(sentence, title, [named], cell.end)
