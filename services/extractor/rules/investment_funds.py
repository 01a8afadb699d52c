"""What raised or granted money goes into: the fund by its name, the firm that raises it, the project or the batch that gets it."""

from __future__ import annotations

import re
from dataclasses import replace

from services.extractor import names
from services.extractor.expressions import expression
from services.extractor.numbers import BOUND
from services.extractor.reading import Sentence
from services.extractor.rules import investment_context as context
from services.extractor.rules import investment_figures as figures
from services.extractor.rules import investment_subjects as subjects
from services.extractor.rules.investment_funded import for_what, given, of_project
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import Statement
from services.extractor.rules.investment_words import words
from services.extractor.rules.milestone_topics import item_head

_BARE_FUND = expression(rf"{words('fund_qualifiers')}*+(?:到位)?(?:资金)?{words('fund_bare')}?")
_WON = expression("获得?批?|争取到?")
_ISSUER = expression(
    "(?P<firm>该公司|[一-鿿（）]{2,16}(?:公司|集团|股份))[^，。；]{0,10}(?:发行|完成|获得?|新增|申请|申贷|拿到|取得)"
)
_ISSUED = expression(words("issued"))
_CREDIT = expression(words("credit"))
_RECEIVER = expression(
    rf"(?:给予?|向|为|面向)(?P<who>[^，。；、]{{2,24}}?)(?:主体)?(?:{words('giving')}|的|(?=放?{words('credit')}))"
)


def funded(sentence: Sentence, statement: Statement, previous: Subject | None) -> Subject | None:
    """The fund by its name; where it has none (到位资金, 授信), who or what gets it."""
    cue, document, text = statement.cue, sentence.document, sentence.document.text
    lo = min(statement.lo, statement.at)
    if (
        lo == cue.start < statement.at and text[lo - 1] not in "，。；：、"
    ):  # 甲资金、省级补助资金分别为…: dealt out to the second
        lo = context.member_start(text, sentence.start, lo)
    if statement.carried:
        member = _member_of_list(sentence, statement)
        if member:
            return member
        lo = sentence.clauses[sentence.clause_at(cue.start)].start
        return previous if previous and previous.start >= lo else context.fund(sentence, lo, cue.start, cue.end)
    behind = statement.money is not None and cue.start > statement.money.start
    if told := given(sentence, statement, previous, lo):
        return told
    fund = context.fund(sentence, statement.money.end if behind and statement.money else lo, cue.start, cue.end)
    if batch := _funded_batch(sentence, fund):
        return batch
    bare = bool(_BARE_FUND.fullmatch(fund.plain))
    won = _WON.search(text, lo, cue.start)
    if won and names.is_project(text[lo : won.start()]):
        pronoun = context.carried(sentence, cue.start) if names.is_pronoun(text[lo : won.start()]) else None
        return pronoun or subjects.project(sentence, lo, won.start(), False) or fund
    if text[cue.start : cue.end] == "贷" and (
        lent := subjects.project(sentence, lo, won.start() if won else cue.start - 1, True)
    ):
        return lent  # 36家企业获贷1.4亿元
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
    receiving = _RECEIVER.search(text, lo, cue.end) if not behind and _CREDIT.search(text, cue.start, cue.end) else None
    receiving = receiving or _credited(sentence, statement)
    if receiving:
        return subjects.at(document, receiving.start("who"), receiving.end("who"))
    head = item_head(sentence, cue.start) if _WON.search(text, lo, cue.end) else None
    if head and not head.general and names.is_project(head.plain):
        # ●X更新。争取到超长期特别国债7400万元
        return subjects.of_name(document, head)
    if project := for_what(sentence, statement) or of_project(sentence, statement, previous, lo):
        return project
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
    return previous or context.carried(sentence, lo) or _area_named(sentence, cue.start) or fund


# 与甲公司签订协议，授信2亿元
_AGREED = expression("[与同和](?P<who>[^，。；、与同和]{3,24}?)(?:签订|签署|签下|签约|签了|达成)[^，。；、]{0,14}$")

_CREDITING = expression(f"(?:意向|综合|新增|首批|首期|合计|共|累计)?(?:发放)?{words('credit')}")


def _credited(sentence: Sentence, statement: Statement) -> re.Match[str] | None:
    """Whom the clause before says that a bank has agreed with on what it lends."""
    text = sentence.document.text
    number = sentence.clause_at(statement.cue.start)
    opens = _CREDITING.fullmatch(text, sentence.clauses[number].start, statement.cue.end)
    if not number or not opens:
        return None
    before = sentence.clauses[number - 1]
    return _AGREED.search(text, max(before.start, before.end - _LONGEST_AGREED), before.end)


_LONGEST_AGREED = 60


def _member_of_list(sentence: Sentence, statement: Statement) -> Subject | None:
    """`新增专项债6.3亿元，主要有：甲厂房二期2.3亿元、乙医院1.4亿元`: whom or what a part of the money is for."""
    text = sentence.document.text
    start = context.member_start(text, max(sentence.start, statement.lo), statement.at)
    opens = _PART_OPENS.match(text, start, statement.at)
    start = opens.end() if opens else start
    measure = _MEASURE_BEHIND.search(text, start, statement.at)
    end = measure.start() if measure else statement.at
    who = text[start:end]
    if not 3 <= len(who) <= 40 or any(time.start < end for time in sentence.times_between(start, end)):
        return None
    return subjects.at(sentence.document, start, end) if figures.is_receiver(who) else None


_PART_OPENS = expression("其中(?:用于|支持|投向|安排)?|用于|支持|投向|安排")
_MEASURE_BEHIND = expression(rf"(?:{BOUND}|达|为|共|计){{1,3}}$")

