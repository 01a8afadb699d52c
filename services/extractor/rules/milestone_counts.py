"""Counts with a stage word: `新签约项目57个`, `新建4处站点`, `已开工17个`, `64个在建项目`."""

from __future__ import annotations

import re
from dataclasses import replace

from services.contracts import Stage
from services.extractor.expressions import ending, expression
from services.extractor.namelists import OF_PLACES, read, split
from services.extractor.names import Name, balanced, is_part, is_project, is_pronoun, value, words
from services.extractor.phrases import strip_right, trim
from services.extractor.rules.milestone_carry import carried
from services.extractor.rules.milestone_place import BEHIND, BOUND, KIND, Place, left, shared_noun
from services.extractor.rules.milestone_topics import item_head
from services.extractor.rules.milestone_words import listed


def counted_kind(place: Place) -> list[Name]:
    """`64个在建项目（A、B等）`: a count before the stage word, the noun behind it, and nothing said of them but that."""
    text, sentence = place.text, place.sentence
    match = KIND.match(text, place.trigger.end, place.hi)
    if not match:
        return []
    counts = list(words().count.finditer(text, place.lo, place.first.start))
    if text.startswith("等", place.first.start - 1):
        return read(sentence, place.lo, place.first.start, True)
    if not counts or place.first.start - counts[-1].end() > 6:
        return []
    end = match.end()
    if text.startswith("（", end) and text.find("）", end, end + 90) > 0:
        end = text.find("）", end, end + 90) + 1
    return read(sentence, counts[-1].start(), end, True)


_NUMBER = r"[\d一二三四五六七八九十两]{1,4}"
_SOME_OF_THEM = expression(
    f"{_NUMBER}(?P<measure>[个项家座条栋部台处所])(?P<noun>(?![中里])[^，。；：、的\\d]{{2,16}}?)[中里，]?(?:目前|现)?(?:已经有|已有|有)"
    f"(?P<number>{_NUMBER})(?P=measure)(?:已|已经|正式|全部|顺利|陆续|正){{0,2}}$"
)


# 这批项目年底前要有6个破土
_TO_BE = expression(
    f"(?P<noun>[^，。；：、的\\d]{{2,10}}?(?:项目|工程))(?:(?:[^，。；、\\d]{{0,4}}|\\d{{1,2}}月)[^，。；、\\d]{{0,3}}前)?(?:还|也)?(?:要|须|将|力争|确保|计划|必须|争取)有"
    f"(?P<number>{_NUMBER})[个项](?:能|要|正式|全部)?$"
)


_COUNTED = expression(f"{_NUMBER}[个项]")
# 亿元以上项目在库57个，已有43个动工; 备选项目报出13个，目前6个已拿到批复
_BATCH_BEFORE = expression(
    rf"(?P<noun>[^，。；：、]{{2,24}}?(?:项目|工程))(?:{listed('batch_verbs')})(?:了|达|有)?{_NUMBER}(?P<measure>[个项])，"
    rf"(?:其中|目前|眼下|如今|现|至今)?，?(?:已经|已)?有?(?P<number>{_NUMBER})(?P=measure)(?:已经|已|正式|全部|顺利|陆续)?$"
)


def part_of_batch(place: Place) -> list[Name]:
    """`加装的12部电梯已有8部投入运行`: so many of a counted batch."""
    lo = max(place.lo, place.first.start - 40)
    match = None
    if place.text.find("有", lo, place.first.start) >= 0:
        match = _SOME_OF_THEM.search(place.text, lo, place.first.start) or _TO_BE.search(place.text, lo, place.first.start)
    if not match:
        return _of_batch_before(place)
    number = value(match["number"])
    if number is None:
        return []
    return [Name(place.sentence.document.page.words(*match.span("noun")), *match.span("noun"), number)]


# 已开工项目中，竣工19个
_AMONG_THEM = ending("(?<![^，。；：、\\n])(?:在)?(?P<noun>[^，。；：、\\d]{2,16}?项目)(?:当?中|里|之中)，(?:已经|已|现已)?$")


def _among_them(place: Place) -> list[Name]:
    """So many of a batch that the clause before names and does not count."""
    match = _AMONG_THEM.search(place.text, max(place.sentence.start, place.lo - 24), place.first.start)
    count = words().count.match(place.text, place.trigger.end, place.hi) if match else None
    number = value(count["number"]) if count else None
    if not match or count is None or number is None or count.end() != place.hi:
        return []
    return [Name(place.sentence.document.page.words(*match.span("noun")), *match.span("noun"), number)]


