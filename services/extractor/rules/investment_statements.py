"""Which sum and which percentage belongs to which cue: the statements about money that a sentence makes, and what it turns down."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.contracts import Bound, Metric
from services.extractor import names
from services.extractor.expressions import expression
from services.extractor.numbers import BOUND, Money, Percent
from services.extractor.reading import Sentence
from services.extractor.rules import investment_figures as figures
from services.extractor.rules.investment_cues import Cue, cues
from services.extractor.rules.investment_words import words


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


# A cue reaches a sum behind it over so many characters; 投资 alone only over words of measure.
_REACH, _REACH_BEHIND, _REACH_GROWTH = 26, 18, 22
# Nothing farther from a figure than this is looked at, so that the work stays linear in the text.
_WINDOW = 300
_MEASURE = expression(rf"(?:{words('fillers', 'amounts', 'sums_up', 'aims')}|{BOUND}|[：“”（])*+$")
_SHORT = expression(rf"[一-鿿]{{0,4}}(?:{BOUND}|达)?")
_GOES_ON = expression(rf"(?:{words('fillers_apart', 'amounts', 'sums_up', 'aims')}|{BOUND}|\d{{1,9}}个|[:：、])*+$")


_DONE_SO_FAR = expression(
    rf"(?:^|目前|现|已|累计|底|末|[日月年]|季度|共|实际)(?P<cue>(?:累计|已)?(?:完成|支付|花出去|花|拨付))(?:了)?{BOUND}?$"
)
# 本月完成固投4.86亿元，1—2月累计9.13亿元
_CUMULATED = expression(rf"(?:[今全]年|上半年|前?[\d一二三四—-]{{1,6}}个?(?:月|季度))?累计(?:已|实现|完成)?(?:{BOUND}|达)?")
_OF_A_PLAN = expression(words("plans"))
_PART = expression("其中[一-鿿]{2,6}")
_PLANNED_SUMS = (Metric.ANNUAL_PLANNED_INVESTMENT, Metric.TOTAL_INVESTMENT)
_LENDING = expression("贷|授信|融资|担保|基金")
# 其中续建项目完成5亿元, 新建项目完成3亿元, of what was invested as a whole.
_PART_DONE = expression(rf"(?:项目|工程|类)(?:\d+个)?(?:已|累计)?完成{BOUND}?$")


_HAND_OUT = expression(words("hand_out"))


def told(sentence: Sentence) -> Told:
    """Read a sentence from left to right, each figure to the nearest cue that may take it; once, then it is remembered."""
    known: Told | None = sentence.memo.get("told")
    if known is None:
        known = sentence.memo["told"] = _Reader(sentence).read()
    return known


class _Reader:
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

    def read(self) -> Told:
        tokens: list[Cue | Money | Percent] = [*self.cues, *self.sentence.money, *self.sentence.percents]
        tokens.sort(key=lambda token: (token.start, token.end))
        for token in tokens:
            if isinstance(token, Money):
                self._money(token)
            elif isinstance(token, Percent):
                self._percent(token)
            elif token.metric is None:
                self.current = None
        return self.result

    def _clause(self, at: int) -> tuple[int, int]:
        """The clause around `at`, as far as its words can bear on what stands there."""
        clause = self.sentence.clauses[self.sentence.clause_at(at)]
        return max(clause.start, at - _WINDOW), min(clause.end, at + _WINDOW)

    def _cues(self, start: int, end: int) -> list[Cue]:
        """The cues that begin in [start, end)."""
        first = bisect_left(self.starts, start)
        return self.cues[first : bisect_left(self.starts, end, first)]

    def _note(self, kind: str, message: str, start: int, end: int) -> None:
        self.result.notes.append((kind, message, start, end))

    def _lo(self, at: int) -> int:
        """Where the words of a figure at `at` begin: its clause, behind the figure before it."""
        lo = self._clause(at)[0]
        for statement in self.result.statements[-3:]:
            if lo < statement.end <= at:
                lo = statement.end
        for kind, _, _, end in self.result.notes[-3:]:
            if lo < end <= at and kind != "class_name_no_amount":
                lo = end
        while lo < at and self.text[lo] in "、， \t":
            lo += 1
        return lo

    def _money(self, money: Money) -> None:
        lo, end = self._clause(money.start)
        kind = figures.turned_down(self.text, lo, money)
        if kind:
            self._note(kind, f"{self.text[money.start : money.end]}: no amount of an investment", money.start, money.end)
            return
        former = figures.former(self.text, lo, money)
        if former is not None:
            self.former = former, money.end
            self._note("former_value", "what a sum was before it was raised or cut", money.start, money.end)
            return
        if self.current and self.current.money and self._says_more(money, lo):
            self.current.money, self.current.end = money, money.end
            return
        cue, why = self._cue_of(money, lo, end)
        if cue is None:
            self._note("no_investment_word", "a sum, but no word near it that makes it an investment", money.start, money.end)
            return
        if cue.metric is None:
            word = self.text[cue.start : cue.end]
            self._note("business_figure", f"{word} is an ordinary business figure", money.start, money.end)
            return
        self.used[cue.start] = self.used.get(cue.start, 0) + 1
        current = self.current
        if current and current.money is None and why is None and (current.cue is cue or self._same_measure(current, cue)):
            current.money, current.end = money, max(current.end, money.end)
            return
        statement = Statement(
            cue,
            min(self._lo(money.start), cue.start if cue.start >= lo else money.start),
            money.start,
            money.end,
            money,
            carried=why,
        )
        if (
            "分别" in self.text[max(lo, cue.end) : money.start]
            or why == "list"
            and self.current
            and self.current.dealt is not None
        ):
            statement.dealt = self.used[cue.start] - 1
        self.result.statements.append(statement)
        self.current = statement

    def _says_more(self, money: Money, lo: int) -> bool:
        """`突破千亿元，达1032亿元`: the same sum told more exactly."""
        current = self.current
        return bool(
            current
            and current.money
            and current.end == lo - 1
            and current.money.bound is not Bound.EXACT
            and expression("达到?|为|共计?|实际达到?").fullmatch(self.text[lo : money.start])
            and money.value >= current.money.value
        )

    def _same_measure(self, current: Statement, cue: Cue) -> bool:
        """固定资产投资增长16%，投资额25亿元: the sum is what grew."""
        lo = self._clause(cue.start)[0]
        grew = current.cue.metric in (Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER, Metric.COMPLETED_INVESTMENT)
        return grew and cue.generic and figures.continues(self.sentence, lo, cue.start)

    def _cue_of(self, money: Money, lo: int, end: int) -> tuple[Cue | None, str | None]:
        before = [cue for cue in self._cues(lo, money.start) if cue.end <= money.start]
        nearest = before[-1] if before else None
        dealt = self._dealt(money.start, lo, before, self.sentence.money)
        if dealt is not None:
            return dealt, None
        if nearest is not None and nearest.start not in self.behind and not self._parted(nearest, money):
            return nearest, None
        behind = next(iter(self._cues(money.end, min(end, money.end + _REACH_BEHIND + 1))), None)
        near = behind is not None and not figures.between(self.sentence.money, money.end, behind.start)
        if (
            behind is not None
            and near
            and not (behind.generic and expression("[，、]").search(self.text[money.end : behind.start]))
        ):
            self.behind.add(behind.start)
            return behind, None
        return self._carried(money, lo, nearest)

    def _parted(self, cue: Cue, money: Money) -> bool:
        """Does something stand between a cue and a sum behind it that parts them?"""
        end = money.start
        if self.former and cue.end <= self.former[0] and money.start - self.former[1] <= _REACH:
            end = self.former[0]
        between = self.text[cue.end : end]
        if self.used.get(cue.start):
            return True
        if cue.metric is None:
            return len(between) > 12
        if len(between) > _REACH:
            return True
        if cue.generic:
            return not _MEASURE.match(between) and not _SHORT.fullmatch(between)
        return False

    def _carried(self, money: Money, lo: int, nearest: Cue | None) -> tuple[Cue | None, str | None]:
        """The cue of a sum that has none of its own: of the sum before it in a list, of the clause or sentence before."""
        text = self.text
        own = self._lo(money.start)
        phrase = text[own : money.start]
        current = self.current
        if nearest and nearest.metric is None and not self.used.get(nearest.start):
            return None, None
        listed = text[own - 1 : own] in ("、", "和", "；") or expression("其中|分别|包括|有：").search(
            text[max(self.sentence.start, lo - 4) : own] + phrase
        )
        if (
            current
            and current.money
            and listed
            and (not phrase or _MEASURE.match(phrase) or names.is_project(figures.name_before(phrase)) or _PART.fullmatch(phrase))
        ):
            return current.cue, "list"
        done = _DONE_SO_FAR.search(phrase)
        if done and current and current.money and current.cue.metric in _PLANNED_SUMS:
            # 今年计划完成投资25亿元，目前已完成18亿元.
            return Cue(own + done.start("cue"), own + done.end("cue"), Metric.COMPLETED_INVESTMENT), None
        if current and current.money and current.cue.metric is Metric.COMPLETED_INVESTMENT and _PART_DONE.search(phrase):
            return current.cue, "list"
        earlier = [cue for cue in self._cues(lo - _WINDOW, lo) if cue.end <= lo]
        last = earlier[-1] if earlier else None
        if last and last.metric is not None and not self.used.get(last.start) and _GOES_ON.match(phrase):
            return last, "clause before"
        if current and current.money and _CUMULATED.fullmatch(phrase):
            return current.cue, "clause before"
        if current and _GOES_ON.match(phrase) and phrase and expression("目标|任务|其中|首[笔批]").search(phrase):
            return current.cue, "clause before"
        funding = [cue for cue in earlier if cue.metric is Metric.FUNDING]
        if funding and _HAND_OUT.search(phrase):
            return funding[-1], "clause before"
        if not earlier and names.is_project(figures.name_before(phrase)):
            return self._sentence_before(money, lo), "sentence before"
        return None, None

    def _sentence_before(self, money: Money, lo: int) -> Cue | None:
        """`合同引资87亿元。其中：甲项目6.2亿元、…`: the metric of the sentence before."""
        if not expression("(?:[^，。；]{0,4})(?:其中|分别|包括|具体)").match(
            self.text[self.sentence.start : self.sentence.start + 8]
        ):
            return None
        for near in self.sentence.document.before(self.sentence, 1):
            statements = told(near).statements
            if statements and statements[-1].money:
                return statements[-1].cue
        return None

    def _percent(self, percent: Percent) -> None:
        lo, _ = self._clause(percent.start)
        before = [cue for cue in self._cues(lo, percent.start) if cue.end <= percent.start]
        nearest = before[-1] if before else None
        current = self.current
        completed = current is not None and current.cue.metric is Metric.COMPLETED_INVESTMENT
        if figures.plan_share(self.text, lo, percent, completed):
            shared = self._shared(lo, current)
            if shared is not None:
                shared.plan = percent.value
            elif current is not None and current.plan is None:
                current.plan, current.end = percent.value, max(current.end, percent.end)
            return
        change = figures.growth(self.text, lo, percent)
        if change is None and figures.REACHES.fullmatch(self.text, lo, percent.start) and self._outpaces(lo):
            change = percent.value
        if change is None or figures.share(self.text, lo, percent) and not self.text.startswith("翻", percent.start):
            if nearest is not None and nearest.metric is not None and not self.used.get(nearest.start):
                self._note("share_of_whole", "a share or a rate, no growth", percent.start, percent.end)
            return
        self._growth(percent, change, lo, before)

    def _shared(self, lo: int, current: Statement | None) -> Statement | None:
        """`到位18亿元，占下达任务35亿元的52%`: the share is that of the sum before, whatever the plan itself was."""
        before = self.result.statements[-2] if len(self.result.statements) > 1 else None
        if current is None or before is None or before.plan is not None or current.money is None or current.at < lo:
            return None
        return before if self.text.startswith(("占", "完成"), lo) and _OF_A_PLAN.search(self.text, lo, current.at) else None

    def _growth(self, percent: Percent, change: Decimal, lo: int, before: list[Cue]) -> None:
        current = self.current
        nearest = before[-1] if before else None
        dealt = self._dealt(percent.start, lo, before, self.sentence.percents)
        if dealt is not None and dealt.metric is not None:
            self._grown(dealt, percent, change)
            return
        statement = self._dealt_back(percent, lo, before)
        if statement is not None:
            self._attach(statement, percent, change)
            return
        if dealt is not None or nearest is not None and not (nearest.generic and len(before) > 1):
            nearest = dealt or nearest
            if nearest is None or nearest.metric is None:
                self._note("business_figure", "growth of an ordinary business figure", percent.start, percent.end)
                return
            if current is not None and current.cue is nearest:
                self._attach(current, percent, change)
            elif percent.start - nearest.end <= _REACH_GROWTH:
                self._grown(nearest, percent, change)
            return
        if not figures.continues(self.sentence, max(lo, self._lo(percent.start)), percent.start):
            return
        if current is None and (pending := self._outpaces(lo)):
            self._grown(pending, percent, change)
            return
        if current is not None and current.change is None:
            self._attach(current, percent, change)
            return
        pending = self._pending(lo)
        if pending is not None and (current is None or pending.start > current.cue.start):
            self._grown(pending, percent, change)
        elif current is not None and any(not time.comparison for time in self.sentence.times_between(lo, percent.start)):
            self._grown(current.cue, percent, change)

    def _dealt(self, at: int, lo: int, before: list[Cue], listed: Sequence[Money | Percent]) -> Cue | None:
        """`工业投资、技改投资分别增长15%、23%`: the cue that is as far along its list as the figure at `at` is along its own."""
        mark = self.text.rfind("分别", lo, at)
        sources = [cue for cue in before if cue.end <= mark]
        number = len(figures.between(listed, mark, at))
        return sources[number] if mark >= 0 and len(sources) > 1 and number < len(sources) else None

    def _dealt_back(self, percent: Percent, lo: int, before: list[Cue]) -> Statement | None:
        """`引资286亿元，到位112亿元，分别增长15%、9%`: of the statements before the clause the one that the percentage is for."""
        if before or not self.text.startswith("分别", lo):
            return None
        here = figures.between(self.sentence.percents, lo, self._clause(percent.start)[1])
        statements = self.result.statements[-len(here) :]
        return statements[here.index(percent)] if len(statements) == len(here) > 1 else None

    def _outpaces(self, lo: int) -> Cue | None:
        """固投增速跑赢全省3.1个百分点，达到10.4%: the growth stands behind how it compares."""
        number = self.sentence.clause_at(lo)
        clause = self.sentence.clauses[number - 1] if number else None
        if clause is None or not figures.COMPARES.search(clause.text):
            return None
        inside = [cue for cue in self._cues(clause.start, clause.end) if not cue.generic]
        return inside[0] if len(inside) == 1 and inside[0].metric is not None else None

    def _pending(self, lo: int) -> Cue | None:
        """A sector or area whose growth the next clause tells: 基础设施投资由负转正，增长0.6%."""
        number = self.sentence.clause_at(lo)
        if not number:
            return None
        clause = self.sentence.clauses[number - 1]
        inside = self._cues(max(clause.start, clause.end - _WINDOW), clause.end)
        if any(cue.metric is None for cue in inside):
            return None
        return next((cue for cue in inside if not cue.generic and not self.used.get(cue.start)), None)

    def _attach(self, statement: Statement, percent: Percent, change: Decimal) -> None:
        later = expression("转为?|变为|到$").search(self.text[statement.end : percent.start])
        if statement.change is None or later:
            statement.change, statement.end = change, max(statement.end, percent.end)

    def _grown(self, cue: Cue, percent: Percent, change: Decimal) -> None:
        if cue.generic and cue.sector is not None:
            cue = Cue(cue.start, cue.end, Metric.OTHER, sector=cue.sector)
        if cue.metric is Metric.FUNDING and _LENDING.search(self.text, cue.start, cue.end):
            self._note("business_figure", "growth of what banks lend", percent.start, percent.end)
            return
        if cue.generic:
            self._note("no_investment_word", "growth of what is no area's or sector's investment", percent.start, percent.end)
            return
        lo = self._lo(percent.start)
        statement = Statement(
            cue, min(lo, max(cue.start, self._clause(percent.start)[0])), percent.start, percent.end, change=change
        )
        if cue.start < self._clause(percent.start)[0]:
            statement.lo = self._clause(cue.start)[0] if not any(s.end > cue.start for s in self.result.statements) else lo
        self.result.statements.append(statement)
        self.current = statement
