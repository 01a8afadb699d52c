"""What each statement's money goes into, by the kind of money that it is."""

from __future__ import annotations

from dataclasses import replace

from services.contracts import Metric
from services.extractor import namelists, names
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.numbers import BOUND
from services.extractor.reading import Sentence
from services.extractor.rules import investment_context as context
from services.extractor.rules import investment_fields as fields
from services.extractor.rules import investment_subjects as subjects
from services.extractor.rules.investment_cues import sector_start
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import Statement
from services.extractor.rules.investment_words import words
from services.extractor.rules.milestone_topics import item_head


def subject_of(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    """The subject of a statement; `previous` is that of the one before it in the sentence."""
    cue = statement.cue
    text = sentence.document.text
    if cue.sector is not None and not cue.generic:
        # 民间投资 is a term of its own; in 工业投资 the sector is 工业.
        whole = text[cue.sector : cue.start] in load("investment")["investors"]
        return subjects.at(sentence.document, cue.sector, cue.start + 2 if whole else cue.start)
    if cue.metric is Metric.FIXED_ASSET_INVESTMENT and not fields.breaks_down(sentence, statement):
        return context.area(sentence, cue.start)
    if cue.metric is Metric.OTHER:
        return subjects.at(sentence.document, cue.start, cue.end)
    if cue.metric is Metric.FUNDING:
        return _funded(sentence, statement, previous)
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
        return subjects.project(sentence, _member(text, lo, bracket), bracket, True) or previous
    behind = subjects.modified(sentence, statement.money.end) if statement.money and cue.start < statement.money.start else None
    if behind is None and statement.money and (later := _OF_WHICH.match(text, statement.money.end)):
        behind = subjects.modified(sentence, later.end() - 1)
    if behind:
        batch = subjects.counted(sentence, lo, hi) if behind.count is None else None
        return replace(behind, count=batch.count) if batch else behind
    if statement.carried == "clause before":
        return previous
    builder = _BUILDER.search(text, max(sentence.start, lo - 8), lo)
    if builder:  # X 业主：某公司 总投资15亿元
        return context.carried(sentence, builder.start()) or previous
    sector = sector_start(text, lo, hi) if text.endswith(("产业", "行业", "领域"), lo, hi) else None
    own = (
        subjects.at(sentence.document, sector, hi)
        if sector is not None
        else subjects.project(sentence, lo, hi, not cue.generic or bool(statement.money))
    )
    if own and not _IN_PHASES.fullmatch(own.plain):
        return _part_of(sentence, own, lo, previous)
    if text.startswith("招商引资", cue.start):
        return subjects.at(sentence.document, cue.start, cue.start + 4)
    general = _KIND.search(text, lo, subjects.right(text, lo, hi))
    if general and len(general[0]) > 3:
        return subjects.at(sentence.document, *general.span())
    before = context.carried(sentence, hi, whole=previous is None)
    counted = _BARE_COUNT.search(text, max(sentence.start, lo - 12), lo)
    if before and before.count and counted and before.end < counted.start():
        # 谈成项目31个，落了地的有24个，合同额57亿元
        before = replace(before, count=int(counted[1]))
    if previous and not (before and sentence.start <= before.start and before.start > previous.start):
        return previous
    if before or previous:
        return before or previous
    return subjects.at(sentence.document, *general.span()) if general else context.area(sentence, hi)


# 计划分两期投入12亿元: how, no name.
_IN_PHASES = expression("(?:计划|拟|将)?分[一二两三四五多几\\d]{1,2}[期步批](?:建设|实施|推进)?")
# 计划总投资45亿元，其中一期投资18亿元的X
_OF_WHICH = expression("，其中[^，。；]{0,14}元的")
_BARE_COUNT = expression(r"(?:有|的|共)(\d{1,4})[个项]，$")
_BUILDER = expression(rf"{words('builders')}?(?:单位|主体|业主|方)：$")
# 新签约项目, 重点工程: no name, but what the sum is of.
_KIND = expression(rf"{words('project_kinds')}*+(?:项目|工程)$")


def _member(text: str, lo: int, hi: int) -> int:
    """Where the last member of a list that ends at `hi` begins."""
    start = max(text.rfind(mark, lo, hi) + 1 for mark in "、，：；）") or lo
    verb = expression("[^，。；、]{0,8}(?:分别为|分别是|包括|有|为|是)").match(text, max(lo, start), hi)
    return verb.end() if verb else max(lo, start)


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


def _dealt(sentence: Sentence, statement: Statement) -> Subject | None:
    """The member of the list before 分别 that the sum is of."""
    number = sentence.clause_at(statement.cue.start)
    text = sentence.document.text
    for clause in reversed(sentence.clauses[max(0, number - 5) : number + 1]):
        hi = min(clause.end, statement.cue.start)
        if "、" not in text[clause.start : hi] and "和" not in text[clause.start : hi]:
            continue
        found = [name for name in namelists.read(sentence, clause.start, hi, True) if name.count is None and name.text]
        if statement.dealt is not None and statement.dealt < len(found):
            name = found[statement.dealt]
            verb = _SIGNED.match(text, name.start, name.end)
            return subjects.at(sentence.document, verb.end(), name.end) if verb else subjects.of_name(sentence.document, name)
    return _dealt_behind(sentence, statement)


def _dealt_behind(sentence: Sentence, statement: Statement) -> Subject | None:
    """`总投资分别为12、8、5亿元的A、B、C项目`: the list stands behind the sums."""
    text = sentence.document.text
    sums = [money for money in sentence.money if money.start >= statement.at]
    last = next((money for money in sums if text.startswith("的", money.end)), None)
    if last is None or "，" in text[statement.at : last.end] or statement.dealt is None:
        return None
    end = sentence.clauses[sentence.clause_at(last.end)].end
    stop = subjects.object_stop(text, last.end + 1, end)
    found = [name for name in namelists.read(sentence, last.end + 1, stop, True) if name.count is None and name.text]
    return subjects.of_name(sentence.document, found[statement.dealt]) if statement.dealt < len(found) else None


_SIGNED = expression(rf"(?:{words('newly_signed')}|洽谈)了?(?=.{{2}})")
_BARE_FUND = expression(rf"{words('fund_qualifiers')}*+(?:到位)?(?:资金)?{words('fund_bare')}?")
_WON = expression("获得?批?|争取到?")
_ISSUER = expression("(?P<firm>该公司|[一-鿿（）]{2,16}(?:公司|集团|股份))[^，。；]{0,10}(?:发行|获得?|新增|申请|拿到|取得)")
_ISSUED = expression(words("issued"))
_CREDIT = expression(words("credit"))
_RECEIVER = expression(rf"(?:给|向|为|面向)(?P<who>[^，。；、]{{3,24}}?)(?:主体)?(?:{words('giving')}|的)")


def _funded(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    """The fund by its name; where it has none (到位资金, 授信), who or what gets it."""
    cue, document, text = statement.cue, sentence.document, sentence.document.text
    lo = min(statement.lo, statement.at)
    if statement.carried:
        lo = sentence.clauses[sentence.clause_at(cue.start)].start
        return previous if previous and previous.start >= lo else context.fund(sentence, lo, cue.start, cue.end)
    behind = statement.money is not None and cue.start > statement.money.start
    fund = context.fund(sentence, statement.money.end if behind and statement.money else lo, cue.start, cue.end)
    bare = bool(_BARE_FUND.fullmatch(fund.plain))
    won = _WON.search(text, lo, cue.start)
    if won and names.is_project(text[lo : won.start()]):
        pronoun = context.carried(sentence, cue.start) if names.is_pronoun(text[lo : won.start()]) else None
        return pronoun or subjects.project(sentence, lo, won.start(), False) or fund
    receiver = _granted(sentence, statement)
    if receiver:
        return receiver
    issuer = _firm(sentence, lo, statement)
    if issuer:
        return issuer
    listed = _listed_firm(sentence, lo, statement) if bare else None
    if listed:
        return listed
    if bare and won and _WHOLE_TIME.match(text, lo, won.start()):
        return context.area(sentence, cue.start) or fund
    given = _RECEIVER.search(text, lo, cue.end) if not behind and _CREDIT.search(text, cue.start, cue.end) else None
    if given:
        return subjects.at(document, given.start("who"), given.end("who"))
    head = item_head(sentence, cue.start) if _WON.search(text, lo, cue.end) else None
    if head and not head.general and names.is_project(head.plain):
        # ●县城供水管网更新。争取到超长期特别国债8600万元
        return subjects.of_name(document, head)
    if not bare:
        return _named_fund(sentence, statement, fund, lo)
    batch = subjects.counted(sentence, lo, cue.start) or _batch_before(sentence, lo)
    if batch:
        return batch
    purpose = subjects.modified(sentence, statement.money.end) if statement.money else None
    if purpose:
        return purpose
    own = subjects.project(sentence, lo, min(cue.start, statement.at), False)
    if own:
        return own
    return previous or context.carried(sentence, lo) or _area_named(sentence, lo, cue.start) or fund


# 全年向上争取各类资金19.8亿元: what an area gets, whatever was spoken of before.
_WHOLE_TIME = expression("(?:[全我][市县区旗州])?(?:全年|上半年|下半年|今年以来|年内|前[一二三四]个?季度)[^，。；]{0,6}$")
_LISTED_FIRM = expression("(?P<firm>[一-鿿（）]{2,16}?)(?:成功|正式|顺利)?(?:在|于|登陆)[^，。；]{0,12}(?:上市|挂牌)")
_RAISED = expression("募集|募资|融资")


def _listed_firm(sentence: Sentence, lo: int, statement: Statement) -> Subject | None:
    """`某某轮胎在北交所上市，募集资金5.3亿元`: the firm that the clause before tells of."""
    number = sentence.clause_at(statement.at)
    if not number or not _RAISED.search(sentence.document.text, lo, statement.at):
        return None
    clause = sentence.clauses[number - 1]
    match = _LISTED_FIRM.match(sentence.document.text, clause.start, clause.end)
    return subjects.at(sentence.document, *match.span("firm")) if match else None


def _named_fund(sentence: Sentence, statement: Statement, fund: Subject, lo: int) -> Subject:
    """A fund by name, with the number of projects that it is spread over, or that stands before the sum (专项债等各类项目45个)."""
    text = sentence.document.text
    if text.startswith("等", statement.cue.end):
        batch = subjects.counted(sentence, statement.cue.end, statement.at)
        if batch:
            whole = subjects.at(sentence.document, fund.start, batch.start + len(batch.plain))
            return replace(whole, count=batch.count)
    listed = subjects.counted(sentence, lo, statement.cue.start)
    count = listed.count if listed and listed.start >= fund.start else None
    return replace(fund, count=count or _supported(sentence, statement))


def _firm(sentence: Sentence, lo: int, statement: Statement) -> Subject | None:
    """The firm that issues a bond or is granted credit: by name, or that of the clause before or of the sentences before (该公司)."""
    document, text = sentence.document, sentence.document.text
    if not _ISSUED.search(text[statement.cue.start : statement.cue.end]):
        return None
    match = _ISSUER.search(text, max(sentence.start, statement.at - 200), statement.at)
    if match is None or match["firm"].endswith(("银行", "支行")):
        return None
    if match["firm"] != "该公司":
        start = max(match.start("firm"), *(text.rfind(mark, match.start("firm"), match.end("firm")) + 1 for mark in "给向由"))
        return subjects.at(document, start, match.end("firm")) if match.end("firm") - start >= 3 else None
    for near in document.before(sentence, 6):
        named = expression("(?:[一-鿿]{2,14})(?:公司|集团)").search(near.text)
        if named and not named[0].startswith("该"):
            return subjects.at(document, near.start + named.start(), near.start + named.end())
    return subjects.at(document, match.start("firm"), match.end("firm"))


_GRANTED = expression(
    rf"(?:授信|支持|补助|资助|{words('paid_to')})了?(?P<who>[^，。；、\d]{{3,20}}?)(?:项目贷款|贷款|授信|资金|{BOUND}|达|共)?$"
)
_GRANTED_BEHIND = expression(rf"(?:已|全部|均已)?{words('paid_to')}(?P<who>[^，。；、]{{3,20}})")
_NOBODY = expression(rf"^{words('amounts')}|^[一-鿿]{{0,3}}(?:不低于|超过|突破|达到)")


def _granted(sentence: Sentence, statement: Statement) -> Subject | None:
    """Who gets it, between the word and the sum (授信X12亿元) or behind the sum (已拨付至43家企业)."""
    document, text, cue = sentence.document, sentence.document.text, statement.cue
    if statement.money is None:
        return None
    behind = _GRANTED_BEHIND.match(text, statement.money.end, sentence.clauses[sentence.clause_at(statement.at)].end)
    if behind:
        return subjects.at(document, behind.start("who"), behind.end("who"))
    match = _GRANTED.search(text, cue.start, statement.money.start) if cue.end <= statement.money.start else None
    if match and not _NOBODY.search(match["who"]):
        return subjects.at(document, match.start("who"), match.end("who"))
    return None


def _area_named(sentence: Sentence, lo: int, hi: int) -> Subject | None:
    found = context.area(sentence, hi)
    return found if found and sentence.start <= found.start < found.end <= hi else None


def _batch_before(sentence: Sentence, lo: int) -> Subject | None:
    number = sentence.clause_at(lo)
    for clause in reversed(sentence.clauses[max(0, number - 1) : number]):
        batch = subjects.counted(sentence, clause.start, clause.end)
        if batch and expression("项目|工程").search(batch.plain):
            return batch
    return None


_SPREAD = expression(words("spread"))


def _supported(sentence: Sentence, statement: Statement) -> int | None:
    """`发行专项债券14.6亿元，支持15个项目`."""
    number = sentence.clause_at(statement.at)
    if number + 1 >= len(sentence.clauses):
        return None
    clause = sentence.clauses[number + 1]
    if not _SPREAD.match(clause.text):
        return None
    batch = subjects.counted(sentence, clause.start, clause.end)
    plain = expression(r"项目(\d{1,4})个|(\d{1,4})个项目").search(clause.text)
    return batch.count if batch else int(plain[1] or plain[2]) if plain else None
