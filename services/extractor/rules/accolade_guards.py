"""Clauses with a verb of giving that give nothing: questions, denials, policies, stocks; each leaves a note that says so."""

from __future__ import annotations

import re

from services.extractor.expressions import ending, expression
from services.extractor.reading import Clause, Document
from services.extractor.rules.accolade_honours import Honour
from services.extractor.rules.accolade_parts import Recipient, level, patterns
from services.extractor.rules.accolade_words import words

# 某某创建经验入选…: no honour is sought there.
_AS_NOUN = expression("(?:创建|申报|申创|培育|打造)(?:经验|案例|做法|模式|指标|办公室|机制|条件|流程|材料|指南)")
# 被誉为“A之乡”的某镇, 纳入省级“百大项目”的7个项目: tells which ones are meant.
_AS_DESCRIBED = expression(
    "被?(?:誉|称)为[^，。；“]{0,6}“[^”]{2,24}”的(?!美誉|美称|盛誉|称号|荣誉)|被?[纳列]入[^，。；“]{0,10}“[^”]{2,16}(?:项目|工程|计划)”的"
)
# 授牌单位为团中央, 评定机构是省文旅厅: who gave it
_GIVER = expression(f"{words('givers')}(?:[为是有系：]|分别|包括)")
_WINNERS = ("名单", "者", "人员", "作品", "情况", "选手", "单位", "感言", "证书", "代表", "企业", "学生", "教师")
_DENIED = expression("未(?=[能获入进被评通达列上])|没能|没有|没拿|错失|不再|取消|撤销")
# 就是去年刚获批的省级某园区
_TOLD_BEFORE = expression("(?:这?就?是|今年|去年|上月|近日|日前|最近|不久前|刚刚?|新近?|\\d{1,2}月|此前|先后|也|又){1,6}")
# 这也是多年后的重新登顶
_AS_ACT = ("的重新", "的再次", "的再度", "的首次", "的又一次")
# 这是我县第二个获此殊荣的村: told of what was told before
_IN_ORDER = ending("(?:首|第[一二三四五六七八九十\\d]{1,3}|唯一一?)[个家位名座处支批]$")
# 系全省3个入选县之一
_ONE_OF_THEM = expression("(?:[县市区旗镇乡村]|县市|县区|乡镇|企业|单位|城市|园区|地区|学校|项目)之一$")
_APPLYING = ("申报", "申请", "申创", "创建", "打造", "培育", "推荐")
_ASKED = expression("谁|哪[些个家几]")
# 新评上景区怎么奖？
_ASKS_HOW = expression("怎么|怎样|如何|[吗呢么]$|什么|是否|[能可]否|有没有|多少")
_POLICY = expression(f"{words('urging')}(?:更多|符合条件的?|各类|辖区)?(?:企业|单位|项目|村|镇|园区)?(?:积极)?$")
_RANK_NEAR = 20
# 对认定为省级示范基地的企业: whoever it may be
_WHOEVER = expression("(?:对于?|凡是?|针对)(?:首次|新|被|获|经|已|当年|年度|成功){0,2}$")
# 获评“十佳案例”的将予以奖励
_THOSE_WILL = expression("[^，。；的]{2,30}的(?:企业|单位|个人|项目|人员)?(?:将(?!军)|可(?!见|喜)|应|予以|给予|一律|一次性)")
# 力争在全市考评中摘金夺银: a figure of speech, for no medals are given there
_FIGURATIVE = expression(
    "(?:考[评核]|评比|测评|竞争|赛道|工作|发展|比学赶超|比拼|攻坚|一线|岗位)[一-鿿]{0,2}?(?:勇于|敢于|奋力)?摘金夺银"
)
_GENERIC = expression(
    f"(?:支持|引导|鼓励|推动|帮助|指导|组织)?(?:更多|符合条件的?|优质|重点|有条件的|具备条件的)?{words('urged')}"
)


