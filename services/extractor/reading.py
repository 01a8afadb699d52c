"""What the rules read: a page cut into sections, sentences and clauses, with its quantities and times found on demand."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from services.contracts import Note, Status
from services.extractor import dates, numbers, sums
from services.extractor.calendar_days import own_times
from services.extractor.characters import ITEM_OPENING
from services.extractor.expressions import expression, leaping
from services.extractor.governing import dates_line, opens
from services.extractor.lexicon import group
from services.extractor.once import once
from services.extractor.page import Page
from services.extractor.tables import extents
from services.extractor.years import Years

# A sentence ends at a full stop (with the quotation mark or bracket that closes behind it) or at the end of a line.
# 【云河大桥通车】5月1日，…: a headline before its text is a sentence of its own, a label (【集中开工】, 【县教育局】) is none.
_SENTENCE = expression(
    rf"(?m:^)【[^【】\n，。；：]{{2,40}}(?<=.{{4}}){group('status', 'headline_ends')}】(?=[^\n]{{8}})"
    r"|[^。！？\n]*(?:[。！？…]+[”’）》]*|\n)?"
)
# Work on a sentence may grow with the square of its length; a list of a hundred projects has 2,500 characters.
LONGEST_SENTENCE = 4_000
_ITEM_MARK = leaping(ITEM_OPENING)
_CLAUSE_MARK = expression(r"，|；|：|\t| |——|。|！|？|…|\n")
# Brackets, titles and quoted names hide the marks in them; direct speech, which has marks of its own, does not.
_CLOSED = expression("（[^（）]*）|“[^“”，。；！？]*”|《[^《》]*》|【[^【】]*】")


@dataclass(frozen=True, slots=True)
class Section:
    """An article or item. `start` is where it begins; it reaches to the next section's start. `year`: the one its title names."""

    start: int
    title: tuple[int, int] | None
    department: str | None
    year: int | None
    planned: bool


class Clause(NamedTuple):
    """[start, end) in the page's clean text, without the mark that ends it; `mark` is that mark."""

    start: int
    end: int
    text: str
    mark: str


@dataclass(slots=True)
class Draft:
    """An event as a rule proposes it; offsets in the clean text. `fields` are the contract's fields of its type."""

    event_type: str
    start: int
    end: int
    status: Status
    rule: str
    trigger: tuple[int, int]
    fields: dict[str, Any]
    period: dates.Time | None = None
    confidence: float = 0.8
    # How each field was read, for --explain.
    reasons: dict[str, str] = field(default_factory=dict)


class Sentence:
    """One sentence: `text` is page.text[start:end]; offsets of everything found are the page's."""

    def __init__(self, document: Document, index: int, start: int, end: int) -> None:
        self.document = document
        self.index = index
        self.start = start
        self.end = end
        # What rules have found out about the sentence and will ask again.
        self.memo: dict[Any, Any] = {}

    @once
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @once
    def section(self) -> Section:
        return self.document.section_at(self.start)

    @once
    def begin(self) -> int:
        """Where the sentence's words begin: behind the mark of the item that it opens (1., 二是, （三）, ■)."""
        mark = _ITEM_MARK.match(self.document.text, self.start, self.end)
        return mark.end() if mark and mark.end() < self.end else self.start

    @once
    def clauses(self) -> list[Clause]:
        """The clauses, parted at commas, semicolons, colons, dashes and gaps that stand outside brackets and quotation marks."""
        clauses: list[Clause] = []
        text, base = self.text, self.start
        begin = self.begin - base
        closed = [m.span() for m in _CLOSED.finditer(text)] if "（" in text or "“" in text or "《" in text or "【" in text else []
        nearest = 0
        for match in _CLAUSE_MARK.finditer(text):
            at, end = match.span()
            while nearest < len(closed) and closed[nearest][1] <= at:
                nearest += 1
            if nearest < len(closed) and closed[nearest][0] < at:
                continue
            if at > begin:
                clauses.append(Clause(base + begin, base + at, text[begin:at], text[at:end]))
            begin = end
        if begin < len(text):
            clauses.append(Clause(base + begin, base + len(text), text[begin:], ""))
        return clauses

    def clause_at(self, at: int) -> int:
        """The number of the clause that holds the page offset `at` (of the one before it where `at` is on a mark)."""
        number = bisect_right(self._clause_starts, at) - 1
        return number if number > 0 else 0

    @once
    def _clause_starts(self) -> list[int]:
        return [clause.start for clause in self.clauses]

    @once
    def money(self) -> list[sums.Money]:
        return sums.money(self.document.text, self.start, self.end)

    @once
    def percents(self) -> list[numbers.Percent]:
        return numbers.percents(self.document.text, self.start, self.end)

    @once
    def counts(self) -> list[numbers.Count]:
        return numbers.counts(self.document.text, self.start, self.end)

    @once
    def times(self) -> list[dates.Time]:
        document = self.document
        return dates.times(document.text, self.start, self.end, document.anchor, document.year_at(self))

    def times_between(self, start: int, end: int) -> list[dates.Time]:
        """The time expressions that begin in [start, end)."""
        first = bisect_left(self._time_starts, start)
        return self.times[first : bisect_left(self._time_starts, end, first)]

    @once
    def _time_starts(self) -> list[int]:
        return [time.start for time in self.times]

    def period(self, start: int, at: int) -> dates.Time | None:
        """The time that governs a figure at `at` whose clause begins before `start`: one before it in its clause, else the nearest
        in the clauses before. Comparisons (比上年同期), what stands behind the figure (占全年任务的) or its bracket govern nothing."""
        first = self.clauses[self.clause_at(start)].start
        text = self.document.text
        usable = [
            time
            for time in self.times_between(max(self.start, at - _GOVERNS), at)
            if not time.comparison and (time.first or time.last) and not _PART_OF_PLAN.match(text, time.end)
        ]
        usable = own_times(text, usable)
        inside = [time for time in usable if time.start >= first]
        inside = inside[1:] if len(inside) > 1 and dates_line(self, inside[0]) else inside
        # Behind a semicolon only what opens the sentence, or the months of the year that were told last, still governs.
        parted = max(self.start, text.rfind("；", max(self.start, first - _GOVERNS), first))
        before = [time for time in usable if time.end <= first and (time.start >= parted or opens(self, time))]
        if inside:
            # The most precise one: `2025年` that is part of a name gives way to `8月8日`.
            best = min(inside, key=lambda time: (_days(time), -time.start))
            return up_to(text, best, before)
        behind = [time for time in self.times_between(at + 1, at + 13) if time.first and not _PART_OF_PLAN.match(text, time.end)]
        if behind and self.clause_at(behind[0].start) == self.clause_at(at) and "）" not in text[at : behind[0].start]:
            return behind[0]
        return up_to(text, before[-1], before[:-1]) if before else None

    def earlier_period(self) -> dates.Time | None:
        """The time that opens one of the two sentences before this one in its line, else the year that the section's title names."""
        text = self.document.text
        line = text.rfind("\n", 0, self.start) + 1
        for near in self.document.before(self, 2):
            if near.start < line:
                break
            for time in near.times:
                if not time.comparison and time.first and time.start - near.begin <= 2:
                    return time
        title = self.section.title
        if title is None:
            return None
        named = dates.times(text, *title, self.document.anchor)
        return next((time for time in named if time.year_given and time.first), None)


