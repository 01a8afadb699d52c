"""Whose stage it is: the names that a stage word belongs to, before it, behind it, or carried over from what was said before."""

from __future__ import annotations

from dataclasses import replace

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.namelists import make, read, split
from services.extractor.names import Name, is_part, is_project, value
from services.extractor.phrases import strip_left, strip_right
from services.extractor.rules.milestone_bare import bare
from services.extractor.rules.milestone_before import before
from services.extractor.rules.milestone_carry import carried
from services.extractor.rules.milestone_contract import DESIGNATED, FIRM_STAGES, counts, designated
from services.extractor.rules.milestone_counts import counted_behind, counted_kind, facilities
from services.extractor.rules.milestone_objects import aimed, measured, object_between, object_of, papers_of
from services.extractor.rules.milestone_parts import OWNERS, beside, joined, row_of_buildings
from services.extractor.rules.milestone_place import Place, left, nothing_before, phrase_end
from services.extractor.rules.milestone_signed import agreed, by_whom, is_agreement
from services.extractor.rules.milestone_topics import ITS_PART, mention
from services.extractor.rules.milestone_words import listed


def subjects(place: Place) -> list[Name]:
    """The projects that reach the stage; empty where the words name none."""
    if place.trigger.bare:
        return bare(place)
    if (
        _frequency(place)
        or measured(place)
        or _renewed(place)
        or place.text.startswith("的", place.trigger.end)
        and _SOME.search(place.text, place.lo, place.first.start)
        or _NOUN.match(place.text, place.trigger.end)
        and place.text[place.trigger.start : place.trigger.end] in _BUILD
    ):
        return []
    if place.trigger.stage is Stage.SIGNED and _COUNTERPART.match(place.text, place.trigger.end):
        return []
    if _CAUSE.match(place.text, place.lo) and not place.trigger.strong:
        return []
    found = (
        _one_of(place)
        or object_between(place)
        or _modified(place)
        or facilities(place)
        or counted_behind(place)
        or counted_kind(place)
        or _firms(place)
    )
    if not found and place.modifier:
        return []
    if not found and place.trigger.takes_object and aimed(place):
        return []
    if not found and not place.trigger.only_object:
        found = before(place)
    if not found:
        found = object_of(place) if place.trigger.takes_object else papers_of(place)
    if not found and not place.trigger.only_object and nothing_before(place) and not _goes_on(place):
        found = _told_next(place) or carried(place, [])
    if not found and (whole := row_of_buildings(place)):
        found = [whole]
    if place.trigger.stage is Stage.SIGNED:
        found = [_party_left_out(name) for name in found]
        named = [name for name in found if not is_agreement(name)]
        found = (
            agreed(place, found) or named or by_whom(place) or (object_of(place) if found and place.trigger.takes_object else [])
        )
    called = (designated(name, place) for name in _with_owner(place, beside(place, _trailing(place, found))))
    return [name for name in called if counts(name, place)] or _programme(place)


def is_rate(word: str, whole: bool = True) -> bool:
    """Does a stage word tell the share of a batch (开工率达86%)? Without `whole` one of all of it (开工率100%) is none."""
    return word.startswith(tuple(load("milestone")["rates"])) and (whole or "100%" not in word and "百分之百" not in word)


# 前十二期“三个一批”签约项目, 第三批集中开工项目: what stands before 项目 is no stage that is told.
_NUMBERED = expression("(?:[前第上首本]?[一二三四五六七八九十\\d]{1,3}|[上首本])[期批轮](?:“[^“”]{2,10}”)?[一-鿿]{0,6}项目$")


def _programme(place: Place) -> list[Name]:
    """`重点项目开工率达到86%`: what a rate is of, though it is called by its kind alone."""
    if not is_rate(place.text[place.trigger.start : place.trigger.end]) or place.trigger.stage is Stage.UNDER_CONSTRUCTION:
        return []
    end = strip_right(place.sentence, place.lo, place.first.start)
    lo = max(place.lo, place.text.rfind("、", place.lo, end) + 1)
    if numbered := _NUMBERED.search(place.text, lo, end):
        return [make(place.sentence, *numbered.span())]
    start = strip_left(place.sentence, lo, end) if lo < end else end
    if start >= end and place.told:  # 重点项目开工率84%，竣工率36%; 集中开工项目24个，5月底前开工率达到60%
        return [name for name in place.told[-1] if name.general or name.count is not None or _NUMBERED.fullmatch(name.plain)]
    name = make(place.sentence, start, end)
    return [name] if name.plain in ("项目", "工程") or name.general and not name.plain.endswith("企业") else []