# 增发国债项目7个、资金2.46亿元; 甲、乙等4个项目已到位资金1.7亿元
_COUNTED_FUND = expression(
    r"(?P<batch>[一-鿿“”]{0,20}项目)(?:共|计)?(?P<count>\d{1,4})[个项]、(?:总|申请|补助|获批|到位|下达|专项|需求)?资金$"
)
_ARRIVED = expression(
    r"(?P<who>.{1,60}?项目)(?:已经|已|实际|累计|共|均){0,2}(?:到位资金|资金到位|到资)$"
    r"|(?P<firms>.{1,60}?(?:企业|国企|公司|集团|平台))(?:已经|已|实际|累计|共|合计|总计){1,2}(?:融资|募资|发债|贷款|提款)$"
)


def _funded_batch(sentence: Sentence, fund: Subject) -> Subject | None:
    """The projects that the words before a fund's name count or name, which are no part of it."""
    counted = _COUNTED_FUND.fullmatch(fund.plain)
    if counted:
        start = fund.start
        return subjects.at(sentence.document, start, start + counted.end("batch"), int(counted["count"]))
    arrived = _ARRIVED.fullmatch(fund.plain)
    if not arrived:
        return None
    end = fund.start + max(arrived.end("who"), arrived.end("firms"))
    return subjects.counted(sentence, fund.start, end) or subjects.at(sentence.document, fund.start, end)


# 全年向上争取各类资金17.4亿元: what an area gets, whatever was spoken of before.
_WHOLE_TIME = expression("(?:[全我][市县区旗州])?(?:全年|上半年|下半年|今年以来|年内|前[一二三四]个?季度)[^，。；]{0,6}$")
_LISTED_FIRM = expression("(?P<firm>[一-鿿（）]{2,16}?)(?:成功|正式|顺利)?(?:在|于|登陆)[^，。；]{0,12}(?:上市|挂牌)")
_RAISED = expression("募集|募资|融资")


def _listed_firm(sentence: Sentence, lo: int, statement: Statement) -> Subject | None:
    """`某某公司上市，募集资金4.7亿元`: the firm that the clause before tells of."""
    number = sentence.clause_at(statement.at)
    if not number or not _RAISED.search(sentence.document.text, lo, statement.at):
        return None
    clause = sentence.clauses[number - 1]
    match = _LISTED_FIRM.match(sentence.document.text, clause.start, clause.end)
    return subjects.at(sentence.document, *match.span("firm")) if match else None


def _named_fund(sentence: Sentence, statement: Statement, fund: Subject, lo: int) -> Subject:
    """A fund by name, with the number of projects that it is spread over, or that stands before the sum (专项债等各类项目37个)."""
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
    first = max(sentence.start, statement.at - 200)
    first = max(first, text.rfind("；", first, statement.at))  # 甲公司发债5亿元；某银行向乙放贷
    match = _ISSUER.search(text, lo, statement.at) or _ISSUER.search(text, first, statement.at)
    if match is None or match["firm"].endswith(("银行", "支行")):
        return None
    if match["firm"] != "该公司":
        start = max(match.start("firm"), *(text.rfind(mark, match.start("firm"), match.end("firm")) + 1 for mark in "给向由"))
        start = max(
            [start, *(time.end for time in sentence.times if start < time.end < match.end("firm"))]
        )  # 6月3日县农投公司获贷
        return subjects.at(document, start, match.end("firm")) if match.end("firm") - start >= 3 else None
    for near in document.before(sentence, 6):
        named = expression("(?:[一-鿿]{2,14})(?:公司|集团)").search(near.text)
        if named and not named[0].startswith("该"):
            return subjects.at(document, near.start + named.start(), near.start + named.end())
    return subjects.at(document, match.start("firm"), match.end("firm"))


_GRANTED = expression(
    rf"(?:授信|支持|{words('granting', 'paid_to')})了?(?P<who>我[市县区旗镇乡]|[^，。；、\d]{{3,20}}?)(?:项目贷款|贷款|授信|资金|{BOUND}|达|共)?$"
)
_GRANTED_BEHIND = expression(rf"(?:(?:已|全部|均已)?{words('paid_to')}|，?{words('granting')}了?)(?P<who>[^，。；]{{3,30}})")
# 补贴发放到户2750万元, 补助资金: no one is named.
_NOBODY = expression(rf"^(?:{words('amounts', 'hand_out')}|款)|^[一-鿿]{{0,3}}(?:不低于|超过|突破|达到)")


def _granted(sentence: Sentence, statement: Statement) -> Subject | None:
    """Who gets it, between the word and the sum (授信X12亿元) or behind the sum (已拨付至36家企业; 补助中小企业技改)."""
    document, text, cue = sentence.document, sentence.document.text, statement.cue
    if statement.money is None:
        return None
    if behind := _GRANTED_BEHIND.match(text, statement.money.end, sentence.end):
        return subjects.at(document, *behind.span("who"))
    match = _GRANTED.search(text, cue.start, statement.money.start) if cue.end <= statement.money.start else None
    if match and not _NOBODY.search(match["who"]):
        return subjects.at(document, match.start("who"), match.end("who"))
    return None


def _area_named(sentence: Sentence, hi: int) -> Subject | None:
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
    """`发行专项债券13.7亿元，支持13个项目`."""
    number = sentence.clause_at(statement.at)
    if number + 1 >= len(sentence.clauses):
        return None
    clause = sentence.clauses[number + 1]
    if not _SPREAD.match(clause.text):
        return None
    batch = subjects.counted(sentence, clause.start, clause.end)
    plain = expression(r"项目(\d{1,4})个|(\d{1,4})个项目").search(clause.text)
    return batch.count if batch else int(plain[1] or plain[2]) if plain else None
