"""Which sum belongs to which cue: the statements about money that a sentence makes, and what it turns down."""

from __future__ import annotations

from services.contracts import Bound, Metric
from services.extractor import names
from services.extractor.characters import LIST_MARKS
from services.extractor.expressions import expression
from services.extractor.numbers import BOUND, Percent
from services.extractor.reading import Sentence
from services.extractor.rules import investment_figures as figures
from services.extractor.rules.investment_cues import Cue
from services.extractor.rules.investment_growth import read_percent
from services.extractor.rules.investment_parts import PART_OF_SUM, cue_of_whole
from services.extractor.rules.investment_plans import plan_of
from services.extractor.rules.investment_signed import whole_sum
from services.extractor.rules.investment_told import WINDOW, Reading, Statement, Told, is_dealt
from services.extractor.rules.investment_words import words
from services.extractor.sums import Money

# A cue reaches a sum behind it over so many characters; 投资 alone only over words of measure.
_REACH, _REACH_BEHIND = 26, 18
_MEASURE = expression(rf"(?:{words('fillers', 'amounts', 'sums_up', 'aims')}|{BOUND}|[：“”（])*+$")
_SHORT = expression(rf"[一-鿿]{{0,4}}(?:{BOUND}|达)?")
_GOES_ON = expression(rf"(?:{words('fillers_apart', 'amounts', 'sums_up', 'aims')}|{BOUND}|\d{{1,9}}个|[:：、])*+$")
_DONE_SO_FAR = expression(
    rf"(?:^|目前|现|已|已经|累计|底|末|[日月年]|季度|共|实际)(?P<cue>(?:累计|已)?{words('spent')})(?:了)?{BOUND}?$"
)
# 本月完成固投3.74亿元，1—2月累计7.25亿元
_SINCE = "(?:自|从)?(?:项目|工程)?(?:开工|动工|开建|建设|复工|启动)以来|截至目前|目前|迄今|至今"
_CUMULATED = expression(
    rf"(?:{_SINCE}|[今全]年|上半年|前?[\d一二三四—-]{{1,6}}个?(?:月|季度))?累计(?:已|实现|完成)?(?:{BOUND}|达)?"
)
_PART = expression(r"其中[一-鿿]{2,6}")
# 其中，甲项目签约额3亿元，乙项目2亿元
_LIST_OPENS = expression("其中|分别|包括|具体")
# 签约总金额36.4亿元，其中甲产业4个、5.3亿元
_PART_COUNTED = expression(r"(?:其中|包括|分别[是为])?[：，]?[一-鿿“”]{2,14}\d{1,4}[个份项]、?")
_PLANNED_SUMS = (Metric.ANNUAL_PLANNED_INVESTMENT, Metric.TOTAL_INVESTMENT)
# 其中续建项目完成5亿元, 新建项目完成3亿元, of what was invested as a whole.
_COUNTED = expression(r"(?:项目|工程|类)(?:共|有|共有)?\d{1,4}[个项]，$")
_DONE = expression(rf"(?:已|已经|累计)?完成(?:了)?{BOUND}?")
_PART_DONE = expression(
    rf"(?:项目|工程|类|[镇乡县]|街道|园区|[开高]发区|高新区|经开区|集团|公司)(?:\d+个)?(?:已|累计)?完成{BOUND}?$"
)
# 总投资164.2亿元，今年计划完成37.4亿元
_DUE_THIS_YEAR = expression(rf"(?:今年|本年度?|当年|全年|年内|20\d\d年度?)(?:计划|拟|预计|力争|安排|确保)(?P<cue>完成){BOUND}?")
_DUE = expression("须|需|应|要|计划|力争|拟|确保|目标|任务")
_HAND_OUT = expression(words("hand_out"))
# 30亿元母基金首期6亿元
_INSTALMENT = expression(f"[的，]?首[期批笔](?:资金)?{BOUND}?")
# 区财政安排1300万元，补贴农户更换设备
_GIVES = expression(
    rf"(?:财政|政府|[市县区镇乡]里|[局委办会]|资金)[一-鿿]{{0,4}}(?:{words('hand_out')}|拿出|列支|筹集|投入)了?{BOUND}?$"
)
_GRANTING_NEXT = expression(rf"，(?P<cue>{words('granting')})了?(?=[^，。；\d]{{3}})")


def told(sentence: Sentence) -> Told:
    """Read a sentence from left to right, each figure to the nearest cue that may take it; once, then it is remembered."""
    known: Told | None = sentence.memo.get("told")
    if known is None:
        known = sentence.memo["told"] = _read(sentence)
    return known


def _read(sentence: Sentence) -> Told:
    reading = Reading(sentence)
    tokens: list[Cue | Money | Percent] = [*reading.cues, *sentence.money, *sentence.percents]
    tokens.sort(key=lambda token: (token.start, token.end))
    for token in tokens:
        if isinstance(token, Money):
            _money(reading, token)
        elif isinstance(token, Percent):
            read_percent(reading, token)
        elif token.metric is None:
            reading.current = None
    return reading.result


