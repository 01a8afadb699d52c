"""Honours told in everyday turns: the honour stands before the verb, or the recipient between the two.

`把“A”的牌子给了某镇`, `命名某镇为“B”`, `C创建进入最后一年`, `一等奖由某校获得`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from services.contracts import Status
from services.extractor.expressions import expression, leaping
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_before import body_before
from services.extractor.rules.accolade_contests import contest_before
from services.extractor.rules.accolade_drafts import Giving, drafts
from services.extractor.rules.accolade_honours import Honour, honours, is_title
from services.extractor.rules.accolade_parts import GRANTOR, OWN_PLACE, Recipient, recipients
from services.extractor.rules.accolade_recipients import subject
from services.extractor.rules.accolade_words import words

_PRAISES = "督查激励|通报表扬|通报表彰|通报嘉奖|通令嘉奖|激励表扬"
_SIGN = "(?:牌子|招牌|牌匾|匾额|匾|称号|荣誉|奖牌|奖杯|名号|桂冠|锦旗|证书)"
# Each with a word without which no clause has it: looking for that is quicker than reading the clause for the whole.
_TOLD = [
    # 把X的牌子给了Y
    (
        expression("[把将]"),
        expression(
            f"(?P<before>[^，。；]{{0,24}}?)[把将](?P<honour>[^，。；]{{3,40}}?)(?:的?{_SIGN})?(?P<verb>授予了?|颁给了?|发给了?|送给了?|授给了?|给了)(?P<who>[^，。；]{{2,24}})"
        ),
    ),
    # 年底前把X拿回来
    (
        expression("[把将]"),
        expression(
            f"(?P<whose>[^，。；]{{0,24}}?)[把将](?P<honour>[^，。；]{{3,40}}?)(?:的?(?:这块|这个)?(?:金字)?{_SIGN})?(?:再次?|重新|早日|尽快)?(?P<verb>(?:拿|捧|争|带|夺|抱|搬|赢|揽|收|领|争取|扛)了?(?:回来|到手|下来|回家|入怀中?|入囊中|回)|挂上|挂起来|拿下)了?"
        ),
    ),
    # 省林业局命名Y为X
    (
        expression("为"),
        expression(
            f"(?P<before>[^，。；]{{0,24}}?)(?P<verb>{words('conferring')})了?(?P<who>(?!为)[^，。；“”]{{2,40}}?)为(?P<honour>[^，。；]{{4,40}})"
        ),
    ),
    # X名单上新添了Y的名字
    (
        expression("榜|名[单录]"),
        expression(
            f"(?:(?P<before>[一-鿿]{{2,16}}?)?{words('announcing')}的?)?(?P<honour>[^，。；]{{4,40}}?(?:名单|榜单|名录|榜))[上里中内](?:又|再|新|首次|赫然){{0,2}}(?P<verb>添|增加?|多|出现|有|见到|看到)[了上着]?(?P<who>[^，。；]{{2,30}}?)(?:的名字|的身影)?"
        ),
    ),
    # X的牌子挂到了Y门口
    (
        expression("[挂送落交]到|挂在"),
        expression(
            f"(?P<honour>[^，。；]{{3,40}}?)(?:的|这块|这个)?{_SIGN}(?P<verb>挂到|挂在|送到|落到|交到)了?(?P<who>[^，。；]{{2,20}}?)(?:门口|门前|手[里中上]|头上|墙上)?"
        ),
    ),
    # “…之乡”牌匾在我县揭牌
    (
        expression("[揭挂授]牌"),
        expression(
            f"(?P<honour>[^，。；]{{4,40}}?)(?:的?{_SIGN})?(?:正式|成功)?[在于](?P<who>[^，。；]{{2,24}}?)(?:正式|成功|隆重|顺利){{0,2}}(?P<verb>揭牌|挂牌|授牌)(?:成立|运行|启用|落地)?"
        ),
    ),
    # 实现某某模范县“六连冠”
    (
        expression("连[冠创]"),
        expression(
            "(?P<whose>[^，。；]{0,20}?)(?P<verb>实现|再获|取得|喜获|创造)了?(?P<honour>[^，。；]{4,30}?)的?“?[两二三四五六七八九十]连[冠创]”?"
        ),
    ),
    # 国务院办公厅对我县…工作予以督查激励
    (
        expression("激励|通[报令]"),
        expression(
            f"(?P<before>[^，。；]{{0,16}}?)(?:发文)?对(?P<who>[^，。；]{{2,30}}?)(?P<verb>予以|给予|作出|进行)了?(?P<honour>{_PRAISES})"
        ),
    ),
    # 被省政府通报表扬
    (
        expression("激励|通[报令]"),
        expression(
            f"(?P<whose>[^，。；被]{{0,24}}?)(?:因[^，。；被]{{2,24}}?)?(?P<verb>被|受到?|得到|获得?)(?:(?P<before>[^，。；被]{{2,14}}?)(?:予以|给予|作出))?(?P<honour>[^，。；被]{{0,16}}(?:{_PRAISES}))"
        ),
    ),
]
_CONFERRED = _TOLD[2][1]
_LEAD = f"(?:[^，。；]{{0,16}}?{words('campaigns')})?"
_SOUGHT = [
    # 向X发起冲刺
    (
        expression("冲[刺击锋]|迈进"),
        expression(
            "(?P<whose>[^，。；向朝]{0,16}?)[正将]?[向朝]着?(?P<honour>[^，。；]{4,40}?)的?(?:目标)?(?:发起|全力|奋力|继续)?(?P<verb>冲刺|冲击|冲锋|迈进)"
        ),
    ),
    # X的牌子我们志在必得
    (
        expression("必得|必拿|一定要拿"),
        expression(
            f"(?P<honour>[^，。；]{{4,40}}?)的?(?:这块)?{_SIGN}[^，。；]{{0,6}}?(?P<verb>志在必得|势在必得|势必拿下|一定要拿下)"
        ),
    ),
    # X创建进入最后一年
    (
        expression("创建|[申争双]创|申[报建]"),
        expression(
            f"{_LEAD}(?P<honour>[^，。；]{{4,40}}?)的?(?P<verb>创建|申报|申创|争创|申建|“?双创”?)(?:工作|步伐|进程|攻坚战?|收官战?|冲刺战|大会战|硬仗|迎检|迎评|验收|行动|材料|资料|号角|冲锋号|战鼓)?(?:(?:已|全面|正式|全力|扎实|稳步|有序|深入|加快|顺利|持续|纵深|同步){{0,3}}(?:(?:启动|进入|步入|迎来|推进|开展)(?!会|大会|座谈|培训)|上报|报送|提交|通过初)[^，。；]{{0,12}})?"
        ),
    ),
]
# 一等奖由Y获得, 女子组冠军被Y收入囊中
_TAKEN = expression("[奖牌军名][则也]?[由归被]")
_RANKED = expression(
    f"(?:[一-鿿]{{1,10}}[组子项目赛])?(?:的)?(?P<rank>特等奖|[一二三四]等奖|[金银铜]奖|[金银铜]牌|[冠亚季]军|头名|第[一二三四五六七八九十]名)[则也]?(?P<verb>由|归|被)(?P<who>[^，。；]{{2,30}}?){words('taken_by')}?"
)
# 荣誉墙上又添了新牌子：X、Y
_SIGNED = expression(
    f"(?P<whose>[^，。；]{{0,20}}?)(?:荣誉[墙榜室]|家门口)?[上里]?[也又再还]?(?P<verb>{words('adding')})了?(?:[一两三四五六七八九十\\d]+[块项个座面张])?(?:新|“?(?:国家级|省级|国字号|省字号|国家队|省字头|国字头)”?|重磅|金字|含金量高|的){{0,3}}(?:{_SIGN}|牌|奖|名片|头衔|奖项)"
)
# 领回一块牌，是X
_NAMELY = expression("(?:就)?(?:是|名叫|叫|叫做|叫作|上书|上写着)")
# 国家级荣誉2项：X、Y
_SO_MANY = expression(
    "(?P<whose>)(?P<verb>国家级|省级|自治区级|市级|国字号|省字号)(?:荣誉|奖项|称号|招牌)?(?:共)?[一两三四五六七八九十\\d]{1,3}[项个块]"
)
# 营商环境评价全省第一
_FIRST_AMONG = expression(
    "(?P<contest>[^，。；：]{3,30}?(?:考核|考评|评价|评议|测评|评比|评估))(?:结果|得分|成绩|排名|综合得分){0,2}(?P<verb>全[国省市县区])(?P<rank>第[一二三四五六七八九十\\d]{1,3}(?:名|位)?)"
)
# 认定A为X，B、C为Y: the verb is not said again
_GOES_ON = expression("(?P<who>(?!作|成|认|因|改|以|命|以)[^，。；：“”为]{2,40}?)(?P<verb>为)(?P<honour>[^，。；]{4,40})")
# 予以 is done with the saying, whatever the words before it wish for.
_GIVING = ("予以", "给予", "作出", "进行")
_HUNG = ("挂上", "挂起来", "拿下")
_TO_BE = expression("全力|要把|要将|力争|争取|誓|再(?:次)?[拿捧夺]|早日|尽快")
_RECEIVING = ("被", "受", "受到", "得到", "获", "获得")
_OURS = expression(OWN_PLACE)
_PRAISE = expression(_PRAISES)
_ANY = expression(r"[\s\S]+")
# 对排名前三的项目给予通报表扬: whoever that may be.
_WHICHEVER = expression(
    "(?:排名|排位|名列|位列|位居|得分|评分|成绩|进度)[^，。；的]{0,4}?(?:靠前|领先|前茅|前列|前[一二三四五六七八九十\\d]{1,3}[名位]?|第[一二三]名?)的[^，。；\\d]{1,8}$"
    # 对上半年成绩突出的予以通报表扬
    r"|(?:突出|优异|显著|明显|较好|优秀|扎实|有力)的(?:单位|个人|集体|乡镇|街道|部门|企业|同志|项目|先进){0,2}$"
)


# A word that one of the turns has; most clauses have none.
_HINT = leaping("[揭挂授]牌|把|将|为|榜|名单|名录|到|挂在|连冠|连创|激励|通报|通令|冲刺|冲击|冲锋|迈进|必|一定要拿|创|申报|申建")


def turned(sentence: Sentence, number: int, carried: list[Recipient]) -> Iterator[Draft]:
    """The accolades that clause `number` tells in one of these turns; `carried` are the recipients that a clause before has named."""
    clause = sentence.clauses[number]
    if sentence.section.planned and clause.mark == "：":
        return
    hinted = _HINT.search(clause.text) is not None
    for hint, pattern in _TOLD if hinted else ():
        if hint.search(clause.text) and (match := pattern.fullmatch(clause.text)):
            given = match["verb"] in _GIVING
            wished = (
                ("回" in match["verb"] or match["verb"] in _HUNG)
                and not match[0].endswith("了")
                and "了" not in match["verb"]
                and _TO_BE.search(match[0])
            )
            goes_on = carried if match["verb"] in _RECEIVING and not match["whose"] else []
            for draft in _told(sentence, number, clause, match, goes_on):
                yield replace(draft, status=Status.PLANNED if wished else Status.ACTUAL) if given or wished else draft
            return
    for hint, pattern in _SOUGHT if hinted else ():
        if hint.search(clause.text) and (match := pattern.fullmatch(clause.text)):
            for draft in _told(sentence, number, clause, match):
                yield replace(draft, status=Status.PLANNED)
            return
    if number and "为" in clause.text and (match := _conferred_on(sentence, number)):
        yield from _told(sentence, number, clause, match)
    elif "第" in clause.text and (match := _FIRST_AMONG.fullmatch(clause.text)):
        yield from _among(sentence, number, clause, match, carried)
    elif (
        (clause.mark in ("：", "——", "—") or clause.mark == "，" and _named_next(sentence, number))
        and (match := _SIGNED.fullmatch(clause.text) or _SO_MANY.fullmatch(clause.text))
        and number + 1 < len(sentence.clauses)
    ):
        yield from _signed(sentence, number, clause, match)
    elif (
        ("由" in clause.text or "归" in clause.text or "被" in clause.text)
        and _TAKEN.search(clause.text)
        and (match := _RANKED.fullmatch(clause.text))
    ):
        yield from _ranked(sentence, number, clause, match)


def _conferred_on(sentence: Sentence, number: int) -> re.Match[str] | None:
    """Does clause `number` go on with what an office in the clause before names others?"""
    before = sentence.clauses[number - 1]
    told = sentence.memo.get("conferred") == number - 1 or before.mark in "，；" and _CONFERRED.fullmatch(before.text)
    match = _GOES_ON.fullmatch(sentence.clauses[number].text) if told else None
    if match:
        sentence.memo["conferred"] = number
    return match


def _told(
    sentence: Sentence, number: int, clause: Clause, match: re.Match[str], carried: list[Recipient] | None = None
) -> Iterator[Draft]:
    text = sentence.document.text
    found = [
        honour
        for honour in honours(text, *_span(clause, match, "honour"), "award")
        if honour.rank is None
        and (
            text[honour.start] == "“"
            or _PRAISE.fullmatch(text, honour.start, honour.end)
            or is_title(text, honour.start, honour.end)
        )
    ]
    groups = match.groupdict()
    who = next((name for name in ("who", "whose") if groups.get(name)), None)
    if not found or who and _WHICHEVER.search(match[who]):
        return
    named = [] if who is None else [r for r in recipients(text, *_who(clause, match, who)) if not _own(text, r)]
    if _PRAISE.fullmatch(match["honour"]) and _OURS.match(match[who] if who else ""):
        named = []  # 对我县…工作予以通报表扬: it is the county that is praised
    if not named and not carried and who is None and (body := body_before(text, found[0])):
        named, found[0] = [body[0]], body[1]
    named = named or carried or []
    grantor = None
    if groups.get("before") and (offices := recipients(text, *_span(clause, match, "before"))):
        name = text[offices[0].start : offices[-1].end]
        grantor = name if GRANTOR.search(name) else None
    yield from drafts(sentence, Giving(number, number, named, found, "turned", _verb(text, clause, match), grantor))


def _named_next(sentence: Sentence, number: int) -> bool:
    """Does the next clause say what the sign that a clause tells of reads?"""
    return number + 1 < len(sentence.clauses) and _NAMELY.match(sentence.clauses[number + 1].text) is not None


def _signed(sentence: Sentence, number: int, clause: Clause, match: re.Match[str]) -> Iterator[Draft]:
    """The honours behind the colon."""
    text, behind = sentence.document.text, sentence.clauses[number + 1]
    namely = _NAMELY.match(text, behind.start, behind.end)
    start = namely.end() if namely else behind.start
    found = [h for h in honours(text, start, behind.end, "award") if not h.rank and is_title(text, h.start, h.end)]
    named = [r for r in recipients(text, *_span(clause, match, "whose")) if not _own(text, r)]
    yield from drafts(sentence, Giving(number, number + 1, named, found, "turned", _verb(text, clause, match)))


def _among(sentence: Sentence, number: int, clause: Clause, match: re.Match[str], carried: list[Recipient]) -> Iterator[Draft]:
    """The rank in an assessment that is told without a verb."""
    found = [Honour(*_span(clause, match, "contest"), _span(clause, match, "rank"))]
    named = carried or subject(sentence, number)
    first = number - 1 if named and named[0].start < clause.start and number else number
    yield from drafts(sentence, Giving(first, number, named, found, "turned", _verb(sentence.document.text, clause, match)))


def _ranked(sentence: Sentence, number: int, clause: Clause, match: re.Match[str]) -> Iterator[Draft]:
    contest = contest_before(sentence, number, clause.start)
    if contest is None or contest[2] <= contest[1]:
        return
    where, start, end = contest
    text = sentence.document.text
    named = recipients(text, *_span(clause, match, "who"))
    found = [Honour(start, end, _span(clause, match, "rank"))]
    first = where if start >= sentence.start else number
    yield from drafts(sentence, Giving(first, number, named, found, "turned", _verb(text, clause, match)))


_OWN = expression("(?:我们|咱们?|[我全本])?[区县市旗省镇乡](?:里|上下)?|我们|咱们?")


def _own(text: str, recipient: Recipient) -> bool:
    """我县, 全市: the bulletin's own place, which is found without it."""
    return _OWN.fullmatch(text, recipient.start, recipient.end) is not None


# 对工作成绩突出的县投资促进局给予通报表扬
_DOING_WELL = expression("[^，。；的]{2,20}(?:突出|优异|显著|明显|较好|优秀|扎实|有力)的")


def _who(clause: Clause, match: re.Match[str], name: str) -> tuple[int, int]:
    start, end = _span(clause, match, name)
    well = _DOING_WELL.match(match[name])
    return start + (well.end() if well and well.end() < end - start - 1 else 0), end


def _span(clause: Clause, match: re.Match[str], name: str) -> tuple[int, int]:
    return clause.start + match.start(name), clause.start + match.end(name)


def _verb(text: str, clause: Clause, match: re.Match[str]) -> re.Match[str]:
    verb = _ANY.match(text, *_span(clause, match, "verb"))
    assert verb is not None
    return verb
