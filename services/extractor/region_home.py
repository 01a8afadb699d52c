"""Which division a bulletin speaks for: weighed from its title, publisher and head, and from how it calls its own place.

Every name that is met gives its division weight by where and how it stands. The sums are then multiplied by how well the
division fits the bulletin's words for itself (我县, 全市, 区委), and the heaviest division is taken.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from services.extractor import characters
from services.extractor.divisions import Division, township_codes
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, load

if TYPE_CHECKING:
    from services.extractor.regions import Gazetteer, Mention

# How much of a text is read (2 MB may come) and, of that, where a headline and a masthead stand.
_READ, _MASTHEAD, _HEADLINE = 8_000, 300, 50
# Short names (上街, 郑州) are sought in less of it: they are found six times as slowly as full ones.
_READ_FOR_SHORTS = 3_000
_IN_TITLE, _IN_PUBLISHER, _IN_HEADLINE, _IN_MASTHEAD, _IN_BODY = 8.0, 10.0, 5.0, 3.0, 1.0
_OFFICE_BONUS = 2.0  # 上街区人民政府, 房县县委
_SHORT = 0.5  # of what the full name would weigh
_LISTED = 0.5  # A区、B区、C县
_PASSING = 0.1  # 赴A区考察, A市某某公司
# A county in a bulletin that calls itself a district weighs 0.3 a mention.
_ENOUGH = 0.5
# A county with that much, and twice as much as any other place, is taken without looking for short names.
_PLAIN = 6.0
# 1 is one township that no other county has.
_ENOUGH_TOWNSHIPS = 0.9
_MOST_TOWNSHIPS = 60

_OFFICE = expression("[市县区旗州]?(?:委|人民政府|政府|人大|政协|融媒)")
_LEVELS = ("province", "prefecture", "county")
# A county's bulletin, too, says 全省 and 省委: only 我省 is a province speaking.
# 全市县（市）第一 is among the city's counties.
_SELF = expression("([我本全])(?:((?<!全)省)|([市县区州盟旗])(?![第排前首各县]))")
_OFFICE_ALONE = expression("[市县区州旗](?<![一-鿿].)(?:委|政府|人民政府)")
# No traditional text of any length does without one of these.
_TRADITIONAL = expression("[縣區國發億會開業]")
_SELF_WEIGHT = {"我": 3, "本": 3, "全": 1}
_TOWNSHIP = expression("[一-鿿]{2,7}?(?:街道|镇|乡|苏木)")


class _Text(NamedTuple):
    """`weight` at the beginning of a bulletin's text depends on the place, so that it is None there."""

    text: str
    weight: float | None


@dataclass(slots=True)
class _Evidence:
    """Weights by division code. `above`: provinces and prefectures by how plainly they are named, on their own or not."""

    own: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    above: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    # Names of several divisions, to be settled when all is read: candidates and weight.
    unsettled: list[tuple[tuple[Division, ...], float]] = field(default_factory=list)

    def add(self, candidates: tuple[Division, ...], weight: float) -> None:
        if len(candidates) > 1:
            self.unsettled.append((candidates, weight))
            return
        (division,) = candidates
        self.own[division.code] += weight
        if division.level == "county":
            for parent in division.parents:
                self.above[parent] += weight / 2
        else:
            self.above[division.code] += weight

    def settle(self) -> None:
        """Give each name of several divisions to the one whose prefecture or province is named; leave it where none or more are."""
        settled: list[tuple[Division, float]] = []
        still: list[tuple[tuple[Division, ...], float]] = []
        for candidates, weight in self.unsettled:
            ranked = sorted(((self.backing(division), division.code, division) for division in candidates), reverse=True)
            if ranked[0][0] > 0 and ranked[0][0] > ranked[1][0]:
                settled.append((ranked[0][2], weight))
            else:
                still.append((candidates, weight))
        for division, weight in settled:
            self.own[division.code] += weight
        self.unsettled = still

    def backing(self, division: Division) -> float:
        """How plainly the divisions that it lies in are named; a prefecture tells more than a province."""
        return sum(self.above.get(parent, 0.0) * (2 if parent[2:4] != "00" else 1) for parent in division.parents)


