"""The project that the heading of a passage is nothing but the name of: `【10:15 县医院新院区】`, `（一）云河大桥项目`."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.namelists import make
from services.extractor.names import Name, is_general, is_part, is_project, is_pronoun, plausible
from services.extractor.phrases import strip_left
from services.extractor.reading import Sentence

# A heading is in brackets, or has a number, a mark or the time of day before it; a headline alone may say anything.
_HEADING = expression(
    r"\s{0,4}(?:[△▲●■◆◇○□★☆▍▶]\s?)?(?:[【\[「]\s?(?:\d{1,2}[：:]\d{2}\s?)?|[（(]?[一二三四五六七八九十]{1,2}[）)、]\s?|\d{1,2}[：:]\d{2}\s?|站点?[一二三四五六七八九十\d][：、]?\s?)"
    r"(?P<name>[^，。；：、！？\s【】「」\[\]]{4,30})[】\]」]?\s?"
)
# Where projects are, rather than one of them.
_AREA = expression(
    "(?:工业园|产业园|科技园|园区|开发区|经开区|高新区|集聚区|示范区|新区|片区|城区|街区|社区|集中区)(?:[东西南北中]区|[一二三四五]期)?$"
)


def titled(sentence: Sentence) -> Name | None:
    """The project that the heading right above names; None where it says more, less or where projects are."""
    title = sentence.section.title
    if title is None:
        return None
    if "titled" not in sentence.memo:
        sentence.memo["titled"] = _titled(sentence, *title)
    return sentence.memo["titled"]  # type: ignore[no-any-return]


def _titled(sentence: Sentence, start: int, end: int) -> Name | None:
    match = _HEADING.fullmatch(sentence.document.text, start, end)
    if match is None:
        return None
    name, span = match["name"], match.span("name")
    if not is_project(name) or not plausible(name, False) or is_general(name) or is_pronoun(name) or is_part(name):
        return None
    if _AREA.search(name) or strip_left(sentence, *span) != span[0]:
        return None
    return make(sentence, *span)
