"""From what was read of an accolade to the proposed events: its fields, its evidence, its time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from services.contracts import Level, Status
from services.extractor import mood
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_contests import contest_before
from services.extractor.rules.accolade_honours import Honour
from services.extractor.rules.accolade_named import members
from services.extractor.rules.accolade_own import goes_before, whose
from services.extractor.rules.accolade_parts import Recipient, level, patterns
from services.extractor.rules.accolade_words import words

_AUTONOMOUS = frozenset(("15", "45", "54", "64", "65"))
_WISHED = expression(f"{words('wishes')}(?!的)|(?<![小名老干猛健麻女虎闯强])将(?!军|近)")


_PLANS = expression("[^，。；]{0,6}?(?:计划|力争|争取|拟|规划|目标是|打算|准备)(?!生育|单列)")
# 创建目标：国家卫生县城通过复审
_AIM = expression("(?:目标|任务|打算|计划|安排)[是为]?$")
# No longer are the words between a verb and a rank that say among whom it is.
_SCOPE = 12


class Giving(NamedTuple):
    """Honours given or sought, as clauses `first` to `last` of a sentence tell it; `verb` is the word that says so, `rule` how it
    was read. Without a recipient it is the bulletin's own place."""

    first: int
    last: int
    named: list[Recipient]
    found: list[Honour]
    rule: str
    verb: re.Match[str]
    grantor: str | None = None


def drafts(sentence: Sentence, given: Giving) -> Iterator[Draft]:
    """One event a recipient and an honour."""
    document = sentence.document
    page, text = document.page, document.text
    named, found = given.named, given.found
    named_so_far(sentence).extend((honour.start, honour.end) for honour in found)
    if len(named) == 1 and named[0].count and (all_named := members(sentence, given.last, named[0].count)):
        named, last = all_named
        given = given._replace(last=last)
    if len(named) == len(found) > 1 and expression("分别|分列|分获|依次").search(text[named[0].start : given.verb.end()]):
        # A、B分别荣获全市目标考核一等奖、二等奖: one each, the contest named once.
        for recipient, honour in zip(named, found, strict=True):
            whole = honour if honour.end > honour.start else Honour(found[0].start, found[0].end, honour.rank)
            yield draft(sentence, given, whole, page.words(recipient.start, recipient.end), recipient.count)
        return
    for number, honour in enumerate(found):
        if not page.words(honour.start, honour.end):
            continue
        # Several places in one contest: the evidence of each ends behind it, that of the last with the clause.
        again = any(other.start == honour.start for other in found[number + 1 :])
        stop = honour.rank[1] if again and honour.rank else None
        if not named:
            yield draft(sentence, given, honour, whose(sentence, given.verb.start(), (honour.start, honour.end)), None, stop)
        for recipient in named:
            yield draft(sentence, given, honour, page.words(recipient.start, recipient.end), recipient.count, stop)


def draft(
    sentence: Sentence, given: Giving, honour: Honour, recipient: str | None, count: int | None, stop: int | None = None
) -> Draft:
    """The event that a recipient, or a `count` of them, has got or seeks an honour; its evidence ends at `stop`, where given."""
    clauses, document = sentence.clauses, sentence.document
    page, verb = document.page, given.verb
    start = min(clauses[given.first].start, honour.start if honour.end > honour.start else clauses[given.first].start)
    end = max(clauses[given.last].end, honour.end if honour.start > verb.start() else 0)
    end = stop or end
    if honour.start < sentence.start:
        start = clauses[given.first].start
    name = document.text[honour.start : honour.end]
    return Draft(
        event_type="accolade",
        start=start,
        end=end,
        status=_status(sentence, given),
        rule=f"accolade.{given.rule}",
        trigger=(verb.start(), verb.end()),
        fields={
            "recipient": recipient,
            "recipient_count": count,
            "honor": page.words(honour.start, honour.end),
            "level": level_of(sentence, name, given.grantor)
            or _level_of_contest(sentence, verb, honour)
            or _level_of_rank(sentence, verb, honour)
            or level_of_decision(sentence, own=given.rule == "given" and given.grantor is None),
            "rank": page.words(*honour.rank) if honour.rank else None,
            "granted_by": given.grantor,
        },
        period=_period(sentence, start, end, honour) or _period_of_contest(sentence, given.verb, honour),
    )


def _status(sentence: Sentence, given: Giving) -> Status:
    """An honour that is told with the verb of giving it was given, unless a modal word stands before the verb."""
    text, verb = sentence.document.text, given.verb
    opening = sentence.clauses[0]
    if opening.mark == "：" and _AIM.search(opening.text) and verb.start() > opening.end:
        return Status.PLANNED
    if given.rule == "seeking" and "seeking" in patterns().kinds[verb[0]]:
        before = text[sentence.clauses[given.last].start : verb.start()]
        # What has been applied for has not been given.
        done = expression("成功|通过|获批" if verb[0].startswith(("申报", "申请")) else "成功|已|通过|获批").search(before)
        return Status.ACTUAL if done else Status.PLANNED
    if given.rule == "gained" and verb[0].startswith(("申报", "申请", "推荐", "争创", "组织")):
        return Status.PLANNED
    if given.rule in ("gained", "seeking", "turned"):
        if _WISHED.match(verb[0]):  # 力争新增
            return Status.PLANNED
        return mood.status(sentence, verb.start(), verb.start())
    number = sentence.clause_at(verb.start())
    clause: Clause = sentence.clauses[number]
    wished = _WISHED.search(text, clause.start, verb.start())
    if not wished and number and (clause.start == verb.start() or clause.text[0].isdigit()):
        # 计划用三年时间，建成…示范区; 争取2个村入选…，3家企业获评…
        wished = _PLANS.match(text, sentence.clauses[number - 1].start, sentence.clauses[number - 1].end)
    return Status.PLANNED if wished or (sentence.section.planned and clause.start == verb.start()) else Status.ACTUAL