def find_home(gazetteer: Gazetteer, text: str, title: str | None, publisher: str | None) -> Division | None:
    """See Gazetteer.home. `text` may be of any length; its first 8,000 characters are read."""
    head = _squeeze(text[:_READ])
    kinds = _kinds(head)
    evidence = _Evidence()
    sources = [_Text(head, None)]
    sources += [_Text(_squeeze(words), weight) for words, weight in ((title, _IN_TITLE), (publisher, _IN_PUBLISHER)) if words]
    mentions = [gazetteer.find_folded(source.text) for source in sources]
    for source, found in zip(sources, mentions, strict=True):
        _weigh_names(gazetteer, source, found, evidence)
    best = _best(gazetteer, evidence, kinds, _PLAIN)
    if best:
        return best
    for source, found in zip(sources, mentions, strict=True):
        _weigh_shorts(gazetteer, source, found, evidence)
    evidence.settle()
    best = _best(gazetteer, evidence, kinds, _ENOUGH)
    return best or _by_townships(gazetteer, head, kinds, evidence) or _highest(gazetteer, evidence)


def _squeeze(text: str) -> str:
    text = "".join(text.split())
    return text.translate(characters.table()) if len(text) < _MASTHEAD or _TRADITIONAL.search(text) else text


def _best(gazetteer: Gazetteer, evidence: _Evidence, kinds: Counter[str], enough: float) -> Division | None:
    """The heaviest division that fits, where it has enough weight and no unsettled name has more."""
    fitted = {code: weight * _fit(gazetteer.divisions[code], kinds) for code, weight in evidence.own.items()}
    ranked = sorted(((weight, code) for code, weight in fitted.items()), reverse=True)
    if not ranked or ranked[0][0] < enough:
        return None
    code = ranked[0][1]
    if enough == _PLAIN and len(ranked) > 1 and ranked[0][0] < 2 * ranked[1][0]:
        return None
    doubtful = max((weight for _, weight in evidence.unsettled), default=0.0)
    return gazetteer.divisions[code] if evidence.own[code] >= doubtful else None


def _weigh_names(gazetteer: Gazetteer, words: _Text, mentions: list[Mention], evidence: _Evidence) -> None:
    text = words.text
    for number, mention in enumerate(mentions):
        following = mentions[number + 1] if number + 1 < len(mentions) else None
        if following and following.start == mention.end and _holds(mention.candidates, following.candidates):
            # 郑州市 in 郑州市上街区 tells where the district lies, not what the bulletin speaks for.
            for division in mention.candidates:
                evidence.above[division.code] += 2 * _IN_BODY
            continue
        weight = _weight(words, mention.start)
        if gazetteer.passes_through(text, mention.start, mention.end):
            weight *= _PASSING
        elif _OFFICE.match(text, mention.end):
            weight += _OFFICE_BONUS
        elif text[mention.start - 1 : mention.start] == "、" or text[mention.end : mention.end + 1] == "、":
            weight *= _LISTED
        evidence.add(mention.candidates, weight)


def _weigh_shorts(gazetteer: Gazetteer, words: _Text, mentions: list[Mention], evidence: _Evidence) -> None:
    patterns, text = _patterns(), words.text
    people = frozenset(match["name"] for match in patterns.person.finditer(text[:_READ_FOR_SHORTS]))
    for start, end, bearers in _shorts(gazetteer, text[:_READ_FOR_SHORTS], mentions):
        institution = bool(patterns.institution.match(text, end))
        if patterns.road.match(text, end) or not institution and text[start:end] in patterns.ordinary:
            continue
        before = text[start - 1 : start] or " "
        # 新增城镇 is no 增城.
        bearers = tuple(division for division in bearers if before not in patterns.not_after.get(division.name, ""))
        if not bearers or text[start - 1 : end] in people:  # 王通海
            continue
        weight = _weight(words, start) * (1.0 if institution else _SHORT)
        if gazetteer.passes_through(text, start, end) or patterns.firm.match(text, end):
            weight *= _PASSING
        # 邵阳 is 邵阳市 rather than 邵阳县, 吉林 the province rather than the city.
        highest = min(bearers, key=lambda division: _LEVELS.index(division.level)).level
        evidence.add(tuple(division for division in bearers if division.level == highest), weight)


def _weight(words: _Text, start: int) -> float:
    if words.weight is not None:
        return words.weight
    return _IN_HEADLINE if start < _HEADLINE else _IN_MASTHEAD if start < _MASTHEAD else _IN_BODY


