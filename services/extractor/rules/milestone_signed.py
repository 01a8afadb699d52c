"""Agreements: who signs them, and the project that the next clause says is to be built (X公司与某县签订协议，拟投资3亿元建设Y)."""

from __future__ import annotations

from dataclasses import replace

from services.extractor.expressions import expression
from services.extractor.namelists import read
from services.extractor.names import Name, is_project, value
from services.extractor.phrases import strip_left, strip_right
from services.extractor.reading import Clause
from services.extractor.rules.milestone_place import Place
from services.extractor.rules.milestone_topics import item_head
from services.extractor.rules.milestone_words import listed

_FIRM = f"[一-鿿A-Za-z（）·]{{2,24}}?{listed('firm_ends')}(?:[料]?(?:科技|股份|控股)?(?:集团|有限公司|公司))?"
_PARTIES = expression(
    rf"(?P<who>{_FIRM})(?:[^，。；：]{{0,12}}代表)?(?:、[^，。；：]{{2,24}})?(?:已经|已|正式|成功)?(?:与|同|和|跟)(?P<other>[^，。；：]{{2,40}})$"
)
# 县政府同X科技: an office with whom it signs.
_OFFICE_AND_FIRM = expression(
    r"(?P<other>[一-鿿]{0,12}(?:政府|管委会|街道办|街道|开发区|高新区|经开区))(?:已经|已|正式|成功)?[与同和跟](?P<who>[^，。；：、]{2,30}?)(?:(?:举行|进行|通过|采取|在|以)[^，。；：、]{1,10})?$"
)
# Y项目定址某园区: what the clause behind an agreement is about.
_SETTLED = expression(f"(?:将|拟|已|正式)?{listed('settling')}")
_WITH = expression("[与同和跟]")
_SIGNER = expression(rf"(?:^|[，。；：、])(?:[^，。；：、]{{0,12}}[日月]，?)?(?P<who>{_FIRM})(?=[^，。；：]{{0,30}}$)")
_WITH_OFFICE = expression("[与同和跟](?=.{3})|[一-鿿]{0,12}(?:政府|管委会|[县区市镇局]|街道|开发区|高新区|经开区)[与同和跟]")
_BUILDS = expression(f"{listed('undertaking')}?[^，。；]{{0,30}}?{listed('undertaken')}(?:一[座个条])?")
_CLAUSES_AHEAD = 3


def agreed(place: Place, found: list[Name]) -> list[Name]:
    """The project of an agreement between a firm and a place, which names itself only behind it; [] where it is no such
    agreement or names none."""
    text, sentence = place.text, place.sentence
    begin, stop = place.lo, place.first.start
    both = _WITH.search(text, begin, stop)
    parties = _PARTIES.search(text, begin, stop) if both else None
    if both and parties is None and all(is_agreement(name) for name in found):
        parties = _OFFICE_AND_FIRM.search(text, begin, strip_right(sentence, begin, stop))
    named = [name for name in found if is_project(name.plain) and not (parties and parties.start("other") < name.end)]
    if not parties:
        return [replace(name, organization=name.organization or _signer(place, name)) for name in found]
    who = strip_left(sentence, *parties.span("who"))
    organization = sentence.document.page.words(who, parties.end("who"))
    if named and named[0].start > parties.end():
        return [replace(name, organization=name.organization or organization) for name in named]
    number = sentence.clause_at(place.trigger.start)
    for clause in sentence.clauses[number : number + 1 + _CLAUSES_AHEAD]:
        start = max(clause.start, place.trigger.end)
        verb = _BUILDS.match(text, start, clause.end)
        projects = read(sentence, verb.end(), clause.end, False) if verb else []
        projects = [name for name in projects if is_project(name.plain) and not name.general]
        if projects:
            return [replace(name, organization=organization) for name in projects]
        if clause.start > place.trigger.end and (settled := _settled(place, clause)):
            return [replace(settled, organization=organization)]
        if clause.mark in "；。":
            break
    head = item_head(sentence, place.first.start)
    return [replace(head, organization=head.organization or organization)] if head else []


def _settled(place: Place, clause: Clause) -> Name | None:
    """The project of which the clause says no more than where it is to be built."""
    settled = _SETTLED.search(place.text, clause.start, clause.end)
    named = read(place.sentence, clause.start, settled.start(), False) if settled else []
    return named[0] if len(named) == 1 and is_project(named[0].plain) and not named[0].general else None


def is_agreement(name: Name) -> bool:
    """Are these the two who sign (县政府与X科技), not what is signed?"""
    return _OFFICE_AND_FIRM.match(name.plain) is not None and not name.plain.endswith(("项目", "工程"))


def _signer(place: Place, name: Name) -> str | None:
    """X集团9月签下Y项目: the firm that is the subject of the verb, in its clause or the one before."""
    sentence, text = place.sentence, place.text
    if name.start < place.trigger.end or name.count is not None:
        return None
    number = sentence.clause_at(place.trigger.start)
    start = sentence.clauses[max(0, number - 1)].start
    match = _SIGNER.search(text, start, place.first.start)
    if not match:
        return None
    who = strip_left(sentence, *match.span("who"))
    if pair := _WITH_OFFICE.match(text, who, match.end("who")):  # 县政府与X公司签订Y项目协议
        who = pair.end()
    return sentence.document.page.words(who, match.end("who")) if match.end("who") - who >= 2 else None


_FOR_PROJECTS = expression(
    r"(?P<number>\d{1,3}|[两三四五六七八九十]{1,3})个(?P<noun>项目)(?:的)?(?:负责人|代表|签约方|投资方|业主|客商)"
)


def by_whom(place: Place) -> list[Name]:
    """`14个项目负责人依次登台，与各乡镇交换文本`: as many projects as those who sign stand for."""
    match = _FOR_PROJECTS.search(place.text, place.sentence.start, place.first.start)
    count = value(match["number"]) if match else None
    return [Name(match["noun"], *match.span("noun"), count)] if match and count else []
