"""Parts of a project (a phase, a section, a building, a piece of a line) and the whole that they are of; those that are listed beside one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from services.extractor.expressions import expression
from services.extractor.namelists import make
from services.extractor.names import Name, is_part
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_rows import table_row

_PHASE = expression("(?:第?[一二三四五六七八九十]期|（[一二三四五六七八九十]期）)(?:工程|项目|扩建|技改|改造|续建)?$")


# 1标段, 3号、4号厂房
_SECTION = expression(
    "第?[一二三四五六七八九十\\d]{1,3}(?:标段|标|(?:[号#][、和][一二三四五六七八九十\\d]{1,3}){0,4}[号#](?:标准|生产|联合){0,2}(?:楼|厂房|车间|仓库|库房|泊位|机组|生产线|产线))$"
)
_APART = expression("^(?:首|第|全部|其余)|[楼间房馆堂]$")
# What a building is of.
OWNERS = "(?:项目|工程|新校区|新院区|分院|分校)"
# X项目主控楼 and 首批机组: a part that is no part of the building.
_OF_BUILDING = expression(f"(?P<whole>.{{2,40}}{OWNERS})[^项工]{{2,10}}[楼站间房馆堂]$")


def owning(name: Name) -> Name:
    """`X新校区的教学楼` is of X新校区."""
    building = _OF_BUILDING.match(name.plain) if name.count is None else None
    return replace(name, text=name.text[: building.end("whole")]) if building else name


# 云河县医院门诊楼 and 住院楼: two buildings of one
_WARD = expression("(?P<whole>.{2,40}(?:医院|卫生院|保健院|中学|小学|学校|学院|大学|幼儿园))[^项工]{1,6}楼$")
_PHASES = ("两期", "各期")  # all of them: no part of the one that was told of last


def _building(owner: Name, part: Name) -> re.Match[str] | None:
    """The owner, where it is one building of what the part is another thing of."""
    return _OF_BUILDING.match(owner.plain) or (_WARD.match(owner.plain) if part.plain.endswith("楼") else None)


def joined(owner: Name, part: Name) -> Name:
    """`X项目` and `一期` are X项目一期; `X二期` and `一期` are X一期."""
    base = owner.text
    if _PHASE.search(part.plain[:4]) or _PHASE.search(part.plain) or part.plain.startswith(_PHASES):
        phase = _PHASE.search(owner.plain)
        base = base[: phase.start()] or base if phase else base
    elif _SECTION.fullmatch(part.plain) and (section := _SECTION.search(owner.plain)):  # X工程1标段, 2标段
        base = base[: section.start()] or base
    elif _APART.search(part.plain) and (building := _building(owner, part)):
        base = base[: building.end("whole")]
    text = base if part.text in base else base + part.text
    return replace(part, text=text, organization=owner.organization, general=False)


_ITS_PARTS = expression("(?P<whole>[^\\d]{4,40}?(?:项目|工程|园|园区|基地)(?:[一二三四五]期)?)\\d{1,3}[栋幢座条台个]")


def owner_for(part: Name, name: Name) -> Name:
    """What of `name`, told before, the part is of: B区 is of what A区 is of."""
    return _without_piece(name) if PIECE.fullmatch(part.plain) else _whole_of(name)


def _whole_of(name: Name) -> Name:
    """`X项目一期2条生产线` is of X项目一期."""
    match = _ITS_PARTS.match(name.text) if name.count is not None else None
    return replace(name, text=match["whole"], count=None) if match else name


_BUILDINGS = expression("(?:已有?|其中)?(?:[一二两三四五六七八九十]{1,3}|\\d{1,3})[栋幢座](?:楼|主体)?")


def row_of_buildings(place: Place) -> Name | None:
    """The project of the table's row where a cell says no more than how many of its buildings have come so far (4栋封顶)."""
    start, stop = max(place.lo, place.sentence.clauses[place.sentence.clause_at(place.first.start)].start), place.first.start
    if place.text[stop - 1] not in "栋幢座楼体" or _BUILDINGS.fullmatch(place.text, start, stop) is None:
        return None
    return table_row(place.sentence)


# 北段, B区: a piece of a line or a park, too short to be a name of anything else.
PIECE = expression("[A-Z东西南北中][区段](?!域|间|位|长)")
_WITH_PIECE = expression(f"(?P<whole>.{{3,40}}?){PIECE.pattern}[^项工]{{0,10}}")


def _without_piece(name: Name) -> Name:
    """`X大道北段` and `X城A区12栋厂房` are of X大道 and X城."""
    match = _WITH_PIECE.fullmatch(name.plain) if len(name.plain) == len(name.text) else None
    return replace(name, text=name.text[: match.end("whole")], count=None) if match else name


def line_of(told: Iterator[list[Name]]) -> Name | None:
    """`扩网二期已完成86%，配套泵站建成6座，月底前全线投用`: the line as a whole, where counted things, lesser ones or a piece of it
    were told last."""
    lesser = False
    for group in told:
        name = _without_piece(group[-1])
        lesser = lesser or name is not group[-1]
        if name.count is None and name.text and not name.plain.startswith(("配套", "附属")) and not is_part(name.plain):
            return name if lesser else None
        lesser = True
    return None


# 三期计划投资7000万元，目前已完成备案; 一期两条产线昼夜不停，已投产
_PHASE_OPENS = expression(
    "(?P<phase>第?[一二三四五六七八九十]期(?:项目|工程)?)(?:(?P<units>[两二三四五六七八九十\\d]{1,3}[座条台套栋口孔间])|总|计划|拟|将|已|正|占地|建设|投资|规划|于|用地|概算|[设含配]|主要|新建|扩建|面积|[征供]地|土地)"
)


def phase_before(place: Place) -> Name | None:
    """The phase or piece that the clause before opens with, which says no stage of it."""
    sentence = place.sentence
    number = sentence.clause_at(place.first.start)
    if not number:
        return None
    start, end = sentence.clauses[number - 1][:2]
    told = bool(place.told) and place.told[-1][0].start >= start
    if not told and (piece := PIECE.match(place.text, start, end)):  # 南段去年停工，上月复工
        return make(sentence, *piece.span())
    match = _PHASE_OPENS.match(place.text, start, end)
    return make(sentence, *match.span("phase")) if match and (match["units"] or not told) else None


# 同时开学, 双双投用
_TOGETHER = expression("同时|双双|一同|同日|同步|一齐|均|都|先后|相继|陆续|悉数|全部")


def beside(place: Place, found: list[Name]) -> list[Name]:
    """`3月开工的甲校、5月开工的乙园9月1日同时开学`: all that are listed, each with what was told of it in passing."""
    text, last = place.text, found[0] if len(found) == 1 and place.told else None
    if last is None or last.count is not None or not _TOGETHER.search(text, last.end, place.first.start):
        return found
    begin = place.sentence.clauses[place.sentence.clause_at(place.first.start)].start
    piece = text.rfind("、", begin, last.start)
    more: list[Name] = []
    for group in reversed(place.told):
        if group[-1].start >= piece:
            continue
        if len(group) > 1 or group[0].count is not None or group[0].end != piece or group[0].start < begin:
            break
        more.insert(0, group[0])
        piece = text.rfind("、", begin, group[0].start)
    return [*more, *found]