def level_of(sentence: Sentence, honor: str, grantor: str | None) -> Level | None:
    """The level that the honour's name or who grants it shows in this bulletin."""
    home = sentence.document.home
    if "全区" in honor and home is not None and home.code[:2] in _AUTONOMOUS and not home.name.endswith("区"):
        return Level.PROVINCIAL  # in a county of an autonomous region, 全区 is the region
    shown = level(honor, grantor)
    if (
        shown is None
        and home is not None
        and home.level == "county"
        and len(home.name) > _SHORTEST_COUNTY
        and home.name[:-1] in honor
    ):
        return Level.DISTRICT  # 云岭茶王赛, “云岭工匠”
    return shown


# 云岭县: without what it is, the name may stand in any other.
_SHORTEST_COUNTY = 2


def _level_of_contest(sentence: Sentence, verb: re.Match[str], honour: Honour) -> Level | None:
    """Of an award that does not show its level, the level of the contest that it was won in."""
    contest = _contest_of(sentence, verb, honour)
    return level_of(sentence, sentence.document.text[slice(*contest)], None) if contest else None


def _contest_of(sentence: Sentence, verb: re.Match[str], honour: Honour) -> tuple[int, int] | None:
    """The contest that was named before the verb; in a sentence before, only of a rank in an event of it (女子跳远冠军)."""
    contest = contest_before(sentence, sentence.clause_at(verb.start()), verb.start())
    if contest is None:
        return None
    if contest[1] < sentence.start and (
        honour.rank is None
        or patterns().contest.search(sentence.document.text, honour.start, honour.end)
        and honour.start > contest[1]
    ):
        return None
    return contest[1:]


def _level_of_rank(sentence: Sentence, verb: re.Match[str], honour: Honour) -> Level | None:
    """营商环境评价列全省A档: among whom the rank is."""
    if honour.rank is None or not 0 < honour.rank[0] - verb.end() < _SCOPE:
        return None
    return level_of(sentence, sentence.document.text[verb.end() : honour.rank[0]], None)


# 关于表彰2023年度全县高质量发展先进集体的决定. In a county-level city 全市 is the county, so that 市 says nothing here.
_DECISION = expression("关于(?:表彰|表扬|命名|授予|公布|认定)(?P<what>[^\n，。；]{0,60}?)(?:的)?(?:决定|通报|通知)")
_HEAD = 300
_DISTRICTS = expression("(?<!自治)[县区旗](?!级以上)")


# 中共云河县委　云河县人民政府 / 关于2023年度综合考核结果的通报: whose decision it is
_DECIDING = expression("[县区旗](?:委|人民政府|政府|委员会|纪委|监委|人大|政协)[^。；：]{0,60}关于[^。；：\n]{2,60}(?:决定|通报)")


def level_of_decision(sentence: Sentence, *, own: bool) -> Level | None:
    """Of an honour that a district's own decision gives, where the decision says so in its headline; `own`: the sentence is one that
    confers, so that it is enough that a district decides."""
    document = sentence.document
    if "decision" not in document.memo:
        match = _DECISION.search(document.text, 0, _HEAD)
        home = document.home
        own_city = home is not None and home.level == "county" and home.name.endswith("市")
        whose = expression(f"{_DISTRICTS.pattern}|全市") if own_city else _DISTRICTS
        document.memo["decision"] = Level.DISTRICT if match and whose.search(match["what"]) else None
        document.memo["deciding"] = Level.DISTRICT if _DECIDING.search(document.text, 0, _HEAD) else None
    return document.memo["decision"] or (document.memo["deciding"] if own else None)


def named_so_far(sentence: Sentence) -> list[tuple[int, int]]:
    """Where the names of the honours stand that were read in the sentence."""
    return sentence.memo.setdefault("honours", [])  # type: ignore[no-any-return]


def _period(sentence: Sentence, start: int, end: int, honour: Honour) -> Time | None:
    """A year in the honour's name, or in another's before it, is not when it was given."""
    names = [(honour.start, honour.end), *named_so_far(sentence)]
    told = [
        time
        for time in sentence.times
        if not any(first <= time.start < last for first, last in names) and not time.comparison and (time.first or time.last)
    ]
    inside = [time for time in told if start <= time.start < end]
    if inside:
        return min(inside, key=_length)
    text = sentence.document.text
    clauses = sentence.clauses
    before = (time for time in reversed(told) if time.end <= start and not _OF_A_NAME.match(text, time.end))
    return next((time for time in before if not goes_before(clauses[sentence.clause_at(time.start)])), None)


def _period_of_contest(sentence: Sentence, verb: re.Match[str], honour: Honour) -> Time | None:
    """6月8日，全市运动会开赛。甲夺得女子跳远冠军: when the contest was, where a sentence before names it."""
    contest = _contest_of(sentence, verb, honour)
    if contest is None or contest[0] >= sentence.start:
        return None
    earlier = sentence.document.sentence_at(contest[0])
    times = [time for time in earlier.times_between(earlier.start, contest[0]) if not time.comparison and time.first]
    return times[-1] if times else None


# 认定甲镇为2024年省级农业产业强镇，…: the year of another honour
_OF_A_NAME = expression("度?(?:[省市]级|国家级|自治区级)")


def _length(time: Time) -> int:
    return (time.last - time.first).days if time.first and time.last else 400
