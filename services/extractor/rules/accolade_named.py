"""Who a counted group is, where the clauses behind it name all (`3家企业获评省级绿色工厂，名单如下：甲公司、乙公司、…`); who the sentence before
introduces."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.lexicon import last
from services.extractor.reading import Sentence
from services.extractor.rules.accolade_parts import Recipient, patterns
from services.extractor.rules.accolade_winners import SURNAME
from services.extractor.rules.accolade_words import words

_LEAD = expression(
    f"(?:(?:具体|详细|企业|单位|入选|获奖|获评|人员|完整){{0,2}}名单?(?:如下|公布如下|附后|是|为)|(?:[它他她]们|[这]?[一二两三四五六七八九十\\d]{{1,2}}[家个位名])?(?:分别|依次|具体)?(?:是|为|有|包括)|分别(?!{words('belonging')})|即)"
)
_JOINT = expression("[、，]|(?<=[一-鿿]{2})[和及与](?=[一-鿿]{2})")
_LONGEST, _MOST = 28, 30


def members(sentence: Sentence, number: int, count: int) -> tuple[list[Recipient], int] | None:
    """The `count` names that stand behind clause `number`, and the last clause of them; None where there are not so many."""
    clauses, text = sentence.clauses, sentence.document.text
    if not 1 < count <= _MOST or number + 1 >= len(clauses):
        return None
    lead = _LEAD.match(clauses[number + 1].text)
    if lead is None and clauses[number].mark not in ("：", "——"):
        return None
    first = number + 1
    start = clauses[first].start + (lead.end() if lead else 0)
    if start >= clauses[first].end:
        if clauses[first].mark != "：" or first + 1 >= len(clauses):
            return None
        first += 1
        start = clauses[first].start
    last = first
    for last in range(first, len(clauses)):
        if clauses[last].mark in "；。" or text.count("、", start, clauses[last].end) + 1 >= count:
            break
    end = clauses[last].end
    spans, begin = [], start
    for joint in [*expression("、").finditer(text, start, end), None]:
        stop = joint.start() if joint else end
        spans.append((begin, stop))
        begin = stop + 1
    if len(spans) == count - 1 and (joint := _JOINT.search(text, *spans[-1])):
        spans[-1:] = [(spans[-1][0], joint.start()), (joint.end(), spans[-1][1])]
    if len(spans) != count or not all(_is_name(text, *span) for span in spans):
        return None
    return [Recipient(*span, None) for span in spans], last


def _is_name(text: str, start: int, end: int) -> bool:
    return 2 <= end - start <= _LONGEST and not patterns().verb.search(text, start, end) and text[end - 1] not in "的等"


# 李某，女，1975年生。荣获…
_INTRODUCED = expression(rf"(?<![一-鿿])(?P<who>{SURNAME}[一-鿿]{{1,2}})，[男女]，")


def introduced(sentence: Sentence, number: int) -> list[Recipient]:
    """The person whom the sentence before introduces, where this one begins with the verb."""
    earlier = next(sentence.document.before(sentence, 1), None) if not number else None
    found = last(_INTRODUCED, sentence.document.text, earlier.start, earlier.end) if earlier else None
    return [Recipient(found.start("who"), found.end("who"), None)] if found else []
