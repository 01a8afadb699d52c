"""A number of recipients gets a status: 新增3家高新技术企业, 省级以上“专精特新”企业10家."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.extractor.numbers import chinese
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_drafts import Giving, draft
from services.extractor.rules.accolade_honours import honours
from services.extractor.rules.accolade_parts import patterns

_GAINED = re.compile(
    r"^(?:了|各类|国家级和省级)?(?:(?P<n1>\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?(?P<m1>[家个户名位所座处件项])(?P<h1>[^，。；、：]{3,40})"
    r"|(?P<h2>[^，。；、：\d][^，。；、：]{1,40}?)(?P<n2>\d{1,5}|[一二三四五六七八九十百两]{1,4})(?:余|多)?(?P<m2>[家个户名位所座处件项]))(?:以上|左右)?$"
)
_NOUN = re.compile(
    r"(企业|工厂|车间|单位|园区|村|镇|乡镇|社区|县|基地|平台|中心|人|学校|机构|组织|合作社|农场|街|景区|品牌|产品|项目)[”》]?$"
)


def gained(sentence: Sentence, number: int, clause: Clause, verb: re.Match[str]) -> Iterator[Draft]:
    """The counts behind `verb` in clause `number`, each with the status that so many have got."""
    text = sentence.document.text
    position = verb.end()
    for part in re.finditer(r"[^、]+", text[position : clause.end]):
        again = patterns().verb.match(part[0])
        if again and part.start() and "gained" in patterns().kinds[again[0]]:
            return  # its own verb, read in its own turn
        match = _GAINED.match(re.sub(r"（[\s\S]*", "", part[0]))
        side = "1" if match and match["n1"] else "2"
        if not match or not match["h" + side]:
            continue
        start, end = position + part.start() + match.start("h" + side), position + part.start() + match.end("h" + side)
        found = honours(text, start, end, "gained")
        if not found or found[0].start == found[0].end:  # a rank alone is no status
            continue
        if patterns().stock.search(text, max(clause.start, text.rfind("、", clause.start, verb.start())), verb.end()):
            sentence.document.note("stock", "a number held, not one that was given", clause.start, clause.end)
            return
        told = match["n" + side]
        count = int(told) if told.isdigit() else int(chinese(told) or 0) or None
        noun = _NOUN.search(text[start:end])
        label = f"{told}{match['m' + side]}{noun[1] if noun else ''}"
        yield draft(sentence, Giving(number, number, [], found[:1], "gained", verb), found[0], label, count)
