"""Who stands behind the verb that gives: `授予王某等15名同志“优秀共产党员”称号`, `获得“…先进单位”称号的县体育局`, `试点落子某县`."""

from __future__ import annotations

import re

from services.extractor.expressions import expression
from services.extractor.reading import Sentence
from services.extractor.rules.accolade_drafts import Giving
from services.extractor.rules.accolade_honours import Honour, honours
from services.extractor.rules.accolade_parts import Recipient, patterns, recipients
from services.extractor.rules.accolade_recipients import NOT_NAMED
from services.extractor.rules.accolade_titles import is_title
from services.extractor.rules.accolade_words import words

# 获得“…先进单位”称号的县体育局
_RELATIVE = expression(
    r"(?P<honour>[^，。；的]{4,60}?(?:称号|荣誉|认定|奖|牌匾|[”）]))的(?!(?:金字)?招牌|金?牌子|称号|名片|荣誉|桂冠|奖牌|头衔|殊荣|名号|好?成绩|佳绩)(?P<who>[^，。；、的]{2,24})$"
)
# 店主王某成了全县首位获得“…标兵”的茶人
_FIRST_ONE = r"(?:[全我本][国省市县区州旗镇乡]|[一-鿿]{2,3}[省市县区])?(?:迄今|目前)?的?(?:首|第[一二三四五六七八九十\d]{1,3}|唯一一?|一)[个位名家所座支批](?:被|荣)?"
_FIRST_TO = expression(rf"(?:成为?了?|是){_FIRST_ONE}$")
_OF_THEM = expression(_FIRST_ONE)
# 首位获得…的教师: what somebody is, no name.
_NOUN_ALONE = 2
# 授予王某等15名同志“优秀共产党员”称号
_GIVEN = expression(
    r"(?P<who>(?!全[国省市县区州旗]|[国省市县区]级|国家|\d|首批|第|[一二三四]季度|[上下]半年|[本年月季]度?|[一-鿿]{2,3}[省市]“)[^，。；“”为]{2,30})(?P<honour>“[^”]{2,24}”)(?:(?:荣誉)?(?:称号|牌匾|奖章|锦旗|奖牌|证书)|$)"
)
# 授予张某等15名同志全国五一劳动奖章
_GIVEN_TO_MANY = expression(
    r"(?P<who>[^，。；为]{0,40}?(?:\d{1,5}|[一二三四五六七八九十百两]{1,4})[个名家位户][一-鿿]{0,4}?"
    rf"(?:{words('status_nouns')}|{words('urged')}|同志|成果|集体|教师|学生|作品|职工|干部|党员|代表队|家庭|农户))"
    r"(?P<honour>(?:[“《全国省市县区]|首届|20\d\d|中国|[一-鿿]{2,3}[省市])[^，。；]{3,40})"
)
# 授予某集团第三届省政府质量奖
_GIVEN_PLAIN = expression(
    rf"(?P<who>(?!全[国省市县区州旗]|国家|第|首批)[一-鿿A-Za-z（）“”]{{2,24}}?(?:{words('bodies')}|{words('firm_words')}|同志|家庭|”))"
    r"(?P<honour>(?:第[一二三四五六七八九十百\d]{1,4}[届批]|首[届批]|20\d\d年|全国|全省|全市|全县|全区|国家|中国|[省市县区]级|[一-鿿]{2,3}省)[^，。；]{3,36})"
)
# Behind these stands who is given it; behind 被授予 or 评为 the honour.
_GIVING = ("授予", "颁发", "颁给", "颁授", "表彰")
_OFFICE = expression(rf"[一-鿿、]{{0,20}}?(?:{words('grantor_ends')}|政府)")


