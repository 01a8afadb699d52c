"""Whose an honour is that is given to nobody in particular: the place or office that the bulletin speaks for, or the town, village or
zone of it that the sentence calls its own or that the honour is one for."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.lexicon import last
from services.extractor.own_place import own_place
from services.extractor.reading import Clause, Document, Sentence
from services.extractor.regions import Gazetteer
from services.extractor.rules.accolade_parts import OWN_PLACE
from services.extractor.rules.accolade_recipients import subject

_OWN = expression(OWN_PLACE)
# 镇里正冲刺…, 我镇获评…
_TOWN = expression("[我全本][镇乡](?![级村])|[镇乡]里")
_VILLAGE = expression("[我全本]村(?!级)|村里")
_FOR_TOWNS = expression("(?:乡镇|[强名重小]镇|[级生明色]镇)[”》]?$")
_FOR_ZONES = expression("(?:园区|开发区|经开区|高新区|集聚区)[”》]?$")
_ZONE = expression(
    r"(?:(?<![一-鿿])|(?<=[在到对赴向让为]))(?P<name>(?![我全本该各]|国家|省级|市级)[^\W\d_到在对赴向让为和与及的]{2,8}?(?:经开区|高新区|开发区|工业园区|产业园区|集聚区))(?![级内])"
)
_A_VILLAGE = expression(r"(?:(?<![一-鿿])|(?<=[镇乡在到]))(?P<name>(?![我全本该各])[一-鿿]{2,4}村)(?![里民级委庄干])")
# A town is meant so many characters long, and a bulletin of one zone says so in so many.
_NEAR, _READ = 600, 6_000


def whose(sentence: Sentence, verb: int, honour: tuple[int, int]) -> str | None:
    """By its fullest name in the text; as the sentence calls it where none is known."""
    document = sentence.document
    text, home = document.text, document.home
    if span := _below(sentence, verb, honour):
        return document.page.words(*span)
    called = _OWN.search(text, sentence.start, sentence.end) if home is None else None
    if span := called.span() if called else own_place(document):
        return document.page.words(*span)
    if home is None:
        return None
    short = home.name[:-1] if len(home.name) > 2 else home.name
    # As it was named so far: what an article behind this one calls it is that one's own.
    for name in (home.name, short):
        if (at := text.find(name, 0, sentence.end)) >= 0:
            return document.page.words(at, at + len(name))
    return str(home.name)


def _below(sentence: Sentence, verb: int, honour: tuple[int, int]) -> tuple[int, int] | None:
    """The town, village or zone that is meant rather than the county."""
    text = sentence.document.text
    start = sentence.clauses[sentence.clause_at(verb)].start
    if _TOWN.search(text, start, verb):
        return _town(sentence.document, max(0, start - _NEAR), start)
    if _VILLAGE.search(text, start, verb):
        village = last(_A_VILLAGE, text, max(0, start - _NEAR), start)
        return village.span("name") if village else None
    if _OWN.search(text, start, verb):
        return None
    if behind := _told_next(sentence, verb):
        return behind
    if alike := _told_of(sentence, verb, text[slice(*honour)]):
        return alike
    if _FOR_ZONES.search(text, *honour):
        zones = {zone["name"]: zone.span("name") for zone in _ZONE.finditer(text, 0, min(_READ, start))}
        return next(iter(zones.values())) if len(zones) == 1 else None
    if _FOR_TOWNS.search(text, *honour):
        return _town(sentence.document, 0, min(_READ, start), only=True)
    return None


def goes_before(clause: Clause) -> bool:
    """继去年获评A后: does the clause tell what was given before what the next one tells?"""
    return clause.text.startswith(("继", "这是继", "这也是继")) and clause.text.endswith("后")


def _told_next(sentence: Sentence, verb: int) -> tuple[int, int] | None:
    """继去年获评A后，大河村又获评B: who has both."""
    number = sentence.clause_at(verb)
    clause = sentence.clauses[number]
    named = subject(sentence, number + 2) if goes_before(clause) and number + 1 < len(sentence.clauses) else []
    return (named[0].start, named[0].end) if named and named[0].start >= clause.end else None


# The honours that bodies of a kind can get, by how the bodies are called.
_ALIKE = (
    (("镇", "乡"), _FOR_TOWNS),
    (("村",), expression("村[”》]?$")),
    (("景区",), expression("景区[”》]?$|[1-5]A级?[”》]?$")),
)


def _told_of(sentence: Sentence, verb: int, honour: str) -> tuple[int, int] | None:
    """眼下白马镇正补短板，明年要把“省卫生镇”拿下来: what the clauses before tell of, where such bodies can get such an honour."""
    number = sentence.clause_at(verb)
    kinds = [ends for ends, names in _ALIKE if names.search(honour)] if number else []
    told = subject(sentence, number) if kinds else []
    if not told or not sentence.document.text.endswith(kinds[0], told[0].start, told[0].end):
        return None
    return told[0].start, told[0].end


def _town(document: Document, start: int, end: int, *, only: bool = False) -> tuple[int, int] | None:
    """The town that [start, end) names last; None where it names another as well and only one may be named."""
    towns = [p for p in Gazetteer.load().places(document.text[start:end], document.home) if p.level == "township"]
    if not towns or only and len({town.text for town in towns}) > 1:
        return None
    town = max(towns, key=lambda place: place.start)
    return start + town.start, start + town.end
