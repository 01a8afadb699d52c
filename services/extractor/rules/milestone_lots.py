"""The first of many that reach a stage, told by no more than that: 首批并网."""

from __future__ import annotations

from dataclasses import replace

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.names import Name
from services.extractor.phrases import strip_left
from services.extractor.rules.milestone_carry import carried
from services.extractor.rules.milestone_place import Place

_LOT = "首批"
# 首批投产12个
_SO_MANY = expression(r"了?(?P<number>[1-9]\d{0,3})[个台栋条座家所]")


def first_lot(place: Place, end: int) -> list[Name] | None:
    """`箱变吊装12台，力争月底首批并网`: the first of what was named before, so many as are told behind."""
    if not place.text.endswith(_LOT, place.lo, end) or place.trigger.stage not in (Stage.COMPLETED, Stage.OPERATIONAL):
        return None
    lot = end - len(_LOT)
    stop = next((time.start for time in place.sentence.times_between(place.lo, lot) if time.end == lot), lot)
    if strip_left(place.sentence, place.lo, stop) < stop:
        return None
    counted = _SO_MANY.match(place.text, place.trigger.end, place.hi)
    return [replace(name, count=int(counted["number"]) if counted else None) for name in carried(place, [])]