def given_behind(sentence: Sentence, number: int, begin: int, verb: re.Match[str], limit: int) -> Giving | None:
    """What `verb` in clause `number` gives to whom, where they stand in [verb's end, limit); None where they do not."""
    text = sentence.document.text
    kinds = patterns().kinds[verb[0]]
    if "landing" in kinds:
        before = honours(text, begin, verb.start(), "inclusion")
        if before and is_title(text, before[-1].start, before[-1].end):
            named = recipients(text, verb.end(), limit)
            return Giving(number, number, named[:1], before, "landing", verb)
        return None
    kind = patterns().leading.get(verb[0])
    kind = None if kind == "seeking" else kind
    if kind and (cleft := _cleft(sentence, number, verb, limit, kind)):
        return cleft
    if kind and text.find("的", verb.end(), limit) > 0 and (relative := _RELATIVE.match(text, verb.end(), limit)):
        found = honours(text, *relative.span("honour"), "award" if kind != "inclusion" else kind)
        first = _FIRST_TO.search(text, begin, verb.start())
        if verb[0].startswith("成") and _OF_THEM.match(text, verb.end()):
            first = verb
        named = recipients(text, begin, first.start()) if first else []
        if not named and len(relative["who"]) > _NOUN_ALONE and not NOT_NAMED.match(relative["who"]):
            named = _one_or_two(text, *relative.span("who"))
        if found and named:
            return Giving(number, number, named, found, "relative", verb)
    if verb[0] not in _GIVING or "被" in (giver := text[begin : verb.start()]):
        return None
    if given := _GIVEN.match(text, verb.end(), limit):
        found = [Honour(*given.span("honour"), None)]
    elif given := _GIVEN_TO_MANY.match(text, verb.end(), limit) or _GIVEN_PLAIN.match(text, verb.end(), limit):
        found = honours(text, *given.span("honour"), "passive")
        if len(found) != 1 or found[0].rank is not None or found[0].end <= found[0].start:
            return None
    else:
        return None
    grantor = giver if _OFFICE.fullmatch(giver) else None
    return Giving(number, number, recipients(text, *given.span("who")), found, "given", verb, grantor)


# 跻身“和美乡村”的甲村和乙村
_TWO_ALIKE = expression(
    "(?P<first>[^和与及、]{2,16}(?P<kind>[村镇乡县区司校院厂园社]))[和与及](?P<second>[^和与及、]{2,16}(?P=kind))"
)


def _one_or_two(text: str, start: int, end: int) -> list[Recipient]:
    """Who stands at [start, end): two, where both are called alike."""
    two = _TWO_ALIKE.fullmatch(text, start, end)
    return [Recipient(*two.span(name), None) for name in ("first", "second")] if two else [Recipient(start, end, None)]


_PRAISE = expression("[^，。；“”]{2,16}(?:表彰|嘉奖|表扬)(?:奖励)?")


# 捧回“流动红旗”的，是石桥镇; 获评省级示范村的是大河村
_IS = expression("(?:就|正|还|也)?是(?P<who>[^，。；：的]{2,40})$")


def _cleft(sentence: Sentence, number: int, verb: re.Match[str], limit: int, kind: str) -> Giving | None:
    """The honour behind `verb`, given to whom the clause, or the next one, says it is."""
    text = sentence.document.text
    stop = text.find("的是", verb.end(), limit)
    last = number
    if stop < 0 and text[limit - 1] == "的" and number + 1 < len(sentence.clauses):
        stop, last = limit - 1, number + 1
    if stop < verb.end() + 3:
        return None
    end = sentence.clauses[last].end
    match = _IS.match(text, sentence.clauses[last].start if last > number else stop + 1, end)
    found = honours(text, verb.end(), stop, kind) if match else []
    named = recipients(text, *match.span("who")) if match else []
    if not found or not named or NOT_NAMED.match(text[named[0].start : named[0].end]):
        return None
    return Giving(number, last, named, found, "relative", verb)


def praised(sentence: Sentence, number: int, start: int, limit: int) -> bool:
    """受到省委表彰，获“先进党组织”称号: does the clause behind clause `number` say what it was praised with?"""
    text = sentence.document.text
    if number + 1 >= len(sentence.clauses) or not _PRAISE.fullmatch(text, start, limit):
        return False
    following = sentence.clauses[number + 1]
    verb = patterns().verb.match(text, following.start, following.end)
    return verb is not None and bool(honours(text, verb.end(), following.end, "award"))
