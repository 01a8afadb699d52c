"""What each statement's money goes into, by the kind of money that it is."""

from __future__ import annotations

import re
from dataclasses import replace

from services.contracts import Metric
from services.extractor import names
from services.extractor.reading import Sentence
from services.extractor.rules import investment_subjects as subjects
from services.extractor.rules.investment_statements import Statement
from services.extractor.rules.investment_subjects import Subject


def subject_of(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    """What the money goes into, by the kind of money that it is."""
    cue = statement.cue
    metric = cue.metric
    text = sentence.document.text
    if cue.sector is not None:
        plain = text[cue.sector : cue.start]
        end = cue.end if plain in ("民间", "建安", "社会", "国有", "民营", "政府") else cue.start
        return Subject(sentence.document.page.words(cue.sector, end), cue.sector, end)
    if metric is Metric.FIXED_ASSET_INVESTMENT:
        return subjects.area(sentence, cue.start)
    if metric is Metric.OTHER:
        return Subject(sentence.document.page.words(cue.start, cue.end), cue.start, cue.end)
    if metric is Metric.FUNDING:
        return _funded(sentence, statement, previous)
    return _project(sentence, statement, previous)


def _project(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    cue = statement.cue
    if statement.dealt is not None:
        dealt = _dealt(sentence, statement)
        if dealt:
            return dealt
    if statement.money and cue.start < statement.money.start:
        behind = subjects.modified(sentence, statement.money.end)
        if behind:
            return behind
    lo = min(statement.lo, statement.at)
    hi = cue.start if lo <= cue.start < statement.at else statement.at
    if statement.carried == "clause before":
        return previous
    own = subjects.project(sentence, lo, hi, not cue.generic or bool(statement.money))
    if own:
        return _part_of(sentence, own, lo, previous)
    if previous and not _another_since(sentence, previous, lo):
        return previous
    return subjects.carried(sentence, lo) or previous or _area_before(sentence, lo, hi)


def _another_since(sentence: Sentence, previous: Subject, lo: int) -> bool:
    """Has another project been named since the one before?"""
    nearer = subjects.carried(sentence, lo) if lo > sentence.start else None
    return nearer is not None and nearer.start > previous.start and nearer.start >= sentence.start


def _part_of(sentence: Sentence, own: Subject, lo: int, previous: Subject | None) -> Subject:
    """二期 is that of the project named before."""
    if own.count is not None or not names.is_part(own.text):
        return own
    whole = previous or subjects.carried(sentence, lo)
    return replace(own, text=whole.text + own.text) if whole and whole.count is None and whole.text not in own.text else own


def _area_before(sentence: Sentence, lo: int, hi: int) -> Subject | None:
    return subjects.area(sentence, hi) if hi > lo or sentence.document.home else None


def _dealt(sentence: Sentence, statement: Statement) -> Subject | None:
    """The member of the list before 分别 that the sum is of."""
    number = sentence.clause_at(statement.cue.start)
    text = sentence.document.text
    for clause in reversed(sentence.clauses[: number + 1]):
        hi = min(clause.end, statement.cue.start)
        if "、" not in text[clause.start : hi] and "和" not in text[clause.start : hi]:
            continue
        found = [name for name in names.read(sentence, clause.start, hi, True) if name.count is None and name.text]
        if statement.dealt is not None and statement.dealt < len(found):
            name = found[statement.dealt]
            return Subject(name.text, name.start, name.end)
    return None


_BARE_FUND = re.compile("(?:实际|累计|各类)?(?:到位)?(?:资金)?(?:到位)?|到账|拨付|兑付|兑现|筹措|筹集|融资|募集|补助|授信|到位资金|下达|资金|贷款|放款|奖励|奖补|拨款")


def _funded(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    """The fund by its name; where it has none (到位资金, 授信), who or what gets it."""
    cue = statement.cue
    text = sentence.document.text
    lo = min(statement.lo, statement.at)
    if statement.carried:
        return previous
    behind_money = statement.money is not None and cue.start > statement.money.start
    fund = subjects.fund(sentence, statement.money.end if behind_money and statement.money else lo, cue.start, cue.end)
    batch = subjects.counted(sentence, lo, cue.start) or _batch_before(sentence, lo)
    if not _BARE_FUND.fullmatch(fund.text):
        count = _supported(sentence, statement)
        listed = subjects.counted(sentence, lo, cue.start)
        return replace(fund, count=count or (listed.count if listed and listed.start >= fund.start else None))
    if batch:
        return batch
    if behind_money and statement.money:
        object_ = subjects.modified(sentence, statement.money.end)
        if object_:
            return object_
    receiver = re.search("(?:给|向|为|授信)(?P<who>[^，。；、]{2,20}?)(?:提供|的|增加|新增|发放|投放|授信|增|$)", text[lo : statement.at])
    if receiver:
        return Subject(sentence.document.page.words(lo + receiver.start("who"), lo + receiver.end("who")), lo + receiver.start("who"), lo + receiver.end("who"))
    own = subjects.project(sentence, lo, min(cue.start, statement.at), False)
    if own:
        return own
    if statement.money and not behind_money:
        object_ = subjects.modified(sentence, statement.money.end)
        if object_:
            return object_
    if previous is not None:
        return previous
    return subjects.carried(sentence, lo) or _area_named(sentence, lo, cue.start) or fund


def _area_named(sentence: Sentence, lo: int, hi: int) -> Subject | None:
    found = subjects.area(sentence, hi)
    return found if found and sentence.start <= found.start < hi else None


def _batch_before(sentence: Sentence, lo: int) -> Subject | None:
    number = sentence.clause_at(lo)
    for clause in reversed(sentence.clauses[max(0, number - 1) : number]):
        batch = subjects.counted(sentence, clause.start, clause.end)
        if batch and re.search("项目|工程", batch.text):
            return batch
    return None


_SUPPORTED = re.compile("，(?:安排|支持|用于|涉及|覆盖|实施|投向|保障)[^，。；]{0,8}$")


def _supported(sentence: Sentence, statement: Statement) -> int | None:
    """`发行专项债券14.6亿元，支持15个项目`."""
    number = sentence.clause_at(statement.at)
    if number + 1 >= len(sentence.clauses):
        return None
    clause = sentence.clauses[number + 1]
    if not re.match("安排|支持|用于|涉及|覆盖|投向|保障", clause.text):
        return None
    batch = subjects.counted(sentence, clause.start, clause.end)
    count = batch or None
    if count is None and (match := re.search(r"项目(\d{1,4})个|(\d{1,4})个项目", clause.text)):
        return int(match[1] or match[2])
    return count.count if count else None
