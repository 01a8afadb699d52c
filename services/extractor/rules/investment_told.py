"""What has been read of a sentence so far: the statements about money that it makes, and what it turned down."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import zip_longest

from services.extractor.expressions import expression
from services.extractor.numbers import Percent
from services.extractor.reading import Sentence
from services.extractor.rules import investment_figures as figures
from services.extractor.rules.investment_cues import Cue, cues
from services.extractor.sums import Money

# Nothing farther from a figure than this is looked at, so that the work stays linear in the text.
WINDOW = 300
# Why a plan's cue is what it is: its share is told of the sum before it.
SUM_BEFORE = "sum before"


@dataclass(slots=True)
class Statement:
    """What one cue says. `lo`: where its own words begin; `at`: where its figure does; `end`: where its last figure ends."""

    cue: Cue
    lo: int
    at: int
    end: int
    money: Money | None = None
    change: Decimal | None = None
    plan: Decimal | None = None
    # The member of a list that the figure was dealt to (分别为3亿元、2亿元), and why the cue is another clause's.
    dealt: int | None = None
    carried: str | None = None


@dataclass(slots=True)
class Told:
    """A sentence's statements in order, and (kind, message, start, end) of each figure turned down."""

    statements: list[Statement] = field(default_factory=list)
    notes: list[tuple[str, str, int, int]] = field(default_factory=list)


class Reading:
    """A sentence that is read from left to right. `current`: the statement that was told last, None behind a business figure."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        self.text = sentence.document.text
        self.cues = cues(sentence)
        self.result = Told()
        self.current: Statement | None = None
        self.used: dict[int, int] = {}  # cue start → how many sums it has taken
        self.behind: set[int] = set()  # cues that were taken by a sum before them
        self.starts = [cue.start for cue in self.cues]
        # Where the words of the sum before that has been raised begin (由50亿元增加到65亿元), by where it ends.
        self.former: tuple[int, int] | None = None

    def clause(self, at: int) -> tuple[int, int]:
        """The clause around `at`, as far as its words can bear on what stands there."""
        clause = self.sentence.clauses[self.sentence.clause_at(at)]
        return max(clause.start, at - WINDOW), min(clause.end, at + WINDOW)

    def cues_in(self, start: int, end: int) -> list[Cue]:
        """The cues that begin in [start, end)."""
        first = bisect_left(self.starts, start)
        return self.cues[first : bisect_left(self.starts, end, first)]

    def note(self, kind: str, message: str, start: int, end: int) -> None:
        self.result.notes.append((kind, message, start, end))

    def own_start(self, at: int) -> int:
        """Where the words of a figure at `at` begin: its clause, behind the figure before it."""
        lo = self.clause(at)[0]
        for statement in self.result.statements[-3:]:
            if lo < statement.end <= at:
                lo = statement.end
        for kind, _, _, end in self.result.notes[-3:]:
            if lo < end <= at and kind not in ("class_name_no_amount", "former_value"):
                lo = end
        while lo < at and self.text[lo] in "、， \t":
            lo += 1
        return lo

    def dealt(self, at: int, lo: int, before: list[Cue], listed: Sequence[Money | Percent]) -> Cue | None:
        """`工业投资、技改投资分别增长15%、23%`: the cue that is as far along its list as the figure at `at` is along its own."""
        mark = self.text.rfind("分别", lo, at)
        sources = [cue for cue in before if cue.end <= mark]
        # 国债资金 is one, though both of its words may be cues.
        sources = [cue for cue, following in zip_longest(sources, sources[1:]) if not following or following.start > cue.end]
        number = len(figures.between(listed, mark, at))
        return sources[number] if mark >= 0 and len(sources) > 1 and number < len(sources) else None


# Right before a cue: 甲、乙依次完成投资3亿元、2亿元; between it and the sum: 分别为3亿元、2亿元
_EACH = ("分别", "依次")
EACH_BEFORE = expression("(?:分别|依次)[已再又]?(?:累计|实际|计划|各)?$")


def is_dealt(text: str, lo: int, cue: Cue, at: int) -> bool:
    """Is each sum of the list that begins at `at`, behind a cue, of one of what was listed before?"""
    said = text[max(lo, cue.end) : at]
    return _EACH[0] in said or _EACH[1] in said or EACH_BEFORE.search(text, max(lo, cue.start - 6), cue.start) is not None
