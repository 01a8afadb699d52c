"""Ranks or titles dealt out to several in one breath: A、B分获全县考核一、二等奖, A、B分列镇街组第一、第二名, A、B分获“X”“Y”称号; counted
prizes and results that go on (`A获一等奖，B二等奖`)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from services.extractor.expressions import expression
from services.extractor.reading import Draft, Sentence
from services.extractor.rules.accolade_contests import contest_before
from services.extractor.rules.accolade_drafts import Giving, drafts
from services.extractor.rules.accolade_entries import RANK_HEAD, entries
from services.extractor.rules.accolade_gained import passed_again
from services.extractor.rules.accolade_honours import Honour
from services.extractor.rules.accolade_names import names
from services.extractor.rules.accolade_parts import Recipient, patterns, recipients
from services.extractor.rules.accolade_winners import BODY
from services.extractor.rules.accolade_words import words

_ONE = "第?[一二三四五六七八九十]"
_DEALT = expression(
    rf"(?P<who>[^，。；：]{{4,60}}?)(?P<verb>分获|分列|分居|分别(?:荣获|获得?|列|位列|居|夺得|摘得|斩获))(?P<what>[^，。；：、第]{{0,30}}?)的?"
    rf"(?P<ranks>{_ONE}(?:[、和]{_ONE}){{1,5}})(?P<unit>等奖|名|位)"
)
RANKS = "特等奖|[一二三四]等奖|[金银铜][奖牌]|[冠亚季]军|优[胜秀]奖|第[一二三四五六七八九十]名"
# One of these stands in every sentence in which something is dealt out.
HINTS = f"分[获列居别]|[奖次]：|{RANKS}"
_RANK = expression(_ONE)
# 特等奖2个，一等奖5个. Medals are told by their sum.
_COUNTED = expression(
    r"(?:和|及|以及)?(?P<rank>特等奖|[一二三四]等奖|[金银铜]奖|优[秀胜]奖)(?:\d{1,3}|[一二三四五六七八九十两]{1,3})[个枚项块]$"
)
_TITLES = expression(
    r"(?P<who>[^，。；：“”]{4,60}?)(?P<verb>分获|分别(?:荣获|获评|获颁|获得?|入选|当选|被评为|被授予))"
    r"(?P<what>(?:[^“”，。；：、]{0,16}“[^”]{2,40}”[、和]?){2,6})(?:荣誉)?(?:称号|奖项|奖)?"
)
_TITLE = expression("(?:(?!和)[^“”、]){0,16}“[^”]{2,40}”")


def dealt(sentence: Sentence, number: int) -> Iterator[Draft]:
    """What each of several is given, where clause `number` names as many as it tells ranks or titles."""
    if "分" in sentence.clauses[number].text:
        return itertools.chain(_ranks(sentence, number), _titles(sentence, number))
    return _placings(sentence, number)


def leads_to_placings(sentence: Sentence, number: int) -> bool:
    """甲队包揽前三名：冠军…、亚军…: does clause `number` only lead to those whom the next one names, so that the team is none of them?"""
    behind = sentence.clauses[number].mark == "：" and number + 1 < len(sentence.clauses)
    return behind and any(True for _ in _placings(sentence, number + 1))


def _placings(sentence: Sentence, number: int) -> Iterator[Draft]:
    """冠军甲、亚军乙、季军丙: all that clause `number` tells, in the contest that was named before."""
    clause, text = sentence.clauses[number], sentence.document.text
    if not _PLACED.match(clause.text):
        return
    placed = [_PLACED.fullmatch(part) for part in clause.text.rstrip("。\n").split("、")]
    contest = contest_before(sentence, number, clause.start)
    if contest is None or contest[2] <= contest[1] or len(placed) < _FEWEST_PLACED or not all(placed):
        return
    for match in _PLACED.finditer(text, clause.start, clause.end):
        honour = Honour(contest[1], contest[2], match.span("rank"))
        yield from drafts(sentence, Giving(number, number, [Recipient(*match.span("who"), None)], [honour], "dealt", match))


_PLACED = expression(
    "(?P<rank>特等奖|[一二三四]等奖|[金银铜][奖牌]|[冠亚季]军|第[一二三四五六七八九十]名)[：为是]?(?P<who>[一-鿿A-Za-z·“”]{2,24})"
)
_FEWEST_PLACED = 2


def _dealing(text: str, start: int, end: int) -> re.Match[str]:
    """The word of dealing out at [start, end) of the page."""
    verb = expression("分[一-鿿]{1,4}").match(text, start, end)
    assert verb is not None
    return verb


def _titles(sentence: Sentence, number: int) -> Iterator[Draft]:
    """The title of each: A、B分获“X”“Y”称号."""
    clause, text = sentence.clauses[number], sentence.document.text
    match = _TITLES.fullmatch(clause.text)
    if match is None:
        return
    named = recipients(text, clause.start, clause.start + match.end("who"))
    titles = [
        title.span() for title in _TITLE.finditer(text, clause.start + match.start("what"), clause.start + match.end("what"))
    ]
    if len(named) != len(titles):
        return
    verb = _dealing(text, clause.start + match.start("verb"), clause.start + match.end("verb"))
    for recipient, (start, end) in zip(named, titles, strict=True):
        yield from drafts(sentence, Giving(number, number, [recipient], [Honour(start, end, None)], "dealt", verb))


def _ranks(sentence: Sentence, number: int) -> Iterator[Draft]:
    """The rank of each, where clause `number` names as many as it tells ranks, and a contest is named in it or before it."""
    clause, text = sentence.clauses[number], sentence.document.text
    match = _DEALT.fullmatch(clause.text)
    if match is None:
        return
    ranks = _RANK.findall(match["ranks"])
    named = recipients(text, clause.start, clause.start + match.end("who"))
    where, start, end = number, clause.start + match.start("what"), clause.start + match.end("what")
    if not any(found.end() == len(match["what"]) for found in patterns().contest.finditer(match["what"])):
        contest = contest_before(sentence, number, clause.start)
        if contest is None or contest[1] < sentence.start:
            return
        where, start, end = contest
    if len(named) != len(ranks):
        return
    verb = _dealing(text, clause.start + match.start("verb"), clause.start + match.end("verb"))
    for recipient, rank in zip(named, ranks, strict=True):
        for draft in drafts(sentence, Giving(min(where, number), number, [recipient], [Honour(start, end, None)], "dealt", verb)):
            told = f"第{rank.lstrip('第')}{match['unit']}" if match["unit"] != "等奖" else f"{rank.lstrip('第')}等奖"
            yield replace(draft, fields={**draft.fields, "rank": told})


def more_of_it(sentence: Sentence, number: int, verb: re.Match[str], last: Draft, named: list[Recipient]) -> Iterator[Draft]:
    """What clause `number` has more of what `verb` gave `named` with the `last` event: prizes, or others that passed again."""
    yield from _beside_it(sentence, number, last)
    yield from _prizes_on(sentence, number, verb, named)
    yield from passed_again(sentence, number, last)


# 与它一道上榜的还有某某条码
_BESIDE = expression(
    f"(?:[与和同跟][^，。；、的]{{1,10}}?)?(?:一[道起同并]|同时|同批|同期|同样)(?:{words('chosen')}|获评|入围|获此殊荣|获得认定)的(?:还|也)?(?:有|包括|是)(?P<who>[^，。；：的]{{2,40}})"
)


def _beside_it(sentence: Sentence, number: int, last: Draft) -> Iterator[Draft]:
    """Who clause `number` says has got the same as was told last."""
    clause = sentence.clauses[number]
    match = _BESIDE.fullmatch(clause.text) if "的" in clause.text else None
    if match is None:
        return
    document = sentence.document
    for who in recipients(document.text, clause.start + match.start("who"), clause.end):
        named = document.page.words(who.start, who.end)
        yield replace(last, end=clause.end, fields={**last.fields, "recipient": named, "recipient_count": who.count})


def _prizes_on(sentence: Sentence, number: int, verb: re.Match[str], named: list[Recipient]) -> Iterator[Draft]:
    """斩获特等奖2个，一等奖5个: clause `number` goes on with the prizes that `named` have by the `verb` of the clause before."""
    text, clause = sentence.document.text, sentence.clauses[number]
    match = _COUNTED.match(clause.text) if number and "奖" in clause.text[:8] else None
    before = sentence.clauses[number - 1]
    if match is None or not _COUNTED.search(text, before.start, before.end):
        return
    contest = contest_before(sentence, number, clause.start)
    if contest is None or contest[2] <= contest[1]:
        return
    rank = clause.start + match.start("rank"), clause.start + match.end("rank")
    yield from drafts(sentence, Giving(number, number, named, [Honour(contest[1], contest[2], rank)], "dealt", verb))


_RESULT = expression(rf"(?P<who>[一-鿿A-Za-z·“”《》]{{2,24}}?)(?:分)?(?:获得?|为|居|列)?(?P<rank>{RANKS})")
BODY_OR_PERSON = expression(rf"[一-鿿A-Za-z·“”《》]{{2,24}}?{BODY}[一-鿿]{{0,4}}|[一-鿿·]{{2,4}}")
_RANK_ENDS = "奖牌军名"


def results(sentence: Sentence, number: int) -> Iterator[Draft]:
    """B二等奖, C三等奖 behind a clause that told the first of them, or the contest."""
    clause = sentence.clauses[number]
    if clause.mark == "：" and number and clause.text[-1] in _GRADE_ENDS and (head := RANK_HEAD.fullmatch(clause.text)):
        yield from _of_rank(sentence, number, head)
        return
    match = _RESULT.fullmatch(clause.text) if clause.text[-1] in _RANK_ENDS else None
    if match is None or not BODY_OR_PERSON.fullmatch(match["who"]):
        return
    contest = contest_before(sentence, number, clause.start)
    if contest is None or match["who"] in ("其中", "分别", "共有"):
        return
    rank = (clause.start + match.start("rank"), clause.start + match.end("rank"))
    who = (clause.start, clause.start + match.end("who"))
    yield from entries(sentence, (contest[1], contest[2], rank), [who], clause.end, clause.start)


_GRADE_ENDS = "奖牌军名次"


def _of_rank(sentence: Sentence, number: int, rank: re.Match[str]) -> Iterator[Draft]:
    """…考核结果，优秀等次：A、B；良好等次：C: those behind the colon of a rank."""
    clauses = sentence.clauses
    contest = contest_before(sentence, number, clauses[number].start) if number + 1 < len(clauses) else None
    spans = names(sentence.document, clauses[number + 1].start, clauses[number + 1].end) if contest else []
    if contest and spans:
        start = clauses[number].start
        at = (start + rank.start("rank"), start + rank.end("rank"))
        yield from entries(sentence, (contest[1], contest[2], at), spans, clauses[number + 1].end, start)
