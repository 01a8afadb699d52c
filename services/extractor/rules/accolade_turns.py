"""Honours told in everyday turns: the honour stands before the verb, or the recipient between the two.

`把“A”的牌子给了某镇`, `命名某镇为“B”`, `C创建进入最后一年`, `一等奖由某校获得`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from services.contracts import Status
from services.extractor.expressions import expression
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_before import body_before
from services.extractor.rules.accolade_contests import contest_before
from services.extractor.rules.accolade_drafts import Giving, drafts
from services.extractor.rules.accolade_forms import (
    CONFERRED,
    FIRST_AMONG,
    GOES_ON,
    HINT,
    NAMELY,
    PRAISES,
    RANKED,
    SIGNED,
    SO_MANY,
    SOUGHT,
    TAKEN,
    TOLD,
)
from services.extractor.rules.accolade_honours import Honour, honours
from services.extractor.rules.accolade_names import names
from services.extractor.rules.accolade_parts import GRANTOR, OWN_PLACE, Recipient, recipients
from services.extractor.rules.accolade_recipients import subject
from services.extractor.rules.accolade_titles import is_title

# 予以 is done with the saying, whatever the words before it wish for.
_GIVING = ("予以", "给予", "作出", "进行")
_HUNG = ("挂上", "挂起来", "拿下")
_TO_BE = expression("全力|要把|要将|力争|争取|誓|再(?:次)?[拿捧夺]|早日|尽快")
_RECEIVING = ("被", "受", "受到", "得到", "获", "获得")
_OURS = expression(OWN_PLACE)
_PRAISE = expression(PRAISES)
_ANY = expression(r"[\s\S]+")
# 对排名前三的项目给予通报表扬: whoever that may be.
_WHICHEVER = expression(
    "(?:排名|排位|名列|位列|位居|得分|评分|成绩|进度)[^，。；的]{0,4}?(?:靠前|领先|前茅|前列|前[一二三四五六七八九十\\d]{1,3}[名位]?|第[一二三]名?)的[^，。；\\d]{1,8}$"
    # 对上半年成绩突出的予以通报表扬
    r"|(?:突出|优异|显著|明显|较好|优秀|扎实|有力)的(?:单位|个人|集体|乡镇|街道|部门|企业|同志|项目|先进){0,2}$"
)
# 对下列集体和个人予以通报表扬: whoever is named there.
_NAMED_BELOW = expression("(?:下列|以下|如下|上述)[^\\d一二两三四五六七八九十]{1,20}")


def turned(sentence: Sentence, number: int, carried: list[Recipient]) -> Iterator[Draft]:
    """The accolades that clause `number` tells in one of these turns; `carried` are the recipients that a clause before has named."""
    clause = sentence.clauses[number]
    if sentence.section.planned and clause.mark == "：":
        return
    hinted = HINT.search(clause.text) is not None
    for hint, pattern in TOLD if hinted else ():
        if hint.search(clause.text) and (match := pattern.fullmatch(clause.text)):
            given = match["verb"] in _GIVING
            wished = (
                ("回" in match["verb"] or match["verb"] in _HUNG)
                and not match[0].endswith("了")
                and "了" not in match["verb"]
                and _TO_BE.search(match[0])
            )
            goes_on = carried if match["verb"] in _RECEIVING and not match["whose"] else []
            for draft in _told(sentence, number, clause, match, goes_on):
                yield replace(draft, status=Status.PLANNED if wished else Status.ACTUAL) if given or wished else draft
            return
    for hint, pattern in SOUGHT if hinted else ():
        if hint.search(clause.text) and (match := pattern.fullmatch(clause.text)):
            for draft in _told(sentence, number, clause, match):
                yield replace(draft, status=Status.PLANNED)
            return
    if number and "为" in clause.text and (match := _conferred_on(sentence, number)):
        yield from _told(sentence, number, clause, match)
    elif "第" in clause.text and (match := FIRST_AMONG.fullmatch(clause.text)):
        yield from _among(sentence, number, clause, match, carried)
    elif (
        (clause.mark in ("：", "——", "—") or clause.mark == "，" and _named_next(sentence, number))
        and (match := SIGNED.fullmatch(clause.text) or SO_MANY.fullmatch(clause.text))
        and number + 1 < len(sentence.clauses)
    ):
        yield from _signed(sentence, number, clause, match)
    elif (
        ("由" in clause.text or "归" in clause.text or "被" in clause.text)
        and TAKEN.search(clause.text)
        and (match := RANKED.fullmatch(clause.text))
    ):
        yield from _ranked(sentence, number, clause, match)


def _conferred_on(sentence: Sentence, number: int) -> re.Match[str] | None:
    """Does clause `number` go on with what an office in the clause before names others?"""
    before = sentence.clauses[number - 1]
    told = sentence.memo.get("conferred") == number - 1 or before.mark in "，；" and CONFERRED.fullmatch(before.text)
    match = GOES_ON.fullmatch(sentence.clauses[number].text) if told else None
    if match:
        sentence.memo["conferred"] = number
    return match


def _told(
    sentence: Sentence, number: int, clause: Clause, match: re.Match[str], carried: list[Recipient] | None = None
) -> Iterator[Draft]:
    text, where = sentence.document.text, _span(clause, match, "honour")
    found = [
        honour
        for honour in honours(text, *where, "award") or honours(text, *where, "inclusion")  # 5A is no award by itself
        if honour.rank is None
        and (
            text[honour.start] == "“"
            or _PRAISE.fullmatch(text, honour.start, honour.end)
            or is_title(text, honour.start, honour.end)
        )
    ]
    groups = match.groupdict()
    who = next((name for name in ("who", "whose") if groups.get(name)), None)
    if not found or who and _WHICHEVER.search(match[who]):
        return
    last = number
    named = [] if who is None else [r for r in recipients(text, *_who(clause, match, who)) if not _own(text, r)]
    if _PRAISE.fullmatch(match["honour"]) and _OURS.match(match[who] if who else ""):
        named = []  # 对我县…工作予以通报表扬: it is the county that is praised
    if who and _NAMED_BELOW.fullmatch(match[who]):
        named, last = _named_behind(sentence, number), len(sentence.clauses) - 1
        if not named:
            return
    if not named and not carried and who is None and (body := body_before(text, found[0])):
        named, found[0] = [body[0]], body[1]
    named = named or carried or []
    grantor = None
    if groups.get("before") and (offices := recipients(text, *_span(clause, match, "before"))):
        name = text[offices[0].start : offices[-1].end]
        grantor = name if GRANTOR.search(name) else None
    yield from drafts(sentence, Giving(number, last, named, found, "turned", _verb(text, clause, match), grantor))


def _named_behind(sentence: Sentence, number: int) -> list[Recipient]:
    """Those whom a list behind the clause's colon names; lines below it have headings that say what for."""
    clauses = sentence.clauses
    listed = clauses[number].mark == "：" and number + 1 < len(clauses)
    spans = names(sentence.document, clauses[number + 1].start, clauses[-1].end) if listed else []
    return [Recipient(*span, None) for span in spans]


