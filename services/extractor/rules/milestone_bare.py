"""The project of a kind of work that stands alone (安装), and whose workers a caption shows."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.namelists import read
from services.extractor.names import Name
from services.extractor.phrases import strip_right
from services.extractor.rules.milestone_carry import headed
from services.extractor.rules.milestone_objects import stands
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_topics import item_head


def bare(place: Place) -> list[Name]:
    """The project of a kind of work that stands alone: the head of its item, what a colon says it is about (X学校：教学楼装修), or
    what is told when the work is done (X车间11月份调试)."""
    head = own_head(place) or item_head(place.sentence, place.first.start)
    if head:
        return [head] if place.first.start - place.lo <= 14 else []
    if workers := workers_at(place):
        return workers
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
    return [name for name in read(place.sentence, place.lo, end, False) if stands(name)] if timed else []


# 工人在X绑扎钢筋: a caption.
_WORKERS_AT = expression(
    "(?:工人|施工人员|建设者|作业人员|技术人员|施工队)们?(?:正|正在)?在(?P<what>[^，。；、]{4,30}?)(?:工地|施工现场|现场)?[上内里]?(?:加紧|抓紧|紧张|有序)?(?:进行)?$"
)


def workers_at(place: Place) -> list[Name]:
    """The project whose workers a caption shows at work."""
    workers = _WORKERS_AT.search(place.text, place.lo, place.first.start)
    return (
        [name for name in read(place.sentence, *workers.span("what"), False) if name.text and not name.general] if workers else []
    )


# X项目门诊楼装修
_PART_OF_PROJECT = expression("(?:项目|工程)[^，。；、]{0,8}$")


def own_head(place: Place) -> Name | None:
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