def gives_nothing(document: Document, clause: Clause, begin: int, verb: re.Match[str]) -> bool:
    """Is the verb none here, or is what it says asked for or denied?"""
    text = document.text
    if (verb[0] == "站上" or verb[0].endswith("领奖台")) and patterns().rank.search(text, clause.end, clause.end + _RANK_NEAR):
        return True  # 站上最高领奖台，获得冠军: the rank is told next
    if verb[0].endswith("奖") and text[verb.end() : verb.end() + 1] in ("励", "补", "金", "学", "项", "数", "总", "率", "面"):
        return True
    if verb[0] == "获奖" and text.startswith(_WINNERS, verb.end()):
        return True
    if _GIVER.match(text, verb.end(), clause.end):
        return True
    if _AS_NOUN.match(text, verb.start(), clause.end) or _AS_DESCRIBED.match(text, verb.start(), clause.end):
        return True
    if text.startswith("的", verb.end()) and _IN_ORDER.search(text, begin, verb.start()):
        return True
    if text.endswith(_AS_ACT, begin, verb.start()):
        return True
    if text.startswith("的", verb.end()) and verb[0] in _APPLYING or _ONE_OF_THEM.match(text, verb.end(), clause.end):
        return True  # 县文旅局申报的项目入选…: who applied, told in passing
    if "的" in clause.text and _THOSE_WILL.match(text, verb.end(), clause.end):
        document.note("policy", "whoever may get it, nobody has got it yet", clause.start, clause.end)
        return True
    if _WHOEVER.search(text, clause.start, verb.start()) and text.find("的", verb.end(), clause.end) > verb.end():
        document.note("policy", "whoever may get it, nobody has got it yet", clause.start, clause.end)
        return True
    if verb[0] == "摘金" and _FIGURATIVE.search(text, begin, verb.end() + 2):
        document.note("figurative", "no medals are given there", clause.start, clause.end)
        return True
    asks_how = clause.mark == "？" and _ASKS_HOW.search(clause.text)
    if asks_how or _ASKED.search(text, begin, verb.start()):
        document.note("question", "asks who has an honour, gives none", clause.start, clause.end)
        return True
    if text.startswith("的", verb.end()) and (
        _TOLD_BEFORE.fullmatch(text, begin, verb.start()) or "passive" in patterns().kinds[verb[0]]
    ):
        document.note("description", "an honour that was told of before", clause.start, clause.end)
        return True
    if _DENIED.search(text, begin, verb.start()):
        document.note("denied", "says that an honour was not got", clause.start, clause.end)
        return True
    return False


_DESCRIBED = ending(f"(?:(?<!{words('doers')})者|的(?:[我本][县区市]|{words('described')})?)$")
# 当选某届…提名奖获得者
_WINNER = expression("(?:为|了)?(?:第|全[国省市]|20\\d\\d)[^，。；的]{3,30}获得者$")


def is_description(document: Document, clause: Clause, verb: re.Match[str], limit: int) -> bool:
    """Does the clause say what those have whom it tells of, up to `limit`, to tell them from others?"""
    if _WINNER.match(document.text, verb.end(), limit) or not _DESCRIBED.search(document.text, verb.end(), limit):
        return False
    document.note("description", "tells those who hold an honour from others, gives none", clause.start, clause.end)
    return True


def is_sought(document: Document, clause: Clause, begin: int, verb: re.Match[str], honour: Honour) -> bool:
    """Does a verb of seeking stand before something to be conferred, and not before a number that is held?"""
    if verb[0] in ("培育", "打造") and not _is_conferred(document.text[honour.start : honour.end]):
        document.note("policy", "a policy, no honour that somebody is to get", clause.start, clause.end)
        return False
    if patterns().stock.search(document.text, begin, verb.start()):
        document.note("stock", "a number held, not one that was given", clause.start, clause.end)
        return False
    return True


def _is_conferred(honour: str) -> bool:
    """Is this, behind 打造, something that a level of government confers, and no description (在全国叫得响的品牌)?"""
    return level(honour, None) is not None and ("的" not in honour or "“" in honour)


def is_policy(document: Document, clause: Clause, verb: re.Match[str], kind: str, named: list[Recipient]) -> bool:
    """Is nobody in particular to get the honour (鼓励企业申报…)?"""
    text = document.text
    if kind == "seeking" and _POLICY.search(text[clause.start : verb.start()]):
        document.note("policy", "a policy, no honour that somebody is to get", clause.start, verb.end())
        return True
    if named and kind in ("seeking", "inclusion") and all(_GENERIC.fullmatch(text[r.start : r.end]) for r in named):
        document.note("no_recipient", "nobody in particular is to get the honour", clause.start, verb.end())
        return True
    return False
