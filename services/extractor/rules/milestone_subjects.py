"""Whose stage it is: the names that a stage word belongs to, before it, behind it, or carried over from what was said before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load
from services.extractor.namelists import make, read, split
from services.extractor.names import Name, is_general, is_material, is_part, is_project, is_pronoun, value, words
from services.extractor.phrases import strip_left, strip_right
from services.extractor.rules.milestone_carry import carried, headed, joined
from services.extractor.rules.milestone_counts import before_next_verb, counted_behind, counted_kind, facilities
from services.extractor.rules.milestone_place import Place, left, nothing_before, phrase_end
from services.extractor.rules.milestone_signed import agreed
from services.extractor.rules.milestone_topics import item_head, mention
from services.extractor.rules.milestone_words import listed

# A firm that goes into production stands for its project; one that signs or settles does not.
_FIRM_STAGES = (Stage.OPERATIONAL, Stage.AT_CAPACITY)
_FIRM = expression("(?:公司|集团|企业|厂)$")
_DESIGNATED = expression(rf"(?:19|20)\d{{2}}年|{listed('batch_marks')}|第.{{1,3}}[批期]")


def subjects(place: Place) -> list[Name]:
    """The projects that reach the stage; empty where the words name none."""
    if place.trigger.bare:
        return _bare(place)
    if (
        _frequency(place)
        or _NOUN.match(place.text, place.trigger.end)
        and place.text[place.trigger.start : place.trigger.end] in _BUILD
    ):
        return []
    if place.trigger.stage is Stage.SIGNED and _COUNTERPART.match(place.text, place.trigger.end):
        return []
    if _CAUSE.match(place.text, place.lo) and not place.trigger.strong:
        return []
    found = (
        _one_of(place) or _modified(place) or facilities(place) or counted_behind(place) or counted_kind(place) or _firms(place)
    )
    if not found and place.modifier:
        return []
    if not found and not place.trigger.only_object:
        found = _before(place)
    if not found and place.trigger.takes_object:
        found = _object(place)
    if not found and not place.trigger.only_object and nothing_before(place) and not _goes_on(place):
        found = _told_next(place) or carried(place, [])
    if place.trigger.stage is Stage.SIGNED:
        found = [_party_left_out(name) for name in found]
        found = agreed(place, found) or found
    return [name for name in found if _counts(name, place)]


def _one_of(place: Place) -> list[Name]:
    """`作为本次竣工项目之一，X…`: what the next clause is about."""
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(place.trigger.start)
    if not _ONE_OF.match(place.text, place.trigger.end, place.hi) or number + 1 >= len(clauses):
        return []
    if not expression("作为|是").search(place.text, place.lo, place.trigger.start):
        return []
    return [n for n in mention(place.sentence, clauses[number + 1].start, clauses[number + 1].end) if n.count is None][:1]


_ONE_OF = expression("的?(?:重点|重大|产业|民生)?(?:项目|工程)之一$")


def _bare(place: Place) -> list[Name]:
    """The project of a kind of work that stands alone: the head of its item, what a colon says it is about (X学校：教学楼装修), or
    what is told when the work is done (X车间11月份调试)."""
    head = _own_head(place) or item_head(place.sentence, place.first.start)
    if head:
        return [head] if place.first.start - place.lo <= 14 else []
    if not _ENDS.match(place.text, place.trigger.end):
        return []
    number = place.sentence.clause_at(place.first.start)
    if number and place.first.start - place.lo <= 14 and (named := headed(place, place.sentence.clauses[number - 1])):
        return named
    end = strip_right(place.sentence, place.lo, place.first.start)
    part = _PART_OF_PROJECT.search(place.text, place.lo, end)
    timed = (
        part or place.lo < end < place.first.start and any(end <= time.start < place.first.start for time in place.sentence.times)
    )
    return [name for name in read(place.sentence, place.lo, end, False) if _stands(name)] if timed else []


# X项目门诊楼装修
_PART_OF_PROJECT = expression("(?:项目|工程)[^，。；、]{0,8}$")


def _own_head(place: Place) -> Name | None:
    """Of several projects in one line, parted by semicolons, the one whose name and colon stand before the stage word."""
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(place.first.start)
    for clause in reversed(clauses[max(1, number - 6) : number]):
        if clause.mark == "；":
            return None
        if clause.mark == "：" and place.text[clause.start - 1] == "；":
            return next(iter(headed(place, clause)), None)
    return None


_ENDS = expression("[，。；、]|$")


def _told_next(place: Place) -> list[Name]:
    """`自7月开工以来，X已完成…`: at the head of a sentence, what the next clause is about."""
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(place.trigger.start)
    since = place.text.startswith(("以来", "之后", "后"), place.trigger.end)
    if number or not since or len(clauses) < 2:
        return []
    return [name for name in mention(place.sentence, clauses[1].start, clauses[1].end) if name.count is None]


def _party_left_out(name: Name) -> Name:
    """`X总部与某市签约` is about X总部."""
    at = name.plain.find("与")
    cut = at > 2 and is_project(name.plain[:at]) and not is_project(name.plain)
    return replace(name, text=name.text[:at]) if cut else name


_FIRMS = expression(r"(?P<number>\d{1,2}|[两二三四五六七八九十])家(?:[一-鿿]{0,4}?(?:企业|公司|工厂))$")


def _firms(place: Place) -> list[Name]:
    """`甲科技、乙健康2家企业投产`: named firms stand for their projects, where no more are counted than are named."""
    if place.trigger.stage not in _FIRM_STAGES:
        return []
    end = strip_right(place.sentence, place.lo, place.first.start)
    match = _FIRMS.search(place.text, max(place.lo, end - 14), end)
    if not match or match.start() - place.lo < 2:
        return []
    stop = match.start() - (place.text[match.start() - 1] == "等")
    members = split(place.sentence, strip_left(place.sentence, place.lo, stop), stop, True)
    return [make(place.sentence, a, b) for a, b in members if 2 <= b - a <= 24] if len(members) > 1 else []


# 改造, 扩建 that end a name (小学扩建等项目) rather than take one (扩建小学).
_BUILD = ("改造", "扩建", "改建", "改扩建", "修建", "新建", "新增", "新改建")
_NOUN = expression(f"{listed('after_names')}|，|、|。|（|$|[一二三]期")
_COUNTERPART = expression("的?(?:入园)?(?:企业|商户|客商)")
_CAUSE = expression("因|由于|受")


def _frequency(place: Place) -> bool:
    """班列开行500列: how often, not that it began."""
    return bool(
        expression("(?:了|达|超过?|近|约|逾)?[0-9一二三四五六七八九十百千,]{1,12}[余多]?(?:列|趟|班|架次|车次|标箱)").match(
            place.text[place.trigger.end : place.hi],
        )
    )


def _goes_on(place: Place) -> bool:
    """Does a word that takes an object have one, of which nothing came?"""
    behind = place.text[place.trigger.end : place.hi].lstrip("了并")
    return (
        place.trigger.takes_object
        and len(behind) >= 3
        and bool(expression("[一-鿿A-Za-z\\d“]{3}").match(behind))
        and not expression(listed("no_objects")).match(behind)
    )


# 新增省级绿色工厂5家: a status that was conferred, nothing built.
_CONFERRED = expression("[国省市县区家]级|示范|绿色工厂|智能工厂|标杆|试点|[A星]级|龙头|重点实验室")


# 分选线正满负荷运转: a scene of work in a firm.
_MACHINES = expression("(?:线|车间|设备|机器|机组|装置)$")
_JUST_NOW = expression("(?:正|正在|开足马力|昼夜|日夜|天天|每天)$")


def _counts(name: Name, place: Place) -> bool:
    """Is it a project or a batch that the contract counts?"""
    if not name.text or name.count is not None and "入驻" in name.plain:
        return False
    if (
        place.trigger.stage is Stage.AT_CAPACITY
        and _MACHINES.search(name.plain)
        and _JUST_NOW.search(place.text, 0, place.trigger.start)
    ):
        return False
    if place.text.startswith("新增", place.trigger.start) and _CONFERRED.search(name.plain):
        return False
    if name.count is None and (name.general or is_pronoun(name.plain)):
        return bool(_DESIGNATED.search(name.plain))
    if place.trigger.stage is Stage.SIGNED and name.plain.startswith(("与", "同", "和")):
        return False
    if (
        place.trigger.stage is Stage.SIGNED
        and name.count is None
        and not is_project(name.plain)
        and expression("与|和").search(name.plain)
    ):
        return False
    if place.trigger.stage is Stage.APPROVED and expression("实验室$|试点$|示范[区县市]$|称号$|示范基地$").search(name.plain):
        return False
    if _FIRM.search(name.plain) and not is_project(name.plain):
        return place.trigger.stage in _FIRM_STAGES and name.count is None and not is_general(name.plain)
    return True


def _modified(place: Place) -> list[Name]:
    """`已投产的X一期`, `今天开工的12个项目`, `同日签约的还有A、B`."""
    text, end = place.text, place.trigger.end
    if not text.startswith("的", end) or place.hi - end < 3:
        return []
    start = end + 1
    if batch := _BATCH.match(text, start, place.hi):
        return [Name("项目", *batch.span("noun"), value(batch["number"]))]
    for lead in ("还有", "有", "是", "包括", "主要有"):
        if text.startswith(lead, start):
            start += len(lead)
    stop = phrase_end(place, start)
    found = read(place.sentence, start, stop, place.trigger.strong and place.trigger.stage is not Stage.SIGNED)
    if not found:
        return []
    if found[0].text == "":
        return carried(place, found)
    if is_part(found[0].plain):
        owner = [name for name in left(place) if name.count is None and not name.general]
        if owner:
            return [joined(owner[-1], found[0])]
        return carried(place, found)
    if found[0].general and found[0].count is None:
        return [] if not _DESIGNATED.search(text[place.lo : stop]) else found
    return found


# 集中竣工的项目7个
_BATCH = expression(r"(?P<noun>项目)(?:共|共有|有|达|达到)?(?P<number>\d{1,4})[个项]")


def _before(place: Place) -> list[Name]:
    """The subject in front of the stage word, in its clause."""
    sentence, text = place.sentence, place.text
    end = strip_right(sentence, place.lo, place.first.start)
    if end <= place.lo or text[end : end + 1] == "、":
        return []
    found = read(sentence, place.lo, end, place.trigger.strong)
    served = _OVER.search(text, place.lo, place.first.start) if place.trigger.stage is Stage.SIGNED else None
    served = (
        served
        or _SERVED.match(text, place.first.start, place.trigger.end)
        or _ITS_UNITS.fullmatch(text, place.lo, end)
        or _WHERE.fullmatch(text, place.lo, place.first.start)
    )
    if served and (named := [n for n in read(sentence, *served.span("what"), False) if _stands(n)]):
        return named
    head = _own_head(place) or item_head(sentence, place.first.start)
    if head and head.organization:
        found = [replace(name, organization=name.organization or head.organization) for name in found]
    if (
        head
        and found
        and found[0].start > head.end
        and _PIECE.match(found[0].plain)
        and not found[0].plain.startswith(head.plain)
    ):
        return [replace(joined(head, found[0]), count=None)]
    if (
        head
        and len(found) <= 1
        and not any(name.count is not None for name in found)
        and not any(len(name.text) >= 8 for name in found)
    ):
        if (
            not found
            and place.text.endswith("进场", 0, place.trigger.end)
            and not expression("队|单位|机械|人员|设备").search(text[place.lo : end])
        ):
            return []
        part = (
            found[0]
            if found and found[0].text and found[0].count is None and not found[0].general and not is_pronoun(found[0].plain)
            else None
        )
        if part is not None:
            return [joined(head, part)]
        pieces = expression(r"[\d一二三四五六七八九十两]{1,9}[余多]?[栋座幢台套个条孔片根跨]").match(
            text[strip_left(sentence, place.lo, end) : end]
        )
        if not place.trigger.strong or pieces or words().materials.start(text, place.lo, end) >= 0 or found:
            return [head]
    material = words().materials.start(text, place.lo, end)
    framed = material > place.lo and text.startswith("主体", material)
    if (framed or not place.trigger.strong) and material > place.lo:  # X基地钢结构吊装完毕, X项目的工人正在…
        whole = [
            n
            for n in read(sentence, place.lo, strip_right(sentence, place.lo, material), False)
            if n.count is None and not n.general
        ]
        if whole and not is_part(whole[-1].plain) and not is_pronoun(whole[-1].plain):
            return whole
    if not place.trigger.strong and material >= 0:
        before = carried(place, found if found and is_part(found[0].plain) else [])
        if before and not any(len(name.text) >= 8 or name.plain.endswith(("项目", "工程")) for name in found):
            return before
    finished = bool(expression("(?:已|均|全部|顺利).{0,3}完成").fullmatch(text[place.trigger.start : place.trigger.end]))
    if finished:
        return [name for name in found if is_project(name.plain) and not is_material(name.plain)]
    if not found and words().others.start(text, place.lo, end) < 0:
        found = [name for name in mention(sentence, place.lo, end) if len(name.text) >= 5 or name.count is not None]
    if not found and _BY.fullmatch(text, strip_left(sentence, place.lo, end) - 1, end):
        return carried(place, [])
    if not found:
        start = strip_left(sentence, place.lo, end)
        phrase = text[start:end]
        if is_material(phrase) or expression("(?:后|前|以来|时)(?:即行|即可|便可|即)?$").search(
            text[place.lo : place.first.start]
        ):
            return carried(place, [])
        return []
    first = found[0]
    if first.count is None and is_pronoun(first.plain) and text[first.start - 1] == "、":
        return []
    if not first.text or len(found) == 1 and first.count is None and (is_pronoun(first.plain) or is_part(first.plain)):
        return carried(place, found) or ([] if not first.text or is_pronoun(first.plain) else found)
    if len(found) == 1 and first.count is None and (match := _ITS_PART.match(first.plain)):
        part = replace(first, text=first.text[match.end() :])
        return carried(place, [part]) or [part]
    if not found[-1].text:
        return [*found[:-1], *(carried(place, found[-1:]) or [replace(found[-1], text="项目")])]
    return found


# 正为X铺设管网; 首台机组在X并网: the project is not what stands first.
_SERVED = expression(f"正(?:在)?[为给对](?P<what>[^，。；、]{{4,30}}?{listed('plain_heads')})(?:加紧|抓紧|紧张)?")
_ITS_UNITS = expression(
    "(?P<what>[^，。；、]{4,30}?(?:项目|工程|基地|电站|风电场))的?[\\d一二三四五六七八九十两]{1,4}[台套根个榀片][^，。；、]{1,14}"
)
_WHERE = expression("[^，。；]{0,8}首[台套批车][^，。；、]{1,12}?在(?P<what>[^，。；、]{4,24}?)(?:成功|顺利|正式|首次|一次){0,2}")
# 甲与乙就X正式签约
_OVER = expression("(?:就|围绕)(?P<what>[^，。；、]{3,30}?(?:项目|工程|基地))(?:成功|顺利|正式|举行){0,2}$")
# 由某镇引进: the project was named before.
_BY = expression("由[^，。；、]{2,24}")
# Under the head of an item, a section or a phase of it: 岵山段护岸, 二期厂房.
_PIECE = expression("第?[一二三四五六]期|[\u4e00-\u9fff]{1,4}(?<!阶)段|[东西南北]区|[\\dA-Z]{1,3}[#号]")

# 该项目2号厂房: a part of the project named before.
_ITS_PART = expression("(?:该|本|此)?(?:项目|工程|园区|基地)(?=[一二三四五六七八九十\\dA-Z首主])")


@dataclass(frozen=True, slots=True)
class _Objects:
    done: re.Pattern[str]
    aim: re.Pattern[str]


@lru_cache(maxsize=1)
def _objects() -> _Objects:
    lexicon = load("milestone")
    return _Objects(
        done=expression(f"(?P<bare>{alternatives(lexicon['done_bare'])})|{alternatives(lexicon['done'])}"),
        aim=expression(f"{alternatives(lexicon['aims'])}|(?:{alternatives(lexicon['aims_end'])})$"),
    )


def _stands(name: Name) -> bool:
    """Does the name stand for a project or a batch, rather than for who works on one?"""
    return name.count is not None or is_project(name.plain) and not name.general


_SIZE = expression(rf"\d[余多万]*(?:{listed('sizes')}|个?车位)$")


def _object(place: Place) -> list[Name]:
    """The object behind the stage word: `建成X、Y两个项目`, `完成X建设`, `启动X建设`."""
    text, start = place.text, place.trigger.end
    end = place.hi
    if text.startswith("了", start):
        start += 1
    if end - start < 3:
        return []
    word = text[place.trigger.start : place.trigger.end]
    if word == "完成" and (done := left(place)) and _objects().done.search(text, start, end) and _stands(done[-1]):
        return done
    stop = strip_right(place.sentence, start, before_next_verb(text, start, phrase_end(place, start)))
    if word.startswith(("完成", "启动")):
        ends = (
            m for m in _objects().done.finditer(text, start, end) if m.end() == end or text[m.end()] in "，。；、（并和后以及任"
        )
        match = next(ends, None)
        if not match or expression("[\\d一二三四五六七八九]$").search(text[start : match.start()]):
            return []
        stop = match.start() if match["bare"] else match.end()
    if _objects().aim.search(text, start, stop) or _SIZE.search(text[start:end]):
        return []
    counted = bool(words().count.search(text, start, stop))
    if (
        place.trigger.only_object
        and place.trigger.stage is Stage.COMPLETED
        and not counted
        and not word.startswith(("完成", "新建成"))
    ):
        return []
    several = place.trigger.strong and "、" in text[start:stop]
    found = read(place.sentence, start, stop, counted or several)
    several = several and len(found) > 1 and any(is_project(name.plain) for name in found)
    listed = several or any(name.count is not None for name in found) or counted and len(found) > 1
    return [
        name for name in found if name.text and not (name.general and name.count is None) and (listed or is_project(name.plain))
    ]