# A time governs figures up to so many characters behind it.
_GOVERNS = 400
# 占全年任务的, 完成年度计划的: the year belongs to the plan.
_PART_OF_PLAN = expression("的?(?:计划|目标任务|任务|目标|度|预算|总量)的?[^，。；]{0,6}%")


def _days(time: dates.Time) -> int:
    return (time.last - time.first).days if time.first and time.last else 200


def up_to(text: str, year: dates.Time, before: list[dates.Time]) -> dates.Time:
    """截至11月16日，今年累计: the year says where it begins, the day before it (the last of `before`) where it ends."""
    if text[year.start : year.end] not in ("今年", "本年", "当年") or not before or not year.first or not year.last:
        return year
    day = before[-1].last
    return replace(before[-1], first=year.first) if day and year.first <= day < year.last else year


class Document:
    """A bulletin as the rules read it."""

    def __init__(self, page: Page, anchor: dates.Anchor, title: str | None, home: Any) -> None:
        self.page = page
        self.text = page.text
        self.anchor = anchor
        self.title = title
        self.home = home
        self.notes: list[Note] = []
        # What rules found out about the bulletin as a whole, by their own keys.
        self.memo: dict[Any, Any] = {}

    def note(self, kind: str, message: str, start: int, end: int) -> None:
        """Say why [start, end) of the clean text gives no event. Offsets in the note are the original text's."""
        first, last = self.page.span(start, end)
        self.notes.append(Note(kind=kind, message=message, start=first, end=last))

    @once
    def _bounds(self) -> list[int]:
        """Where each sentence begins, and the end of the text."""
        bounds: list[int] = []
        for match in _SENTENCE.finditer(self.text):
            start, end = match.span()
            while end - start > LONGEST_SENTENCE:
                bounds.append(start)
                cut = self._safe_cut(start)
                self.note("sentence_too_long", f"read in parts of at most {LONGEST_SENTENCE} characters", start, cut)
                start = cut
            if end > start:
                bounds.append(start)
        bounds.append(len(self.text))
        return bounds

    def _safe_cut(self, start: int) -> int:
        """Behind the last mark that parts clauses or items in the part of a too long sentence that begins at `start`."""
        end = start + LONGEST_SENTENCE
        last = max(self.text.rfind(mark, start + LONGEST_SENTENCE // 2, end) for mark in "；，、")
        return last + 1 or end

    def sentence_count(self) -> int:
        return len(self._bounds) - 1

    @once
    def _sentences(self) -> dict[int, Sentence]:
        return {}

    def sentence(self, index: int) -> Sentence:
        known = self._sentences.get(index)
        if known is None:
            known = self._sentences[index] = Sentence(self, index, self._bounds[index], self._bounds[index + 1])
        return known

    def sentence_at(self, at: int) -> Sentence:
        return self.sentence(min(max(0, bisect_right(self._bounds, at) - 1), self.sentence_count() - 1))

    def before(self, sentence: Sentence, most: int = 3) -> Iterator[Sentence]:
        """The sentences before this one in the same section, the nearest first."""
        for index in range(sentence.index - 1, max(-1, sentence.index - 1 - most), -1):
            earlier = self.sentence(index)
            if earlier.start < sentence.section.start:
                return
            yield earlier

    @once
    def sections(self) -> list[Section]:
        from services.extractor.sections import sections

        return sections(self.text, self.anchor.year, extents(self))

    def section_at(self, at: int) -> Section:
        return self.sections[max(0, bisect_right(self._section_starts, at) - 1)]

    @once
    def _section_starts(self) -> list[int]:
        return [section.start for section in self.sections]

    def year_at(self, sentence: Sentence) -> int | None:
        """The year that governs a sentence: named by itself or before it in its section, by the section's title, else the anchor's."""
        return self._years.at(sentence.index, sentence.section.start, sentence.section.year)

    @once
    def _years(self) -> Years:
        return Years(self.text, self._bounds, self.anchor.year, extents(self))