def _of_batch_before(place: Place) -> list[Name]:
    """So many of a batch that the clause before counts with a verb of its own."""
    sentence = place.sentence
    if among := _among_them(place):
        return among
    number = sentence.clause_at(place.first.start)
    if not number or place.first.start - place.lo > 14 or not _COUNTED.search(place.text, place.lo, place.first.start):
        return []
    match = _BATCH_BEFORE.search(place.text, max(sentence.start, sentence.clauses[number - 1].start), place.first.start)
    count = value(match["number"]) if match else None
    if not match or count is None:
        return []
    start, end, _ = trim(sentence, *match.span("noun"))
    return [Name(sentence.document.page.words(start, end), start, end, count)] if end > start else []


_BOUND = expression(BOUND)


def counted_behind(place: Place) -> list[Name]:
    """`新签约亿元以上项目57个`, `新建4处站点`, `已开工17个`."""
    text, end = place.text, place.trigger.end
    if text.startswith("：", place.hi):  # 计划开工亿元以上项目：35个, 不少于35个
        bound = _BOUND.match(text, place.hi + 1)
        count = words().count.match(text, bound.end() if bound else place.hi + 1)
        if count and is_project(text[end : place.hi]):
            return _noun_then_count(place, end, place.hi, int(count["number"]), count, "")
    count = words().count.search(text, end, min(place.hi, end + 40))
    if not count or not balanced(text[end : count.start()]):
        return []
    between = text[end : count.start()]
    noun = BEHIND.sub("", between)
    number = value(count["number"])
    if number is None or "、" in between:
        return []
    rest_end = _noun_end(text, count.end(), before_next_verb(text, count.end(), place.hi))
    if OF_PLACES.match(text, count.end()):
        return []
    rest = _COME_BACK.sub("", text[count.end() : rest_end].lstrip("多余以上左右"))
    if noun:
        return _noun_then_count(place, end, end + len(noun), number, count, rest)
    rest_start = rest_end - len(rest)
    if rest and len(rest) >= 2 and not expression("[（以左，、]").match(rest):
        if place.trigger.takes_object or expression("(?:项目|工程)$").search(rest):
            return _count_then_noun(place, rest_start, rest_end, number)
        return []
    done = text[place.trigger.start : end] == "完成" and count["measure"] in "项个处座所条" and not rest
    if place.trigger.only_object and place.trigger.stage is Stage.COMPLETED and not done:
        return []
    before = [] if not done and place.trigger.only_object else left(place)
    if not rest and not (before and (before[-1].count or before[-1].general)) and (shared := shared_noun(place, count)):
        return [replace(shared, count=number)]
    if before and before[-1].text and (before[-1].count is not None or not is_pronoun(before[-1].plain)):
        batch = before[-1]
        if (
            batch.count is not None
            or batch.general
            or expression("(?:项目|工程)$").search(batch.plain)
            and count["measure"] in "个项家宗"
            or not rest
            and not between
            and _FACILITIES.search(f"{batch.plain}{count['measure']}")
        ):
            return [replace(batch, count=number, general=False)]
        return []
    found = carried(place, [Name("", count.start(), count.end(), number)])
    if (
        not found
        and place.trigger.strong
        and count["measure"] in "个项"
        and (_LISTED.match(text, place.hi) or _SUM_OF_THEM.match(text, count.end()))
    ):
        return [Name("项目", count.start(), count.end(), number)]
    return found or _of_item(place, count, number, rest)


def _of_item(place: Place, count: re.Match[str], number: int, rest: str) -> list[Name]:
    """`1.云河安置小区。交付10栋`: the buildings are of what heads the item, which they count if it is called as they are."""
    head = item_head(place.sentence, place.first.start) if count["measure"] in "栋幢座" and not rest else None
    if head is None:
        return []
    counted = head.plain.endswith("厂房") or _FACILITIES.search(f"{head.plain}{count['measure']}")
    return [replace(head, count=number if counted else None)]


# 换热站建成6座, 口袋公园建成12个: facilities by the measure of their kind; 安置小区建成12栋 are houses of one.
_FACILITIES = expression(
    "(?:[站厂桥塔亭库堤闸坝井院所馆室场园校]座|[站点室园场所校馆厅房院]处|[校院所园馆站]所|井[口眼]"
    "|(?:公园|游园|广场|驿站|停车场|站点|网点|服务站|服务点|食堂|书屋|书房|卫生室|充电站)个)$"
)
# 再签13个回来
_COME_BACK = expression("^(?:回来|下来|出来|进来|过来)(?:了)?$")
# 新开工5个，分别是：…
_LISTED = expression("[，。（：；](?:分别|包括|其中|即|它们|有)")
# 签约24个、协议引资163亿元
_SUM_OF_THEM = expression(r"[，、](?:计划|协议|合同|签约)?(?:总投资|总额|引资|投资额|金额)[^，。；]{0,4}\d")
_REBUILT = expression(f"{listed('renewed')}$")
_OWN_VERB = expression("加装|新[增建改]|改[造建]|改?扩建")
# What is counted by them is a thing that stands somewhere: 球场4处.
_MEASURE_OF_FACILITIES = expression("[条座处所栋幢口个间]")