def _trailing(place: Place, found: list[Name]) -> list[Name]:
    """`A、B、C……13个项目同步破土`: the names before the dots are of the batch, as before 等."""
    first = found[0] if len(found) == 1 and found[0].count else None
    if first is None or not place.text.endswith("…", place.lo - 1, place.lo):
        return found
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(place.lo)
    listed = clauses[number - 1] if number else None
    if listed is None or "、" not in listed.text:
        return found
    return [*(name for name in read(place.sentence, listed.start, listed.end, True) if name.count is None), *found]


_OWNER = expression(f"(?P<whole>.{{3,40}}?{OWNERS})[^项工]{{2,8}}$")
_BUILDING = expression(
    "[一-鿿\\d#号]{0,4}楼|食堂|图书馆|体育馆|风雨操场|报告厅|运动场|操场|[一-鿿\\d#号]{0,4}(?:车间|厂房|仓库|库房)|实验室|宿舍|礼堂|地下室|停车场|大门|连廊"
)


def _with_owner(place: Place, found: list[Name]) -> list[Name]:
    """`X项目教学楼、宿舍楼主体完工，食堂正在装修`: the buildings of a list are the project's that the first one, or the list before, is of."""
    if not any(name.count is None and _BUILDING.fullmatch(name.plain) for name in found):
        return found
    first = found[0] if len(found) > 1 else None
    owners = [first, *(group[0] for group in reversed(place.told[-2:]))]
    single = [name for name in owners if name and name.count is None]
    whole = next((name.text[: match.end("whole")] for name in single if (match := _OWNER.fullmatch(name.plain))), None)
    if whole is None:
        return found
    return [
        replace(name, text=whole + name.text) if name.count is None and _BUILDING.fullmatch(name.plain) else name
        for name in found
    ]


def _one_of(place: Place) -> list[Name]:
    """`作为本次竣工项目之一，X…`: what the next clause is about; `签约项目里块头最大的，是X`, `在主会场动工的，是X`."""
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(place.trigger.start)
    if foremost := _FOREMOST.match(place.text, place.trigger.end, place.sentence.end):
        end = clauses[place.sentence.clause_at(foremost.end())].end
        named = [n for n in read(place.sentence, foremost.end(), end, False) if n.count is None and is_project(n.plain)]
        return named if foremost["cleft"] else named[:1]
    if not _ONE_OF.match(place.text, place.trigger.end, place.hi) or number + 1 >= len(clauses):
        return []
    if not expression("作为|是").search(place.text, place.lo, place.trigger.start):
        return []
    return [n for n in mention(place.sentence, clauses[number + 1].start, clauses[number + 1].end) if n.count is None][:1]


_ONE_OF = expression("的?(?:重点|重大|产业|民生)?(?:项目|工程)之一$")


_FOREMOST = expression(
    "(?P<cleft>的，(?:还)?(?:是|有|包括|分别是)(?![因为否说指]))|的?(?:项目|工程|企业)(?:里头?|当?中|之中)，?(?:块头|规模|体量|个头|投资额?|投入|金额|分量|名头)?最[一-鿿]{1,3}的?，?(?:是|当属|要属|要数|当数|莫过于|就是)"
)


def _told_next(place: Place) -> list[Name]:
    """`自7月开工以来，X已完成…`: at the head of a sentence, what the next clause is about."""
    clauses = place.sentence.clauses
    number = place.sentence.clause_at(place.trigger.start)
    since = place.text.startswith(("以来", "之后", "后"), place.trigger.end)
    if number or not since or len(clauses) < 2:
        return []
    found = [name for name in mention(place.sentence, clauses[1].start, clauses[1].end) if name.count is None]
    # 园区首期厂房: a part of what was named before.
    return [] if any(ITS_PART.match(name.plain) for name in found) else found


def _party_left_out(name: Name) -> Name:
    """`X总部与某市签约` is about X总部."""
    at = name.plain.find("与")
    cut = at > 2 and is_project(name.plain[:at]) and not is_project(name.plain)
    return replace(name, text=name.text[:at]) if cut else name


_FIRMS = expression(r"(?P<number>\d{1,2}|[两二三四五六七八九十])家(?:[一-鿿]{0,4}?(?:企业|公司|工厂|厂家|龙头|链主))$")


