"""The fields of a milestone beside its project and stage: time, organisation, progress, the fuller name."""

from __future__ import annotations

from dataclasses import replace

from services.contracts import Status
from services.extractor import mood
from services.extractor.calendar_days import own_times
from services.extractor.dates import Time
from services.extractor.expressions import ending, expression, needed
from services.extractor.governing import dates_line
from services.extractor.names import Name, words
from services.extractor.reading import Document, Sentence, up_to
from services.extractor.rules.milestone_put_off import moved_to, set_for
from services.extractor.rules.milestone_topics import predicate
from services.extractor.rules.milestone_words import listed
from services.extractor.table_columns import is_stages_day

_NOW = expression("目前|现在|当前|今")
# A time that stands further from the stage word is not the stage's; more in one sentence is no prose.
_FAR = 400


def period(
    sentence: Sentence, start: int, end: int, previous: int, name: Name, said: Status, dealt: tuple[int, int] = (0, 1)
) -> Time | None:
    """The time of the stage at [start, end), which is reached on a day, not from it on (自6月1日起开行). `said`: whether it has
    happened, `dealt`: which of how many projects it is (分别于4月、6月投产)."""
    found = _period(sentence, start, end, previous, name, dealt, said)
    if found and found.point:
        found = replace(found, last=found.point)
    return mood.looked_back(sentence, found, said)


def _period(
    sentence: Sentence, start: int, end: int, previous: int, name: Name, dealt: tuple[int, int], said: Status
) -> Time | None:
    """The last time before the stage word in its clause, behind the stage word before it; else the one that stands at the head of
    the clauses before it."""
    text = sentence.document.text
    clauses = sentence.clauses
    number = sentence.clause_at(start)
    first = max(0, number - 12)
    last = clauses[sentence.clause_at(end - 1)].end
    usable = [
        t
        for t in sentence.times_between(max(clauses[first].start, start - _FAR), min(last, end + _FAR))
        if _usable(text, t, name)
        and not (t.end <= start and _attributive(text, t, start) and not dates_line(sentence, t))
        and not is_stages_day(sentence.document, t.start)
    ]
    if text.endswith(_UNTIL, start, end) and (until := next((t for t in usable if end - 1 <= t.start <= end), None)):
        return set_for(text, until)  # 原计划年内的竣工时间推迟至明年3月
    if moved := moved_to(sentence, clauses[number].start, start, end):
        return moved
    own = own_times(text, [t for t in usable if previous <= t.start and (t.end <= start or start <= t.start and t.end <= end)])
    if own:
        if dealt[1] > 1 and "分别" in text[previous : own[0].start + 1] + text[max(previous, own[0].start - 4) : own[0].start]:
            return own[dealt[0]] if len(own) == dealt[1] else None
        return up_to(text, _nearest(own), [t for t in usable if t.end <= own[0].start])
    if previous > clauses[number].start and "、" in text[previous:start]:
        inherited = [t for t in usable if clauses[number].start <= t.start and t.end <= start]
        if inherited:
            return _nearest(inherited)
    behind = [
        t
        for t in usable
        if end - 1 <= t.start < last
        and (
            t.start < end  # 开工时间顺延至11月中旬
            and text[t.start] in "至到"
            or expression("(?:时间)?(?:为|是|于|在|：|（)?").fullmatch(text[end : t.start])
            or _HELD.fullmatch(text, end, t.start)
            or TO_WAIT.fullmatch(text, end, t.start)
        )
    ]
    if behind:
        return behind[0]
    apart, alone = False, name.count is None and name.start >= clauses[number].start
    for clause in reversed(clauses[first:number]):
        # Behind a semicolon only what opens the sentence still governs; what is counted there goes on what was counted before it.
        far = clause.mark == "；" and clause is not clauses[number - 1]
        apart = apart or clause.mark == "；"
        heading = [
            t
            for t in usable
            if clause.start <= t.start < clause.end
            and _heads(text, clause.start, t)
            and not (t.start - sentence.begin > 1 and (far or apart and alone and _brief(t)))
            and not _EARNED.match(text, t.end)
            and not _left_behind(sentence, t, end, said)
        ]
        if heading:  # 明年五一，X通车
            return next((t for t in usable if t.start == heading[0].end), heading[0])
        if far:
            break
    return _same_day(sentence, clauses[number].start, start)


# What the words of a stage that is set for another day end with.
_UNTIL = ("至", "到", "为", "到了", "至了", "为了")


# 集中竣工仪式7月16日举行
_HELD = expression("(?:仪式|活动|大会|典礼)(?:将|定)?(?:于|在)?")


def held_on(sentence: Sentence, end: int) -> Status | None:
    """What the day of the ceremony that the stage word ending there is a part of says."""
    ceremony = _HELD.match(sentence.document.text, end)
    day = next((time for time in sentence.times if ceremony and time.start == ceremony.end()), None)
    return mood.by_date(sentence, day.start, day.end) if day else None


