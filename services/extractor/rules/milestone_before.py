"""The subject in front of a stage word: a name, a list, a part of what was named before, what work is done on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.namelists import make, read
from services.extractor.names import Name, is_material, is_part, is_project, is_pronoun, value, words
from services.extractor.phrases import heads, strip_left, strip_right
from services.extractor.rules.milestone_bare import own_head, workers_at
from services.extractor.rules.milestone_carry import carried
from services.extractor.rules.milestone_clauses import answerable, in_years
from services.extractor.rules.milestone_front import (
    Front,
    called,
    facility,
    kind_alone,
    mentioned_alone,
    nameless,
    part_or_pronoun,
)
from services.extractor.rules.milestone_lots import first_lot
from services.extractor.rules.milestone_objects import object_of, stands
from services.extractor.rules.milestone_parts import joined, owning
from services.extractor.rules.milestone_place import Place, before_old_day
from services.extractor.rules.milestone_speakers import builder_says, hopes
from services.extractor.rules.milestone_topics import CLAUSES, item_head, mention
from services.extractor.rules.milestone_words import listed


def before(place: Place) -> list[Name]:
    """The subject in front of the stage word, in its clause: what the first reader gives that knows."""
    end = strip_right(place.sentence, place.lo, before_old_day(place))
    if end <= place.lo:
        return []
    for opening in _OPENINGS:
        if (subject := opening(place, end)) is not None:
            return subject
    front = Front(
        place,
        strip_left(place.sentence, place.lo, end),
        end,
        read(place.sentence, place.lo, end, place.trigger.strong or _agreed_list(place, end)),
    )
    for reader in _READERS:
        if (subject := reader(front)) is not None:
            return subject
    return front.found


_AGREED = ("敲定", "落定", "谈妥", "谈定", "谈拢")
_FEWEST_LISTED, _SHORTEST_LISTED = 3, 4


def _agreed_list(place: Place, end: int) -> bool:
    """`油脂加工、黑羊供应链、飞行营地一次敲定`: what is listed with a project is one; kinds of projects (教育、医疗等项目) are none."""
    text = place.text[place.lo : end]
    agreed = place.trigger.stage is Stage.SIGNED and place.text.endswith(_AGREED, place.trigger.start, place.trigger.end)
    listed = text.split("、") if agreed and is_project(text) and "等" not in text else []
    return len(listed) >= _FEWEST_LISTED and all(len(one.strip()) >= _SHORTEST_LISTED for one in listed)


def _second_verb(place: Place, end: int) -> list[Name] | None:
    """X工程年底前完成投资9500万元、主体完工: of what the first verb is said of."""
    if place.text[end : end + 1] != "、":
        return None
    return [name for name in mention(place.sentence, place.lo, end) if name.count is None]


def _answered_for(place: Place, _: int) -> list[Name] | None:
    """Who answers for it stands in front: the project stands behind or was named before."""
    return object_of(place) or carried(place, []) if answerable(place) else None


def _hoped_for(place: Place, _: int) -> list[Name] | None:
    """Who hopes stands in front: what for was named before."""
    return carried(place, []) if hopes(place.text, place.lo, place.first.start) else None


def _builder_says(place: Place, end: int) -> list[Name] | None:
    """`开发商承诺明年5月交房`: who builds it stands in front, and says so."""
    return carried(place, []) if builder_says(place.text[place.lo : end]) else None


def _lasting(place: Place, _: int) -> list[Name] | None:
    """How long it is to take stands in front: the project has just been signed."""
    return carried(place, []) if in_years(place) else None


def _this_firms(place: Place, end: int) -> list[Name] | None:
    """`这家企业`: its project was named before."""
    firm = _THIS_FIRM.match(place.text, place.lo, end)
    return carried(place, [make(place.sentence, *firm.span("what"))]) if firm else None


def _owner_acts(place: Place, end: int) -> list[Name] | None:
    """`业主云河新能源去年11月拿到核准`: what it builds was named before."""
    owner = _OWNER.fullmatch(place.text, place.lo, end)
    if not owner or _NO_FIRM.search(owner["who"]):
        return None
    who = place.sentence.document.page.words(*owner.span("who"))
    return [replace(name, organization=name.organization or who) for name in carried(place, [])] or None


def _it(place: Place, end: int) -> list[Name] | None:
    """`当时它刚给主车间封了顶`, `它年底就能投产`: what was spoken of, or a part of it."""
    if "它" not in place.text[place.lo : end] or (it := _IT.fullmatch(place.text, place.lo, end)) is None:
        return None
    return carried(place, [make(place.sentence, *it.span("part"))] if it["part"] else [])


# Of 其它 it is a part.
_IT = expression("[^，。；、]{0,4}(?<![其吉])它(?:[^，。；、]{0,4}?给(?P<part>[^，。；、]{2,10}))?")


def _some_of_list(place: Place, end: int) -> list[Name] | None:
    """`甲厂、乙园、丙库…，前两个已投产，后一个正在装修`: so many from one end of the list that was told of last."""
    if place.text[place.lo] not in "前后" or (some := _FROM_AN_END.fullmatch(place.text, place.lo, end)) is None:
        return None
    number = value(some["number"]) or 0
    clauses = place.sentence.clauses[: place.sentence.clause_at(place.lo)][-CLAUSES:]
    lists = (_listed_in(place, clause.start, clause.end) for clause in reversed(clauses) if "、" in clause.text)
    names = next((found for found in lists if len(found) > number), [])
    return names[:number] if some["end"] == "前" else names[-number:] if names else []


def _listed_in(place: Place, start: int, end: int) -> list[Name]:
    """The single projects that [start, end) lists, all of them; [] where anything else is among them."""
    found = heads(place.sentence.document, start, end)  # behind the last is what is told of them
    names = [name for name in read(place.sentence, start, found[-1][1], True) if name.count is None] if found else []
    return names if all(stands(name) for name in names) else []


# 前两家, 后一个项目
_FROM_AN_END = expression("(?P<end>[前后])(?P<number>[一两二三四五])[个家者项座条处](?:项目|工程|企业)?")


_OPENINGS: tuple[Callable[[Place, int], list[Name] | None], ...] = (
    _second_verb,
    _answered_for,
    _hoped_for,
    _builder_says,
    _lasting,
    _this_firms,
    _owner_acts,
    _some_of_list,
    _it,
    first_lot,
)


def _served(front: Front) -> list[Name] | None:
    """`正为X铺设管网`, `首台机组在X并网`: what the work is for does not stand first."""
    place, text = front.place, front.text
    served = (
        (_OVER.search(text, place.lo, place.first.start) if place.trigger.stage is Stage.SIGNED else None)
        or _ISSUED.match(text, place.lo, place.trigger.end)
        or _SERVED.match(text, place.first.start, place.trigger.end)
        or _ITS_UNITS.fullmatch(text, place.lo, front.end)
        or _WHERE.fullmatch(text, place.lo, place.first.start)
    )
    return served and [n for n in read(front.sentence, *served.span("what"), False) if stands(n)] or None


def _workers(front: Front) -> list[Name] | None:
    """Who works stands in front, and where."""
    return front.begun and front.weak and workers_at(front.place) or None


def _ancillary(front: Front) -> list[Name] | None:
    """Pieces of what the item is about, or what was named before; from here on it is known what the item is about."""
    place, text, start = front.place, front.text, front.start
    front.head = head = own_head(place) or item_head(front.sentence, place.first.start)
    if front.begun and (_ANCILLARY.fullmatch(text, start, front.end) or _MACHINES.fullmatch(text, start, front.end)):
        return [owning(name) for name in ([head] if head else carried(place, []))] or front.found
    if head and _HOUSES.fullmatch(text, start, front.end):
        return [head]
    if head and not front.found and (inside := _INSIDE.search(text, place.lo, front.end)):
        front.found = read(front.sentence, place.lo, inside.start(), place.trigger.strong)
    if head and head.organization:
        front.found = [replace(name, organization=name.organization or head.organization) for name in front.found]
    return None


def _piece_of_head(front: Front) -> list[Name] | None:
    """Under the head of an item, a section or a phase of it."""
    head, found = front.head, front.found
    if not head or not found or found[0].start <= head.end or not _PIECE.match(found[0].plain):
        return None
    return None if found[0].plain.startswith(head.plain) else [replace(joined(head, found[0]), count=None)]


def _under_head(front: Front) -> list[Name] | None:
    """Under the head of an item, a part of it, or work that names nothing of its own."""
    place, text, head, found = front.place, front.text, front.head, front.found
    if not head or len(found) > 1 or any(name.count is not None or len(name.text) >= 8 for name in found):
        return None
    arriving = text.endswith("进场", 0, place.trigger.end) and not _ARRIVING.search(text[place.lo : front.end])
    if not found and arriving:
        return []
    if found and found[0].text and not found[0].general and not is_pronoun(found[0].plain):
        return [joined(head, found[0])]
    pieces = _PIECES.match(text[front.start : front.end])
    return [head] if front.weak or pieces or words().materials.start(text, place.lo, front.end) >= 0 or found else None


def _framed(front: Front) -> list[Name] | None:
    """`X基地钢结构吊装完毕`, `X项目的工人正在…`: the project whose material, or who works on it, is told of; from here on it is known where
    that begins."""
    place, text, sentence = front.place, front.text, front.sentence
    front.material = material = words().materials.start(text, place.lo, front.end)
    framed = material > place.lo and (text.startswith("主体", material) or text.startswith("主体", place.first.start))
    if not (framed or front.weak) or material <= place.lo:
        return None
    stop = strip_right(sentence, place.lo, material)
    whole = [n for n in read(sentence, place.lo, stop, False) if n.count is None and not n.general]
    if whole and not is_part(whole[-1].plain) and not is_pronoun(whole[-1].plain):
        return whole
    if not whole and front.weak:  # X学校教室内装
        whole = [name for name in mention(sentence, place.lo, material) if name.count is None]
        if whole and whole[0].start <= front.start:
            return whole
    comma = text.rfind("、", place.lo, material)
    if not whole and comma > 0:  # X工程完成产值过半、路面摊铺至…
        return [n for n in mention(sentence, place.lo, comma) if n.count is None] or None
    return None


def _material_alone(front: Front) -> list[Name] | None:
    """What work is done on, of a project that was named before."""
    found = front.found
    if not front.weak or front.material < 0:
        return None
    said = carried(front.place, found if found and is_part(found[0].plain) else [], front.start >= front.material)
    return None if any(len(n.text) >= 8 or n.plain.endswith(("项目", "工程")) for n in found) else said or None


def _finished(front: Front) -> list[Name] | None:
    """`已全部完成`: of projects alone."""
    trigger = front.place.trigger
    if not _FINISHED.fullmatch(front.text[trigger.start : trigger.end]):
        return None
    return [name for name in front.found if is_project(name.plain) and not is_material(name.plain)]


# In this order: each may take it that those before it did not know.
_READERS: tuple[Callable[[Front], list[Name] | None], ...] = (
    _served,
    _workers,
    _ancillary,
    _piece_of_head,
    _under_head,
    _framed,
    _material_alone,
    called,
    _finished,
    mentioned_alone,
    nameless,
    kind_alone,
    facility,
    part_or_pronoun,
)
_ARRIVING = expression("队|单位|机械|人员|设备|临建|临设|项目部")
_PIECES = expression(r"[\d一二三四五六七八九十两]{1,9}[余多]?[栋座幢台套个条孔片根跨]")
_FINISHED = expression("(?:已|均|全部|顺利).{0,3}完成")


# 业主某某新能源去年拿到核准; no name of a project stands there (业主单位某某产业园项目).
_OWNER = expression("(?:业主|投资方|建设方)(?:单位|企业)?(?P<who>[一-鿿A-Za-z（）]{3,20})")
_NO_FIRM = expression("[的与向对在把]|项目|工程|基地|单位|[一二三四]期|负责人|代表|[已也均都正将]$")
# 这家由某地客商投资的企业去年9月拿地: what was told of its works.
_THIS_FIRM = expression("(?P<what>这家[^，。；、]{0,16}?(?:企业|公司|工厂))")
# 正为X铺设管网; 首台机组在X并网: the project is not what stands first.
_SERVED = expression(f"正(?:在)?[为给对](?P<what>[^，。；、]{{4,30}}?{listed('plain_heads')})(?:加紧|抓紧|紧张)?")
# 审批局为X核发了施工许可证
_ISSUED = expression("[^，。；、]{2,16}?[向为给](?P<what>[^，。；、]{3,30}?)(?:颁发|核发|发放|送达)")
_ITS_UNITS = expression(
    "(?P<what>[^，。；、]{4,40}?(?:项目|工程|基地|电站|风电场))的?(?:已经|已|目前|累计|现已|现){0,2}有?[\\d一二三四五六七八九十两]{1,4}[台套根个榀片][^，。；、]{1,14}"
)
_WHERE = expression("[^，。；]{0,8}首[台套批车][^，。；、]{1,12}?在(?P<what>[^，。；、]{4,24}?)(?:成功|顺利|正式|首次|一次){0,2}")
# 甲与乙就X正式签约
_OVER = expression("(?:就|围绕)(?P<what>[^，。；、]{3,30}?(?:项目|工程|基地))(?:成功|顺利|正式|举行){0,2}$")
# 绿化、跑道等附属工程 and 24台风机 are pieces of what was named before; 展馆内部 is the hall.
_ANCILLARY = expression("(?:[一-鿿]{2,5}、){1,5}[一-鿿]{2,5}等(?:附属|配套|室外|辅助|附属配套)(?:工程|设施|项目)")
_MACHINES = expression("(?:首批|剩余|其余|全部)?[\\d一二两三四五六七八九十百]{1,4}[余多]?[台套片根榀][一-鿿]{1,6}")
# 1.某产业园一期。4栋厂房全部封顶: the buildings are what the item is about.
_HOUSES = expression(
    "[\\d一二两三四五六七八九十百]{1,4}[余多]?[栋幢座](?:标准化?|主|生产|单层|多层|联合|研发|住宅)?(?:厂房|车间|楼|宿舍楼|仓库|单体|住宅)"
)
_INSIDE = expression("(?:内部|室内|馆内|厅内)$")
# Under the head of an item, a section or a phase of it: 东岭段护岸, 二期厂房.
_PIECE = expression("第?[一二三四五六]期|[\u4e00-\u9fff]{1,4}(?<!阶)段|[东西南北]区|[\\dA-Z]{1,3}[#号]")
