"""What each statement's money goes into, by the kind of money that it is."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from services.contracts import Metric
from services.extractor import namelists, names
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.phrases import strip_right
from services.extractor.reading import Sentence
from services.extractor.rules import investment_context as context
from services.extractor.rules import investment_fields as fields
from services.extractor.rules import investment_subjects as subjects
from services.extractor.rules.investment_cues import sector_start
from services.extractor.rules.investment_funds import funded
from services.extractor.rules.investment_parts import PART_OF_SUM, part_named
from services.extractor.rules.investment_signed import one_of_two
from services.extractor.rules.investment_statements import told
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import EACH_BEFORE, SUM_BEFORE, Statement
from services.extractor.rules.investment_words import words
from services.extractor.rules.milestone_rows import table_row
from services.extractor.rules.milestone_topics import item_head, mention


def subject_of(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    """The subject of a statement; `previous` is that of the one before it in the sentence."""
    cue = statement.cue
    text = sentence.document.text
    if statement.carried == SUM_BEFORE:
        return previous
    if statement.carried == PART_OF_SUM and statement.money:
        return part_named(sentence, statement.money, statement.lo)
    if cue.sector is not None and not cue.generic:
        # 民间投资 is a term of its own; in 工业投资 the sector is 工业.
        whole = text[cue.sector : cue.start] in load("investment")["investors"]
        return subjects.at(sentence.document, cue.sector, cue.start + 2 if whole else cue.start)
    if cue.metric is Metric.FIXED_ASSET_INVESTMENT and not fields.breaks_down(sentence, statement):
        return context.area(sentence, cue.start)
    if cue.metric is Metric.OTHER:
        return subjects.at(sentence.document, cue.start, cue.end)
    if cue.metric is Metric.FUNDING:
        return funded(sentence, statement, previous)
    return _project(sentence, statement, previous)


def _project(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    cue = statement.cue
    if previous and previous.fund and not statement.carried:
        previous = None
    text = sentence.document.text
    dealt = _dealt(sentence, statement) if statement.dealt is not None else None
    if dealt:
        return dealt
    lo = min(statement.lo, statement.at)
    hi = cue.start if lo <= cue.start < statement.at else statement.at
    bracket = text.rfind("（", lo, hi)
    if bracket > lo and hi - bracket <= 5 and "）" not in text[bracket:hi]:
        # 甲项目（投资5亿元）、乙项目（投资3亿元）
        return subjects.project(sentence, context.member_start(text, lo, bracket), bracket, True) or previous
    behind = subjects.modified(sentence, statement.money.end) if statement.money and cue.start < statement.money.start else None
    if behind is None and statement.money and (later := _OF_WHICH.match(text, statement.money.end)):
        behind = subjects.modified(sentence, later.end() - 1)
    if behind:
        batch = subjects.counted(sentence, lo, hi) if behind.count is None else None
        if batch:
            return replace(behind, count=batch.count)
        # 投资3亿元的二期正在建设
        return _part_of(sentence, behind, lo, previous) if _PHASE.fullmatch(behind.plain) else behind
    if statement.carried == "clause before":
        # 总投资：5亿元, a line of a sheet
        row = None if previous else table_row(sentence)
        return subjects.of_name(sentence.document, row) if row else previous
    builder = _BUILDER.search(text, max(sentence.start, lo - 8), lo)
    if builder:  # X 业主：某公司 总投资13亿元
        return context.carried(sentence, builder.start()) or previous
    sector = sector_start(text, lo, hi) if text.endswith(("产业", "行业", "领域"), lo, hi) else None
    own = (
        subjects.at(sentence.document, sector, hi)
        if sector is not None
        else subjects.project(sentence, lo, hi, not cue.generic or bool(statement.money))
    )
    if own and own.plain in ("前者", "后者") and (meant := one_of_two(sentence, own)):
        return meant
    if own and own.count is None and own.plain.endswith(_firms()) and (head := item_head(sentence, statement.at)):
        return subjects.of_name(sentence.document, head)  # 3.X产业园。某公司投资3亿元: who pays is not what for
    if own and not _IN_PHASES.fullmatch(own.plain) and not (own.count is None and own.plain.endswith(_speaking())):
        known = _counted_before(sentence, own.plain, lo) if own.count is None and _KIND.fullmatch(own.plain) else None
        return replace(own, count=known) if known else _part_of(sentence, own, lo, previous)
    if text.startswith("招商引资", cue.start):
        return subjects.at(sentence.document, cue.start, cue.start + 4)
    general = _KIND.search(text, lo, subjects.right(text, lo, hi))
    if general and len(general[0]) > 3:
        return subjects.at(sentence.document, *general.span(), _counted_before(sentence, general[0], lo))
    before = context.carried(sentence, hi, whole=previous is None)
    counted = _BARE_COUNT.search(text, max(sentence.start, lo - 12), lo)
    if before and before.count and counted and before.end < counted.start():
        # 谈成项目27个，落了地的有18个，合同额46亿元
        before = replace(before, count=int(counted[1]))
    if previous and not (before and sentence.start <= before.start and before.start > previous.start):
        return previous
    if before or previous:
        return _phase_of(sentence, before, lo) if before else previous
    return subjects.at(sentence.document, *general.span()) if general else context.area(sentence, hi)


@lru_cache(maxsize=1)
def _firms() -> tuple[str, ...]:
    return tuple(load("milestone")["firm_ends"])


@lru_cache(maxsize=1)
def _speaking() -> tuple[str, ...]:
    """指挥部说年度计划投资6亿元: who says so."""
    return tuple(load("milestone")["speaking"])


def _counted_before(sentence: Sentence, kind: str, before: int) -> int | None:
    """`新开工项目46个，同比减少9个；新开工项目总投资52.3亿元`: how many of the kind the sentence has counted."""
    text = sentence.document.text
    at = text.find(kind, sentence.start, before)
    count = _SO_MANY.match(text, at + len(kind), before) if at >= 0 else None
    return int(count[1]) if count else None


_SO_MANY = expression(r"(?:共计?|达到?|有)?(\d{1,4})[个项]")
# 计划分两期投入9亿元: how, no name.
_IN_PHASES = expression("(?:计划|拟|将)?分[一二两三四五多几\\d]{1,2}[期步批](?:建设|实施|推进)?")
# 计划总投资38亿元，其中一期投资14亿元的X
_OF_WHICH = expression("，其中[^，。；]{0,14}元的")
_BARE_COUNT = expression(r"(?:有|的|共)(\d{1,4})[个项]，$")
_BUILDER = expression(rf"{words('builders')}?(?:单位|主体|业主|方)：$")
# 新签约项目, 重点工程: no name, but what the sum is of.
_KIND = expression(rf"{words('project_kinds')}*+(?:项目|工程)$")


_PHASE = expression("(?:第?[一二三四五六七八九十\\d]{1,2}|首)期(?:工程|项目)?$")


def _part_of(sentence: Sentence, own: Subject, lo: int, previous: Subject | None) -> Subject:
    """二期 is that of the project named before."""
    if own.count is not None or not names.is_part(own.plain):
        return own
    whole = previous or context.carried(sentence, lo)
    if whole:
        # 一期 and 二期 of one project: the second is no part of the first.
        whole = replace(whole, text=_PHASE.sub("", whole.text) or whole.text)
    return replace(own, text=whole.text + own.text) if whole and whole.count is None and whole.text not in own.text else own


_OPENS_WITH_PHASE = expression("[二三四五六]期(?:工程|项目)?(?![^，。；]{0,4}[楼房间])")


def _phase_of(sentence: Sentence, whole: Subject, lo: int) -> Subject:
    """`2.X加工园。二期完成备案，明年3月动工，估算投资1.3亿元`: the phase that the clauses right before the sum's are about."""
    if whole.count is not None or sentence.start <= whole.start or names.is_part(whole.plain):
        return whole
    for clause in reversed(sentence.clauses[max(0, sentence.clause_at(lo) - _CLAUSES_OF_PHASE) : sentence.clause_at(lo)]):
        if clause.mark == "；":
            break
        if phase := _OPENS_WITH_PHASE.match(clause.text):
            return replace(whole, text=_PHASE.sub("", whole.text) + phase[0])
    return whole


