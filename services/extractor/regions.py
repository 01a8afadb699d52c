"""Finding administrative divisions in a text, and telling which division a place's name means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ahocorasick_rs import AhoCorasick

from services.extractor import characters, divisions, region_home
from services.extractor.divisions import Division, nearest, township_codes, within
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load

__all__ = ["Division", "Gazetteer", "Mention", "Place"]

# What every division's name ends with: looking back from these is 50 times as fast as looking for 4,000 names.
_NAME_END = expression("[省市县区州盟旗]")
_HAN = expression("[一-鿿]")
_OWN = expression("(?:我|全|本|该|我们)?([省市县区州盟旗])(?:委|政府|里|内|直)?")
# 全市 in 位列全市第二 or 在全市领先 is what home is measured by, not where something is.
_OWN_IN_TEXT = expression("(?<![列居位占前在超比过])[我全本]([省市县区州盟旗])(?![第排前首各领两])")
_OFFICE_END = expression("(?:办事处|人民政府|(?<=[道镇乡])政府|管委会)$")
# 奖补乡镇: no township.
_TOWNSHIP_END = expression("街道|镇|乡(?!镇)|苏木")
# Without one of these nothing names a place.
_PLACE_END = expression("[省市县区州盟旗镇乡道木]")
_LONGEST_TOWNSHIP = 8
_BOUNDARY = "在到赴对把为和与及各从向由于是的等了将、"
# What stands in a company's name between the place and 公司; a verb or preposition shows that the two are not one name.
_IN_COMPANY_NAME = "[^\\W\\d_与和及在引签的为对向由将是召举到让把同]{0,12}"


@dataclass(frozen=True, slots=True)
class Mention:
    """text[start:end] names one of `candidates`: bearers of a current name before bearers of a former one."""

    start: int
    end: int
    text: str
    candidates: tuple[Division, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """text[start:end] names a place; `code` is its county's code (or that of a higher division), None where it is not known."""

    start: int
    end: int
    text: str
    level: Literal["township", "county", "prefecture", "province"]
    code: str | None