def _firms(place: Place) -> list[Name]:
    """`甲科技、乙健康2家企业投产`: named firms stand for their projects, where no more are counted than are named."""
    if place.trigger.stage not in FIRM_STAGES:
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
_RENEWALS = ("改造提升", "提升改造")
_NOUN = expression(f"{listed('after_names')}|，|、|。|（|$|[一二三]期")
# 手里这几个在建的项目
_SOME = expression("[这那好][几些]个?$")
_COUNTERPART = expression("的?(?:入园)?(?:企业|商户|客商)")
_CAUSE = expression("因|由于|受")


def _frequency(place: Place) -> bool:
    """班列开行300列: how often, not that it began."""
    return bool(
        expression(
            "(?:了|达|超过?|近|约|逾)?[0-9一二三四五六七八九十百千,]{1,12}[余多]?(?:列|趟|班|架次|车次|标箱)|(?:仪式|活动|大会)(?:共|达|已)?[0-9一二三四五六七八九十]{1,3}(?:批次|场次|次|场|轮|批)"
        ).match(
            place.text[place.trigger.end : place.hi],
        )
    )


# 老旧小区改造14个小区已开工8个
_RENEWED = expression(f"{listed('renewed')}$")
_SO_MANY = expression("[\\d一二三四五六七八九十百]{1,4}[个项处栋]")


def _renewed(place: Place) -> bool:
    """Does 改造 end the name of a programme, of which a count behind it says how much there is?"""
    word, end = place.text[place.trigger.start : place.trigger.end], place.trigger.end
    if word not in (*_BUILD, *_RENEWALS) or not (_SO_MANY.match(place.text, end) or place.text.startswith("等", end)):
        return False
    # 甲路续建、乙停车场新建两项工程; 甲治理、乙农田改造提升等36个项目
    comma = place.text.rfind("、", place.lo, place.trigger.start)
    if comma >= 0 and (is_project(place.text[comma + 1 : place.trigger.start]) or is_project(place.text[comma + 1 : end])):
        return True
    return bool(_RENEWED.search(place.text, place.lo, place.trigger.start))


def _goes_on(place: Place) -> bool:
    """Does a word that takes an object have one, of which nothing came?"""
    behind = place.text[place.trigger.end : place.hi].lstrip("了并")
    return (
        place.trigger.takes_object
        and len(behind) >= 3
        and bool(expression("[一-鿿A-Za-z\\d“]{3}").match(behind))
        and not _NO_OBJECT.match(behind)
    )


# 竣工已一年有余, 投产两年
_NO_OBJECT = expression(f"{listed('no_objects')}|[近满整]?[\\d一二两三四五六七八九十半]{{1,3}}(?:年|个?多?月|天|周)")


def _modified(place: Place) -> list[Name]:
    """`已投产的X一期`, `今天开工的14个项目`, `同日签约的还有A、B`."""
    text, end = place.text, place.trigger.end
    if not text.startswith("的", end) or place.hi - end < 3:
        return []
    start = end + 1
    if batch := _BATCH.match(text, start, place.hi) or _SOME_OF.match(text, start, place.hi):
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
    if is_part(found[0].plain) and not (found[0].count and found[0].plain in ("项目", "工程") and not _of_batch(place)):
        owner = [name for name in left(place) if name.count is None and not name.general]
        if owner and found[0].count and _BATCH_NUMBER.fullmatch(owner[-1].plain):
            return [replace(found[0], text=place.sentence.document.page.words(owner[-1].start, found[0].end))]
        if owner:
            return [joined(owner[-1], found[0])]
        return carried(place, found)
    if found[0].general and found[0].count is None:
        return [] if not DESIGNATED.search(text[place.lo : stop]) else found
    return found


def _of_batch(place: Place) -> bool:
    """Does the number of a batch stand before it? `签约的63个项目` is none of what else stands there."""
    before = left(place)
    return bool(before) and bool(_BATCH_NUMBER.fullmatch(before[-1].plain))


# 第三期开工的14个项目 is what the batch is called.
_BATCH_NUMBER = expression("第[一二三四五六七八九十\\d]{1,3}[期批次轮]")
# 集中竣工的项目6个
_SOME_OF = expression(r"(?P<number>\d{1,4})[个项](?P<noun>[一-鿿]{0,4}项目)(?:当?中|里)")  # 新开工的8个项目中有5个
_BATCH = expression(r"(?P<noun>项目)(?:共|共有|[还尚仅只就共]有|已?有|已?达|达到|累计)?(?P<number>\d{1,4})[个项]")
