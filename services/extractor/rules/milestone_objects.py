"""The object behind a stage word: `建成X、Y两个项目`, `完成X建设`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load
from services.extractor.namelists import read
from services.extractor.names import Name, is_project, is_section, words
from services.extractor.phrases import strip_right
from services.extractor.rules.milestone_counts import before_next_verb
from services.extractor.rules.milestone_place import Place, left, phrase_end
from services.extractor.rules.milestone_words import listed


@dataclass(frozen=True, slots=True)
class _Objects:
    done: re.Pattern[str]
    aim: re.Pattern[str]


@lru_cache(maxsize=1)
def _objects() -> _Objects:
    lexicon = load("milestone")
    return _Objects(
        done=expression(f"(?P<bare>{alternatives(lexicon['done_bare'])})|{alternatives(lexicon['done'])}"),
        aim=expression(
            f"(?:国家|全国|全省|省级|自治区|市级)[^，。；、]{{0,12}}示范基地|{alternatives(lexicon['aims'])}|(?:{alternatives(lexicon['aims_end'])})$"
        ),
    )


def stands(name: Name) -> bool:
    """Does the name stand for a project or a batch, rather than for who works on one?"""
    return name.count is not None or is_project(name.plain) and not name.general


_SIZE = expression(rf"\d[余多万]*(?:{listed('sizes')}|个?车位)$")


def aimed(place: Place) -> bool:
    """`县法院建成诉讼服务体系`: is what was built no project, so that neither is who built it?"""
    stop = strip_right(place.sentence, place.trigger.end, place.hi)
    return stop - place.trigger.end >= _SHORTEST and bool(_INTANGIBLE.search(place.text, place.trigger.end, stop))


def measured(place: Place) -> bool:
    """`标准厂房累计建成37.4万平方米`: how much of it there is by now, not that it is finished."""
    made = place.text.endswith("建成", place.trigger.start, place.trigger.end)
    return made and bool(_SO_MUCH.match(place.text, place.trigger.end))


_SO_MUCH = expression(rf"了?(?:约|近|超|超过|达|达到)?[\d.]{{1,8}}[余多]?[万千]?{listed('sizes')}(?=[，。；、]|$)")
_SHORTEST = 3
_INTANGIBLE = expression("(?:体系|机制|网络|制度|模式|格局|队伍|链条)$")


def _what_was_done(text: str, start: int, end: int) -> re.Match[str] | None:
    """The word of [start, end) that says what was done; 施工 of 施工招标 does not."""
    found = _objects().done.finditer(text, start, end)
    return next((m for m in found if m.end() == end or text[m.end()] in "，。；、（并和后以及任"), None)


# 完成清溪机场核准, 取得产业园二期用地批复: whose papers they are stands between the verb and the paper.
_PAPERS = expression(
    "(?:办理完成|办理完|完成|取得|获得|办结|办理|办妥|办好|拿到|领到|领取|通过)了?(?P<what>[^，。；、的]{3,30}?)"
    "(?:可研|初设|立项|用地|土地|环评|能评|前期|审批){0,2}(?:报告)?(?:批复|核准|备案|立项|手续|(?:施工|规划|用地|建设|开工)许可证?)$"
)
_LONGEST_PAPERS = 44


def papers_of(place: Place) -> list[Name]:
    """The project that a verb of getting papers has for its object."""
    if place.trigger.stage is not Stage.APPROVED or place.text[place.trigger.end : place.trigger.end + 1].isdigit():
        return []
    start = max(place.lo, place.trigger.end - _LONGEST_PAPERS)
    match = _PAPERS.search(place.text, start, place.trigger.end)
    named = read(place.sentence, *match.span("what"), False) if match else []
    return [name for name in named if stands(name) or is_section(name.plain)]


def object_between(place: Place) -> list[Name]:
    """`建成X并通水`: the object of the first stage word of a breath, unless another's name stands before that."""
    at = place.text.rfind("并", place.first.end, place.trigger.start)
    if not place.first.takes_object or at < 0 or any(stands(name) for name in left(place)):
        return []
    if place.text.startswith("完成", place.first.start) and (work := _WORK.search(place.text, place.first.end, at)):
        whole = read(place.sentence, place.first.end, work.start(), False)  # 完成X全部吊装并于10月并网
        return [name for name in whole if stands(name)]
    return object_of(replace(place, trigger=place.first, hi=at))


_WORK = expression(f"(?:全部|整体|所有|主体|设备){{0,2}}{listed('works')}$")


def object_of(place: Place) -> list[Name]:
    """The object behind the stage word: `建成X、Y两个项目`, `完成X建设`, `启动X建设`."""
    text, start = place.text, place.trigger.end
    end = place.hi
    if text.startswith("了", start):
        start += 1
    if end - start < 3:
        return []
    word = text[place.trigger.start : place.trigger.end]
    if word == "完成" and _what_was_done(text, start, end) and (done := left(place)) and stands(done[-1]):
        return done
    stop = strip_right(place.sentence, start, before_next_verb(text, start, phrase_end(place, start)))
    if word.startswith("完成") or word == "启动":
        match = _what_was_done(text, start, end)
        if not match or expression("[\\d一二三四五六七八九]$").search(text[start : match.start()]):
            return []
        stop = match.start() if match["bare"] else match.end()
    if _objects().aim.search(text, start, min(end, stop + 3)) or _SIZE.search(text[start:end]):
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
