"""Rows of winners, with a rank in the first or the last cell: 一等奖 《某作品》 张某 县一中, 张某 男子铅球 第一名."""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.expressions import expression
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_entries import RANK_HEAD, entries, title_of
from services.extractor.rules.accolade_names import cells
from services.extractor.rules.accolade_winners import Kind, Span, kind, of_one_winner

# Its number in the list, its points, how fast or far: 11秒02, 1米62, 3分12秒5
_FIGURE = expression(r"[\d.、]{1,8}(?:(?:分|秒|米|环|公斤|次|个)\d{0,3}){0,2}")


def ranked_row(sentence: Sentence) -> Iterator[Draft]:
    """Those who have won by the line; nothing where a cell of it is anything else."""
    document, clauses = sentence.document, sentence.clauses
    text = document.text
    # 单项方面：张某 …; 经专家评审，现将结果公布如下：, the row on the line below
    led = next((n for n, clause in enumerate(clauses[:-1], 1) if clause.mark == "：" and (n == 1 or _leads_on(clause))), 0)
    start = clauses[led].start
    row = [cell for cell in cells(document, start, clauses[-1].end) if not _FIGURE.fullmatch(text, *cell)]
    if len(row) < 2 or sum(RANK_HEAD.fullmatch(text, *cell) is not None for cell in row) > 1:
        return  # 项目 一等奖 二等奖: heads
    if RANK_HEAD.fullmatch(text, *row[-1]):
        rank, others = row[-1], row[:-1]
        winners = of_one_winner(text, others) or _alike(text, others) or None
    elif RANK_HEAD.fullmatch(text, *row[0]):  # 二等奖 甲镇 乙镇: each of one kind has won
        rank, others = row[0], row[1:]
        winners = of_one_winner(text, others) or len(others) > 1 and _alike(text, others) or None
    else:
        return
    if winners and (title := title_of(sentence, *rank)):
        yield from entries(sentence, title, winners, clauses[-1].end)


def _leads_on(clause: Clause) -> bool:
    return clause.text.endswith("如下")


def _alike(text: str, others: list[Span]) -> list[Span]:
    """The cells, where all of them are persons, or bodies, or works."""
    kinds = {kind(text, *cell) for cell in others}
    return others if len(kinds) == 1 and kinds <= {Kind.PERSON, Kind.BODY, Kind.WORK} else []
