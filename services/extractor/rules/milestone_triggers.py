"""The words that say that a project has reached a stage: found, weighed, and turned down where they say something else."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

from services.contracts import Stage
from services.extractor.expressions import beginning, expression, leaping
from services.extractor.lexicon import alternatives, load
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_speakers import builder_says
from services.extractor.rules.milestone_stages import Trigger, matches, stage_words
from services.extractor.rules.milestone_words import listed
from services.extractor.tables import describes


@lru_cache(maxsize=1)
def _denials() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lexicon = load("milestone")
    return (
        # 长期不动工的, but not 不得不复工: 不 right before the stage.
        beginning(
            f"(?:{alternatives(lexicon['negations'])})[^，。；、]{{0,4}}$|(?:{alternatives(lexicon['ends'])})$|(?<!不得)不$"
        ),
        # 建成标准厂房: no standard.
        # 投产、达产过程中: said of both. 签约一批、开工一批: a programme's parts, whichever projects these are.
        expression(f"(?:{alternatives(lexicon['nouns_behind'])})(?<!标准(?=厂房|化))|、[一-鿿]{{2}}过程|一批[、”]"),
        # 须在10月进场 sets a date for a project.
        beginning(
            rf"(?:{alternatives(lexicon['policies'])})(?<!不得(?=[少低晚迟]于|不))|应[在于自]?\d{{1,3}}个?(?:工作)?[日天月]内|须[在于](?!\d{{1,4}}[年月]|[今明本]年|本月|年底)"
        ),
        # What somebody says in quotation marks (他说，“年底就能达产”) is no slogan.
        # A document's title may be longer than a slogan (《关于加快项目落地的意见》).
        leaping("(?<![说道称示绍][，：])[“《【][^”》】，。；]{1,10}[”》】]|《[^《》，。；]{11,60}》"),
    )


@lru_cache(maxsize=1)
def _topics() -> re.Pattern[str]:
    return expression(f"等[^，。；、]{{0,8}}(?:{alternatives(load('milestone')['topics'])})")


# 围绕签约、开工、投产各环节: steps that any project goes through
_EACH_STEP = expression("(?:、[一-鿿]{2,4}){0,6}(?:各个?|全|每个?|等各个?)(?:环节|阶段|过程|流程|链条|周期)")


_CLAUSE = expression("[，。；：]")


def _is_headline(text: str, start: int, end: int) -> bool:
    """Is the sentence a headline in brackets that ends with the stage (【云河大桥通车】), no label (【集中开工】)?"""
    return text.startswith("【") and text.startswith("】", end) and end == len(text) - 1 and start > _SHORTEST_NAME


_SHORTEST_NAME = 3


def _inside(spans: list[tuple[int, int]], at: int) -> bool:
    """Does `at` lie in one of the spans, which are in order and do not overlap?"""
    before = bisect_left(spans, (at, 0)) - 1
    return before >= 0 and spans[before][0] < at < spans[before][1]


def _clause_end(text: str, at: int) -> int:
    match = _CLAUSE.search(text, at, at + 60)
    return match.end() if match else min(len(text), at + 60)


# An article of a regulation.
_ARTICLE = expression(r"\s{0,9}第[一二三四五六七八九十百\d]{1,4}条(?!生产线|产线|线|道路|[大主]?路)")
_HYPOTHESIS = expression(
    rf"(?:并?(?:上市|投产|投用|运营|达产))?(?:以后|之后|后|时)[，]?[^，。；]{{0,16}}?(?:{listed('capacity_leads')}|年[一-鿿]{{1,5}}[\d约达近超])"
)

_IF = beginning(
    "(?:一旦|如果|倘若|假如|若是|只要|若(?!干))[^，。；]{0,24}$|(?:盼着|盼望|期盼(?!已久|多年)|(?<![一二三四五])期待着?(?!已久)|渴望)[^，。；]{0,20}$"
)


# 改造完成年度任务: what is done is a plan's share.
_QUOTA = expression("了?(?:年度|全年|投资|目标|任务|产值|固定资产)")
# 铺轨进度64%
_MEASURED = expression("进度[一-鿿]{0,4}(?:[\\d百]|[一二三四五六七八九]成)")
_CLAUSE_ENDS = expression("[，。；！]|$")
# 从签约到点火只用了13个月: the end of a span is reached where it is said how long it took; its beginning is told in passing.
_TOOK = expression(
    r"，?(?:总共|一共|前后|全程)?(?:[只仅才]用?了?去?|不足|不到|用时|历时|耗时|用[了去]|花[了去费]|[只仅才](?:花|耗)[了去费]?|耗[去费]|不过)(?:不到|不足|短短|区区)?[\d一二三四五六七八九十半]"
)
_UNDONE = expression(
    f"(?:尚|仍|还)?未{listed('not_yet')}|(?:报批|审批)?(?:超期|滞后|受阻)|一拖再拖|一再(?:推迟|拖延|延后)|遥遥无期"
    "|的?(?:目标|计划|任务|愿望|节点|承诺)[^，。；]{0,6}?(?:难以|难于|无法|无望|不能|未能|落空|泡汤|很难)"
)
# X段改造到位，10月起恢复通车; X改造工程路面摊铺完成70%，…: it is open again because it has been rebuilt.
_REBUILT = expression(
    f"{listed('renewals')}(?:工程|项目)?[^，。；]{{0,12}}?(?:到位|完成|完毕|结束|完工|竣工)[^，。；]{{0,8}}，[^，。；]{{0,16}}恢复$"
)
_SPANNED = expression("(?:从|^|[，。；：])(?P<span>[^，。；：、从]{2,8}[到至])$")
# “我宣布，开工！”
_PROCLAIMED = ("宣布，", "宣布：", "宣布：“", "宣布“")
# 勘察设计也已启动, 初步设计已完成
_PRELIMINARY = expression(
    f"{listed('preliminaries')}(?:工作|程序|手续|报告)?(?:也|都|均|已|已经|全部|基本|顺利|正式|全面|同步|先后|陆续|率先|昨[天日]|今[天日]|日前|近日){{0,3}}$"
)
# 某某锦标赛上周收官
_CONTEST = expression(
    "(?:赛|[会书画影]展|展[演览销]|博览会|运动会|[乐晚]会|[化术游]节|[夏冬]令营|巡演|展播)(?:已|也|于)?[^，。；]{0,5}$"
)
# 三号车间一开工就有订单等着: whenever it may be.
_AT_ONCE = expression("[^，。；了]{0,4}，?(?:就|便|即)(?![^，。；]{0,12}了)")
_ONCE = expression("，?(?:就|便|即)")
# 从签约、开工到投产的全周期服务
_SPAN_OPENS = expression("从[一-鿿]{2,6}、(?:[一-鿿]{2,4}、)?$")
_SPAN_CLOSES = expression("(?:、[一-鿿]{2,4})?[到至][一-鿿]{2,4}")
_SPAN = expression("[到至](?:正式|顺利|全面|建成)?")


# 重签约、轻服务的倾向: what is cared for and what is not, of no project
_WEIGHED = expression("重[一-鿿]{2,4}[、，]?轻[一-鿿]{2}")


# 对签约后未动工的，逐一会诊: whoever it may be.
_CLASS = expression("(?:^|[，。；：、“])(?:对于?|凡是?|针对)[^，。；：]{0,36}$")
_OF_CLASS = expression(
    "[^，。；：]{0,16}?的(?:(?:[一-鿿]{0,3}[业类级]|新|重点|重大|在建|储备|签约)?(?:项目|企业|单位))?(?=[，；])"
)


# 开工了吗？ 听说X要开建？
_ASKS = expression("(?:[吗么呢嘛没]|没有)$|听说|据说|是不是|真的|难道|几[层号月天]")


def _asked(sentence: Sentence, at: int) -> bool:
    """Is what the clause says asked for?"""
    clause = sentence.clauses[sentence.clause_at(at)]
    return clause.mark == "？" and _ASKS.search(clause.text) is not None


def stages(sentence: Sentence) -> Iterator[Trigger]:
    """The stage words of a sentence, in order, without those that say no stage; for each of these a note."""
    text, document = sentence.text, sentence.document
    found = matches(sentence)
    if not found or all(kind == "skip" for kind, _, _ in found):
        return
    negation, noun_behind, policy, quoted = _denials()
    slogans = [match.span() for match in quoted.finditer(text)] if "“" in text or "《" in text or "【" in text else []
    topics = _topics()
    general = policy.search(text)
    for kind, start, end in found:
        if kind == "skip":
            continue
        trigger = _read(kind, sentence, start, end)
        if trigger is None or describes(document, trigger.start):
            continue
        reason = None
        before = text[max(0, start - 10) : start]
        spent = before.endswith(("到", "至")) and _TOOK.match(text, end)
        # Where the clause ends with the word, nothing behind it says more of it.
        goes_on = text[end : end + 1] not in "，。；："
        if _inside(slogans, start) and not _is_headline(text, start, end):
            reason = "slogan"
        elif (
            goes_on
            and _UNDONE.match(text, end)
            or negation.search(before)
            and not (spent or _REBUILT.search(text, max(0, start - 40), start))
        ):
            reason = "negated"
        elif (
            goes_on
            and (span := _SPAN.match(text, end))
            and any(begin == span.end() and _TOOK.match(text, finish) for _, begin, finish in found)
            or _SPAN_OPENS.search(text, max(0, start - 12), start)
            and _SPAN_CLOSES.match(text, end)
        ):
            reason = "span"
        elif goes_on and (
            not trigger.only_object
            and noun_behind.match(text, end)
            and not (trigger.bare and _MEASURED.match(text, end))
            or topics.search(text, end, _clause_end(text, end))
            or _EACH_STEP.match(text, end)
            or _QUOTA.match(text, end)
            and text.endswith("完成", start, end)
        ):
            reason = "description"
        elif (
            general
            and general.start() < _clause_end(text, min(len(text), _clause_end(text, end) + 1))
            or _ARTICLE.match(text)
            or goes_on
            and _OF_CLASS.match(text, end)
            and _CLASS.search(text, max(0, start - 40), start)
        ):
            reason = "policy"
        elif (
            goes_on
            and _HYPOTHESIS.match(text, end)
            or _IF.search(text, max(0, start - 30), start)
            or before.endswith("一")
            and _AT_ONCE.match(text, end)
        ):
            reason = "hypothesis"
        elif (
            before.endswith(_PROCLAIMED)
            or text.endswith(("启动", "完成"), start, end)
            and _PRELIMINARY.search(text, max(0, start - 12), end - 2)
            or before.endswith(("重", "轻"))
            and _WEIGHED.search(text, max(0, start - 8), end + 5)
            or text.startswith("的", end)
            and builder_says(sentence.clauses[sentence.clause_at(trigger.start)].text)
            or text.endswith("收官", start, end)
            and _CONTEST.search(text, max(0, start - 12), start)
        ):
            reason = "description"
        elif _asked(sentence, trigger.start):
            reason = "question"
        if reason:
            if not trigger.bare:
                document.note(reason, f"{text[start:end]}: no stage that a project has reached", trigger.start, trigger.end)
            continue
        if before.endswith("一") and _ONCE.match(text, end):
            trigger = trigger._replace(start=trigger.start - 1)
        if spent and (whole := _SPANNED.search(text, max(0, start - 12), start)):
            trigger = trigger._replace(start=sentence.start + whole.start("span"))
        yield trigger


# X厂改造完成备案, X渠整治完成招标: the verb's object is a paper or a step before the work, and 改造 ends the name.
_PAPER = expression(
    rf"了?(?:(?P<approved>(?!竣工|验收)[^，。；、的\d后并和验]{{0,6}}?(?:备案|核准|立项|批复|土地摘牌))(?=[，。；、]|$)|{listed('preliminaries')}(?!变更))"
)
# 硬化通组公路8条
_MENDED = ("硬化", "拓宽", "整修", "翻修", "修缮", "维修", "重建")
# 改造完成过半
_HALF = expression("过半|大半|近半|一半|多半|[近约]?[一二三四五六七八九]成")
# 改造完成村级服务站37处, 升级完成5座泵站
_SO_MANY = expression(
    r"了?(?:[^，。；、：的\d]{2,14}\d{1,4}[条座处所栋个口](?!百分|月|小时|工作日)|\d{1,4}[条座处所栋口](?=[^，。；、]{2,10}(?:[，。；、]|$)))"
)
# 主体钢架完工率90%: how far a part has come, no batch.
_PART_OF_WORK = expression(f"{listed('measured_parts')}(?:工程|施工|安装|部分|建设|铺设|浇筑|吊装|砌筑|搭建){{0,2}}$")
# 家庭医生签约服务27万人，签约率57%
_OF_PEOPLE = expression("签约服务|家庭医生|签约医生|家医")


def _read(kind: str, sentence: Sentence, at: int, stop: int) -> Trigger | None:
    start, end, text = sentence.start + at, sentence.start + stop, sentence.text[at:stop]
    if kind == "word":
        known = stage_words()[text]
        if text.endswith("完成") and len(text) > len("完成") and (paper := _PAPER.match(sentence.text, stop)):
            end = sentence.start + paper.end()
            return Trigger(end - len(paper[0]) - len("完成"), end, Stage.APPROVED, True) if paper["approved"] else None
        if text.endswith("完成") and (half := _HALF.match(sentence.text, stop)):
            return Trigger(end - 2, sentence.start + half.end(), Stage.UNDER_CONSTRUCTION)
        if text.endswith("完成") and known.stage is Stage.COMPLETED and _SO_MANY.match(sentence.text, stop):
            return Trigger(start, end, known.stage, False, True, True)
        # X、Y相继签下: without an object the name stands before.
        only_object = known.only_object and not (known.stage is Stage.SIGNED and _CLAUSE_ENDS.match(sentence.text, stop))
        return Trigger(start, end, known.stage, known.strong, known.takes_object, only_object)
    if kind == "rate":
        share = next((p for p in sentence.percents if 0 <= p.start - end <= 6), None)
        if share is None or text == "签约率" and _OF_PEOPLE.search(sentence.text):
            return None
        if _PART_OF_WORK.search(sentence.text, max(0, at - 12), at):
            return Trigger(start, share.end, Stage.UNDER_CONSTRUCTION, percent=share.value)
        return Trigger(start, share.end, Stage(load("milestone")["rates"][text]))
    if kind in ("work", "bare"):
        return Trigger(start, end, Stage.UNDER_CONSTRUCTION, bare=kind == "bare")
    object_behind = text in ("把", "将", "完成", "批复") or text in _MENDED
    takes_object = object_behind or text.startswith(("启动", "签", "建成"))
    only_object = object_behind or text.startswith("签") and len(text) <= 3 and not text.endswith("约")  # 去年签的约
    return Trigger(start, end, Stage(kind), kind == "topped_out" and not only_object, takes_object, only_object)
