"""What stands before the verb: the honour as the subject of its clause, the list that was named in a clause before."""

from __future__ import annotations

import re
from typing import NamedTuple

from services.extractor.expressions import ending, expression
from services.extractor.lexicon import load
from services.extractor.reading import Sentence
from services.extractor.rules.accolade_drafts import Giving
from services.extractor.rules.accolade_honours import Honour, honours
from services.extractor.rules.accolade_parts import OWN_PLACE, Recipient, patterns
from services.extractor.rules.accolade_titles import is_title
from services.extractor.rules.accolade_words import words

# 开展“最美家庭”评选: nobody has got it yet.
_CHOOSING = expression("颁发|评选|选树|评出|培育|打造|重点打造|增加")
# 流动红旗由某村获得: who has got it stands between.
_TAKING = frozenset(load("accolade")["taken_by"])
_OPENING = expression(
    f"(?:【[^】]{{1,16}}】)?(?:(?:今年|明年)?(?:我们|咱们|全[县市区]上下))?(?:{OWN_PLACE}的?)?(?:务必|必须|一定)?(?:要(?!点|求)|将(?!军))?"
)
_CONFIRMED = expression(
    rf"(?:了|(?P<who>[一-鿿]{{2,10}}?(?:部|厅|局|委|办|省|国家))(?:组织)?的?)?(?:{words('confirmations')}|[一二两三四五六七八九十\d]{{1,6}}[个项块枚]|$)"
)
# 已由人社部复核, 经国家爱卫会复审: who has looked at it again
_EXAMINED = expression(
    rf"(?:已|均|再次|顺利|成功)?[经由](?P<who>[一-鿿]{{2,14}}?(?:部|厅|局|委|会|办|府))(?:组织|专家组?)?(?:{words('confirmations')})?(?:顺利|成功)?$"
)
# 在全国“群星奖”评选中获奖: where it was won, no honour that is the subject.
_WHERE = expression("在[^，。；]{2,40}[中上里]$")
# 云岭村3A级景区村庄, 县中医院三级甲等医院
_BODY = expression(
    rf"(?P<who>[一-鿿]{{2,14}}?{words('bodies')})(?=[1-5]A级|[一二三四五]星|国家|全国|中国|全省|省级|市级|自治区级|[二三]级[甲乙]等)"
)
# 云湖国家4A级旅游景区, but not 一批国家4A级旅游景区
_SCENIC = expression(
    "(?P<who>(?![全我本该首各][国省市县区个批]|国家|一批|再|新)[一-鿿]{2,10}?)(?=(?:国家)?[1-5]A级(?:旅游)?景区)"
)
# 某公司牵头建设的省级创新中心: who has built it is who gets it.
_BUILDER = expression(
    r"(?:由)?(?P<who>[一-鿿A-Za-z（）]{3,20}?)(?:牵头|联合|自主|申报|独立){0,2}(?:建设|组建|申报|创建|承建|打造|筹建|建立|设立)的(?=.{4})"
)
_ANNOUNCED = expression(r"(?:公布|发布|公示|揭晓|出炉|评出|评选出)(?:了|的)?")


def honour_before(
    sentence: Sentence, number: int, begin: int, verb: re.Match[str], limit: int, carried: list[Recipient]
) -> Giving | None:
    """某材料省级重点实验室获批挂牌, 国家卫生县城经国家复审通过, 某提名奖一年捧回3个: the honour is the subject; it is that of
    the body that its words begin with, or of those `carried` from a clause before."""
    text = sentence.document.text
    behind = _CONFIRMED.match(text, verb.end(), limit)
    if (
        behind is None
        or verb[0] in _TAKING
        and text.find("由", begin + 3, verb.start()) >= 0
        or _CHOOSING.fullmatch(verb[0])
        or _WHERE.search(text[begin : verb.start()])
        or text.find("把", begin, verb.start()) >= 0
        or text.find("要将", begin, verb.start()) >= 0
    ):
        return None
    opening = _OPENING.match(text, begin, verb.start())
    by = _EXAMINED.search(text, begin, verb.start())
    found = [
        honour
        for honour in honours(text, opening.end() if opening else begin, by.start() if by else verb.start(), "inclusion")
        if is_title(text, honour.start, honour.end) and not _is_works(text, honour, verb.start())
    ]
    if not found:
        return None
    # 某村入选…，省级文明县城通过复审: a county's status is no village's.
    named = [] if _COUNTY_OR_TOWN.search(text, found[-1].start, found[-1].end) else carried
    if body := body_before(text, found[0]):
        named, found[0] = [body[0]], body[1]
    return Giving(number, number, named, found, "honour_first", verb, by["who"] if by else behind["who"])