_MONTH = 31
# 3月18日开工，目前主体已封顶: the day is the start's alone
_BY_NOW = expression(listed("by_now"))
_SO_FAR = ending("(?:%|[一二三四五六七八九]成)$")
# 4月投产，二期正在打桩
_UNDER_WAY = expression("[，、][^，。；]{0,16}?(?:正在|仍在|还在|尚在)")
# What a sentence remembers of the stages that it has told of projects: where their words end.
STAGES_TOLD = "stages told"


def _left_behind(sentence: Sentence, time: Time, before: int, said: Status) -> bool:
    """Is the time over, and told with an earlier stage than the one that ends at `before` and has been reached since, or is yet to be?"""
    told = next((end for end in sentence.memo.get(STAGES_TOLD, ()) if time.end <= end), None)
    if told is None:
        return False
    today = sentence.document.anchor.published_on
    over = today is not None and time.last is not None and time.last < today
    # 6月1日复工，桩基完成43%: so far, not by that day
    measured = time.first == time.last and _SO_FAR.search(sentence.document.text, told, before)
    going_on = _brief(time) and _UNDER_WAY.search(sentence.document.text, told, before)
    if measured or going_on or said is Status.PLANNED and over:
        return True
    return bool(_BY_NOW.search(sentence.document.text, told, before)) and (_brief(time) or over)


def _brief(time: Time) -> bool:
    """Is it a day or a month, on which one thing happens, rather than a span that is reported on?"""
    return time.first is not None and time.last is not None and (time.last - time.first).days < _MONTH


# 2023年营业收入2.7亿元: the time of what was earned.
_EARNED = expression("(?:实现|完成|预计)?(?:营业收入|营收|销售收入|销售额|产值|利税|税收|纳税|利润)")
# 全部达产要等到明年6月
TO_WAIT = expression(
    f"{listed('to_come')}|(?:还|也|恐怕|预计|则)?(?:要|得|须|需|将)等?到?|(?:推迟|顺延|定|安排|计划|预计|预定)[到至在]"
)
_SAME_DAY = expression("当天|当日|同日|同一[天日]|当场|会上|仪式上")


def _same_day(sentence: Sentence, lo: int, start: int) -> Time | None:
    """同日, 当天: the day that was named last."""
    text = sentence.document.text
    signed = text.startswith("签", start) and text.endswith("现场", lo, start)  # 今天，招商大会举行。16个项目现场签约
    if not signed and not _SAME_DAY.search(text, lo, start) and not _SAME_DAY.match(text, sentence.start, start):
        return None
    line = text.rfind("\n", 0, sentence.start) + 1
    for near in (sentence, *sentence.document.before(sentence, 4)):
        if signed and near.start < line:
            break
        for time in reversed(near.times):
            if time.end <= start and time.first and time.first == time.last and not time.comparison:
                return time
    return None


def _usable(text: str, time: Time, name: Name) -> bool:
    if time.comparison or not (time.first or time.last) or _NOW.fullmatch(text[time.start : time.end]):
        return False
    return not (name.start < time.start < name.end or name.start == time.start and time.end < name.end)


# 上周五在某市举行的恳谈会上，X签约: the occasion's time is the stage's.
_OCCASION = expression("[^，。；、]{0,16}(?:会|仪式|活动|论坛|典礼)上，")
# 去年底动工、今年12月完工的X公路
_ATTRIBUTE = expression("[^，。；、\\d]{1,8}?(?:、[^，。；、]{2,14}?){0,3}的(?!还有|有|是)")


def _attributive(text: str, time: Time, start: int) -> bool:
    """去年获批的X: the time is that of what is said in passing, before the stage word at `start`."""
    match = _ATTRIBUTE.match(text, time.end, start)
    if match and _OCCASION.match(text, match.end(), start):
        return False
    return match is not None and not text.startswith(("以来", "期间"), time.end)


def _heads(text: str, start: int, time: Time) -> bool:
    """Does the time open its clause, so that it governs what follows?"""
    if start < time.start and text[time.start - 1] in "）】]讯":
        return True
    return len(_OPENERS.sub("", text[start : time.start])) <= 1


# What may stand before a time that opens its clause.
_OPENERS = expression(rf"{listed('time_leads')}|[△▲●■◆◇○□★☆•·\d、.：图①-⑳（）一二三四五六七八九十]")


def _nearest(times: list[Time]) -> Time:
    return times[-1]


_BUILDER = expression(
    rf"由(?P<who>[^，。；：、“”]{{2,40}}?{listed('builders', 'firm_ends')})(?:总?投[资入](?:约|近|超)?[\d.,]+[^，。；]{{0,6}}?元(?:人民币)?)?"
    rf"(?:独家|联合|牵头|负责|共同|全额|独资)?{listed('building')}"
)