def _money(reading: Reading, money: Money) -> None:
    lo, end = reading.clause(money.start)
    kind = figures.turned_down(reading.text, lo, money)
    if kind:
        reading.note(kind, f"{reading.text[money.start : money.end]}: no amount of an investment", money.start, money.end)
        return
    former = figures.former(reading.text, lo, money)
    if former is not None:
        reading.former = former, money.end
        reading.note("former_value", "what a sum was before it was raised or cut", money.start, money.end)
        return
    if reading.current and reading.current.money and _says_more(reading, money, lo):
        reading.current.money, reading.current.end = money, money.end
        return
    if plan := plan_of(reading, money, lo):
        reading.result.statements.append(plan)
        return
    cue, why = _cue_of(reading, money, lo, end)
    if cue is None and (of_whole := cue_of_whole(reading, money)):
        cue, why = of_whole, PART_OF_SUM
    if cue is None:
        reading.note("no_investment_word", "a sum, but no word near it that makes it an investment", money.start, money.end)
        return
    if cue.metric is None:
        word = reading.text[cue.start : cue.end]
        reading.note("business_figure", f"{word} is an ordinary business figure", money.start, money.end)
        return
    reading.used[cue.start] = reading.used.get(cue.start, 0) + 1
    current = reading.current
    if current and current.money is None and why is None and (current.cue is cue or _same_measure(reading, current, cue)):
        current.money, current.end = money, max(current.end, money.end)
        return
    statement = Statement(
        cue,
        min(reading.own_start(money.start), cue.start if cue.start >= lo else money.start),
        money.start,
        money.end,
        money,
        carried=why,
    )
    if is_dealt(reading.text, lo, cue, money.start) or why == "list" and reading.current and reading.current.dealt is not None:
        statement.dealt = reading.used[cue.start] - 1
    reading.result.statements.append(statement)
    reading.current = statement


def _says_more(reading: Reading, money: Money, lo: int) -> bool:
    """`突破千亿元，达1047亿元`: the same sum told more exactly."""
    current = reading.current
    return bool(
        current
        and current.money
        and current.end == lo - 1
        and current.money.bound is not Bound.EXACT
        and expression("达到?|为|共计?|实际达到?").fullmatch(reading.text[lo : money.start])
        and money.value >= current.money.value
    )


def _same_measure(reading: Reading, current: Statement, cue: Cue) -> bool:
    """固定资产投资增长14%，投资额27亿元: the sum is what grew."""
    lo = reading.clause(cue.start)[0]
    grew = current.cue.metric in (Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER, Metric.COMPLETED_INVESTMENT)
    return grew and cue.generic and figures.continues(reading.sentence, lo, cue.start)


def _cue_of(reading: Reading, money: Money, lo: int, end: int) -> tuple[Cue | None, str | None]:
    before = [cue for cue in reading.cues_in(lo, money.start) if cue.end <= money.start]
    nearest = before[-1] if before else None
    dealt = reading.dealt(money.start, lo, before, reading.sentence.money)
    if dealt is not None:
        return dealt, None
    if nearest is not None and nearest.start not in reading.behind and not _parted(reading, nearest, money):
        return nearest, None
    behind = next(iter(reading.cues_in(money.end, min(end, money.end + _REACH_BEHIND + 1))), None)
    near = behind is not None and not figures.between(reading.sentence.money, money.end, behind.start)
    if (
        behind is not None
        and near
        and not (behind.generic and expression("[，、]").search(reading.text[money.end : behind.start]))
    ):
        reading.behind.add(behind.start)
        return behind, None
    return _carried(reading, money, lo, nearest)


def _parted(reading: Reading, cue: Cue, money: Money) -> bool:
    """Does something stand between a cue and a sum behind it that parts them?"""
    end = money.start
    if reading.former and cue.end <= reading.former[0] and money.start - reading.former[1] <= _REACH:
        end = reading.former[0]
    between = reading.text[cue.end : end]
    if reading.used.get(cue.start):
        return True
    if cue.metric is None:
        return len(between) > 12
    if len(between) > _REACH:
        return True
    if cue.generic:
        return not _MEASURE.match(between) and not _SHORT.fullmatch(between)
    return False


