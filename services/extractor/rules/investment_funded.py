"""The project that won money goes into, where the sentence names one: what the sum is for, or what was spoken of before it."""

from __future__ import annotations

from services.extractor import names, phrases
from services.extractor.expressions import expression
from services.extractor.reading import Sentence
from services.extractor.rules import investment_context as context
from services.extractor.rules.investment_subjects import Subject, at, object_stop, project
from services.extractor.rules.investment_told import Statement
from services.extractor.rules.investment_words import words

_FOR = expression(
    rf"(?:以上|左右)?，?(?:主要|全部|专项|重点|将|可|已){{0,2}}{words('meant_for')}(?:了)?(?!\d)(?P<what>[^，。；、\d]{{4,40}})(?=[，。；！\n]|$)"
)
_NEW = expression(rf"{words('works')}(?=[^，。；]{{4}})")
# 已争取…, 其中中央…: nobody is named who gets it; a time of the whole area or 各类 speak of more than one project.
_NOBODY_NAMED = expression(
    rf"(?:其中|同时|并|还|另|另外|已|已经|拟|计划|预计|力争|成功|目前|现|又|再|可|能|将|今年|去年|先后|累计|共|，|：){{0,4}}(?:向上|积极)?{words('winning')}|其中(?=[中省市上国])"
)
_MANY = expression("各类|各级|全年|全[县市区旗]")
_GOT = expression(rf"(?:已经|已|成功|共|累计|先后|去年|今年|正)?{words('winning')}")


def for_what(sentence: Sentence, statement: Statement) -> Subject | None:
    """争取中央预算内投资3700万元，用于某学校迁建工程: the one project that the sum is for."""
    text, money = sentence.document.text, statement.money
    match = _FOR.match(text, money.end, min(sentence.end, money.end + 60)) if money else None
    if match is None:
        return None
    start = match.start("what")
    verb = _NEW.match(text, start, match.end())
    start = verb.end() if verb else start
    start, end, _ = phrases.trim(sentence, start, object_stop(text, start, match.end()))
    plain = text[start:end]
    single = names.is_project(plain) and "等" not in plain and not _KINDS.search(plain)
    return at(sentence.document, start, end) if single and end - start >= 4 else None


# 用于老旧小区改造项目建设, 用于各类民生工程: what for, but none by name.
_KINDS = expression("各|类|方面|领域|重点项目|重点工程|民生")


def of_project(sentence: Sentence, statement: Statement, previous: Subject | None, lo: int) -> Subject | None:
    """X总投资1.4亿元，已争取中央资金3800万元; 该项目…，争取…; X收到补助760万元: the project that the clauses speak of."""
    text, cue = sentence.document.text, statement.cue
    stop = min(cue.start, statement.at)
    got = _GOT.search(text, lo, stop)
    if got and got.start() > lo and (own := project(sentence, lo, got.start(), False)) and _is_one(own):
        return own
    start = sentence.clauses[sentence.clause_at(stop)].start
    if not _NOBODY_NAMED.match(text, start, cue.end) or _MANY.search(text, start, statement.at):
        return None
    before = previous or context.carried(sentence, stop)
    near = before and (sentence.start <= before.start < stop or _PRONOUN.match(text, sentence.start, stop))
    return before if near and before and (_is_one(before) or before.count is None and names.is_pronoun(before.plain)) else None


# 某支行三天就放了款, 商会为某书屋捐了600万元: a verb, no name of the money.
_GAVE = expression(".{0,8}(?:[给批拨补捐]了|了[款账]|捐[出来])|分[到得].{0,4}")
# 某养鸡场从农商行贷来200万元
_BORROWED = expression("[贷借融募筹](?:来|到|得|了)")
_BORROWER = expression("(?P<who>[一-鿿A-Za-z“”]{2,20}?)(?:又|还|已|再|先后|刚){0,2}(?:从|通过|向)[^，。；、]{2,20}$")
_TO_WHOM = expression("(?:为|给|向)(?P<who>[^，。；、为给向]{2,20})$")


def given(sentence: Sentence, statement: Statement, previous: Subject | None, lo: int) -> Subject | None:
    """What money went to that somebody gave, where the cue is the verb alone; an empty subject where nothing says."""
    text, cue = sentence.document.text, statement.cue
    if _BORROWED.fullmatch(text, cue.start, cue.end):
        borrower = _BORROWER.match(text, lo, cue.start)
        return at(sentence.document, *borrower.span("who")) if borrower else None
    if not _GAVE.fullmatch(text, cue.start, cue.end):
        return None
    if what := for_what(sentence, statement):
        return what
    if to := _TO_WHOM.search(text, lo, cue.start):
        return at(sentence.document, *to.span("who"))
    own = project(sentence, lo, cue.start, True) if text[cue.start] == "分" else project(sentence, lo, cue.start, False)
    return own or previous or context.carried(sentence, lo) or at(sentence.document, cue.start, cue.start)


_PRONOUN = expression("(?:据悉，|据了解，|目前，)?(?:该|此)[一-鿿]{0,4}(?:项目|工程)")
# An office gives or asks, and what was told before is no name.
_NO_NAME = expression(
    f"{words('giver_ends')}$|^(?:借助|依托|利用|通过|发挥|围绕|凭借)|入选|入围|列入|跻身|晋级|获批|创成|获评|荣获|工人|忙着|正在"
)
# 农业项目 is a kind.
_SHORTEST = 5


def _is_one(subject: Subject) -> bool:
    named = len(subject.plain) >= _SHORTEST and names.is_project(subject.plain) and not _NO_NAME.search(subject.plain)
    return named and not subject.fund and subject.count is None
