"""Rules for project milestones: a project, or a counted batch of them, reaches a stage."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from services.contracts import Stage, Status
from services.extractor import mood
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.names import Name
from services.extractor.reading import Draft, Sentence
from services.extractor.rules import milestone_lists as lists
from services.extractor.rules.milestone_breaths import breaths
from services.extractor.rules.milestone_chains import chained
from services.extractor.rules.milestone_clauses import in_years
from services.extractor.rules.milestone_contract import is_unnamed
from services.extractor.rules.milestone_counts import part_of_batch
from services.extractor.rules.milestone_fields import STAGES_TOLD, TO_WAIT, fuller, held_on, organization, period
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_shares import share_count, triggers
from services.extractor.rules.milestone_stages import Trigger, trigger_words
from services.extractor.rules.milestone_subjects import is_rate, subjects
from services.extractor.rules.milestone_table import find as rows_of_table
from services.extractor.rules.milestone_table import tells_nothing
from services.extractor.rules.milestone_together import all_named, apposed, count_ceremony, not_running_yet, without_passing
from services.extractor.rules.milestone_words import listed
from services.extractor.table_columns import of_honours

__all__ = ["find", "trigger_words"]

# A subject stands within so many characters of its stage word, and among so many told before it; more is no prose.
_WINDOW, _REMEMBERED = 160, 8


def find(sentence: Sentence) -> Iterator[Draft]:
    """The milestones that a sentence states; a note for a stage word without a project."""
    if of_honours(sentence.document, sentence.start):
        return  # 省级旅游度假区 | 某湾 | 力争2025年通过评审
    listed = [*rows_of_table(sentence), *lists.find(sentence)]
    if listed:
        yield from listed
        return
    told: list[list[Name]] = []
    drafts: list[Draft] = []
    groups = breaths(sentence, triggers(sentence))
    if not groups or tells_nothing(sentence):
        return
    claimed = sentence.start
    ends: list[int] = []
    sentence.memo[STAGES_TOLD] = ends
    for index, (first, trigger) in enumerate(groups):
        clause = sentence.clauses[sentence.clause_at(trigger.end - 1)]
        begin = sentence.clauses[sentence.clause_at(first.start)].start  # 全部完工，并通过验收: one breath of two clauses
        lo = max(begin, claimed, first.start - _WINDOW)
        hi = min(_reach(sentence, groups, index, clause.end), trigger.end + _WINDOW)
        place = Place(sentence, first, trigger, lo, hi, told[-_REMEMBERED:])
        found = chained(sentence, groups, index, place) or (
            []
            if (place.modifier or _qualifies(place)) and _verb_follows(groups, index, clause.end)
            else part_of_batch(place) or all_named(sentence, lo, subjects(place))
        )
        if _repeated_rate(sentence, place, groups[:index]):
            continue
        if found and _courted(place, found):
            sentence.document.note("policy", "what is being courted, no project that has signed", trigger.start, trigger.end)
            continue
        if found:
            told.append(found)
            for number, name in enumerate(found if not is_unnamed(found[0], place) else ()):
                _add(sentence, drafts, _draft(place, name, lo, (number, len(found))))
        elif not (trigger.bare or trigger.only_object):
            sentence.document.note(
                "no_project", "a stage, but no project or counted batch that reaches it", trigger.start, trigger.end
            )
        if found:
            claimed = trigger.end
            ends.append(trigger.end)
        elif sentence.document.text.startswith(("到", "至"), trigger.end):  # 从去年9月签约到今年5月动工
            claimed = trigger.end + 1
    count_ceremony(drafts)
    for draft in [*apposed(sentence, drafts), *lists.included(sentence)]:
        _add(sentence, drafts, draft)
    yield from without_passing(sentence, not_running_yet(sentence, drafts))


def _repeated_rate(sentence: Sentence, place: Place, before: list[tuple[Trigger, Trigger]]) -> bool:
    """已开工46个，开工率57%: the rate says again what the count has said, unless it is of a time of its own (5月底前开工率60%)."""
    text, start = sentence.document.text, place.trigger.start
    if not is_rate(text[start : place.trigger.end]):
        return False
    clause = sentence.clauses[sentence.clause_at(start)]
    told = any(trigger.stage is place.trigger.stage for _, trigger in before[-_REMEMBERED:])
    return told and not sentence.times_between(clause.start, start)


_COURTED = expression(f"{listed('drives')}(?:招|引)?$")


def _courted(place: Place, found: list[Name]) -> bool:
    """重点招引A类项目: kinds of projects that are looked for, not a project or a counted batch."""
    text, start = place.text, place.trigger.start
    word = text[start : place.trigger.end]
    return (
        word in ("招引", "引进", "引入") and bool(_COURTED.search(text, start - 4, start)) and all(n.count is None for n in found)
    )


def _qualifies(place: Place) -> bool:
    """同步建设的X: said in passing of what the clause goes on to tell of."""
    passing = place.trigger.only_object or place.trigger.stage is Stage.UNDER_CONSTRUCTION and not place.trigger.strong
    under_way = place.text.startswith("正", place.trigger.start)  # 正在装修的X元旦开放: two facts
    return passing and not under_way and place.text.startswith("的", place.trigger.end)


def _verb_follows(groups: list[tuple[Trigger, Trigger]], index: int, end: int) -> bool:
    """Is there another stage word in the clause, which says of the 开复工项目 that they have started?"""
    following = itertools.takewhile(lambda group: group[0].start < end, itertools.islice(groups, index + 1, index + 9))
    return any(not (later_one.bare or later_one.only_object) for _, later_one in following)


def _reach(sentence: Sentence, groups: list[tuple[Trigger, Trigger]], index: int, end: int) -> int:
    """Where the words that a stage word may have behind it end: at the next one that is no part of a name."""
    for first, trigger in itertools.islice(groups, index + 1, index + 9):
        if first.start >= end:
            break
        if not (trigger.bare or trigger.only_object) or sentence.document.text[first.start - 1] == "、":
            return first.start
    return end


def _draft(place: Place, name: Name, previous: int, dealt: tuple[int, int]) -> Draft:
    sentence, trigger = place.sentence, place.trigger
    status = _status(place, name)
    time = period(sentence, place.first.start, trigger.end, previous, name, status, dealt)
    start, end = _evidence(place, name)
    if time and end <= time.start < sentence.end:
        end = time.end  # 原定10月通车，推迟至明年5月
    organized = name.organization or organization(sentence, name, trigger.start)
    full = fuller(sentence.document, name)
    return Draft(
        event_type="project_milestone",
        start=start,
        end=end,
        status=status,
        rule=f"milestone.{trigger.stage}",
        trigger=(trigger.start, trigger.end),
        fields={
            "project": full,
            "organization": organized,
            "stage": trigger.stage,
            "project_count": share_count(place.text, trigger)
            or (None if status is Status.PLANNED and _share_of(place, name) else name.count),
            "progress_percent": trigger.percent if trigger.stage is Stage.UNDER_CONSTRUCTION else None,
        },
        period=time,
        confidence=0.9 if trigger.strong and sentence.start <= name.start else 0.7,
        reasons={
            "stage": f"{sentence.document.text[trigger.start : trigger.end]} says {trigger.stage}",
            "project": "named in this sentence" if sentence.start <= name.start < sentence.end else "named before this sentence",
        },
    )


def _share_of(place: Place, name: Name) -> bool:
    """重点项目164个，…，确保一季度开工率达到30%: it will be some of those that were counted before, how many is not said."""
    before = name.end < place.sentence.clauses[place.sentence.clause_at(place.first.start)].start
    return before and is_rate(place.text[place.trigger.start : place.trigger.end], whole=False)


def _status(place: Place, name: Name) -> Status:
    """Work that is under way is a fact unless its own words say that it is still to come."""
    if (
        name.count is not None
        and _AT_LEAST.search(place.text, place.trigger.end, max(place.hi, name.end))
        or TO_WAIT.match(place.text, place.trigger.end)
        or in_years(place)
    ):
        return Status.PLANNED
    trigger, text = place.trigger, place.text[place.first.start : place.trigger.end]
    if _MOVED.search(text) or held_on(place.sentence, trigger.end) is Status.PLANNED:
        return Status.PLANNED
    if text in ("把", "将"):  # 把总部搬到了X
        return Status.ACTUAL
    begins = text.startswith(("复工", "全面复工", "进场", "施工", "恢复施工")) and not text.endswith("现场")
    if trigger.stage is Stage.UNDER_CONSTRUCTION and not begins and not _coming(place):
        return Status.ACTUAL
    dated = place.first.end < trigger.start and place.sentence.times_between(place.first.end, trigger.start)
    at = trigger.start if dated else place.first.start  # 完成X吊装并于10月并网
    said = mood.status(place.sentence, at, trigger.end, (name.start, name.end))
    return Status.ACTUAL if said is Status.PLANNED and _known_batch(place, name) else said


def _known_batch(place: Place, name: Name) -> bool:
    """`确保本次签约的14个项目年底前开工`: the aim is what comes behind; which projects are meant has been told."""
    if name.count is None or not place.text.startswith("的", place.trigger.end) or name.start < place.trigger.end:
        return False
    return bool(_THIS_TIME.search(place.text, place.lo, place.first.start))


def _coming(place: Place) -> bool:
    """Do the words before it, or a time that heads the clause before (力争到6月底，X完成80%), say that it is still to come?"""
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(place.trigger.start)
    if number and _BY_THEN.fullmatch(place.text, clauses[number - 1].start, clauses[number - 1].end):
        return True
    start = clauses[number].start
    dated = mood.by_date(place.sentence, start, place.first.start) is Status.PLANNED
    return dated or bool(_COMING.search(place.text, place.lo, place.first.start))


_THIS_TIME = expression(
    "(?:[本此这上]次?[期批轮]|[本此这上]次|上个?(?:年|季度?|月|半年)|去年|此前|之前|前期|今天|当天)(?:集中|现场|成功)?$"
)
# 竣工时间由年底推至明年6月
_MOVED = expression("(?:日期|时间|节点|日子|目标).{0,24}(?:[改定调]|推|延|提前)")
_BY_THEN = expression("(?:力争|确保|计划|预计|争取)[^，。；]{0,4}[到至在于]?[^，。；]{1,8}[底末前内月度]")
# What has happened is counted; a target is a least number.
_AT_LEAST = expression("不(?:得|能)?[少低]于|至少")
_COMING = expression(listed("ahead"))


def _evidence(place: Place, name: Name) -> tuple[int, int]:
    """From the clause that names the project (the stage word's, where another sentence does) to the end of the stage word's."""
    sentence = place.sentence
    clauses = sentence.clauses
    clause = clauses[sentence.clause_at(place.trigger.end - 1)]  # 通车的日子，定在10月1日
    start = (
        clauses[sentence.clause_at(min(place.first.start, name.start))].start
        if sentence.start <= name.start < sentence.end
        else clauses[sentence.clause_at(place.trigger.start)].start
    )
    end = max(place.hi if place.hi < clause.end else clause.end, min(name.end, sentence.end))
    text = sentence.document.text
    if place.hi < clause.end:
        cut = text.rfind("、", place.trigger.end, place.hi)
        end = max(cut if cut > 0 else place.trigger.end, min(name.end, sentence.end))
    while (
        end > start + 1
        and text[end - 1] in "。！？…，；：、\n\t ”"
        and text[start:end].count("“") <= text[start : end - 1].count("”")
    ):
        end -= 1
    while start < end - 1 and text[start] in " \t\n，、":
        start += 1
    return start, max(end, place.trigger.end)


def _add(sentence: Sentence, drafts: list[Draft], draft: Draft) -> None:
    """One event a fact: the same stage of the same project told twice in one sentence becomes one, but for what a headline on the
    same line has told."""
    opening = sentence.clauses[0]
    for number in range(max(0, len(drafts) - _REMEMBERED * 4), len(drafts)):
        known = drafts[number]
        if opening.mark == " " and known.end <= opening.end < draft.start:
            continue
        same = all(known.fields[key] == draft.fields[key] for key in ("project", "stage"))
        if same and known.status == draft.status and known.fields["project_count"] == draft.fields["project_count"]:
            if known.period and draft.period and _span(known.period) != _span(draft.period):
                continue
            if known.period and known.period.first == known.period.last and draft.fields["progress_percent"] and not draft.period:
                continue  # 6月1日复工，桩基完成43%: not by that day
            fields = dict(known.fields)
            fields["progress_percent"] = draft.fields["progress_percent"] or known.fields["progress_percent"]
            drafts[number] = replace(
                known,
                end=max(known.end, draft.end),
                start=min(known.start, draft.start),
                fields=fields,
                period=known.period or draft.period,
            )
            return
    drafts.append(draft)


def _span(time: Time) -> tuple[object, object]:
    return time.first, time.last
