"""The names that a list of recipients is made of."""

from __future__ import annotations

from itertools import pairwise

from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.reading import Document
from services.extractor.rules.accolade_parts import patterns
from services.extractor.rules.accolade_winners import BODY, Span, is_nobody, is_person, of_one_winner
from services.extractor.rules.accolade_words import words

_PERSON = rf"[一-鿿·]{{2,4}}|[一-鿿“”]{{2,16}}?{words('roles')}[一-鿿·]{{2,3}}|[一-鿿]{{2,14}}[ ：][一-鿿·]{{2,4}}"
_NAME = expression(rf"(?:[一-鿿A-Za-z\d·“”《》\-]{{2,28}}?(?:{BODY}|{words('firm_words')})|{_PERSON})(?:（[^（）]{{1,24}}）)?")
_GIVING = ("授予", "颁发", "颁给", "获", "荣获", "被")
# 附件：1.先进集体名单 2.先进个人名单
_LISTS = tuple(load("accolade")["lists"])
_PARTED = expression(r"[、，；\s](?![^（）]{0,24}）)")


def names(document: Document, start: int, end: int) -> list[tuple[int, int]]:
    """The names that [start, end) is a list of; [] where anything else stands in it."""
    text = document.text
    if of_one := _of_one_winner(document, start, end):
        return of_one
    spans: list[tuple[int, int]] = []
    begin = start
    for part in [*_PARTED.finditer(text, start, end), None]:
        stop = part.start() if part else end
        if stop > begin:
            if text[stop - 1] == "等" and not part:
                stop -= 1
            whole = [(begin, stop)] if _is_name(text, begin, stop) else _gapped(document, begin, stop)
            parts = _bodies(document, begin, stop) or whole
            if not parts:
                return []
            spans += parts
        begin = part.end() if part else end
    return spans


_CELLS = expression(r"[\s，]+")


def cells(document: Document, start: int, end: int) -> list[Span]:
    """What blanks, tabs and commas part in [start, end). A name of two characters is set as wide as one of three: 李　明."""
    cuts = {start, end, *document.page.gaps(start, end)}
    for mark in _CELLS.finditer(document.text, start, end):
        cuts.update(mark.span())
    found: list[Span] = []
    for first, last in pairwise(sorted(cuts)):
        if _CELLS.fullmatch(document.text, first, last):
            continue
        if found and last - first == 1 and found[-1][1] == first and first - found[-1][0] == 1:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


# Of two cells the first may as well be a part of the second's name: 云岭 茶业公司
_SHORTEST = 3


def _of_one_winner(document: Document, start: int, end: int) -> list[Span] | None:
    """The winners, where the line's other cells only tell of them."""
    row = cells(document, start, end)
    winners = of_one_winner(document.text, row) if len(row) > 1 else None
    sure = winners and (len(row) >= _SHORTEST or any(is_person(document.text, *cell) for cell in row))
    return winners if sure else None


def _is_name(text: str, start: int, end: int) -> bool:
    return (
        _NAME.fullmatch(text, start, end) is not None
        and not text.startswith(_GIVING, start)
        and not is_nobody(text, start, end)
        and not text.endswith(_LISTS, start, end)
        and not patterns().stock.search(text, start, end)
    )


_BODY_ALONE = expression(rf"[一-鿿A-Za-z\d·“”（）]{{2,28}}{BODY}(?<!分[公局院校行店站])(?<!分公司)")
# A name may have a blank or the end of a line in it; two bodies of so many characters, or fewer of one kind or of a level each, are parted by it.
_LONG, _ALIKE = 6, 3
# 石桥镇 县水利局: what begins so is a body of its own.
_OF_A_LEVEL = expression("[县市区旗州省](?![场政域内外])")


def _bodies(document: Document, start: int, end: int) -> list[tuple[int, int]]:
    """Bodies that blanks and line ends part: 某某村 某某村; [] where [start, end) is anything else, or may be one name."""
    gaps = document.page.gaps(start, end)
    for cuts in {*gaps, *_line_ends(document, start, end)}, set(gaps):
        spans = list(pairwise([start, *sorted(cuts), end]))
        if (
            len(spans) > 1
            and all(_BODY_ALONE.fullmatch(document.text, *span) for span in spans)
            and _are_whole(document.text, spans)
        ):
            return spans
    return []


def _are_whole(text: str, spans: list[Span]) -> bool:
    """Are the bodies whole names, and no pieces of one that has blanks in it?"""
    shortest = _ALIKE if len({text[last - 1] for _, last in spans}) == 1 else _LONG
    own = [_OF_A_LEVEL.match(text, *span) is not None for span in spans]
    return all(
        last - first >= (_ALIKE if level or next_one else shortest)
        for (first, last), level, next_one in zip(spans, own, [*own[1:], False], strict=True)
    )


def _line_ends(document: Document, start: int, end: int) -> list[int]:
    page = document.page
    if "\n" not in page.original[page.place(start) : page.place(end - 1)]:
        return []
    return [at for at in range(start + 1, end) if "\n" in page.original[page.place(at - 1) : page.place(at)]]


def _gapped(document: Document, start: int, end: int) -> list[tuple[int, int]]:
    """Names that only blanks part: 张某某　李某　王　某; [] where [start, end) is anything else."""
    spans: list[tuple[int, int]] = []
    for first, last in pairwise([start, *document.page.gaps(start, end), end]):
        # A name of two characters is set as wide as one of three.
        if spans and last - first == 1 and spans[-1][1] - spans[-1][0] == 1:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans if len(spans) > 1 and all(_is_name(document.text, *span) for span in spans) else []