def _named_next(sentence: Sentence, number: int) -> bool:
    """Does the next clause say what the sign that a clause tells of reads?"""
    return number + 1 < len(sentence.clauses) and NAMELY.match(sentence.clauses[number + 1].text) is not None


def _signed(sentence: Sentence, number: int, clause: Clause, match: re.Match[str]) -> Iterator[Draft]:
    """The honours behind the colon."""
    text, behind = sentence.document.text, sentence.clauses[number + 1]
    namely = NAMELY.match(text, behind.start, behind.end)
    start = namely.end() if namely else behind.start
    found = [h for h in honours(text, start, behind.end, "award") if not h.rank and is_title(text, h.start, h.end)]
    named = [r for r in recipients(text, *_span(clause, match, "whose")) if not _own(text, r)]
    yield from drafts(sentence, Giving(number, number + 1, named, found, "turned", _verb(text, clause, match)))


def _among(sentence: Sentence, number: int, clause: Clause, match: re.Match[str], carried: list[Recipient]) -> Iterator[Draft]:
    """The rank in an assessment that is told without a verb."""
    found = [Honour(*_span(clause, match, "contest"), _span(clause, match, "rank"))]
    named = carried or subject(sentence, number)
    first = number - 1 if named and named[0].start < clause.start and number else number
    yield from drafts(sentence, Giving(first, number, named, found, "turned", _verb(sentence.document.text, clause, match)))


def _ranked(sentence: Sentence, number: int, clause: Clause, match: re.Match[str]) -> Iterator[Draft]:
    contest = contest_before(sentence, number, clause.start)
    if contest is None or contest[2] <= contest[1]:
        return
    where, start, end = contest
    text = sentence.document.text
    named = recipients(text, *_span(clause, match, "who"))
    found = [Honour(start, end, _span(clause, match, "rank"))]
    first = where if start >= sentence.start else number
    yield from drafts(sentence, Giving(first, number, named, found, "turned", _verb(text, clause, match)))


_OWN = expression("(?:我们|咱们?|[我全本])?[区县市旗省镇乡](?:里|上下)?|我们|咱们?")


def _own(text: str, recipient: Recipient) -> bool:
    """我县, 全市: the bulletin's own place, which is found without it."""
    return _OWN.fullmatch(text, recipient.start, recipient.end) is not None


# 对工作成绩突出的县投资促进局给予通报表扬
_DOING_WELL = expression("[^，。；的]{2,20}(?:突出|优异|显著|明显|较好|优秀|扎实|有力)的")


def _who(clause: Clause, match: re.Match[str], name: str) -> tuple[int, int]:
    start, end = _span(clause, match, name)
    well = _DOING_WELL.match(match[name])
    return start + (well.end() if well and well.end() < end - start - 1 else 0), end


def _span(clause: Clause, match: re.Match[str], name: str) -> tuple[int, int]:
    return clause.start + match.start(name), clause.start + match.end(name)


def _verb(text: str, clause: Clause, match: re.Match[str]) -> re.Match[str]:
    verb = _ANY.match(text, *_span(clause, match, "verb"))
    assert verb is not None
    return verb