_AND_MORE = expression(r"等[\d一二三四五六七八九十]")


def facilities(place: Place) -> list[Name]:
    """`新建学校3所、步道11公里、球场4处`: the counted facilities among them."""
    text, end = place.text, place.trigger.end
    if (
        not place.trigger.takes_object
        or place.trigger.stage not in (Stage.COMPLETED, Stage.OPERATIONAL)
        or text.startswith("完成", place.trigger.start)
        or "、" not in text[end : place.hi]
        or _AND_MORE.search(text, end, place.hi)
    ):
        return []
    clause = place.sentence.clauses[place.sentence.clause_at(place.trigger.start)]
    found = []
    for a, b in split(place.sentence, end, clause.end, False):
        counts = list(words().count.finditer(text, a, b))
        if not place.trigger.only_object and len(counts) != 1:
            return []
        if a > end and _OWN_VERB.match(text, a, b):
            continue
        if len(counts) != 1 or not _MEASURE_OF_FACILITIES.match(counts[0]["measure"]):
            continue
        for name in read(place.sentence, a, b, False):
            if (
                name.count is not None
                and name.text
                and is_project(name.plain)
                and not expression("项目$|工程$").search(name.plain)
            ):
                found.append(name)
    return found


def stands_alone(name: Name) -> bool:
    return name.count is None and not name.general and not is_pronoun(name.plain) and is_project(name.plain)


_NEXT_VERB = expression(f"并{listed('count_verbs')}")


def before_next_verb(text: str, start: int, end: int) -> int:
    """完成15处既有设施改造并新建4处站点: the second verb has an object of its own."""
    match = _NEXT_VERB.search(text, start, end)
    return match.start() if match else end


def _noun_end(text: str, start: int, hi: int) -> int:
    match = expression("[，。；：、（]").search(text, start, hi)
    return match.start() if match else hi


def _noun_then_count(place: Place, start: int, end: int, number: int, count: re.Match[str], rest: str) -> list[Name]:
    text = place.text
    noun = text[start:end]
    if rest and not expression("(?:以上|左右|多|余|以内|，|（)").match(text[count.end() : count.end() + 2]):
        return []
    if words().clause.search(noun) or noun.startswith("的"):
        return []
    if not (place.trigger.takes_object or expression("(?:项目|工程)$").search(noun)) or not is_project(noun):
        return []
    if _REBUILT.search(text, place.lo, place.trigger.start):
        return []  # 棚户区改造安置房14栋: the verb belongs to a name
    if text.startswith("交付", place.trigger.start) and is_part(noun) and (owner := left(place)) and stands_alone(owner[-1]):
        return [owner[-1]]  # X一期交付厂房8栋
    built = place.trigger.only_object and place.trigger.stage is Stage.COMPLETED
    done = text[place.trigger.start : place.trigger.end] == "完成" and _DONE.fullmatch(noun)
    if (
        built
        and not done
        and (expression("项目$|工程$").search(noun) or count["measure"] in "家项宗" and not _HOUSES.search(noun))
    ):
        return []
    a, b, organization = trim(place.sentence, start, end)
    if _is_size(text, count.end()):
        return []
    words_of = place.sentence.document.page.words
    prefix = words_of(place.trigger.start, place.trigger.end) if noun in ("项目", "工程") else ""
    name = prefix + words_of(a, b)
    return [Name(name, a, b, number, organization)] if b > a else []


# 完成校舍维修项目47个: work that is done; what was signed, filed or planned in so many is none.
_DONE = expression(rf"(?![^，。；、]{{0,8}}{listed('paper_work')})[^，。；、]{{2,14}}{listed('building_work')}(?:项目|工程)")


def _count_then_noun(place: Place, start: int, end: int, number: int) -> list[Name]:
    text = place.text
    stop = strip_right(place.sentence, start, end)
    noun = text[start:stop].removeprefix("的")
    if not is_project(noun) or words().others.end(noun):
        return []
    if expression("(?:新)?项目|工程").fullmatch(noun) and place.trigger.only_object and place.trigger.stage is Stage.COMPLETED:
        return []
    owner = left(place) if not place.trigger.only_object else []
    if owner and owner[-1].count is None and is_part(noun) and not owner[-1].general and not is_pronoun(owner[-1].plain):
        return owner
    return [Name(place.sentence.document.page.words(stop - len(noun), stop), start, stop, number)]


# 新建成社区食堂13家: houses that are counted as firms are.
_HOUSES = expression(
    "(?:食堂|饭堂|书房|书屋|书店|驿站|民宿|酒店|超市|幼儿园|托育园|养老院|敬老院|卫生室|卫生院|服务站|影院|门店|厨房|之家)$"
)


def _is_size(text: str, at: int) -> bool:
    return bool(expression("(?:公里|平方米|平米|米|亩|万)").match(text[at : at + 3]))
