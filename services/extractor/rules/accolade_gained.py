"""A number of recipients gets a status: 新增6家高新技术企业, 省级以上“专精特新”企业10家."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from services.contracts import Status
from services.extractor.expressions import expression
from services.extractor.numbers import chinese
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_drafts import Giving, draft
from services.extractor.rules.accolade_honours import Honour, honours, of_the_same_grade
from services.extractor.rules.accolade_named import members
from services.extractor.rules.accolade_parts import GRANTOR, level, patterns
from services.extractor.rules.accolade_titles import CONFERRED, is_title
from services.extractor.rules.accolade_words import words

_GAINED = expression(
    r"^(?:了|各类|国家级和省级)?(?:(?P<n1>\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?(?P<m1>[家个户名位所座处件项条])(?P<h1>[^，。；、：]{3,40})"
    r"|(?P<h2>(?:[2-5](?=A级))?[^，。；、：\d][^，。；、：]{1,40}?)(?P<n2>\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?(?P<m2>[家个户名位所座处件项条人]))(?:以上|左右)?$"
)
# 4家“小巨人” are no people.
_OF_FIRMS = expression("[家个名位]人")
_NOUN = expression(f"({words('status_nouns')})[”》]?$")


# 高新技术企业净增17家, 绿色工厂、智能车间分别新增2家、5家: the counts stand behind the verb, the statuses before it.
_COUNTS = expression(
    r"(?:了|认定|评审|验收|分别)?((?:(?:\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?[家个户名位所座处件项条]、?){1,12})(?:以上|左右)?(?=[，。；：\n]|$)"
)
_COUNT = expression(r"(\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?([家个户名位所座处件项条])")
_BEFORE = expression(f"(?:{words('before_counts')}|、){{1,8}}$")
_OPENING = expression("(?:全年|今年|去年|年内|全[县市区旗州]|其中|[我本][县市区旗]|新?有|，){1,8}")


# What every clause has that counts them.
_SO_MANY = expression(r"[\d一二三四五六七八九十百两][余多]?[家个户名位所座处件项条人]")


def counted(sentence: Sentence, number: int, begin: int, verb: re.Match[str], limit: int) -> list[Draft]:
    """The statuses that `verb` in clause `number` gives, each to so many; their counts and they stand in [begin, limit)."""
    if not _SO_MANY.search(sentence.document.text, begin, sentence.clauses[number].end):
        return []
    told = (
        list(_counted_behind(sentence, number, begin, verb))
        or list(_counted_before(sentence, number, begin, verb, limit))
        or list(_gained(sentence, number, sentence.clauses[number], verb))
    )
    return _by_name(sentence, number, told)


def _by_name(sentence: Sentence, number: int, told: list[Draft]) -> list[Draft]:
    """What clause `number` has `told` of so many, for each of them where the clauses behind it name all."""
    if not told:  # nearly always
        return told
    # 省“双创人才”6人、“双创团队”1个: of one grade
    for before, behind in pairwise(told):
        behind.fields["level"] = behind.fields["level"] or before.fields["level"]
    if len(told) != 1 or not (named := members(sentence, number, told[0].fields["recipient_count"] or 0)):
        return told
    who, page, end = named[0], sentence.document.page, sentence.clauses[named[1]].end
    return [
        replace(told[0], end=end, fields={**told[0].fields, "recipient": page.words(r.start, r.end), "recipient_count": None})
        for r in who
    ]


def _counted_behind(sentence: Sentence, number: int, begin: int, verb: re.Match[str]) -> Iterator[Draft]:
    """The statuses before `verb`, each with the count that stands for it behind."""
    text = sentence.document.text
    match = _COUNTS.match(text, verb.end(), sentence.clauses[number].end)
    if not match or patterns().kinds[verb[0]].isdisjoint(("gained", "inclusion")) or _HELD.search(verb[0]):
        return
    counts = list(_COUNT.finditer(match[1]))
    if patterns().stock.search(text, begin, verb.start()):
        return
    opening = _OPENING.match(text, begin, verb.start())
    start = opening.end() if opening else begin
    found = honours(text, start, start + len(_BEFORE.sub("", text[start : verb.start()])), "gained")
    if len(found) != len(counts) or any(honour.rank for honour in found):
        return
    for honour, count in zip(found, counts, strict=True):
        yield _counted(sentence, number, verb, honour, count[1], count[2])


def going_on(sentence: Sentence, number: int, verb: re.Match[str]) -> Iterator[Draft]:
    """新增高新技术企业17家，省级专精特新企业12家: clause `number` goes on with what `verb` in a clause before began."""
    text, clause = sentence.document.text, sentence.clauses[number]
    match = _GAINED.match(clause.text)
    if not match or not match["h2"] or patterns().stock.search(clause.text):
        return
    found = honours(text, clause.start + match.start("h2"), clause.start + match.end("h2"), "gained")
    if len(found) == 1 and found[0].end > found[0].start and found[0].rank is None:
        yield _counted(sentence, number, verb, found[0], match["n2"], match["m2"])


# 省级绿色工厂4家、智能车间6个成功获评: the counts stand before the verb, each behind its status.
_COUNTED = expression(
    r"(?:[家个户名位所座处件项])(?:先后|陆续|相继|成功|全部|顺利|均|已|双双|新|首次|分别|共同|正式|一次性|集体|悉数){0,3}$"
)
_ONE_COUNTED = expression(
    r"(?P<h>[^，。；、：\d]{3,40}?)(?P<n>\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?(?P<m>[家个户名位所座处件项])"
)
_CONFIRMED = expression(f"(?:了|省级|国家|国家级)?{words('confirmations')}?$")


def _counted_before(sentence: Sentence, number: int, begin: int, verb: re.Match[str], limit: int) -> Iterator[Draft]:
    """The statuses that stand with their counts before `verb`; nothing where anything else stands among them."""
    text = sentence.document.text
    if limit - verb.end() > _SHORT or not _CONFIRMED.match(text, verb.end(), limit):
        return
    counted = _COUNTED.search(text, begin, verb.start())
    if counted is None or patterns().stock.search(text, begin, verb.start()):
        return
    opening = _OPENING.match(text, begin, verb.start())
    told: list[tuple[Honour, re.Match[str]]] = []
    for part in expression("[^、]+").finditer(text, opening.end() if opening else begin, counted.start() + 1):
        match = _ONE_COUNTED.fullmatch(text, *part.span())
        found = honours(text, *match.span("h"), "gained") if match else []
        if match and not found and told and (same := of_the_same_grade(text, *match.span("h"))):
            found = [same]
        if match and told and not found:
            continue  # 省级绿色工厂4家、首台（套）装备6项: no title by itself
        if match is None or len(found) != 1 or found[0].rank or found[0].end == found[0].start:
            return
        told.append((found[0], match))
    for honour, match in told:
        yield _counted(sentence, number, verb, honour, match["n"], match["m"])


_SHORT = 6


_TAKING = "拿下|拿到|占[据得]?|斩获|收获|摘得|捧回|入选|上榜|入围|新增|新添|再添|又添|喜添|增添|通过|获评|获"
# What a sentence that tells how many of a list were taken has.
HINTS = rf"(?:{_TAKING})了?[\d一二三四五六七八九十百两]"
# 省某厅认定的本年度“A工厂”，我县一口气拿下16家
_OF_THEM = expression(
    r"(?:[我全][县市区旗州]|[本当]地|(?:[一-鿿]{2,6}?(?:县|区|市|高新区|经开区|开发区))|园区)?(?:一口气|一举|一次性|共|又|也|独|就|竟){0,2}"
    rf"(?P<verb>{_TAKING})了?"
    r"(?P<n>\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?(?P<m>[家个户名位所席处项座])(?:企业|单位)?"
)
_NAMED_BY = expression(
    "(?:近日|日前|[在从])?(?:(?P<grantor>[一-鿿]{2,14}?)??(?:(?:最新|新近|新|近日|日前|刚刚)?"
    "(?:(?:认定|公布|评定|命名|公示|发布|评选)的|(?:公布|发布|公示)了?(?:今年的?)?(?=[^，]{4,40}名单)))"
    "|(?:全[国省市州])?(?:共|新|此次|本次){0,2}(?:新增|认定|评选|公布|命名|评出|入选)了?\\d{1,4}[家个处项座名])?"
)


def counted_of_list(sentence: Sentence, number: int) -> list[Draft]:
    """How many, or which, have the honour that the clause before is, as clause `number` tells."""
    return _by_name(sentence, number, list(_of_list(sentence, number)))


def _of_list(sentence: Sentence, number: int) -> Iterator[Draft]:
    text, clause = sentence.document.text, sentence.clauses[number]
    if not number or clause.text[-1] not in "家个户名位所席处项座业" or sentence.clauses[number - 1].mark != "，":
        return
    match, topic = _OF_THEM.fullmatch(clause.text), sentence.clauses[number - 1]
    named = _NAMED_BY.match(text, topic.start, topic.end) if match else None
    if match is None or named is None or patterns().verb.search(text, named.end(), topic.end):
        return
    found = honours(text, named.end(), topic.end - (topic.text[-1] in "中里"), "gained")
    verb = expression("[一-鿿]+").match(text, clause.start + match.start("verb"), clause.start + match.end("verb"))
    grantor = named["grantor"] if named["grantor"] and GRANTOR.search(named["grantor"]) else None
    if verb and len(found) == 1 and is_title(text, found[0].start, found[0].end) and found[0].rank is None:
        yield _counted(sentence, number, verb, found[0], match["n"], match["m"], grantor)


_PASSED_AGAIN = expression(
    r"(?:另有|另|还有|同时有?|其余)?(?P<n>\d{1,4}|[一二三四五六七八九十两]{1,3})(?P<m>[家个名位项户所])(?P<noun>(?!项目|工程)[一-鿿]{0,8}?)"
    r"(?:顺利|成功|均|全部|再次|也|已){0,2}(?P<verb>通过)了?(?:此次|本次|年度|省级|国家|市级)?(?:复[核审评查检验]|重新认定|再认定)"
)


def passed_again(sentence: Sentence, number: int, last: Draft) -> Iterator[Draft]:
    """8家企业获评省级某称号，另有2家通过复核: so many more have what the `last` event of the sentence gave."""
    clause = sentence.clauses[number]
    match = _PASSED_AGAIN.fullmatch(clause.text) if "通过" in clause.text else None
    if match is None or last.fields["rank"]:
        return
    count = int(match["n"]) if match["n"].isdigit() else int(chinese(match["n"]) or 0) or None
    who = sentence.document.page.words(clause.start + match.start("n"), clause.start + match.end("noun"))
    yield replace(
        last,
        status=Status.ACTUAL,
        start=clause.start,
        end=clause.end,
        trigger=(clause.start + match.start("verb"), clause.start + match.end("verb")),
        fields={**last.fields, "recipient": who, "recipient_count": count},
    )


def _counted(
    sentence: Sentence, number: int, verb: re.Match[str], honour: Honour, told: str, measure: str, grantor: str | None = None
) -> Draft:
    noun = _NOUN.search(sentence.document.text[honour.start : honour.end])
    count = int(told) if told.isdigit() else int(chinese(told) or 0) or None
    first = sentence.clause_at(honour.start) if honour.start < sentence.clauses[number].start else number
    return draft(
        sentence,
        Giving(first, number, [], [honour], "gained", verb, grantor),
        honour,
        f"{told}{measure}{noun[1] if noun and measure != '席' and not _OF_FIRMS.match(measure + noun[1]) else ''}",
        count,
    )


# What one does for firms and goods oneself; nobody has conferred anything.
_RAISING = ("培育", "打造")
_THIS_YEAR = expression("今年|去年|全年|当年|年内|上半年|前三季度|[12]\\d{3}年(?!底|末)")
# These tell how many there are, not how many there are more.
_HELD = expression(f"{words('held')}|列$|居$")


def _gained(sentence: Sentence, number: int, clause: Clause, verb: re.Match[str]) -> Iterator[Draft]:
    """The counts behind `verb` in clause `number`, each with the status that so many have got."""
    text = sentence.document.text
    if "gained" not in patterns().kinds[verb[0]]:
        return
    position, listed = verb.end(), False
    for part in expression(r"[^、]+").finditer(text[position : clause.end]):
        again = patterns().verb.match(part[0])
        if again and part.start() and "gained" in patterns().kinds[again[0]]:
            return  # its own verb, read in its own turn
        match = _GAINED.match(expression(r"（[\s\S]*").sub("", part[0]))
        side = "1" if match and match["n1"] else "2"
        if not match or not match["h" + side]:
            continue
        start, end = position + part.start() + match.start("h" + side), position + part.start() + match.end("h" + side)
        found = honours(text, start, end, "gained")
        if not found and listed and (same := of_the_same_grade(text, start, end)):
            found = [same]
        if not found or found[0].start == found[0].end:  # a rank alone is no status
            continue
        name = text[found[0].start : found[0].end]
        if verb[0].endswith(_RAISING) and not level(name, None) and not CONFERRED.search(name):
            continue  # 培育“A”品牌16个
        if is_stock(sentence, clause, verb):
            sentence.document.note("stock", "a number held, not one that was given", clause.start, clause.end)
            return
        listed = True
        yield _counted(sentence, number, verb, found[0], match["n" + side], match["m" + side])


def is_stock(sentence: Sentence, clause: Clause, verb: re.Match[str]) -> bool:
    """累计建成省级绿色工厂14家: does `verb` tell a number that is held?"""
    text = sentence.document.text
    held = patterns().stock.search(text, max(clause.start, text.rfind("、", clause.start, verb.start())), verb.end())
    if held is None or not (_COUNTED.search(text, held.end(), verb.start()) or _counts_behind(text, clause, verb)):
        return False
    # 今年以来，累计创建…: the year's own
    return not (held[0] == "累计" and _THIS_YEAR.search(text, sentence.start, held.start()))


def _counts_behind(text: str, clause: Clause, verb: re.Match[str]) -> bool:
    return "gained" in patterns().kinds[verb[0]] and _COUNT.search(text, verb.end(), clause.end) is not None