_CLAUSES_OF_PHASE = 4


def _dealt(sentence: Sentence, statement: Statement) -> Subject | None:
    """The member of the list before 分别 that the sum is of."""
    number = sentence.clause_at(statement.cue.start)
    text = sentence.document.text
    dealt = [one for one in told(sentence).statements if one.dealt is not None and one.cue.start <= statement.cue.start]
    for clause in reversed(sentence.clauses[max(0, number - 5) : number + 1]):
        # 甲、乙总投资分别为9、7亿元，依次完成3、2亿元: the list ends before the first sums that were dealt.
        hi = next((one.cue.start for one in dealt if clause.start <= one.cue.start < clause.end), clause.end)
        each = EACH_BEFORE.search(text, max(clause.start, hi - 6), hi)
        hi = each.start() if each else hi
        if "、" not in text[clause.start : hi] and "和" not in text[clause.start : hi]:
            continue
        # 甲、乙随后签约，金额分别为…: the verb is no part of the last name.
        last = _SIGNED_LAST.search(text, clause.start, hi)
        stop = strip_right(sentence, clause.start, last.start()) if last else hi
        listed = namelists.read(sentence, clause.start, stop, True)
        if all(name.count is not None for name in listed):  # 甲、乙两个项目签约
            listed = mention(sentence, clause.start, hi)
        found = [name for name in listed if name.count is None and name.text]
        if statement.dealt is not None and statement.dealt < len(found):
            name = found[statement.dealt]
            verb = _SIGNED.match(text, name.start, name.end)
            signed = verb is not None or _ARE_SIGNED.search(text, name.end, hi) is not None
            member = subjects.at(sentence.document, verb.end(), name.end) if verb else subjects.of_name(sentence.document, name)
            return replace(member, signed=signed)
    return _dealt_behind(sentence, statement)


def _dealt_behind(sentence: Sentence, statement: Statement) -> Subject | None:
    """`总投资分别为9、7、4亿元的A、B、C项目`: the list stands behind the sums."""
    text = sentence.document.text
    sums = [money for money in sentence.money if money.start >= statement.at]
    last = next((money for money in sums if text.startswith("的", money.end)), None)
    if last is None or "，" in text[statement.at : last.end] or statement.dealt is None:
        return None
    end = sentence.clauses[sentence.clause_at(last.end)].end
    stop = subjects.object_stop(text, last.end + 1, end)
    found = [name for name in namelists.read(sentence, last.end + 1, stop, True) if name.count is None and name.text]
    return subjects.of_name(sentence.document, found[statement.dealt]) if statement.dealt < len(found) else None


_SIGNED_LAST = expression(rf"{words('newly_signed')}$")
_ARE_SIGNED = expression(rf"{words('newly_signed')}[^，。；]{{0,2}}$")
_SIGNED = expression(rf"(?:{words('newly_signed')}|洽谈)了?(?=.{{2}})")