# …，北京某科技承建; 建设单位某集团表示
_BUILDS = expression(
    rf"(?<=[，；])由?(?P<who>[一-鿿（）]{{2,20}}{listed('builders', 'firm_ends')})(?:承建|投建|投资建设|负责建设|承担建设)(?=[，。；]|$)"
    rf"|(?:(?:建设|业主|投资|施工|承建)(?:单位|方)|(?:建设|施工|承建)的|(?<=[，。；：\n])业主)(?P<named>[一-鿿（）]{{1,20}}?{listed('builders', 'firm_ends')})"
    rf"(?={listed('speaking')}|(?:项目)?(?:负责人|经理)|当[天日]|与|已|正)"
)
# 某某乳业同某镇敲定了X
_SETTLED = ending(
    rf"(?:^|[，。；：\n])(?P<who>[一-鿿（）]{{2,20}}?{listed('firm_ends')})(?:同|与|和)[^，。；：]{{2,16}}?(?:敲定|签下|签订|签署|签约|签成)了?$"
)
# 某某新材料公司年产6万吨薄膜项目
_OWN = expression("(?P<who>[一-鿿（）]{3,24}?有限(?:责任)?公司).{4,}")
# X公司把Y项目签了下来
_TAKEN = expression("(?:^|[，。；：\n])(?P<who>[^，。；：、\n]{3,20})把$")
# 建设单位：县自来水公司
_LABELLED = expression("(?:业主|(?:建设|业主|实施|承建|投资)(?:单位|主体|方))(?:：|为|是)(?P<who>[^，。；：（）\n\t的]{3,30})")
_LABELS, _BUILDING = needed(_LABELLED.pattern), needed(_BUILDS.pattern)


def organization(sentence: Sentence, name: Name, at: int) -> str | None:
    """Who builds it, where the sentences between the name and the stage say so: 由X公司投资建设."""
    document = sentence.document
    line = document.text.rfind("\n", 0, sentence.start) + 1
    start = max(line, min(name.start, sentence.start) if name.start >= line else line)
    end = sentence.end if sentence.start <= name.start else at
    # 甲已营业；乙正在摊铺，施工的丙公司表示…: who builds 乙 is told behind the semicolon.
    apart = document.text.find("；", max(name.end, at), end)
    end = apart if apart > 0 else end
    if _LABELS.search(document.text, start, end) and (labelled := _LABELLED.search(document.text, start, end)):
        return document.page.words(*labelled.span("who"))
    taken = document.text.startswith("把", name.start - 1) and _TAKEN.search(
        document.text, max(line, name.start - 30), name.start
    )
    if taken:
        return document.page.words(*taken.span("who"))
    own = _OWN.fullmatch(name.plain)
    if own:
        return name.text[: own.end("who")]
    settled = _SETTLED.search(document.text, max(line, name.start - 44), name.start)
    if settled:
        return document.page.words(*settled.span("who"))
    if _BUILDING.search(document.text, start, end) and (builds := _BUILDS.search(document.text, start, end)):
        return document.page.words(*builds.span("who" if builds["who"] else "named"))
    for match in _BUILDER.finditer(document.text, start, end):
        if not expression("[年月日元]").search(match["who"]):
            return document.page.words(match.start("who"), match.end("who"))
    return None


_SHORT = expression("(?:项目|工程)$")
# 二季度项目 is no short name of anything that begins with 二季度.
_WHEN = expression("(?:[一二三四]季度|[上下]半年|[今明去]年|\\d{1,4}年|\\d{1,2}月).{0,2}")


def fuller(document: Document, name: Name) -> str:
    """The fuller of two names that the bulletin gives one project: 甲项目 is 甲装备制造园, if only one begins with 甲."""
    core = _SHORT.sub("", name.plain)
    if name.count is not None or core == name.plain or not 2 <= len(core) <= 6 or name.general or _WHEN.fullmatch(core):
        return name.text
    found: dict[str, tuple[int, int]] = {}
    at = document.text.find(core)
    for _ in range(20):
        if at < 0:
            break
        stop = expression("[，。；：、…\n\t （）“”的]|(?<=项目|工程)[和与及]|等[\\d两三四五六七八九十一多项]").search(
            document.text, at, at + 30
        )
        heads = [m.end() for m in words().heads.finditer(document.text, at + len(core), stop.start() if stop else at + 30)]
        if heads and heads[-1] - at > len(name.text) and not predicate().search(document.text, at, heads[-1]):
            end = heads[0] if len(heads) == 1 else heads[-1]
            found[document.text[at:end]] = (at, end)
        at = document.text.find(core, at + 1)
    # 甲家电基地项目 is a project, 甲产业链扩容 may be none.
    projects = {text: span for text, span in found.items() if _SHORT.search(text)}
    named = projects if len(projects) == 1 else found
    return document.page.words(*named.popitem()[1]) if len(named) == 1 else name.text