def _carried(reading: Reading, money: Money, lo: int, nearest: Cue | None) -> tuple[Cue | None, str | None]:
    """The cue of a sum that has none of its own: of the sum before it in a list, of the clause or sentence before."""
    text = reading.text
    own = reading.own_start(money.start)
    phrase = text[own : money.start]
    current = reading.current
    if nearest and nearest.metric is None and not reading.used.get(nearest.start):
        return None, None
    after_comma = bool(
        text[own - 1 : own] == "，"
        and current is not None
        and (current.carried == "list" or _LIST_OPENS.search(text, max(reading.sentence.start, current.lo - 10), current.at))
        and figures.is_receiver(figures.name_before(phrase))
    )
    if "分别" in phrase and (signed := whole_sum(reading, own, phrase)):
        return signed, None
    listed = (
        after_comma
        or text[own - 1 : own] in ("、", "和", "；")
        or expression("其中|分别|包括|有：").search(text[max(reading.sentence.start, lo - 4) : own] + phrase)
    )
    if (
        current
        and current.money
        and listed
        and (
            phrase in ("", "和", "及", "与")
            or _MEASURE.match(phrase)
            or figures.is_receiver(figures.name_before(phrase))
            or _PART.fullmatch(phrase)
            or _PART_COUNTED.fullmatch(phrase)
        )
    ):
        return current.cue, "list"
    done = _DONE_SO_FAR.search(phrase)
    if done and current and current.money and current.cue.metric in _PLANNED_SUMS:
        # 今年计划完成投资27亿元，目前已完成16亿元.
        return Cue(own + done.start("cue"), own + done.end("cue"), Metric.COMPLETED_INVESTMENT), None
    if (
        done
        and current
        and current.money
        and current.cue.metric is Metric.COMPLETED_INVESTMENT
        and _DUE.search(text, max(reading.sentence.start, current.at - 16), current.at)
    ):
        # 上半年须完成投资17.4亿元，目前完成14.7亿元
        return Cue(own + done.start("cue"), own + done.end("cue"), Metric.COMPLETED_INVESTMENT), None
    part_done = (
        _PART_DONE.search(phrase) or _DONE.fullmatch(phrase) and _COUNTED.search(text, max(reading.sentence.start, own - 12), own)
    )
    if current and current.money and current.cue.metric is Metric.COMPLETED_INVESTMENT and part_done:
        return current.cue, "list"
    if not current and part_done and (cue := _sentence_before(reading)):
        return (cue, "sentence before") if cue.metric is Metric.COMPLETED_INVESTMENT else (None, None)
    due = _DUE_THIS_YEAR.fullmatch(phrase)
    if due and current and current.money and current.cue.metric is Metric.TOTAL_INVESTMENT:
        return Cue(own + due.start("cue"), own + due.end("cue"), Metric.ANNUAL_PLANNED_INVESTMENT), None
    if nearest and nearest.metric is Metric.FUNDING and _INSTALMENT.fullmatch(text, nearest.end, money.start):
        return nearest, "clause before"
    earlier = [cue for cue in reading.cues_in(lo - WINDOW, lo) if cue.end <= lo]
    last = earlier[-1] if earlier else None
    if last and last.metric is not None and not reading.used.get(last.start) and _GOES_ON.match(phrase):
        return last, "clause before"
    if signed := whole_sum(reading, own, phrase):
        return signed, None
    if current and current.money and _CUMULATED.fullmatch(phrase):
        return current.cue, "clause before"
    if current and _GOES_ON.match(phrase) and phrase and expression("目标|任务|其中|首[笔批]").search(phrase):
        return current.cue, "clause before"
    funding = [cue for cue in earlier if cue.metric is Metric.FUNDING]
    if funding and _HAND_OUT.search(phrase):
        return funding[-1], "clause before"
    if _GIVES.search(phrase) and (granting := _GRANTING_NEXT.match(text, money.end)):
        return Cue(*granting.span("cue"), Metric.FUNDING), None
    if not earlier and figures.is_receiver(figures.name_before(phrase.rstrip("（：，"))):
        return _sentence_before(reading) or _line_above(reading, money), "sentence before"
    number = reading.sentence.clause_at(money.start)
    if not earlier and not phrase and number and names.is_project(reading.sentence.clauses[number - 1].text):
        return _line_above(reading, money), "sentence before"
    return None, None


# · 甲公司——乙项目（23.7亿元）
_ITEM = expression(rf"\s{{0,12}}(?:[{LIST_MARKS}·-]|\d{{1,2}}[.、])")
_CLOSES = expression(r"[）；。，]{0,2}\s*")
_MOST_ITEMS = 12


def _line_above(reading: Reading, money: Money) -> Cue | None:
    """The metric of the sum that the items of a list, each a name with its sum, stand below."""
    sentence = reading.sentence
    if not _ITEM.match(sentence.text) or not _CLOSES.fullmatch(reading.text, money.end, sentence.end):
        return None
    # A mark opens a section as well, so that these are looked for across sections.
    for index in range(sentence.index - 1, max(-1, sentence.index - 1 - _MOST_ITEMS), -1):
        near = sentence.document.sentence(index)
        if not near.text.strip() or _ITEM.match(near.text):
            continue
        statements = told(near).statements
        return statements[-1].cue if statements and statements[-1].money else None
    return None


def _sentence_before(reading: Reading) -> Cue | None:
    """`合同引资74亿元。其中：甲项目5.3亿元、…`: the metric of the sentence before."""
    start = reading.sentence.start
    if not expression("(?:[^，。；]{0,4})(?:其中|分别|包括|具体)").match(reading.text, start, start + 8):
        return None
    for near in reading.sentence.document.before(reading.sentence, 1):
        statements = told(near).statements
        if statements and statements[-1].money:
            return statements[-1].cue
    return None