class Gazetteer:
    """The table of divisions with what is needed to look it up. Make it by `load`; it holds no state."""

    def __init__(self) -> None:
        table = divisions.table()
        words = load("division_words")
        self.divisions = table.divisions
        # A text is looked at in simplified characters, so the names are as well (乾县 becomes 干县).
        self.names = dict(zip(_fold_all(table.names), table.names.values(), strict=True))
        self.shorts: dict[str, tuple[Division, ...]] = {}
        shorts = _fold_all(division.short for division in table.divisions.values())
        for short, division in zip(shorts, table.divisions.values(), strict=True):
            self.shorts[short] = (*self.shorts.get(short, ()), division)
        # A single character (沪) is part of any word.
        self._shorts_in = AhoCorasick([short for short in self.shorts if len(short) > 1])
        higher = [short for short, bearers in self.shorts.items() if any(d.level != "county" for d in bearers)]
        self._higher_shorts = frozenset(higher)
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self.names:
            lengths[name[-2:]].add(len(name))
        self._lengths = {tail: tuple(sorted(found, reverse=True)) for tail, found in lengths.items()}
        self._common = frozenset(words["common_nouns"])
        self._not_after: dict[str, str] = words["not_after"]
        self._not_before: dict[str, str] = words["not_before"]
        self._before_short = frozenset(words["before_short_names"])
        self._visited = expression(f"(?:{alternatives(words['visited_before'].split())})[一-鿿]{{0,4}}$")
        self._company = expression(f"{_IN_COMPANY_NAME}(?:{alternatives(words['companies'].split())})")
        self._no_township = tuple(words["no_townships"].split())

    @classmethod
    def load(cls) -> Gazetteer:
        """The one gazetteer of this process, read at the first call. Raises FileNotFoundError where the lexicon is missing."""
        return _loaded()

    def by_code(self, code: str) -> Division | None:
        """The division of a six-digit code; None for a code that is not in the table."""
        return self.divisions.get(code)

    def find(self, text: str) -> list[Mention]:
        """Every division that is named in full, by a former or a traditional form of its name; the longest, left to right."""
        return self._find(fold(text), text)

    def find_folded(self, text: str) -> list[Mention]:
        """`find` in a text that is in simplified characters already."""
        return self._find(text, text)

    def find_shorts(self, text: str) -> list[tuple[int, int]]:
        """Where short names stand in a text in simplified characters, in order; of those that begin at one place the longest."""
        # They come by where they end.
        return sorted({start: end for _, start, end in self._shorts_in.find_matches_as_indexes(text, overlapping=True)}.items())

    def _find(self, folded: str, text: str) -> list[Mention]:
        found: list[Mention] = []
        for match in _NAME_END.finditer(folded):
            end = match.end()
            for length in self._lengths.get(folded[end - 2 : end], ()):
                start = end - length
                if start < 0:
                    continue
                bearers = self.names.get(folded[start:end])
                if bearers is None:
                    continue
                while found and start <= found[-1].start:
                    found.pop()
                last = found[-1] if found else None
                if last and start < last.end:
                    break
                above = last.candidates if last and last.end == start else self._short_before(folded, start)
                if self._is_name(folded, start, end, above):
                    children = tuple(b for b in bearers if any(division.code in b.parents for division in above))
                    found.append(Mention(start, end, text[start:end], children or bearers))
                    break
        return found

    def _short_before(self, text: str, start: int) -> tuple[Division, ...]:
        """What a short name that ends right before `start` may mean (`十堰` in `十堰房县`)."""
        for length in (2, 3, 4):
            bearers = self.shorts.get(text[max(0, start - length) : start])
            if bearers:
                return bearers
        return ()

    def _is_name(self, text: str, start: int, end: int, above: tuple[Division, ...]) -> bool:
        """Does text[start:end], which reads like a name, stand there as one?"""
        name, before, behind = text[start:end], text[start - 1 : start], text[end : end + 1]
        if behind and behind in self._not_before.get(name[-1], "") + self._not_before.get(name, ""):
            return False
        # `above` is what stands right before the name.
        if any(division.code in bearer.parents for division in above for bearer in self.names[name]):
            return True
        if name in self._common:
            return False
        if not before or not _HAN.match(before):
            return True
        if len(name) == 2:
            longer = before not in _BOUNDARY and not _HAN.match(text[start - 2 : start - 1])  # 江南县人民政府 is no 南县's
            return before in self._before_short or not longer and text.startswith(("县委", "人民政府"), end)
        if before in self._not_after.get(name, ""):
            return False
        return bool(above) or not self._cuts_short_name(text, start)

    def _cuts_short_name(self, text: str, start: int) -> bool:
        """Does a city's or province's short name reach over `start`? 佛山城区 holds 佛山, not 山城区."""
        spans = ((start - 1, start + 1), (start - 1, start + 2), (start - 2, start + 1), (start - 2, start + 2))
        return any(text[max(0, first) : last] in self._higher_shorts for first, last in spans)

    def home(self, text: str, title: str | None, publisher: str | None) -> Division | None:
        """The division that the bulletin speaks for: a county-level one, a higher one where none is known, or None.

        Only the head of the text is read, so that the time taken is bounded.
        """
        return region_home.find_home(self, text, title, publisher)

    def resolve(self, name: str, home: Division | None) -> Division | None:
        """The county-level division, or the higher one, that a place's name means in a bulletin of `home`.

        None for what names no place, and for names of several places that nothing tells apart.
        """
        name = _OFFICE_END.sub("", fold(name.strip()))
        own = _OWN.fullmatch(name)
        if own:
            return self.own(own[1], home)
        mentions = self._find(name, name)
        if mentions:
            return nearest(mentions[-1].candidates, home)
        place = self._township(name, 0, len(name), name, home)
        if place:
            return self.by_code(place.code) if place.code else None
        return nearest(self.shorts.get(name, ()), home)

    def own(self, kind: str, home: Division | None) -> Division | None:
        """What `我区`, `全市` or `省` (given by its last character) means in a bulletin of `home`."""
        if home is None or home.name.endswith(kind) and home.level != "province":
            return home
        province = self.divisions.get(home.parents[0]) if home.parents else home
        if kind == "省" or kind == "区" and home.name[-1] != "区" and province and province.name.endswith("自治区"):
            return province
        if kind in "市州盟" and home.parents:
            return self.divisions[home.parents[-1]]
        return home

    def places(self, clause: str, home: Division | None = None) -> list[Place]:
        """The places that a clause names, the most specific first, then in the order of the text; organisations that only bear
        a place's name (`郑州某某有限公司`) and places that someone travels to are left out."""
        folded = fold(clause)
        found = list(self._townships(folded, clause, home))
        for mention in self._find(folded, clause):
            if self.passes_through(folded, mention.start, mention.end):
                continue
            division = nearest(mention.candidates, home)
            level = division.level if division else mention.candidates[0].level
            found.append(Place(mention.start, mention.end, mention.text, level, division.code if division else None))
        order = ("township", "county", "prefecture", "province")
        return sorted(found, key=lambda place: (order.index(place.level), place.start))

    def passes_through(self, text: str, start: int, end: int) -> bool:
        """Does the name only tell where somebody comes from or goes to, or belong to a company's name?"""
        return bool(self._visited.search(text[max(0, start - 8) : start]) or self._company.match(text, end))

    def region(self, clause: str, home: Division | None) -> tuple[str | None, str | None]:
        """The contract's `region` and `region_code` of an event: the most specific place in its words, else the bulletin's own.

        A place that home itself lies in says less than home does, and of several townships none is meant.
        """
        folded = fold(clause)
        if _PLACE_END.search(folded) is None:
            return (home.name, home.code) if home else (None, None)
        above = (*home.parents, home.code) if home else ()
        places = [
            place for place in self.places(clause, home) if place.code and not (place.code in above and place.level != "township")
        ]
        finest = [place for place in places if place.level == places[0].level]
        if finest and len({place.text for place in finest}) == 1:
            return finest[0].text, finest[0].code
        if home is None:
            return None, None
        meant = [self.own(match[1], home) or home for match in _OWN_IN_TEXT.finditer(folded)]
        division = max(meant, key=lambda division: len(division.parents), default=home)
        return division.name, division.code

    def _townships(self, folded: str, text: str, home: Division | None) -> Iterator[Place]:
        position = 0
        for match in _TOWNSHIP_END.finditer(folded):
            place = self._township(folded, position, match.end(), text, home)
            if place:
                position = place.end
                yield place

    def _township(self, folded: str, first: int, end: int, text: str, home: Division | None) -> Place | None:
        """The township whose name ends at `end` and begins not before `first`: one of the table, or one between boundaries."""
        kind = 2 if folded.endswith(("街道", "苏木"), first, end) else 1
        known = [
            (start, codes)
            for start in range(max(first, end - _LONGEST_TOWNSHIP), end - kind - 1)
            if (codes := township_codes(folded[start:end]))
        ]
        if home:
            for start, codes in known:
                near = [code for code in codes if within(self.divisions[code], home)]
                if near:
                    return Place(start, end, text[start:end], "township", near[0] if len(near) == 1 else home.code)
        if folded.endswith(self._no_township, first, end):
            return None
        for start, codes in known:
            neighbours = [code for code in codes if home is None or code[:4] == home.code[:4]]
            if home is None or len(neighbours) == 1:
                return Place(start, end, text[start:end], "township", neighbours[0] if len(neighbours) == 1 else None)
        start = end - kind
        while start > max(first, end - kind - 4) and not self._bounded(folded, start):
            start -= 1
        if end - kind - start < 2 or not self._bounded(folded, start):
            return None
        return Place(start, end, text[start:end], "township", home.code if home else None)

    def _bounded(self, text: str, start: int) -> bool:
        """Does a word begin at `start` for certain?"""
        return start == 0 or not _HAN.match(text, start - 1) or text[start - 1] in _BOUNDARY


@lru_cache(maxsize=1)
def _loaded() -> Gazetteer:
    return Gazetteer()


def fold(text: str) -> str:
    """The text in simplified characters, of the same length."""
    # Most texts hold nothing to be changed, and finding that out takes a third of the time.
    return text if characters.is_plain(text) else text.translate(characters.table())


def _fold_all(names: Iterable[str]) -> list[str]:
    """`fold` of each name, in one go: 7,000 calls would take a third of the time that loading may."""
    return fold("\n".join(names)).split("\n")
