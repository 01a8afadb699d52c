"""Rules for investment reports: money put or to be put into projects, a sector or an area."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from services.contracts import Bound, Metric, Status
from services.extractor import mood, names
from services.extractor.numbers import Money
from services.extractor.reading import Draft, Sentence
from services.extractor.rules import investment_figures as figures
from services.extractor.rules import investment_subjects as subjects
from services.extractor.rules import investment_table as table
from services.extractor.rules.investment_cues import plain_words as trigger_words
from services.extractor.rules.investment_statements import Statement, Told, told
from services.extractor.rules.investment_subjects import Subject

__all__ = ["find", "trigger_words"]

_WORTH_READING = re.compile("[元资]|固投|投入|贷款|授信|债券|[金款]")


def find(sentence: Sentence) -> Iterator[Draft]:
    """The investment reports that a sentence states (of a table's header: those of its rows); a note for each other sum."""
    if not _WORTH_READING.search(sentence.text):
        return
    if table.is_header(sentence):
        yield from table.rows(sentence)
        return
    read = told(sentence)
    for kind, message, start, end in read.notes:
        sentence.document.note(kind, message, start, end)
    previous: Subject | None = None
    floor = sentence.start
    for number, statement in enumerate(read.statements):
        subject = _subject(sentence, statement, previous)
        following = read.statements[number + 1] if number + 1 < len(read.statements) else None
        draft = _draft(sentence, statement, subject, floor, following)
        if draft is None:
            continue
        yield draft
        floor = max(floor, statement.end)
        previous = subject or previous


def _subject(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
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
    if previous and not subjects_between(sentence, previous, lo):
        return previous
    return subjects.carried(sentence, lo) or previous or _area_before(sentence, lo, hi)


def subjects_between(sentence: Sentence, previous: Subject, lo: int) -> bool:
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


_LATER_COUNT = re.compile(r"，共(?:计|有)?(\d{1,4})[个项]")
_PLANNED_WORDS = re.compile("计划|拟|预计|规划|力争|谋划|争取|确保|目标|将(?!军)|预期")
_PLANNED_BEHIND = re.compile("，?(?:也|均|都)?(?:计划|拟|将|预计|力争|争取)[^，。；]{0,10}(?:签约|开工|动工|落地|启动|实施)")


def _status(sentence: Sentence, statement: Statement, subject: Subject | None, metric: Metric, lo: int) -> Status:
    text = sentence.document.text
    if metric is Metric.ANNUAL_PLANNED_INVESTMENT:
        return Status.PLANNED
    hint = table.planned_column(sentence, statement.at)
    if hint is not None:
        return hint
    if metric is Metric.TOTAL_INVESTMENT or statement.cue.generic:
        words = text[min(lo, statement.cue.start) : max(statement.at, statement.cue.end)]
        if _PLANNED_WORDS.search(words):
            return Status.PLANNED
        if subject and subject.start >= statement.at and _PLANNED_BEHIND.match(text, subject.end):
            return Status.PLANNED
        return mood.passage(sentence) if sentence.section.planned else Status.ACTUAL
    same = subject is not None and subject.start >= sentence.start and sentence.clause_at(subject.start) == sentence.clause_at(statement.at)
    return mood.status(sentence, statement.at, statement.end, (subject.start, subject.end) if same and subject else None)


def _metric(statement: Statement, subject: Subject | None, sentence: Sentence) -> Metric:
    cue = statement.cue
    metric = cue.metric or Metric.OTHER
    if subject and subject.signed and (cue.generic or sentence.document.text.startswith("累计投资", cue.start)):
        return Metric.CONTRACTED_AMOUNT
    return metric


def _draft(sentence: Sentence, statement: Statement, subject: Subject | None, floor: int, following: Statement | None) -> Draft | None:
    document, text = sentence.document, sentence.document.text
    metric = _metric(statement, subject, sentence)
    start, end = statement.lo, statement.end
    if subject and sentence.start <= subject.start < sentence.end:
        if floor <= subject.start < start:
            start = sentence.clauses[sentence.clause_at(subject.start)].start
        end = max(end, subject.end) if subject.end <= sentence.end else end
    start = max(start, floor) if start < floor <= statement.at else start
    while start < statement.at and text[start] in "，、；：。 \t\n":
        start += 1
    limit = following.lo if following and following.lo > end else sentence.end
    ranks, ranked = figures.rankings(text, end, _group_end(sentence, end, limit))
    end = max(end, ranked)
    period = sentence.period(statement.lo, statement.end)
    count = subject.count if subject else None
    later = _LATER_COUNT.match(text, statement.end)
    if count is None and later:
        count, end = int(later[1]), max(end, later.end())
    return Draft(
        event_type="investment_report",
        start=start,
        end=end,
        status=_status(sentence, statement, subject, metric, start),
        rule=f"investment.{metric.value}",
        trigger=(statement.cue.start, statement.cue.end),
        period=period,
        fields={
            "subject": subject.text if subject and subject.text else None,
            "metric": metric,
            "amount": _amount(sentence, statement.money) if statement.money else None,
            "change_percent": statement.change,
            "plan_percent": statement.plan,
            "project_count": count,
            "rankings": ranks,
        },
        confidence=0.6 if statement.carried else 0.7 if statement.cue.generic else 0.85,
        reasons={"metric": f"{text[statement.cue.start : statement.cue.end]}" + (f" ({statement.carried})" if statement.carried else "")},
    )


def _group_end(sentence: Sentence, end: int, limit: int) -> int:
    """Where ranks that belong to a figure may stand: its clause and those that go on about it, up to the next 。 or ；."""
    stop = end
    for clause in sentence.clauses[sentence.clause_at(max(end - 1, sentence.start)) :]:
        if clause.start >= limit:
            break
        stop = min(clause.end, limit)
        if clause.mark in "；。":
            break
    return stop


def _amount(sentence: Sentence, money: Money) -> dict[str, Any]:
    return {
        "value": money.value,
        "value_max": money.value_max,
        "currency": money.currency,
        "text": sentence.document.page.words(money.start, money.end),
        "bound": Bound(money.bound),
    }