_COUNTY_OR_TOWN = expression("(?:县城|城市|[县市])$")


_WORKS = expression("(?:项目|工程)")
_GRADED_WORKS = expression(r"(?:国家|全国|中国|省|自治区|[市县区州旗]级|首批|第[一二三四五六七八九十\d]{1,3}批|[^“]{0,12}“)")


def _is_works(text: str, honour: Honour, stop: int) -> bool:
    """甲示范园、乙灌溉工程等23个项目建成, 高标准农田示范项目通过验收: works, unless a grade says that they were conferred."""
    works = text.endswith(("项目", "工程"), honour.start, honour.end)
    return bool(_WORKS.search(text, honour.end, stop)) or works and not _GRADED_WORKS.match(text, honour.start, honour.end)


def body_before(text: str, honour: Honour) -> tuple[Recipient, Honour] | None:
    """The body that the honour's words begin with, or that has built or applied for it; and the honour without that."""
    where = honour.start, honour.end
    match = _BODY.match(text, *where) or _BUILDER.match(text, *where) or _SCENIC.match(text, *where)
    if match is None or not is_title(text, match.end(), honour.end):
        return None
    return Recipient(match.start("who"), match.end("who"), None), Honour(match.end(), honour.end, honour.rank)


class Announced(NamedTuple):
    """A list that clause number `clause` names, and who made it known, where that is told."""

    clause: int
    honour: Honour
    grantor: str | None
    announced: bool


def list_before(sentence: Sentence, number: int) -> Announced | None:
    """The list that a clause before `number` names: 省工信厅公布…名单，某公司入列."""
    text = sentence.document.text
    for earlier in range(number - 1, -1, -1):
        part = sentence.clauses[earlier]
        announced = _ANNOUNCED.search(part.text)
        start = part.start + announced.end() if announced and announced.end() < len(part.text) - 4 else part.start
        end = part.end - 1 if part.text[-1] in "中里上内" else part.end
        found = honours(text, start, end, "inclusion")
        if found and (given := _given_in(text, found[0])):
            found = honours(text, given, found[0].end, "inclusion")
        if found:
            by = _ANNOUNCER.match(text, part.start, part.start + announced.start()) if announced and start > part.start else None
            return Announced(earlier, found[0], by["who"] if by else None, announced is not None)
        if announced and start > part.start and _A_LIST.search(text, start, end):
            return None  # it is on that list, whatever it is of, and on none that was named before
    # “…贡献奖”揭晓！某某上榜: named in the sentence before, and nothing else in it.
    for near in sentence.document.before(sentence, 1):
        if len(near.clauses) == 1 and (announced := _MADE_KNOWN.search(near.clauses[0].text)):
            start = near.clauses[0].start
            found = honours(text, start, start + announced.start(), "inclusion")
            return Announced(0, found[0], None, True) if found else None
    return None


_A_LIST = ending(f"{words('lists')}$")


def _given_in(text: str, honour: Honour) -> int | None:
    """甲镇被命名为“A”: where the verb ends behind which the honour stands, of what was taken for its name."""
    verbs = patterns().verb.finditer(text, honour.start, honour.end)
    return next((verb.end() for verb in verbs if patterns().leading.get(verb[0]) == "passive"), None)


_MADE_KNOWN = expression("(?:评选|名单|榜单|获奖名单|评选结果|结果)?(?:正式|今日|近日|刚刚)?(?:揭晓|出炉|公布|发布)(?:啦|了)?$")


# 在省工信厅12月; 同批公布的… says nobody
_WHEN = r"今[天日]|昨[天日]|近日|日前|最新|新近|刚刚|正式|联合|\d{1,2}月|\d{1,2}日"
_ANNOUNCER = expression(rf"(?:{_WHEN}|[在从 ]){{0,4}}+(?P<who>(?!同)[^，。；]{{2,30}}?)(?:{_WHEN}){{0,3}}$")
