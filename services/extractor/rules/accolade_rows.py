"""Accolades in tables whose heads say which column names the honour and which one who received it."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts import Status
from services.extractor import dates
from services.extractor.expressions import expression
from services.extractor.lexicon import group, last
from services.extractor.reading import Draft, Sentence
from services.extractor.rules.accolade_drafts import level_of
from services.extractor.rules.accolade_entries import RANK_HEAD, title_of
from services.extractor.rules.accolade_honours import is_named_after_rank
from services.extractor.rules.accolade_parts import level, patterns, recipients
from services.extractor.rules.accolade_words import words
from services.extractor.table_body import TOTALS, Span
from services.extractor.table_columns import HonourColumns, day, honour_columns, names_project, of_honours
from services.extractor.table_placing import NO_FIGURE
from services.extractor.table_titles import title
from services.extractor.tables import is_further_head, table_at

_SOUGHT = expression(f"{words('tentative')}|{group('tables', 'sought')}")
Row = list[Span | None]


def is_told(sentence: Sentence) -> bool:
    """Is the sentence a head of a table, a row or a row's cell of one of honours, which is read at its first head, or the name of a
    project in one of projects?"""
    document, start = sentence.document, sentence.start
    named = "\t" not in sentence.text and names_project(document, start)
    return named or is_further_head(sentence) or of_honours(document, start)


def find(sentence: Sentence) -> Iterator[Draft]:
    """The accolades of the table whose heads the sentence is."""
    table = table_at(sentence)
    columns = honour_columns(sentence.document, table) if table else None
    if table is None or columns is None:
        return
    named = title(sentence.document, table)
    # What stands left of the honours, or of those who received them, may be written once for several rows.
    last = max(columns.honours, columns.recipients)
    carried = [n for n in (columns.grades, columns.honours, columns.recipients) if n is not None and n < last]
    above: dict[int, Span | None] = {}
    for row in table.rows:
        whole = [above.get(n, cell) if n in carried and cell and cell[0] == cell[1] else cell for n, cell in enumerate(row)]
        above = {n: whole[n] for n in carried}
        yield from _row(sentence, whole, columns, named)


def _row(heads: Sentence, row: Row, columns: HonourColumns, named: Span | None) -> Iterator[Draft]:
    document = heads.document
    text, page = document.text, document.page
    cells = [None if number is None else _cell(text, row[number]) for number in columns[:-1]]
    told, receiving, grantor, grade, place, when, state = cells
    if told is None or receiving is None or TOTALS.match(text, *receiving):
        return
    honour, rank = _parts(heads, told, named)
    if honour is None or rank is None and columns.of_ranks:
        return  # 优秀 below 考核等次
    if rank is None and place and patterns().rank.fullmatch(text, *place):
        rank = place
    granted_by = page.words(*grantor) if grantor else None
    sought = named is not None and _SOUGHT.search(text, *named) is not None
    status = _status(text[slice(*state)]) if state else Status.PLANNED if sought else Status.ACTUAL
    if status is None:
        return
    since = [time for time in dates.times(text, *state, document.anchor) if time.first or time.last] if state else []
    spans = [span for span in (told, receiving, grantor, state) if span]
    for recipient in recipients(text, *receiving):
        yield Draft(
            event_type="accolade",
            start=min(a for a, _ in spans),
            end=max(b for _, b in spans),
            status=status,
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
            period=day(document, when) or next(iter(since), None),
            confidence=0.8,
        )


# 落选, 未通过; 落选，2026年再申报 is sought again.
_DENIED = expression(words("denied"))
_TRYING = expression(f"{words('tentative')}|{words('wishes')}|正在|再次?申|[中前]$")
_DONE = expression("(?<!未)(?:已|成功)")


def _status(state: str) -> Status | None:
    """What the cell of how far an honour is says; None where it was not got."""
    if _TRYING.search(state) and not _DONE.search(state):
        return Status.PLANNED
    return None if _DENIED.search(state) else Status.ACTUAL


def _cell(text: str, cell: Span | None) -> Span | None:
    """The cell, if anything stands in it."""
    return cell if cell and cell[1] - cell[0] > 1 and not NO_FIGURE.fullmatch(text, *cell) else None


def _parts(heads: Sentence, told: Span, named: Span | None) -> tuple[Span | None, Span | None]:
    """The honour and the rank that a cell tells: a rank in a contest (工艺美术大赛金奖), or in the one that the title, or what stands
    over the table, names."""
    text = heads.document.text
    words = text[slice(*told)]
    tail = patterns().rank_tail.search(words)
    if RANK_HEAD.fullmatch(words) and (ranked := title_of(heads, *told)) and ranked[2]:
        return ranked[:2], told
    if tail is None or is_named_after_rank(words):
        return told, None
    at = told[0] + tail.start()
    if at == told[0]:
        contest = last(patterns().contest, text, *named) if named else None
        return (named[0], contest.end()) if named and contest else None, told
    contest = last(patterns().contest, text, told[0], at)
    return ((told[0], at), (at, told[1])) if contest and contest.end() == at or text[at - 1] in "奖杯”" else (told, None)
