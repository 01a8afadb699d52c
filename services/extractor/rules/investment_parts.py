"""The parts of a sum that a sentence tells behind it, each with what it is for: `投下2.27亿元：种薯1.1亿元，加工8600万元，剩下3100万元用在了仓储上`. That
they add up shows that they are its parts."""

from __future__ import annotations

from decimal import Decimal

from services.contracts import Bound
from services.extractor.expressions import expression
from services.extractor.reading import Sentence
from services.extractor.rules import investment_subjects as subjects
from services.extractor.rules.investment_cues import Cue
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import Reading
from services.extractor.sums import Money

# Why a part's cue is what it is.
PART_OF_SUM = "sum that it is a part of"
_OPENS = ("：", "，", "（", "。其中")
# More between two parts is no list of them.
_FAR, _FEWEST = 24, 2
_MARKS = expression("[。；]")


def cue_of_whole(reading: Reading, part: Money) -> Cue | None:
    """The cue of the sum told before `part` that this one adds up to with those beside it."""
    memo = reading.sentence.memo
    known: dict[int, Money] | None = memo.get("parts of sums")
    if known is None:
        known = memo["parts of sums"] = _parts(reading.sentence)
    whole = known.get(part.start)
    if whole is None:
        return None
    return next((one.cue for one in reading.result.statements if one.money and one.money.start == whole.start), None)


def _parts(sentence: Sentence) -> dict[int, Money]:
    """Each part by where it begins, with its whole. Each sum is added to one whole at most."""
    found: dict[int, Money] = {}
    sums = sentence.money
    number = 0
    while number + _FEWEST < len(sums):
        parts = _of(sentence, sums[number], sums[number + 1 : number + 1 + _MOST])
        found |= {part.start: sums[number] for part in parts}
        number += 1 + len(parts)
    return found


_MOST = 12


def _of(sentence: Sentence, whole: Money, behind: list[Money]) -> list[Money]:
    """The first of the sums behind `whole` that add up to it; [] where none do."""
    text, at, total = sentence.document.text, whole.end, Decimal(0)
    if not text.startswith(_OPENS, at):
        return []
    for number, part in enumerate(behind):
        exact = part.bound is Bound.EXACT and part.value_max is None and part.currency == whole.currency
        if not exact or not 1 < part.start - at <= _FAR or number and _MARKS.search(text, at, part.start):
            return []
        at, total = part.end, total + part.value
        if total >= whole.value:
            return behind[: number + 1] if total == whole.value and number + 1 >= _FEWEST else []
    return []


_LEADS = expression("(?:[，、：；（]|其中|分别|包括|用于|投向|用在|花在|给|在){0,4}")
_THE_REST = expression("(?:剩下|剩余|余下|其余|另外|另有|还有|余)的?|另|有|的")
_USED_FOR = expression(
    "(?:则|都|全部|全)?(?:用|花|投|砸)(?:在|于|到|进|向)了?(?P<what>[^，。；、]{2,20}?)(?:上|方面|领域)?(?=[，。；、）]|$)"
)
_MEASURE = expression("(?:投资|投入|资金|完成投资|共|计|为|是|各|占|达)$")


def part_named(sentence: Sentence, part: Money, floor: int) -> Subject | None:
    """What the part is for: the words before it, which begin behind `floor`, or those behind it where it is the rest."""
    text = sentence.document.text
    leads = _LEADS.match(text, floor, part.start)
    start, end = leads.end() if leads else floor, part.start
    if rest := _THE_REST.fullmatch(text, start, end):
        start = end = rest.end()
    while measure := _MEASURE.search(text, start, end):
        end = measure.start()
    if end - start > 1:
        return subjects.at(sentence.document, start, end)
    used = _USED_FOR.match(text, part.end, sentence.end)
    return subjects.at(sentence.document, *used.span("what")) if used else None
