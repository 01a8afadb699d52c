"""Accolades in tables whose heads say which column names the honour and which one who received it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from services.contracts import Status
from services.extractor.expressions import expression
from services.extractor.lexicon import group, last
from services.extractor.reading import Document, Draft, Sentence
from services.extractor.rules.accolade_drafts import level_of
from services.extractor.rules.accolade_honours import is_named_after_rank
from services.extractor.rules.accolade_parts import level, patterns, recipients
from services.extractor.rules.accolade_words import words
from services.extractor.table_body import NO_FIGURE, TOTALS, Span
from services.extractor.table_columns import day
from services.extractor.table_titles import title
from services.extractor.tables import Table, is_further_head, row_at, table_at

_SOUGHT = expression(f"{words('tentative')}|{group('tables', 'sought')}")
Row = list[Span | None]


class _Columns(NamedTuple):
    """The numbers of the columns."""

    honours: int
    recipients: int
    grantors: int | None
    grades: int | None
    ranks: int | None
    days: int | None


def is_told(sentence: Sentence) -> bool:
    """Is the sentence a head of a table, or a row or a row's cell of one of honours, which is read at its first head?"""
    found = row_at(sentence.document, sentence.start)
    return is_further_head(sentence) or found is not None and _columns(sentence.document, found[0]) is not None


def find(sentence: Sentence) -> Iterator[Draft]:
    """The accolades of the table whose heads the sentence is."""
    table = table_at(sentence)
    columns = _columns(sentence.document, table) if table else None
    if table is None or columns is None:
        return
    named = title(sentence.document, table)
    for row in table.rows:
        yield from _row(sentence, row, columns, named)


def _columns(document: Document, table: Table) -> _Columns | None:
    """The table's columns; None where it is none of honours."""
    return _of_heads(tuple(document.text[a:b] for a, b in table.heads))


@cache
def _of_heads(heads: tuple[str, ...]) -> _Columns | None:
    def number(kind: str) -> int | None:
        # Of these the first in the list goes before others: 姓名 before 单位.
        pattern = expression(f"(?:{group('tables', kind)})(?:（[^（）]{{1,8}}）)?")
        found = [n for n, head in enumerate(heads) if pattern.fullmatch(head)]
        return min(found, key=lambda n: (heads[n] in ("单位", "部门"), n), default=None)

    honours, receiving = number("honours"), number("recipients")
    if honours is None or receiving is None:
        return None
    return _Columns(honours, receiving, number("grantors"), number("grades"), number("ranks"), number("honour_days"))


def _row(heads: Sentence, row: Row, columns: _Columns, named: Span | None) -> Iterator[Draft]:
    document = heads.document
    text, page = document.text, document.page
    cells = [None if number is None else _cell(text, row[number]) for number in columns]
    told, receiving, grantor, grade, place, when = cells
    if told is None or receiving is None or TOTALS.match(text, *receiving):
        return
    honour, rank = _parts(text, told, named)
    if honour is None:
        return
    if rank is None and place and patterns().rank.fullmatch(text, *place):
        rank = place
    granted_by = page.words(*grantor) if grantor else None
    sought = named is not None and _SOUGHT.search(text, *named) is not None
    spans = [span for span in (told, receiving, grantor) if span]
    for recipient in recipients(text, *receiving):
        yield Draft(
            event_type="accolade",
            start=min(a for a, _ in spans),
            end=max(b for _, b in spans),
            status=Status.PLANNED if sought else Status.ACTUAL,
            rule="accolade.table",
            trigger=told,
            fields={
                "recipient": page.words(recipient.start, recipient.end),
                "recipient_count": recipient.count,
                "honor": page.words(*honour),
                "level": level_of(heads, text[slice(*honour)], granted_by)
                or (level(text[slice(*grade)], None) if grade else None),
                "rank": page.words(*rank) if rank else None,
                "granted_by": granted_by,
            },
            period=day(document, when),
            confidence=0.8,
        )


def _cell(text: str, cell: Span | None) -> Span | None:
    """The cell, if anything stands in it."""
    return cell if cell and cell[1] - cell[0] > 1 and not NO_FIGURE.fullmatch(text, *cell) else None


def _parts(text: str, told: Span, named: Span | None) -> tuple[Span | None, Span | None]:
    """The honour and the rank that a cell tells: a rank in a contest (工艺美术大赛金奖), or in the one that the title names."""
    words = text[slice(*told)]
    tail = patterns().rank_tail.search(words)
    if tail is None or is_named_after_rank(words):
        return told, None
    at = told[0] + tail.start()
    if at == told[0]:
        contest = last(patterns().contest, text, *named) if named else None
        return (named[0], contest.end()) if named and contest else None, told
    contest = last(patterns().contest, text, told[0], at)
    return ((told[0], at), (at, told[1])) if contest and contest.end() == at or text[at - 1] in "奖杯”" else (told, None)
