"""What stands in front of a stage word, and its readers where that is no full name: a part, a kind, a pronoun, nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.namelists import make
from services.extractor.names import Endings, Name, is_material, is_part, is_pronoun, words
from services.extractor.phrases import strip_left
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_carry import carried
from services.extractor.rules.milestone_parts import PIECE, joined
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_topics import CLAUSES, ITS_PART, mention, mentioned, told_of

_MEANWHILE = expression("(?:后|前|以来|时)(?:即行|即可|便可|即)?$")
_SHORTEST, _LONGEST = 2, 4
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
# What is told by its part alone: 明年两期全部达产, 第二批年内交付
_PARTS = expression("[两三四]期(?:工程|项目)?|厂区|第[二三四五六]批")
# 由某镇引进: the project was named before.
_BY = expression("由[^，。；、]{2,24}")


@dataclass
class Front:
    """What stands in front of a stage word, as the readers find it out. `start`, `end`: the phrase without adverbs; `found`: its names;
    `head`: what the item or the line is about; `material`: where what work is done on begins, or -1."""

    place: Place
    start: int
    end: int
    found: list[Name]
    head: Name | None = None
    material: int = -1

    @property
    def sentence(self) -> Sentence:
        return self.place.sentence

    @property
    def text(self) -> str:
        return self.place.text

    @property
    def weak(self) -> bool:
        return not self.place.trigger.strong

    @property
    def begun(self) -> bool:
        return self.place.trigger.stage is Stage.UNDER_CONSTRUCTION

    def alone(self) -> Name | None:
        """The one name that was found, unless it is counted."""
        return self.found[0] if len(self.found) == 1 and self.found[0].count is None else None


def called(front: Front) -> list[Name] | None:
    """What is called by the end of its name."""
    return None if front.found else _by_its_end(front.place, front.end) or None


def mentioned_alone(front: Front) -> list[Name] | None:
    """What no word like those behind names says to be one, but is long enough; or, behind 由, what was named before."""
    lo, end = front.place.lo, front.end
    if not front.found and words().others.start(front.text, lo, end) < 0:
        front.found = [n for n in mention(front.sentence, lo, end) if len(n.text) >= 5 or n.count is not None]
    return carried(front.place, []) if not front.found and _BY.fullmatch(front.text, front.start - 1, end) else None


def nameless(front: Front) -> list[Name] | None:
    """No name in front: a part, a material or a kind of work of what was named before, or nothing."""
    place, text, start, end = front.place, front.text, front.start, front.end
    if front.found:
        return None
    phrase = text[start:end]
    if (own := ITS_PART.match(phrase)) and is_part(phrase[own.end() :]):  # 基地A栋
        part = make(front.sentence, start + own.end(), end)
        told = told_of(front.sentence, start, own[0]) if own[0] not in ("项目", "工程") else None
        return [joined(told, part)] if told else carried(place, [part])
    if (achieved := _ACHIEVED.match(phrase)) and _FACILITY.fullmatch(phrase, achieved.end()):
        return carried(place, [make(front.sentence, start + achieved.end(), end)])
    if front.begun and front.weak and (site := _site(place)):
        return site
    if _PARTS.fullmatch(phrase) or PIECE.fullmatch(phrase):
        return carried(place, [make(front.sentence, start, end)])
    works = front.weak and front.begun and _works().end(phrase)
    said = is_material(phrase) or works or _MEANWHILE.search(text[place.lo : place.first.start])
    return carried(place, []) if said else []


# 8月将完成综合楼封顶, 实现教学楼封顶
_ACHIEVED = expression("(?:将|可|能|要|已|已经)?(?:完成|实现|迎来)了?")


def kind_alone(front: Front) -> list[Name] | None:
    """`学校明年投用`: what is called by its kind alone."""
    only = front.alone()
    ends = _KINDS.get(only.plain) if only else None
    return [told_of(front.sentence, only.start, ends) or only] if only and ends else None


def facility(front: Front) -> list[Name] | None:
    """A building of what the clause before names."""
    only = front.alone()
    topic = _topic_of(front.place, only) if only else None
    return [joined(topic, only)] if only and topic else None


def part_or_pronoun(front: Front) -> list[Name] | None:
    """`该项目`, `二期`, `项目的二期`, or a count alone: of what was named before."""
    place, found, first, only = front.place, front.found, front.found[0], front.alone()
    if first.count is None and is_pronoun(first.plain) and front.text[first.start - 1] == "、":
        return []
    if only and only.organization and _firms().end(only.organization) and is_part(only.plain) and front.weak:
        return [replace(only, text=only.organization + only.text)]  # 某某木业的厂房还在刷墙
    if not first.text or only and (is_pronoun(first.plain) or is_part(first.plain)):
        return carried(place, found) or ([] if not first.text or is_pronoun(first.plain) else found)
    if only and (match := ITS_PART.match(first.plain)):
        part = replace(first, text=first.text[match.end() :])
        return carried(place, [part]) or [part]
    if not found[-1].text:
        return [*found[:-1], *(carried(place, found[-1:]) or [replace(found[-1], text="项目")])]
    return None


def _site(place: Place) -> list[Name]:
    """`在云河电站，机组安装已过九成`: the one project that the sentence opens with, where work of whatever kind is seen."""
    opening = place.sentence.clauses[0]
    if opening.end >= place.first.start or not opening.text.startswith(("在", "走进", "来到")):
        return []
    said = [name for name in mentioned(place.sentence, opening) if name.count is None]
    return said if len(said) == 1 else []


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


@lru_cache(maxsize=1)
def _firms() -> Endings:
    return Endings(load("milestone")["firm_ends"])


@lru_cache(maxsize=1)
def _works() -> Endings:
    """Kinds of work, which may stand before a word that they are under way: 内外装饰、地面铺装穿插作业."""
    return Endings(load("milestone")["works"])
