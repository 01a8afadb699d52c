"""Honours behind the name of a body, a firm or a person: 县某院：全国模范某院."""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.expressions import expression
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_entries import DUTY, GRADE_HEAD, entries, title_of
from services.extractor.rules.accolade_parts import patterns
from services.extractor.rules.accolade_titles import is_title
from services.extractor.rules.accolade_winners import BODY, SURNAME
from services.extractor.rules.accolade_words import words

_BODY_ALONE = expression(rf"[一-鿿“”]{{2,24}}{BODY}")

# A firm by its short name (某某电器), and whoever an honour in quotation marks is given to (市人民医院张某).
_FIRM = expression(f"[一-鿿]{{2,8}}{words('firm_words')}")
_WHO = expression(rf"[一-鿿]{{2,20}}{BODY}[一-鿿·]{{2,4}}")
_GRADED_BY = expression(rf"{words('graded_by')}|{words('conferred')}")
_TOLD = expression("命名为?|授予|授牌|认定为|评为|评定为|列为|确定为|颁发")


# 王某（县幼儿园）：全省优秀教师
_SOMEBODY = expression(rf"[一-鿿·]{{2,4}}（[^（）]{{2,14}}）|{SURNAME}[一-鿿]{{1,2}}")


def of_body(sentence: Sentence, clauses: list[Clause]) -> Iterator[Draft]:
    """县某院：全国模范某院, nothing where the one is nobody or the other no honour."""
    text, (who, what) = sentence.document.text, clauses
    end = what.end
    quoted = text[what.start] == "“" and text[end - 1] == "”"
    if (
        not (
            _BODY_ALONE.fullmatch(who.text)
            or _FIRM.fullmatch(who.text)
            or (quoted and _WHO.fullmatch(who.text))
            or _SOMEBODY.fullmatch(who.text)
        )
        or DUTY.search(who.text)
        or is_title(text, who.start, who.end)
    ):
        return
    begin = what.start
    titles = []
    if _TOLD.search(text, what.start, end) or patterns().verb.match(text, what.start, end):
        return  # 某小学——省教育厅命名为“…校园”: read around its verb
    for part in [*expression("、").finditer(text[begin:end]), None]:
        stop = what.start + part.start() if part else end
        if not (quoted or GRADE_HEAD.match(text, begin, stop)) or title_of(sentence, begin, stop) is None:
            return
        # Behind a blank, another body could as well stand: 县统计局　国家统计局某县调查队
        if who.mark == " " and not quoted and not _GRADED_BY.search(text, begin, stop):
            return
        titles.append((begin, stop))
        begin = stop + 1
    for start, stop in titles:
        yield from entries(sentence, (start, stop, None), [(who.start, who.end)], end)
