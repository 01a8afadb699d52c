"""The names of projects: what one looks like, and what only looks like one.

Offsets are the clean text's. Where a name begins and ends is in `phrases`, lists and counted batches in `namelists`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from services.extractor.characters import unify
from services.extractor.expressions import Ending, beginning, ending, expression, leaping
from services.extractor.lexicon import alternatives, load
from services.extractor.numbers import CHINESE_DIGIT, VILLAGE, chinese

LONGEST_NAME = 60
PHASES = [first + digit + "期" for first in ("", "第") for digit in "一二三四五六七八九十"]


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return unify(text)


@dataclass(frozen=True, slots=True)
class Name:
    """A project, or a batch of them with its `count`. [start, end) is where it stands. `text` empty: a count of what was named
    before (`已开工17个`). `general`: it names no project of its own (`项目`, `一批重点项目`)."""

    text: str
    start: int
    end: int
    count: int | None = None
    organization: str | None = None
    general: bool = False

    @property
    def plain(self) -> str:
        """The name in simplified characters and full-width punctuation, as the lexicons are written."""
        return _plain(self.text)


class Endings:
    """Words that a phrase may end with. Looking at its last characters is ten times as fast as a regular expression with `$`,
    which tries every word at every character."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        self.last = frozenset(word[-1] for word in self.words)
        self.lengths = sorted({len(word) for word in self.words}, reverse=True)

    def start(self, text: str, lo: int, hi: int) -> int:
        """Where the longest of the words that text[lo:hi] ends with begins; -1 where it ends with none."""
        if hi > lo and text[hi - 1] in self.last:
            for length in self.lengths:
                if length <= hi - lo and text[hi - length : hi] in self.words:
                    return hi - length
        return -1

    def end(self, text: str) -> bool:
        return self.start(text, 0, len(text)) >= 0


@dataclass(frozen=True, slots=True)
class Words:
    """The compiled lexicon `names`; what each part means is said there."""

    heads: re.Pattern[str]
    head: Ending
    part: re.Pattern[str]
    materials: Endings
    others: Endings
    adverbs: Endings
    between: Endings
    general: Ending
    pronoun: re.Pattern[str]
    lead: re.Pattern[str]
    opener: re.Pattern[str]
    place: re.Pattern[str]
    organization: re.Pattern[str]
    count: re.Pattern[str]
    time_before: re.Pattern[str]
    time: re.Pattern[str]
    clause: re.Pattern[str]


@lru_cache(maxsize=1)
def words() -> Words:
    """The lexicon `names`, compiled once."""
    lexicon = load("names")
    number = rf"(?:\d{{1,5}}|[{CHINESE_DIGIT}十百]{{1,5}})"
    # 工程师, 工程款, 工程量, 路基, 桥面, 塔吊: other words.
    others = "(?<!工程(?=[师款量]))(?<!路(?=[基面肩]))(?<!桥(?=[面墩台桩]))(?<!塔(?=[吊机]))(?<!闸(?=门))(?<!场(?=[景次面地]))(?<!矿(?=泉水))"
    others += "(?<![桥井渠坝闸塔窑矿港场堤街](?=[^的在与和至到、，。；]?(?:镇|街道|乡(?!村)|村(?![级民庄]))))"  # 石桥铺镇
    head = rf"(?:{alternatives([*lexicon['heads'], *PHASES])}){others}(?:{'|'.join(lexicon['suffixes'])}){{0,2}}”?"
    return Words(
        heads=expression(head),
        head=ending(f"{head}$"),
        part=expression(f"(?:{lexicon['parts']})$"),
        materials=Endings(lexicon["materials"]),
        others=Endings(lexicon["others"]),
        adverbs=Endings(lexicon["adverbs"]),
        between=Endings(lexicon["between"]),
        general=ending(f"(?:{lexicon['general']})$"),
        pronoun=leaping(lexicon["pronouns"]),
        lead=leaping(
            rf"(?:位于|坐落[于在]|地处)[^，。；、的]{{2,24}}的|(?:{alternatives(lexicon['leads'])})|(?:[又另促由在为但并也且其]|均(?![村县州]))|[△▲●■◆◇○□★☆•·>①-⑳\u2600-\u27bf\U0001f300-\U0001faff\u23e9-\u23ff-]{{1,6}}"
            rf"|【?\d{{1,2}}[：:]\d{{2}}】?|\d{{1,2}}(?:、|[.．](?!\d))|[一二三四五六七八九十]{{1,3}}、|（[一二三四五六七八九十\d]{{1,3}}）"
        ),
        opener=expression(alternatives(lexicon["openers"])),
        place=expression(f"{lexicon['places']}$"),
        organization=expression(f"{lexicon['organizations']}$"),
        # 第三条, 每个: no counts; 13个县（市、区）: none of projects.
        count=leaping(
            rf"(?<![第首每\d.,])(?P<number>{number})(?P<more>[余多])?(?P<measure>{alternatives(lexicon['measures'])})(?<!项(?=目))"
            rf"(?![月年时分人]|(?:街|马?路|江|河)[之的外，]|日(?![处加]|产[能量]?)|[省市县区](?:[，。、；（）]|$|中|内|之)|一批|百分点|工作日|小时|方面|集中|{VILLAGE}|(?<=部)[门分委队级长件局署])"
        ),
        time_before=leaping(f"(?:{lexicon['times']})$"),
        time=leaping(lexicon["times"]),
        clause=beginning(lexicon["clauses"]),
    )


