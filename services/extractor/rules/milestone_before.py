"""The subject in front of a stage word: a name, a list, a part of what was named before, what work is done on."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.namelists import make, read
from services.extractor.names import Endings, Name, is_material, is_part, is_project, is_pronoun, words
from services.extractor.phrases import strip_left, strip_right
from services.extractor.rules.milestone_bare import own_head, workers_at
from services.extractor.rules.milestone_carry import carried
from services.extractor.rules.milestone_clauses import answerable
from services.extractor.rules.milestone_objects import object_of, stands
from services.extractor.rules.milestone_parts import PIECE, joined, owning
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_speakers import hopes
from services.extractor.rules.milestone_topics import CLAUSES, ITS_PART, item_head, mention, mentioned, told_of
from services.extractor.rules.milestone_words import listed


def before(place: Place) -> list[Name]:
    """The subject in front of the stage word, in its clause."""
    sentence, text = place.sentence, place.text
    end = strip_right(sentence, place.lo, place.first.start)
    if end <= place.lo:
        return []
    if text[end : end + 1] == "、":  # X工程年底前完成投资8400万元、主体完工
        return [name for name in mention(sentence, place.lo, end) if name.count is None]
    if answerable(place):
        return object_of(place) or carried(place, [])
    if hopes(text, place.lo, place.first.start):
        return carried(place, [])
    if firm := _THIS_FIRM.match(text, place.lo, end):
        return carried(place, [make(sentence, *firm.span("what"))])
    found = read(sentence, place.lo, end, place.trigger.strong)
    served = _OVER.search(text, place.lo, place.first.start) if place.trigger.stage is Stage.SIGNED else None
    served = (
        served
        or _ISSUED.match(text, place.lo, place.trigger.end)
        or _SERVED.match(text, place.first.start, place.trigger.end)
        or _ITS_UNITS.fullmatch(text, place.lo, end)
        or _WHERE.fullmatch(text, place.lo, place.first.start)
    )
    if served and (named := [n for n in read(sentence, *served.span("what"), False) if stands(n)]):
        return named
    begun = place.trigger.stage is Stage.UNDER_CONSTRUCTION
    if begun and not place.trigger.strong and (workers := workers_at(place)):
        return workers
    head = own_head(place) or item_head(sentence, place.first.start)
    start = strip_left(sentence, place.lo, end) if begun else end
    if begun and (_ANCILLARY.fullmatch(text, start, end) or _MACHINES.fullmatch(text, start, end)):
        return [owning(name) for name in ([head] if head else carried(place, []))] or found
    if head and not found and (inside := _INSIDE.search(text, place.lo, end)):
        found = read(sentence, place.lo, inside.start(), place.trigger.strong)
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
    framed = material > place.lo and (text.startswith("主体", material) or text.startswith("主体", place.first.start))
    if (framed or not place.trigger.strong) and material > place.lo:  # X基地钢结构吊装完毕, X项目的工人正在…
        whole = [
            n
            for n in read(sentence, place.lo, strip_right(sentence, place.lo, material), False)
            if n.count is None and not n.general
        ]
        if whole and not is_part(whole[-1].plain) and not is_pronoun(whole[-1].plain):
            return whole
        if not whole and not place.trigger.strong:  # X学校教室内装
            whole = [name for name in mention(sentence, place.lo, material) if name.count is None]
            if whole and whole[0].start <= strip_left(sentence, place.lo, end):
                return whole
        comma = text.rfind("、", place.lo, material)
        if not whole and comma > 0 and (said := [n for n in mention(sentence, place.lo, comma) if n.count is None]):
            return said  # X工程完成产值过半、路面摊铺至…
    if not place.trigger.strong and material >= 0:
        alone = strip_left(sentence, place.lo, end) >= material
        said = carried(place, found if found and is_part(found[0].plain) else [], alone)
        if said and not any(len(name.text) >= 8 or name.plain.endswith(("项目", "工程")) for name in found):
            return said
    if not found and (called := _by_its_end(place, end)):
        return called
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
        works = not place.trigger.strong and place.trigger.stage is Stage.UNDER_CONSTRUCTION and _works().end(phrase)
        if (own := ITS_PART.match(phrase)) and is_part(phrase[own.end() :]):  # 基地A栋
            part = make(sentence, start + own.end(), end)
            told = told_of(sentence, start, own[0]) if own[0] not in ("项目", "工程") else None
            return [joined(told, part)] if told else carried(place, [part])
        if begun and not place.trigger.strong and (site := _site(place)):
            return site
        if _PARTS.fullmatch(phrase) or PIECE.fullmatch(phrase):
            return carried(place, [make(sentence, start, end)])
        if (
            is_material(phrase)
            or works
            or expression("(?:后|前|以来|时)(?:即行|即可|便可|即)?$").search(text[place.lo : place.first.start])
        ):
            return carried(place, [])
        return []
    first = found[0]
    if len(found) == 1 and first.count is None and (ends := _KINDS.get(first.plain)):
        return [told_of(sentence, first.start, ends) or first]
    if len(found) == 1 and first.count is None and (topic := _topic_of(place, first)):
        return [joined(topic, first)]
    if first.count is None and is_pronoun(first.plain) and text[first.start - 1] == "、":
        return []
    if not first.text or len(found) == 1 and first.count is None and (is_pronoun(first.plain) or is_part(first.plain)):
        return carried(place, found) or ([] if not first.text or is_pronoun(first.plain) else found)
    if len(found) == 1 and first.count is None and (match := ITS_PART.match(first.plain)):
        part = replace(first, text=first.text[match.end() :])
        return carried(place, [part]) or [part]
    if not found[-1].text:
        return [*found[:-1], *(carried(place, found[-1:]) or [replace(found[-1], text="项目")])]
    return found


def _site(place: Place) -> list[Name]:
    """`在云河电站，机组安装已过九成`: the one project that the sentence opens with, where work of whatever kind is seen."""
    opening = place.sentence.clauses[0]
    if opening.end >= place.first.start or not opening.text.startswith(("在", "走进", "来到")):
        return []
    said = [name for name in mentioned(place.sentence, opening) if name.count is None]
    return said if len(said) == 1 else []


_SHORTEST, _LONGEST = 2, 4


def _by_its_end(place: Place, end: int) -> list[Name]:
    """`紧盯X产业园、云河医院城南分院，确保分院封顶`: the one name before in the sentence that ends so."""
    text, sentence = place.text, place.sentence
    start = strip_left(sentence, place.lo, end)
    if not _SHORTEST <= end - start <= _LONGEST:
        return []
    short = text[start:end]
    before = sentence.clauses[: sentence.clause_at(place.first.start)][-CLAUSES:]
    names = {name.text: name for clause in before if short in clause.text for name in mentioned(sentence, clause)}
    ending = [name for name in names.values() if name.count is None and name.plain.endswith(short) and name.plain != short]
    return ending if len(ending) == 1 else []


def _topic_of(place: Place, part: Name) -> Name | None:
    """`去年签约的X项目，眼下甲车间已封顶`: what the clause before is nothing but the name of, where the part is a building's kind."""
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(part.start)
    if not number or not _FACILITY.fullmatch(part.plain):
        return None
    said = [name for name in mention(place.sentence, clauses[number - 1].start, clauses[number - 1].end) if name.count is None]
    return said[0] if len(said) == 1 and said[0].end == clauses[number - 1].end else None


