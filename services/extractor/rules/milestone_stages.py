"""The words of the lexicon that say stages, and where they and its patterns match in a sentence, whatever they may mean there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from services.contracts import Stage
from services.extractor.expressions import expression, leaping
from services.extractor.just_now import GOING_ON
from services.extractor.lexicon import alternatives, load
from services.extractor.needed_words import needed_words
from services.extractor.reading import Sentence
from services.extractor.scan import scanned

_ORDER = list(Stage)


class Trigger(NamedTuple):
    """A stage word at [start, end) of the page.

    `strong`: any name may stand before it. `takes_object`: the name may follow; `only_object`: it must.
    `bare`: a kind of work (安装) that says nothing unless the passage is about one project's progress.
    """

    start: int
    end: int
    stage: Stage
    strong: bool = False
    takes_object: bool = False
    only_object: bool = False
    bare: bool = False
    percent: Decimal | None = None


@lru_cache(maxsize=1)
def stage_words() -> dict[str, Trigger]:
    """Each stage word with what it can do; offsets are unused."""
    words: dict[str, Trigger] = {}
    for name, entry in load("milestone")["stages"].items():
        takes, only = set(entry["object"]), set(entry["only_object"])
        for word in (*entry["weak"], *entry["object"], *entry["strong"]):
            words[word] = Trigger(0, 0, Stage(name), word in entry["strong"], word in takes or word in only, word in only)
    for word in load("milestone")["separable"]:
        words[f"{word[0]}了{word[1]}"] = words[word]
    return words


def trigger_words() -> list[str]:
    """Every plain word that a milestone can hang on, for the scan that picks candidate sentences."""
    lexicon = load("milestone")
    return [word for words in (stage_words(), lexicon["works"], lexicon["rates"], lexicon["scan"]) for word in words]


@dataclass(frozen=True, slots=True)
class _Scan:
    """`kinds`: every stage word and every ordinary one that contains one. `works`: building work said to be under way or done.
    `patterns`: what the lexicon gives as regular expressions, with the stage. `hinted`: the numbers of those that a word lets match, by
    the word; all others match nowhere where it stands alone.
    Apart, because a regular expression whose alternatives all begin with plain letters is ten times as fast as one in which a single
    one does not."""

    kinds: dict[str, str]
    works: tuple[re.Pattern[str], ...]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    hinted: dict[str, tuple[int, ...]]


@lru_cache(maxsize=1)
def _scan() -> _Scan:
    lexicon = load("milestone")
    works = alternatives(lexicon["works"])
    # 施工图, 施工单位: other words.
    any_work = (
        f"(?:{alternatives([*lexicon['works'], *lexicon['works_under_way']])})(?!图|单位|许可|方|企业|队|合同|设计|招标|业)"
    )
    not_works = alternatives(lexicon["not_works"])
    between = rf"(?:(?!{not_works})[^，。；、\n]){{0,14}}?"
    patterns = [(name, pattern) for name, entry in lexicon["stages"].items() for pattern in entry["patterns"]]
    kinds = dict.fromkeys(lexicon["works"], "bare") | dict.fromkeys(stage_words(), "word")
    kinds |= dict.fromkeys(lexicon["rates"], "rate") | dict.fromkeys(lexicon["ordinary"], "skip")
    return _Scan(
        kinds=kinds,
        works=(
            expression(f"(?:{alternatives(lexicon['under_way'])}){between}{any_work}"),
            expression(
                f"正{GOING_ON}(?![在为给对]|[一-鿿]{{1,2}}(?:高速|铁路|公路|大道)|以[^，。；]{{1,10}}为){between}{any_work}"
            ),
            expression(f"正(?:在)?[为给对]{between}(?:{works})"),
            expression(
                rf"(?:{works})[^，。；、\d\n]{{0,5}}?(?:完成|完毕|过半|[过超近][一二三四五六七八九]成|结束|收尾|到位|就位|展开|铺开)"
            ),
            expression(
                rf"(?:{works})(?<!硬化)(?<!迁改)(?:施工|作业)?(?:已经|均已|已|也|都|全部|全面|基本|顺利|提前|于?(?:[昨今][天日]|日前|近日|\d{{1,2}}月\d{{1,2}}日|\d{{1,2}}日)){{0,4}}(?:完工|竣工|告竣|收工|收官)"
            ),
            expression(rf"完成[^，。；、\d\n]{{0,6}}?(?:{works})(?!项目)"),
        ),
        patterns=tuple((name, leaping(pattern)) for name, pattern in patterns),
        hinted=_by_word([needed_words(pattern) for _, pattern in patterns]),
    )


def _by_word(needed: list[frozenset[str]]) -> dict[str, tuple[int, ...]]:
    """The numbers of the patterns that need a word or one that it begins with, by the word: of the words that begin at one place the
    scan tells the longest."""
    patterns: dict[str, set[int]] = {}
    for number, words in enumerate(needed):
        for word in words:
            patterns.setdefault(word, set()).add(number)
    return {word: tuple(set().union(*(patterns.get(word[:end], ()) for end in range(1, len(word) + 1)))) for word in patterns}


_places = scanned("stages", lambda: _scan().kinds)
# A word of each pattern that the lexicon gives.
_hints = scanned("stage patterns", lambda: load("milestone")["scan"])
# The words of which each of these patterns needs one.
_needed = scanned("words of stage patterns", lambda: _scan().hinted)
# What each of the `works` begins with.
_work_starts = scanned("works", lambda: (*load("milestone")["under_way"], *load("milestone")["works"], "正", "完成"))


def matches(sentence: Sentence) -> list[tuple[str, int, int]]:
    """What the lexicon's words and patterns match in a sentence: (kind, start, end), in order, without overlaps. At one place
    patterns win over works under way, these over words, the longer over the shorter."""
    scan = _scan()
    text, base = sentence.text, sentence.start
    words = _places(sentence.document).between(base, sentence.end)
    found = [(start - base, 2, scan.kinds[text[start - base : end - base]], end - base) for start, end in words]
    if _work_starts(sentence.document).any_between(base, sentence.end):
        found += [(match.start(), 1, "work", match.end()) for pattern in scan.works for match in pattern.finditer(text)]
    needed = _needed(sentence.document).between(base, sentence.end)
    if needed and _hints(sentence.document).any_between(base, sentence.end):
        # One pattern of a hundred is left.
        for number in sorted({number for start, end in needed for number in scan.hinted[text[start - base : end - base]]}):
            name, pattern = scan.patterns[number]
            found += [(match.start(), 0, name, match.end()) for match in pattern.finditer(text)]
    if len(found) > 1:
        found.sort(key=lambda match: (match[0], match[1], -match[3]))
    kept: list[tuple[str, int, int]] = []
    for start, _, kind, end in found:
        if not kept or start >= kept[-1][2]:
            kept.append((kind, start, end))
    return kept


def later(a: Stage, b: Stage) -> Stage:
    """The later of two stages."""
    return max(a, b, key=_ORDER.index)
