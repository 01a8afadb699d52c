"""What the milestones of one sentence say of each other: members of a batch, steps that the next clause goes beyond."""

from __future__ import annotations

from dataclasses import replace

from services.contracts import Stage, Status
from services.extractor.characters import unify
from services.extractor.expressions import expression
from services.extractor.namelists import read
from services.extractor.names import Name, is_project, value
from services.extractor.reading import Draft, Sentence
from services.extractor.rules.milestone_stages import later
from services.extractor.rules.milestone_topics import mentioned
from services.extractor.rules.milestone_words import listed

_REMEMBERED = 8
_BOTH = expression("[^，。；]{0,30}?并[^，。；、]{0,4}")
_DESIGNATED = expression("[季批度].{0,8}项目$")
_OF_NAMES = ("新建", "加装", "改造", "扩建", "改建")
_STEPS = ("完成", "完毕", "进场", "到位", "收尾", "试车成功")
# 通水调试达标，9月12日正式投运: on no day of its own, and not going on.
_TRIED = expression("(?!正|在|加紧|抓紧|抢)[^，。；]{0,8}(?:调试|试车|联调)")
_ONE_IS = expression(
    "计有|(?:项目|主要|重点|其中)?包括(?!了)|(?:其中)?(?:一个|一项|另一个|另一项|另外一个|(?:它们)?分别)(?:是|为)|即"
)
# 涵盖先进制造、现代物流等领域: only what is called as projects are is one.
_COVERS = expression("(?:主要|重点)?(?:涵盖|涉及|囊括|有)(?=[^，。；、]{2,40}、)")
_INVOLVES = expression(
    r"(?:涉及|包含|包括|共计?|共有|总计)(?:[^，。；、\d]{0,8}项目)?(?P<number>\d{1,3})个(?:[^，。；、\d]{0,6}(?:项目|工程))?"
)
_TAKE_PART = expression("(?:项目|工程)(?:参加|参与|在列|入列|亮相)$")
_TOWNS = ("街道", "镇", "乡", "村", "社区")


_ALL = expression(
    "(?:这|上述|以上)?(?P<number>[两二三四五2-5])[个大条座](?:项目|工程|道路|学校|园区|大桥)[^，。；、\\d]{0,4}(?:均|都|全部|双双)"
)


def all_named(sentence: Sentence, start: int, found: list[Name]) -> list[Name]:
    """`甲选址某地；乙可提供学位900个。两个项目均已进场施工`: those that the sentence before names, where they are as many."""
    match = _ALL.match(sentence.document.text, start) if len(found) == 1 and found[0].count else None
    if match is None or value(match["number"]) != found[0].count:
        return found
    names: dict[str, Name] = {}
    for one in sentence.document.before(sentence, 1):
        for clause in one.clauses[:_REMEMBERED]:
            names |= {name.plain: name for name in mentioned(one, clause) if name.count is None and not name.general}
    return list(names.values()) if len(names) == found[0].count else found


def apposed(sentence: Sentence, drafts: list[Draft]) -> list[Draft]:
    """签下项目2个，一个是X: X reaches the stage as one of the batch."""
    found: list[Draft] = []
    first = min((draft.end for draft in drafts), default=0)
    for number, clause in enumerate(sentence.clauses if drafts else ()):
        if clause.start < first:
            continue
        involved = _INVOLVES.fullmatch(clause.text)
        if involved and drafts[-1].end <= clause.start and _DESIGNATED.search(_called(drafts[-1])):
            drafts[-1].fields["project_count"] = drafts[-1].fields["project_count"] or int(involved["number"])
            continue
        covers = _COVERS.match(clause.text)
        match, part = covers or _ONE_IS.match(clause.text), _TAKE_PART.search(clause.text)
        listed = number > 0 and sentence.clauses[number - 1].mark == "：" and "、" in clause.text
        batch = next((d for d in reversed(drafts) if d.end <= clause.start and (d.fields["project_count"] or part)), None)
        if batch is None or not (match or part or listed and clause.start - batch.end == 1):
            continue
        start, end = clause.start + (match.end() if match else 0), clause.start + (part.start() + 2 if part else len(clause.text))
        if match and start == clause.end and clause.mark == "：" and number + 1 < len(sentence.clauses):  # 分别是：甲、乙
            clause = sentence.clauses[number + 1]
            start, end = clause.start, clause.end
        for name in read(sentence, start, end, bool(part or "、" in clause.text) and not covers):
            if covers and (not is_project(name.plain) or name.plain.endswith(_TOWNS)):
                continue
            if name.count is not None and part:
                batch.fields["project_count"] = name.count
            elif name.count is None and not name.general and name.text:
                fields = {**batch.fields, "project": name.text, "organization": name.organization, "project_count": None}
                found.append(replace(batch, end=clause.end, fields=fields))
        if not part and len(found) == batch.fields["project_count"]:
            drafts.remove(batch)  # all are named
    return found


# X春季重大项目集中开工活动在县城举行，16个项目同步动工
_THESE = expression("(?:重点|重大|招商)?项目")
_OF_TIME = expression("[季批度场期次轮].{0,8}项目$")