# 县职专新校区正在粉刷外墙，学校明年投用: what is called by its kind alone, and how such names end.
_KINDS = {
    "学校": ("校区", "学校", "中学", "小学", "中专", "职专", "职高", "高中", "初中", "学院", "大学"),
    "医院": ("院区", "医院", "分院", "卫生院", "保健院"),
    "公路": ("公路", "路", "线", "段"),
    "道路": ("道路", "路", "大道", "街"),
    "工厂": ("厂", "工厂", "基地"),
}

_FACILITY = expression(
    "[一-鿿]{2,4}(?:车间|厂房|车库|库房|冷库|罐区)|(?:主控|综合|办公|宿舍|教学|门诊|住院|医技|实训|研发)(?:大)?楼"
)


@lru_cache(maxsize=1)
def _works() -> Endings:
    """Kinds of work, which may stand before a word that they are under way: 内外装饰、地面铺装穿插作业."""
    return Endings(load("milestone")["works"])


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
# What is told by its part alone: 明年两期全部达产, 第二批年内交付
_PARTS = expression("[两三四]期(?:工程|项目)?|厂区|第[二三四五六]批")
# 由某镇引进: the project was named before.
_BY = expression("由[^，。；、]{2,24}")
# 绿化、跑道等附属工程 and 24台风机 are pieces of what was named before; 展馆内部 is the hall.
_ANCILLARY = expression("(?:[一-鿿]{2,5}、){1,5}[一-鿿]{2,5}等(?:附属|配套|室外|辅助|附属配套)(?:工程|设施|项目)")
_MACHINES = expression("(?:首批|剩余|其余|全部)?[\\d一二两三四五六七八九十百]{1,4}[余多]?[台套片根榀][一-鿿]{1,6}")
_INSIDE = expression("(?:内部|室内|馆内|厅内)$")
# Under the head of an item, a section or a phase of it: 东岭段护岸, 二期厂房.
_PIECE = expression("第?[一二三四五六]期|[\u4e00-\u9fff]{1,4}(?<!阶)段|[东西南北]区|[\\dA-Z]{1,3}[#号]")
