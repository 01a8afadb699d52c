"""Names as facts are compared by: without what may differ between two tellings of one fact."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from services.extractor.characters import unify
from services.extractor.divisions import Division, nearest
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load
from services.extractor.numbers import CHINESE_DIGIT, chinese
from services.extractor.regions import Gazetteer

# 2-1地块 is not 21地块.
_PARTING = expression(r"(?<=\d)[-–—./](?=\d)")
_SIGNS = expression(r"(?:[^\w-]|_|(?<!\d)-|-(?!\d))+")
_OWN = expression("(?:我|全|本|该|我们)([省市县区州盟旗])(?:域|内)?|([省市县区州盟旗])(?=[一-鿿]{3})")
_NUMERAL = expression(f"[{CHINESE_DIGIT}十百千万]+")
_YEAR = expression(r"((?:19|20)\d{2})年?度?")
_EDITION = expression(r"第\d+[批届次期轮]|首[批届]")
_COUNTED = expression(r"^\d+(?:家|个|名|项|人|户|位)")
# 山东省 and 广西壮族自治区 grant what 省级 means.
_LEVEL_OF = {"省": "省", "区": "省", "市": "市", "州": "市", "盟": "市"}
# A name has to keep this much, so that 建设 alone or 新增 alone stays something.
_SHORTEST = 2
_LONGEST_PLACE = 24


class Named(NamedTuple):
    """`place`: code of the division that the name begins with (a district's own 全区 and 我区 count), None where it names none.
    `key`: the rest, reduced; empty where the name is nothing but a place."""

    place: str | None
    key: str


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    words = load("facts")
    levels = "|".join(f"(?P<{name}>{alternatives(members)})" for name, members in words["honour_levels"].items())
    return {
        "leading": expression(f"(?:{alternatives(words['leading'])})"),
        "trailing": expression(f"(?:{alternatives(words['trailing'])})$"),
        "batch": expression(alternatives(words["batch"])),
        "money": expression(alternatives(words["money"])),
        "honour": expression(f"(?:{alternatives(words['honour'])})$"),
        "levels": expression(levels),
    }


def named(name: str, home: Division | None) -> Named:
    """A project's, firm's or other recipient's name: place apart, words that every project may bear left out."""
    plain, patterns = _plain(name), _patterns()
    place, rest = _placed(plain, home)
    rest = _stripped(patterns["leading"], rest, head=True)
    if place is None and rest != plain:
        place, rest = _placed(rest, home)
    return Named(place, _numerals(_stripped(patterns["trailing"], rest, head=False)))


def batch(name: str, home: Division | None) -> Named:
    """What a counted batch is called, without the words that every batch may bear: often nothing."""
    place, rest = _placed(_plain(name), home)
    return Named(place, _numerals(_COUNTED.sub("", _YEAR.sub("", _patterns()["batch"].sub("", rest)))))


def money(name: str, home: Division | None) -> Named:
    """What money of an area or a sector is called: 全区工业投资 is 工业."""
    place, rest = _placed(_plain(name), home)
    return Named(place, _numerals(_patterns()["money"].sub("", rest)))


def honour(name: str, home: Division | None) -> tuple[str, int | None]:
    """An honour without its year, edition and form words, and the year that it names."""
    plain = _plain(name)
    year = _YEAR.search(plain)
    plain = _EDITION.sub("", _numerals(_YEAR.sub("", plain)))
    level = _patterns()["levels"].match(plain)
    if level:
        plain = f"{level.lastgroup}{plain[level.end() :]}"
    else:
        place, rest = _placed(plain, home)
        division = Gazetteer.load().by_code(place) if place else None
        if division:
            plain = f"{_LEVEL_OF.get(division.name[-1], '县')}{rest}" if division.level != "county" else f"县{rest}"
    return _stripped(_patterns()["honour"], plain, head=False), int(year[1]) if year else None


def rank(words: str | None) -> str | None:
    """第一名, 第1名, 第1位 and 第一 are one rank."""
    return None if words is None else expression(r"(?<=\d)[名位]$").sub("", _numerals(_plain(words)))


def _plain(name: str) -> str:
    plain = unify(name)
    return plain if plain.isalnum() else _SIGNS.sub("", _PARTING.sub("-", plain))


def _numerals(text: str) -> str:
    """二期 as 2期: Chinese and Arabic numerals are alike."""
    return _NUMERAL.sub(lambda match: match[0] if (value := chinese(match[0])) is None else str(value), text)


def _stripped(pattern: re.Pattern[str], text: str, *, head: bool) -> str:
    """`text` without the words at its head or tail, as long as enough of it is left."""
    while match := pattern.match(text) if head else pattern.search(text, max(0, len(text) - 8)):
        rest = text[match.end() :] if head else text[: match.start()]
        if len(rest) < _SHORTEST:
            break
        text = rest
    return text


def _placed(text: str, home: Division | None) -> tuple[str | None, str]:
    """The code of the division that `text` begins with and what stands behind it; the lowest of several (郑州市上街区)."""
    gazetteer = Gazetteer.load()
    own = _OWN.match(text)
    if own:
        division = gazetteer.own(own[1] or own[2], home)
        return (division.code if division else None), text[own.end() :]
    code, end = None, 0
    for mention in gazetteer.find_folded(text[:_LONGEST_PLACE]):
        if mention.start != end:
            break
        division = nearest(mention.candidates, home)
        code, end = (division.code if division else code), mention.end
    if code is None and home is not None and text == home.short:
        return home.code, ""
    return code, text[end:] if code else text