@lru_cache(maxsize=8192)
def is_project(text: str) -> bool:
    """Does the phrase end as names of projects do?"""
    return bool(words().head.search(text)) and not words().others.end(text)


def is_part(text: str) -> bool:
    """Is it a part of a project (一期, 2号厂房) rather than a project of its own?"""
    return len(text) <= 24 and bool(words().part.match(text))


def is_general(text: str) -> bool:
    """Does it name no project of its own (一批重点项目)?"""
    return len(text) <= LONGEST_NAME and bool(words().general.match(text, 0, len(text)))


def is_pronoun(text: str) -> bool:
    """`该项目`, `项目`: what was named before."""
    return len(text) <= LONGEST_NAME and bool(words().pronoun.fullmatch(text))


def is_material(text: str) -> bool:
    """Does it end with what work is done on (墙体, 沥青路面), which is no project?"""
    return words().materials.end(text)


# A sentence's marks, or those of a page's markup.
_NO_NAME = expression("[，。；：！？<>]|(?:[\\d万亿千百]元|[\\d万千百][亩吨]|平方米|公里)$")


# 03｜ and （图） are marks.
_WORD = expression("[一-鿿A-Za-z][^一-鿿A-Za-z]{0,12}[一-鿿A-Za-z]")


# 二期年产90万吨板材
_PHASE_TO_MAKE = expression("第?[一二三四五六七八九]期(?:年产|日产|年加工|年处理)[\\d一二三四五六七八九十百]")


# 云河至龙湾段, S216青山段
_SECTION = expression(r"(?:[^，。；至]{2,16}至[^，。；至]{2,10}|[GSXYC]\d{2,4}线?[一-鿿]{2,10})(?<![阶时年])段")


def is_section(text: str) -> bool:
    """Is it the section of a line or a numbered road?"""
    return text.endswith("段") and _SECTION.fullmatch(text) is not None


def plausible(text: str, strong: bool) -> bool:
    """May the phrase be a project's name, before a word that only projects take (`strong`) or before any?"""
    return not is_general(text) and of_its_own(text, strong)


def of_its_own(text: str, strong: bool) -> bool:
    """The same for what is known to be more than general."""
    if not 2 <= len(text) <= LONGEST_NAME or not _WORD.search(text) or _NO_NAME.search(text):
        return False
    if words().others.end(text) and not text.endswith("全产业链") or text in words().materials.words:
        return False
    if words().clause.search(text) or len(text) < 3 and not is_project(text):
        return False
    return balanced(text) and (strong or is_project(text) or bool(_PHASE_TO_MAKE.match(text)) or is_section(text))


def balanced(text: str) -> bool:
    """Are its brackets and quotation marks closed?"""
    return text.count("（") == text.count("）") and text.count("“") == text.count("”")


def value(number: str) -> int | None:
    """The value of a count's number."""
    read = int(number) if number.isdigit() else chinese(number)
    return None if read is None else int(read)