def _holds(above: tuple[Division, ...], below: tuple[Division, ...]) -> bool:
    return any(parent.code in child.parents for parent in above for child in below)


class _Patterns(NamedTuple):
    institution: re.Pattern[str]
    road: re.Pattern[str]
    ordinary: frozenset[str]
    not_after: dict[str, str]
    person: re.Pattern[str]
    firm: re.Pattern[str]


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    words = load("division_words")
    return _Patterns(
        expression(alternatives(words["institutions"].split())),
        expression(alternatives(words["roads"].split())),
        frozenset(words["ordinary_words"].split()),
        words["not_after"],
        # 县委书记王通海; the character before a place's short name is then no word of its own.
        expression(
            f"(?:{alternatives(words['titles'].split())})(?P<name>(?![在到赴来与是由从向对于让把等、和][一-鿿])[一-鿿]{{3}})"
        ),
        # 北京某某科技: a firm by its short name
        expression(f"[一-鿿]{{2,6}}?(?<![区县市镇])(?:{alternatives(words['firms'].split())})(?![局委园区协产馆城院])"),
    )


def _shorts(gazetteer: Gazetteer, text: str, mentions: list[Mention]) -> Iterator[tuple[int, int, tuple[Division, ...]]]:
    """Short names outside the full ones, left to right, none overlapping another."""
    end, full = 0, iter(mentions)
    mention = next(full, None)
    for start, stop in gazetteer.find_shorts(text):
        while mention and mention.end <= start:
            mention = next(full, None)
        # A name that is its own short one (范县) was looked for as a full name; here it would be the end of 示范县.
        if text[start:stop] in gazetteer.names:
            continue
        if start >= end and not (mention and mention.start < stop):
            end = stop
            yield start, end, gazetteer.shorts[text[start:end]]


def _kinds(head: str) -> Counter[str]:
    """How the bulletin calls its own place, by the last character (区, 县, 市 …), weighted."""
    kinds: Counter[str] = Counter()
    for match in _SELF.finditer(head):
        kinds[match[2] or match[3]] += _SELF_WEIGHT[match[1]]
    for match in _OFFICE_ALONE.finditer(head):
        kinds[match[0][0]] += 1
    return kinds


def _fit(division: Division, kinds: Counter[str]) -> float:
    """A factor: how well the division's kind agrees with the bulletin's words for its own place."""
    total = sum(kinds.values())
    share = kinds[division.name[-1]] / total if total else 0.0
    if division.level == "county":
        return 0.3 + 1.4 * share if total else 1.0
    # A district's bulletin names its city and says 全市 as well: only one that says little else is the city's own.
    return share * share if total else 0.4


def _by_townships(gazetteer: Gazetteer, head: str, kinds: Counter[str], evidence: _Evidence) -> Division | None:
    """The county that most of the named townships belong to, where one is clearly ahead."""
    names = {match[0] for match, _ in zip(_TOWNSHIP.finditer(head), range(_MOST_TOWNSHIPS), strict=False)}
    stop = tuple(load("division_words")["no_townships"].split())
    votes: Counter[str] = Counter()
    for words in names:
        tails = (words[start:] for start in range(len(words) - 1))
        codes = next((codes for tail in tails if not tail.endswith(stop) and (codes := township_codes(tail))), ())
        for code in codes:
            division = gazetteer.divisions[code]
            if not kinds or kinds[division.name[-1]]:
                votes[code] += (1 + min(2.0, evidence.backing(division))) / len(codes)  # type: ignore[assignment]
    first, second = (*votes.most_common(2), ("", 0), ("", 0))[:2]
    return gazetteer.divisions[first[0]] if first[1] >= _ENOUGH_TOWNSHIPS and first[1] > 1.5 * second[1] else None


def _highest(gazetteer: Gazetteer, evidence: _Evidence) -> Division | None:
    """The prefecture or province that is named most plainly, where no county is known."""
    ranked = sorted(((weight * (1.5 if code[2:4] != "00" else 1), code) for code, weight in evidence.above.items()), reverse=True)
    return gazetteer.divisions[ranked[0][1]] if ranked and ranked[0][0] >= 2 * _ENOUGH else None
