"""Subjects carried over: what a stage word without a subject of its own, a pronoun, a part or a bare count refers to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import tee

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.namelists import read
from services.extractor.names import Endings, Name, is_part, is_pronoun
from services.extractor.phrases import strip_left
from services.extractor.reading import Clause, Sentence
from services.extractor.rules.milestone_answers import asked_about
from services.extractor.rules.milestone_clauses import left_over
from services.extractor.rules.milestone_parts import PIECE, joined, line_of, owner_for, phase_before
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_rows import table_row
from services.extractor.rules.milestone_speakers import firm_speaking, speaker
from services.extractor.rules.milestone_titles import titled
from services.extractor.rules.milestone_topics import CLAUSES, earlier, is_item, item_head, mentioned, of_firm
from services.extractor.rules.milestone_words import listed


def carried(place: Place, found: list[Name], material: bool = False) -> list[Name]:
    """What was named before: in this sentence, at the head of the item, in the sentence before. A count takes the batch named
    last; a part joins the project that it is a part of; what work is done on (`material`) belongs to it behind a semicolon as well."""
    whole_line = not found and bool(_WHOLE_LINE.search(place.text, place.lo, place.first.start))
    found = found or left_over(place)
    phase = None if found or whole_line else phase_before(place)
    found = [phase] if phase else found
    counted = bool(found) and not found[0].text
    at = place.first.start
    pronoun = bool(found) and is_pronoun(found[0].plain)
    far = pronoun and len(found[0].text) > 2
    part = bool(found) and not counted and not pronoun
    remaining: Name | None = None
    housed: list[Name] = []
    near = _candidates(place, at, far, not pronoun or far or _opens(place, found), counted, part or pronoun or material)
    if pronoun and (kind := _KIND_MEANT.search(found[0].plain)):
        near, all_of_them = tee(near)
        meant = (name for group in all_of_them for name in group if name.count is None and name.plain.endswith(kind[0]))
        if whole := next(meant, None):
            return [whole]
    if whole_line or place.text.startswith("全线", place.first.start):
        near, all_of_them = tee(near)
        if line := line_of(all_of_them):
            return [line]
    for candidates in near:
        if not candidates[0].text:  # 其中续建83个，全部复工
            if counted or part or pronoun:
                continue
            near, rest = tee(near)
            batch = next((name for group in rest for name in group if name.count is not None and name.text), None)
            if batch is None:
                return []
            return [replace(batch, count=candidates[0].count)]
        if counted:
            batch = next((name for name in reversed(candidates) if name.count is not None or name.general), None)
            if batch is None:
                if _units_of(place, candidates[-1], found[0]):
                    return [replace(candidates[-1], count=found[0].count)]
                if remaining is None and not is_part(candidates[-1].plain) and _rest_of_one(place, found[0]):
                    remaining = replace(candidates[-1], count=found[0].count)
                continue
            noun = replace(batch, count=found[0].count, general=False)
            return [*(name for name in found[1:]), noun]
        if part:
            owners = (owner_for(found[0], name) for name in candidates if not is_part(name.plain))
            single = next((owner for owner in owners if owner.count is None), None)
            if single is not None:
                return [joined(single, found[0])]
            continue
        if not found and place.trigger.stage in _PRODUCES and all(_BUILDINGS.fullmatch(name.plain) for name in candidates):
            housed = housed or candidates
            continue
        if candidates[-1].count is None and _all_of(place) and place.text.startswith("等", candidates[-1].end):
            following = next(near, [])
            if len(following) == 1 and following[0].count:
                return [*following, *candidates]
        if pronoun and found[0].plain in ("前者", "后者"):
            candidates = [name for name in candidates if name.count is None]
            if len(candidates) < 2:
                continue
        if pronoun and _ONE.match(found[0].plain) and all(name.count is not None for name in candidates):
            continue  # 将建两条产线，争取这个项目年底开工
        if pronoun and found[0].plain == "后者":
            return candidates[-1:]
        if pronoun and len(candidates) > 1 and found[0].plain.startswith(("该", "这", "此", "本", "前者")):
            return candidates[:1]
        return candidates if found else _each_of(place, candidates)
    if housed:
        return housed
    if remaining or phase or found and not pronoun:
        return [remaining] if remaining else [phase] if phase and not PIECE.match(phase.plain) else []
    return _topic(place)


def _each_of(place: Place, names: list[Name]) -> list[Name]:
    """`新建食堂6个，改造校舍9处，均已投用`: all that the clauses right before count with verbs of building."""
    if len(place.told) < 2 or any(name.count is None for name in names) or not _all_of(place):
        return names
    text, bound = place.text, place.sentence.clauses[place.sentence.clause_at(place.first.start)].start
    all_of_them: list[Name] = []
    for group in reversed(place.told):
        name = group[0]
        piece = max(text.rfind(mark, place.sentence.start, name.start) for mark in "，、；：")
        start = max(piece + 1, place.sentence.start)
        if len(group) > 1 or name.count is None or not _COUNT_ENDS.fullmatch(text, name.end, bound):
            break
        when = _WHEN.match(text, start)
        if not text.startswith(_building(), when.end() if when else start):
            break
        all_of_them.insert(0, name)
        bound = start
    return all_of_them if len(all_of_them) > 1 else names


# What stands between a counted noun and the next: 9所，
_COUNT_ENDS = expression("[^，。；、：]{0,10}[，、]")
_WHEN = expression("(?:[全我本][县市区旗镇乡])?(?:全年|今年|去年|年内|上半年|累计|共|已)?")


@lru_cache(maxsize=1)
def _building() -> tuple[str, ...]:
    return tuple(load("milestone")["stages"]["completed"]["object"])


# 两栋厂房已封顶，9月试生产: the project will, of which the buildings are.
_PRODUCES = (Stage.OPERATIONAL, Stage.AT_CAPACITY)
_BUILDINGS = expression(
    "(?:[\\d一二三四五六七八九十两首]{0,3}[#号期]?[栋座条个幢口孔]?)(?:标准|主|生产|新|联合){0,2}(?:厂房|隧道窑|窑炉|仓库|主体|钢结构)"
)

_ONE = expression("(?:这个|该|此|这一)项目$")
# 全线今年年底前通车
_WHOLE_LINE = expression("全线[^，。；、]{0,10}$")

# 整个园区: not the workshop that was told of last.
_KIND_MEANT = expression("园(?=区$)|(?:园|基地|中心|总部|大楼|桥|隧道|医院|学校|水库|电站|水厂|市场|景区|小区|广场|机场|码头)$")


def _topic(place: Place) -> list[Name]:
    """The one project that the section has spoken of, where it has spoken of no other."""
    singles: list[Name] = []
    for group in earlier(place.sentence, True):
        if len(group) == 1:
            if group[0].count is not None:
                return []
            singles.append(group[0])
    if not singles:
        return []
    longest = max(singles, key=lambda name: len(name.text))
    same = all(name.plain in longest.plain or longest.plain.startswith(name.plain[:4]) for name in singles)
    return [longest] if same and longest.plain.endswith(("项目", "工程", "基地", "园")) else []


_PROGRAMME = expression("(?:改造|提升|整治|治理|加装|修缮|加固|建设|整修|更新)$")
_UNITS = expression(r"[\d一二三四五六七八九十两]{1,4}[家个处所]")


def _units_of(place: Place, programme: Name, count: Name) -> bool:
    """`社区A站标准化改造，4家已完工`: so many of what a programme is done to, told right behind its name."""
    return (
        programme.count is None
        and programme.end == count.start - 1
        and bool(_PROGRAMME.search(programme.plain))
        and bool(_UNITS.fullmatch(place.text, count.start, count.end))
    )


def _rest_of_one(place: Place, count: Name) -> bool:
    return bool(_REST.search(place.text, max(place.lo, count.start - 3), count.end))


# 其余4栋: of the one project that was named.
_REST = expression(rf"{listed('the_rest')}的?[\d一二三四五六七八九十两]{{1,4}}[栋幢座台条口套]")


def _opens(place: Place, found: list[Name]) -> bool:
    """Does the pronoun open its sentence or item, so that the sentence before it may have named the project?"""
    sentence = place.sentence
    return is_item(sentence) or strip_left(sentence, sentence.start, found[0].end) >= found[0].start


def _all_of(place: Place) -> bool:
    return bool(expression("全部|均|悉数|都|无一").search(place.text[place.lo : place.first.start]))


# 封顶后砌体工程: work on what was named before, no project of its own.
_OWN_WORK = expression(f"(?:[^，。；、]{{2,4}}后)?{listed('measured_parts')}工程")
# A name so short, in an item that is about a project, is of a part of it.
_SHORT = 3


def _candidates(place: Place, at: int, far: bool, sentences: bool, counted: bool, crosses: bool) -> Iterator[list[Name]]:
    """What may be meant, nearest first, read no further than it is asked for; `sentences`: also in those before this one."""
    sentence = place.sentence
    spoken = [group for group in place.told if group]
    result = []
    row = table_row(sentence)
    if row:
        yield [row]
        return
    number = sentence.clause_at(at)
    first = max(0, number - CLAUSES)
    begin = sentence.start
    if not counted and not crosses and "名称：" not in sentence.text:
        begin = max((clause.end for clause in sentence.clauses[first:number] if clause.mark == "；"), default=begin)
    for group in reversed(spoken):
        result.append((max(name.start for name in group), group))
    for clause in sentence.clauses[first:number]:
        if counted and _breakdown(sentence, clause, number):
            continue
        said = mentioned(sentence, clause) or headed(place, clause)
        if said and place.told and all(_OWN_WORK.fullmatch(name.plain) for name in said):
            continue  # 甲楼：砌体工程完成60%，明年秋天交付
        if said and max(len(name.plain) for name in said) <= _SHORT and item_head(sentence, at):
            continue  # 云河邻里中心。菜场、食堂一站配齐，已开门营业
        if said and not any(abs(said[0].start - start) < 3 and len(said) <= len(group) for start, group in result):
            result.append((said[0].start, said))
    result = [pair for pair in result if pair[0] >= begin]
    result.sort(key=lambda pair: -pair[0])
    for _, group in result:
        yield group
    if not sentences:
        return
    if not result and (whose := speaker(sentence, place.trigger.end) or _firms(sentence)):
        yield [whose]
        return
    found = bool(result)
    head = None if counted else item_head(sentence, at)
    if head:
        found = True
        yield [head]
    for group in earlier(sentence, far, counted):
        found = True
        yield group
    if not counted and (title := titled(sentence)):
        found = True
        yield [title]
    if not counted and not found and (question := asked_about(sentence)):
        found = True
        yield question
    if (
        not found
        and _ABOUT_US.match(sentence.text)
        or (
            not found
            and place.trigger.strong
            and sentence.text.count("“")
            and any(place.lo <= time.start < at for time in sentence.times)
        )
    ):
        yield from earlier(sentence, True)


def _firms(sentence: Sentence) -> Name | None:
    """`云水酒业负责人表示，年底前投产`: what the firm builds, of all that was named before."""
    firm = firm_speaking(sentence)
    return of_firm(sentence, firm) if firm else None


# “项目总投资7亿元，我们9月拿地，当月就开了工”: said of what the paragraph before is about.
_ABOUT_US = expression("\\s{0,9}[“「](?:我们|咱们?|项目|工程|整个|厂房|公司|企业)")


@lru_cache(maxsize=1)
def _offices() -> Endings:
    return Endings(load("milestone")["offices"])


def _breakdown(sentence: Sentence, clause: Clause, number: int) -> bool:
    """Is the clause part of a breakdown (其中…) that a semicolon has closed before clause `number`?"""
    closed = False
    clauses = sentence.clauses[max(0, number - CLAUSES) : number]
    for other in clauses:
        if other.start < clause.start:
            continue
        closed = closed or other.mark == "；"
    begins = any(other.text.startswith("其中") and other.start <= clause.start for other in clauses)
    return closed and begins


def headed(place: Place, clause: Clause) -> list[Name]:
    """`X新材料：完成备案`: what stands before a colon at the head of its line is what the rest is about."""
    label = _LABEL.match(clause.text)
    start = clause.start + (label.end() if label else 0)
    if clause.mark != "：" or not 4 <= clause.end - start <= 30 or _offices().end(clause.text):
        return []
    if clause.start != place.sentence.begin and place.text[clause.start - 1] not in "；\n":
        return []
    return [name for name in read(place.sentence, start, clause.end, True) if name.text and not name.general]


# 【在建】X：…
_LABEL = expression("【[^】]{1,10}】")