def _called(draft: Draft) -> str:
    """The project's name in the characters that patterns are written in; drafts hold the bulletin's own."""
    return unify(draft.fields["project"] or "")


def count_ceremony(drafts: list[Draft]) -> None:
    """Make one of a batch's ceremony and the projects that are counted right behind it: they are the batch. Changes `drafts`."""
    for number in range(len(drafts) - 1, 0, -1):
        batch, counted = drafts[number - 1], drafts[number]
        if (
            batch.status is counted.status
            and batch.fields["stage"] is counted.fields["stage"]
            and batch.fields["project_count"] is None
            and counted.fields["project_count"]
            and _THESE.fullmatch(_called(counted))
            and _OF_TIME.search(_called(batch))
        ):
            fields = {**counted.fields, "project": batch.fields["project"]}
            period = counted.period or batch.period
            drafts[number - 1 : number + 1] = [replace(counted, fields=fields, period=period)]


def not_running_yet(sentence: Sentence, drafts: list[Draft]) -> list[Draft]:
    """`点火烘炉，9月正式投产`: a trial run before what is told to come is work under way, and adds nothing to work told besides."""
    text = sentence.document.text
    result: list[Draft] = []
    for number, draft in enumerate(drafts):
        following = [other for other in drafts[number + 1 : number + 1 + _REMEMBERED] if _same_project(other, draft)]
        tried = draft.status is Status.ACTUAL and _TRIAL.fullmatch(text, *draft.trigger)
        if tried and any(other.status is Status.PLANNED and other.fields["stage"] is Stage.OPERATIONAL for other in following):
            if any(other.fields["stage"] is Stage.UNDER_CONSTRUCTION for other in following):
                continue
            fields = {**draft.fields, "stage": Stage.UNDER_CONSTRUCTION}
            draft = replace(draft, rule=f"milestone.{Stage.UNDER_CONSTRUCTION}", fields=fields)
        result.append(draft)
    return result


def _same_project(one: Draft, other: Draft) -> bool:
    return bool(one.fields["project"] == other.fields["project"])


_TRIAL = expression(f"(?:一次|首次|成功)?{listed('trial_runs')}(?:一次|首次)?(?:成功)?")


def without_passing(sentence: Sentence, drafts: list[Draft]) -> list[Draft]:
    """Leave out what the next clause goes beyond: 新建营地4座，全部开放 is their opening; 浇筑完成，实现封顶 the topping out."""
    text = sentence.document.text
    return [
        draft
        for number, draft in enumerate(drafts)
        if not any(_goes_beyond(text, other, draft) for other in drafts[number + 1 : number + 1 + _REMEMBERED])
        and not any(_told_again(text, other, draft) for other in drafts[max(0, number - _REMEMBERED) : number])
    ]


def _told_again(text: str, other: Draft, draft: Draft) -> bool:
    """`1—4号楼已交房，940户群众拿到钥匙`: are the keys those of what `other`, told before, has handed over?"""
    same = other.fields["stage"] is draft.fields["stage"] and other.status is draft.status
    keys = text.endswith("钥匙", *draft.trigger)
    return keys and same and (other.fields["project"] or "").startswith(draft.fields["project"] or "")


def _to_begin(draft: Draft, word: str) -> bool:
    """`将抓紧施工，确保10月底前投产`: how it is to come to what is told next."""
    return draft.status is Status.PLANNED and word.endswith("施工")


def _goes_beyond(text: str, other: Draft, draft: Draft) -> bool:
    """Does `other`, which is told later, make `draft` a step on the way to it?"""
    if other.trigger[0] <= draft.trigger[1] or other.status != draft.status:
        return False
    word = text[draft.trigger[0] : draft.trigger[1]]
    stage, next_stage = draft.fields["stage"], other.fields["stage"]
    last_of_it = word.startswith("最后一")
    passing = (
        word.startswith(_OF_NAMES)
        or word.endswith("全线贯通")
        or stage is Stage.UNDER_CONSTRUCTION
        and (word.endswith(_STEPS) or draft.period is None and (_TRIED.fullmatch(word) or _to_begin(draft, word)))
    )
    counted, others = draft.fields["project_count"], other.fields["project_count"]
    if stage is Stage.UNDER_CONSTRUCTION is not next_stage and others and counted != others:
        return False  # 30台风机全部吊装到位，首批10台并网
    one, another = draft.fields["project"] or "", other.fields["project"] or ""
    whole = (
        stage is next_stage is Stage.UNDER_CONSTRUCTION
        and draft.period is None
        and len(one) < len(another)
        and another.startswith(one)
    )
    if not (passing or last_of_it or whole or _BOTH.fullmatch(text, draft.trigger[1], other.trigger[0])):
        return False
    if other.fields["project"] == draft.fields["project"]:
        if next_stage is stage:
            return last_of_it or other.fields["project_count"] != draft.fields["project_count"]
        # 推土机进场，举行奠基仪式: they came to begin.
        return later(next_stage, stage) is next_stage or word.endswith("进场") and next_stage is Stage.STARTED
    if next_stage is not stage:
        return False
    return last_of_it or stage is Stage.UNDER_CONSTRUCTION and other.fields["project"][:6] == draft.fields["project"][:6]
