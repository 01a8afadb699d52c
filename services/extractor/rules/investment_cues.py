"""The words that say what a sum of money or a growth is: an investment's kind, or an ordinary business figure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from services.contracts import Metric
from services.extractor.beginnings import first_characters
from services.extractor.expressions import expression
from services.extractor.lexicon import alternatives, last, load
from services.extractor.reading import Sentence
from services.extractor.rules.investment_words import words


@dataclass(frozen=True, slots=True)
class Cue:
    """A word at [start, end) of the page. `metric` is None for a business figure. `generic`: 投资 or 投入 alone, whose kind the
    words around decide. `sector`: where the sector's name begins (工业 in 工业投资), else None; of a generic cue (产业项目投资) it
    counts for growth only."""

    start: int
    end: int
    metric: Metric | None
    generic: bool = False
    sector: int | None = None


@lru_cache(maxsize=1)
def _kinds() -> dict[str, str]:
    """Each plain word with its kind."""
    lexicon = load("investment")
    kinds = {word: name for name, entry in lexicon["metrics"].items() for word in entry["words"]}
    kinds |= dict.fromkeys(lexicon["generic"]["words"], "generic")
    return dict.fromkeys(lexicon["business"], "business") | kinds


# Patterns that words are a part of (到账外资) are tried before the words, the others behind them (专项资金 before 投资).
_BEFORE_WORDS = ("contracted_amount", "annual_planned_investment", "completed_investment", "other")


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, list[tuple[str, set[str]]]]]:
    """Each kind with its patterns and what they can begin with, in the order in which they are tried."""
    lexicon = load("investment")
    groups = {**lexicon["metrics"], "generic": lexicon["generic"]}
    behind = [name for name in groups if name not in _BEFORE_WORDS]
    ordered = [(name, groups[name]["patterns"]) for name in _BEFORE_WORDS]
    ordered += [("word", list(_kinds())), *((name, groups[name]["patterns"]) for name in behind), ("none", ["投资强度"])]
    return [(name, [(pattern, first_characters(pattern) or set()) for pattern in patterns]) for name, patterns in ordered]


@lru_cache(maxsize=1)
def _begin() -> re.Pattern[str]:
    """A character that a cue can begin with; where only plain words do so, before one that goes on with one of them."""
    free = {part for name, patterns in _patterns() if name != "word" for _, first in patterns for part in first}
    behind: dict[str, set[str]] = {}
    for word in _kinds():
        behind.setdefault(re.escape(word[0]), set()).add(re.escape(word[1:2]))
    plain = [f"{first}(?=[{''.join(sorted(seconds))}])" for first, seconds in sorted(behind.items()) if first not in free]
    return expression("|".join([*sorted(free), *plain]))


@cache
def _beginning_with(character: str) -> re.Pattern[str]:
    """The cues that begin with a character: a few of the hundreds that would be tried otherwise. There are 200 such characters."""
    parts = []
    for name, patterns in _patterns():
        own = [pattern for pattern, first in patterns if character in first]
        if own:
            parts.append(f"(?P<{name}>{alternatives(own) if name == 'word' else '|'.join(own)})")
    return expression("|".join(parts))


@lru_cache(maxsize=1)
def _sector() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    lexicon = load("investment")
    ends = alternatives(lexicon["sectors"])
    return (
        expression(rf"(?:[一-鿿（）]{{1,16}}(?:产业|业|领域|行业)|{ends})(?:类|领域|方面)?$"),
        expression(f"(?:{alternatives(lexicon['firms'])})$"),
        _SECTOR_LEAD,
    )


_SECTOR_LEAD = expression(
    rf"{words('leads', 'aims', 'sector_leads')}|前?[一二三四]个?季度|[全我该][市县区旗镇乡州省国]|[^，。；]{{1,6}}[市县区旗](?!政)|[、和与及，：]"
)
# 核减工程造价1740万元: what was not spent.
_SAVED = expression(rf"{words('savings')}(?:了|财政|政府|建设|项目|工程|预算){{0,2}}$")
_NEAR = 8
_SHARE = expression("(?:占|占到|占据|占全[市县区部]|相当于)[^，。；\\d]{0,10}$")


def plain_words() -> list[str]:
    """Words one of which stands in every sentence that this module may read something in."""
    triggers: list[str] = load("investment")["triggers"]
    return triggers


def cues(sentence: Sentence) -> list[Cue]:
    """The cues of a sentence, in order, without those inside a share (占年度计划投资的14%) or a class name."""
    text = sentence.document.text
    found: list[Cue] = []
    position = sentence.start
    for begin in _begin().finditer(text, sentence.start, sentence.end):
        if begin.start() < position:
            continue
        match = _beginning_with(begin[0]).match(text, begin.start(), sentence.end)
        if match is None:
            continue
        position = match.end()
        kind = match.lastgroup or ""
        if kind == "word":
            kind = _kinds()[match[0]]
        cue = _read(text, sentence.start, match.start(), match.end(), kind)
        if cue is not None:
            found.append(cue)
    return found


def _read(text: str, first: int, start: int, end: int, kind: str) -> Cue | None:
    if kind == "none":
        return None
    if kind == "business" or _SAVED.search(text, max(first, start - _NEAR), start):
        return Cue(start, end, None)
    if _SHARE.search(text, max(first, start - 12), start):
        return None
    if kind in ("generic", "fixed_asset_investment", "completed_investment"):
        # 工业投资 is a sector's, 完成工业投资 and 工业投资完成 are so as well; 工业企业完成投资 is not.
        own = text.startswith(("投资", "固投", "固定资产投资", "有效投资"), start) or (
            text.startswith("投入", start) and text.endswith(_RENEWAL, first, start)
        )
        at = sector_start(text, first, start) if own else None
        if own and at is None and (building := _building_done(text, first, start)) is not None:
            return Cue(start, end, Metric.COMPLETED_INVESTMENT, sector=building)
        if at is not None and (not text.endswith("项目", at, start) or kind == "generic" and _GREW.match(text, end)):
            return Cue(start, end, Metric.OTHER, sector=at)
        if kind == "generic" and at is not None and _DONE_FOR.search(text, max(first, start - 14), start):
            return Cue(start, end, Metric.COMPLETED_INVESTMENT, sector=at)
        if kind == "generic":
            return Cue(start, end, Metric.TOTAL_INVESTMENT, generic=True, sector=at)
    if kind == "annual_planned_investment" and text.startswith("完成", end):
        return Cue(start, end, Metric.COMPLETED_INVESTMENT)
    if kind == "annual_planned_investment" and text.startswith(("完成", "实现"), start - 2):
        return Cue(start - 2, end, Metric.COMPLETED_INVESTMENT)
    return Cue(start, end, Metric(kind))


# 项目投资64.3亿元，增长13.2%: what has grown is all such projects' investment, no project's.
_GREW = expression(
    "(?:完成|达到?|为|约){0,2}[\\d.]{1,9}[亿万]元，(?:同比|比上年同?期?|较上年同?期?)?(?:增长|下降|[增降][\\d长幅])"
)


def _building_done(text: str, first: int, start: int) -> int | None:
    """Where 交通建设 begins in 完成交通建设投资: what has been built of it, no figure of a sector."""
    if not text.endswith("建设", first, start):
        return None
    at = sector_start(text, first, start - len("建设"))
    return at if at is not None and _DONE.search(text, max(first, at - 6), at) else None


_DONE = expression("完成了?$")
# 技改投入 is what 技改投资 is; 研发投入 and 财政投入 are none.
_RENEWAL = ("技改", "技术改造")

# 完成重点项目投资64亿元, 完成重点建设项目投资85亿元
_DONE_FOR = expression("完成了?[一-鿿]{0,8}项目$|(?:完成|成了)[一-鿿]{1,6}$")
_FIGURE = expression("[\\d%元]")


def _listed(phrase: str) -> bool:
    """Is the sector one of the lexicon's own, whatever firms are called (采矿业)?"""
    return phrase.endswith(tuple(load("investment")["industries"]))


def sector_start(text: str, first: int, at: int) -> int | None:
    """Where the sector's name that ends at `at` begins; None where no sector is named."""
    sector, firm, lead = _sector()
    lo = max(first, at - 20)
    for mark in "，。；：、的“”（\n\t":
        # 甲生产和供应业 may hold 和, never one of these; （ opens a remark.
        lo = max(lo, text.rfind(mark, lo, at) + 1)
    figure = last(_FIGURE, text, lo, at)
    if figure:
        lo = figure.end()
    match = sector.search(text, lo, at)
    if not match or firm.search(text, lo, at) and not _listed(text[lo:at]):
        return None
    start = match.start()
    while lead_match := lead.match(text, start, at):
        if lead_match.end() >= at:
            return None
        start = lead_match.end()
    return start if sector.search(text, start, at) else None
