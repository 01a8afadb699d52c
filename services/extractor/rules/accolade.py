"""Rules for accolades: honours, titles, conferred status, competition results, given or sought.

Each clause is read around its verb: who stands before it, what honour stands behind it. Where one of the two is missing it is looked
for in the clauses and sentences before (a contest that was named first, the recipient of the sentence, the bulletin's own place).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules import accolade_lists, accolade_rows, accolade_table
from services.extractor.rules.accolade_before import Announced, honour_before, list_before
from services.extractor.rules.accolade_contests import contest_before, contest_behind, events_of_contest, rank_behind, ranks_dealt
from services.extractor.rules.accolade_dealt import dealt, leads_to_placings, more_of_it, results
from services.extractor.rules.accolade_drafts import Giving, drafts
from services.extractor.rules.accolade_gained import counted, counted_of_list, going_on, is_stock
from services.extractor.rules.accolade_given import given_behind, praised
from services.extractor.rules.accolade_grades import grade
from services.extractor.rules.accolade_guards import gives_nothing, is_description, is_policy, is_sought
from services.extractor.rules.accolade_hints import may_tell_without_verb
from services.extractor.rules.accolade_honours import Honour, honours
from services.extractor.rules.accolade_named import introduced
from services.extractor.rules.accolade_parts import Recipient, patterns, recipients, trigger_words, verbs_of_clauses
from services.extractor.rules.accolade_recipients import (
    ANY_FIRM,
    NOBODY,
    NOT_NAMED,
    after_contest,
    entrants,
    firm_before,
    granted_to,
    headed,
    is_economic,
    meant,
    own,
    phrase,
    subject,
)
from services.extractor.rules.accolade_titles import is_title
from services.extractor.rules.accolade_turns import turned
from services.extractor.rules.accolade_words import words
from services.extractor.tables import any_in

__all__ = ["find", "trigger_words"]

_GRANTOR = expression(r"(?:被|获(?!得|评)|由|经(?=[^，。；]{2,12}(?:部|厅|局|委|府|会|院)$))(?P<who>[^，。；被获由为]{2,24})$")
# No recipient and no honour is longer; a clause without end must not be read anew for each of its verbs.
_REACH = 150
# 公布…名单，7家企业入选，另有3家企业通过复核
_CONFIRMED = expression(f"(?:顺利)?通过了?(?:此次|本次|年度)?{words('confirmations')}")
# 公布…名单，某公司成为全县首家
_FIRST_OF = expression(
    "(?:成为|是)[全我][国省市县区](?:的)?(?:首家|首个|唯一|唯一一家|第[一二三四五六七八九十]家)(?:企业|单位|入选企业|入选单位)?"
)
# Who comes in first in the contest that stands behind the verb.
_FIRST_IN = frozenset(load("accolade")["first_in"])
_RANK_VERB = expression(words("rank_verbs"))


def find(sentence: Sentence) -> Iterator[Draft]:
    """The accolades that a sentence states."""
    document, columns = sentence.document, "\t" in sentence.text
    if columns or any_in(document):
        if accolade_rows.is_told(sentence):
            return
        yield from (rows := list(accolade_table.find(sentence)))
        if rows or columns and not accolade_table.tells(sentence):
            return
    if listed := list(accolade_lists.find(sentence)):
        yield from listed
        return
    verbs, without_verb = verbs_of_clauses(sentence), may_tell_without_verb(sentence)
    if verbs or without_verb:  # most sentences have neither
        yield from _Reader(sentence, without_verb).read(verbs)


class _Reader:
    """Reads the clauses of a sentence in order; `carried` are the recipients named last, for clauses that name none."""

    def __init__(self, sentence: Sentence, without_verb: bool) -> None:
        self.sentence = sentence
        self.document = sentence.document
        self.without_verb = without_verb  # may a clause tell something without a verb of giving?
        self.carried: list[Recipient] = []
        self.parted: list[Recipient] = []  # those before the last semicolon
        self.carried_from: int | None = None
        self.read_to = -1  # the last clause that an earlier one's event has used up
        self.gaining: re.Match[str] | None = None  # the verb of the counts told last, for clauses that go on with more
        self.last: tuple[re.Match[str], Draft] | None = None  # the verb of what was told last, and that

    def read(self, verbs: dict[int, list[re.Match[str]]]) -> Iterator[Draft]:
        """The accolades of the sentence; `verbs` are the words of giving in each of its clauses."""
        mark = ""
        for number, clause in enumerate(self.sentence.clauses):
            if number > self.read_to:
                if mark == "；":
                    self.parted, self.carried, self.carried_from = self.carried, [], None
                own = verbs.get(number, [])
                if own or self.without_verb or self.last:
                    yield from self.clause(number, own)
            mark = clause.mark

    def clause(self, number: int, verbs: list[re.Match[str]]) -> Iterator[Draft]:
        """The accolades of a clause; `verbs` are the words of giving in it."""
        clause = self.sentence.clauses[number]
        if self.without_verb:
            if (shares := list(dealt(self.sentence, number))) or leads_to_placings(self.sentence, number):
                yield from shares
                return
            if of_list := counted_of_list(self.sentence, number):
                yield from of_list
                return
        done = clause.start
        told = False
        for index, verb in enumerate(verbs):
            if verb.start() < done:
                continue
            limit = clause.end
            if verb.end() == clause.end and clause.mark == "：" and number + 1 < len(self.sentence.clauses):
                behind = self.sentence.clauses[number + 1]
                # 抓创建：力争获评…: what stands behind the colon has a verb of its own.
                told_there = patterns().verb.search(self.document.text, behind.start, behind.end)
                limit = limit if told_there else behind.end
            if index + 1 < len(verbs) and self.document.text[verbs[index + 1].start() - 1] in "并且":
                limit = min(limit, verbs[index + 1].start() - 1)  # 获一等奖并入围国赛
            begin, limit = max(done, verb.start() - _REACH), min(limit, verb.end() + _REACH)
            found = list(self._verb(number, clause, begin, verb, limit, index + 1 < len(verbs)))
            if found:
                told, self.last = True, (verb, found[-1])
                if found[-1].rule == "accolade.gained":
                    self.gaining = verb
                yield from found
                done = max(draft.end for draft in found)
        if not told:
            more = self.gaining and list(going_on(self.sentence, number, self.gaining))
            self.gaining = self.gaining if more else None
            if self.last and not more:
                more = list(more_of_it(self.sentence, number, *self.last, self.carried))
            if not more and self.without_verb:
                more = list(results(self.sentence, number)) or list(turned(self.sentence, number, self.carried))
            yield from more or ()

    def _verb(self, number: int, clause: Clause, begin: int, verb: re.Match[str], limit: int, later: bool) -> Iterator[Draft]:
        kinds = patterns().kinds[verb[0]]
        text = self.document.text
        if gives_nothing(self.document, clause, begin, verb):
            return
        if so_many := counted(self.sentence, number, begin, verb, limit):
            yield from so_many
            return
        if is_stock(self.sentence, clause, verb):
            return
        kind = patterns().leading.get(verb[0])
        if given := given_behind(self.sentence, number, begin, verb, limit):
            yield from drafts(self.sentence, given)
        elif "landing" in kinds:
            return  # who it fell to stands behind it, or nobody does
        elif kind and is_description(self.document, clause, verb, limit):
            return
        elif kind and kind != "seeking" and (graded := grade(self.sentence, number, verb.end(), limit)):
            yield from self._behind(number, begin, verb, kind, [graded])
        elif kind and kind != "seeking" and praised(self.sentence, number, verb.end(), limit):
            self.carried, self.carried_from = recipients(text, begin, verb.start()), number
        elif kind in ("award", "inclusion") and (events := events_of_contest(self.sentence, number, verb.end(), limit)):
            yield from self._behind(number, begin, verb, kind, events)
        elif kind and (found := honours(text, verb.end(), limit, kind)):
            if kind == "seeking" and not is_sought(self.document, clause, begin, verb, found[0]):
                return
            yield from self._behind(number, begin, verb, kind, found)
        elif (
            not later
            and ("listed" in kinds and limit - verb.end() <= 4 or _CONFIRMED.fullmatch(text, verb.start(), limit))
            and (on := list_before(self.sentence, number))
            and on.announced
        ):
            # A list was made known: what stands before 上榜 is who is on it, whatever it sounds like.
            yield from self._listed(number, begin, verb, on)
        elif kind != "seeking" and (given := honour_before(self.sentence, number, begin, verb, limit, self.carried)):
            yield from drafts(self.sentence, given)
        elif verb[0] in _FIRST_IN and (whole := contest_behind(self.sentence, verb.end(), limit)):
            yield from self._behind(number, begin, verb, "award", [Honour(*whole, None)])
        elif "won" in kinds and (contest := contest_before(self.sentence, number, verb.start())):
            named = recipients(text, begin, verb.start())
            where, start, end = contest
            named = [r for r in named if r.end <= start or r.start >= end]
            if not named:
                named, since = self._understood(number, begin, verb, start, Honour(start, end, None))
                where = min(where, since)
            self.carried, self.carried_from = named, number
            ranked = _RANK_VERB.search(text, *verb.span())
            rank = ranked.span() if ranked else None
            yield from drafts(self.sentence, Giving(min(where, number), number, named, [Honour(start, end, rank)], "won", verb))
        elif not later and ("listed" in kinds and limit - verb.end() <= 4 or _FIRST_OF.fullmatch(text, verb.start(), limit)):
            yield from self._listed(number, begin, verb, list_before(self.sentence, number))

    def _behind(self, number: int, begin: int, verb: re.Match[str], kind: str, found: list[Honour]) -> Iterator[Draft]:
        """The usual order: recipient, verb, honour."""
        text = self.document.text
        stop, grantor = verb.start(), None
        if (kind == "passive" or "被" in text[begin:stop]) and (match := _GRANTOR.search(text[begin:stop])):
            grantor = match["who"]
            stop = begin + match.start()
        named = [r for r in recipients(text, begin, stop) if not NOT_NAMED.match(text[r.start : r.end])]
        first = number
        ranks_only = all(honour.start == honour.end for honour in found)
        if ranks_only:
            titles = honours(text, begin, stop, "inclusion")
            ours = titles and own(self.document, titles[-1].end - 2, titles[-1].end)  # 全市绩效考核我县获一等奖
            if titles and not ours and is_title(text, titles[-1].start, titles[-1].end):
                # A百强县、B百强县均列第5名
                found = [Honour(title.start, title.end, found[0].rank) for title in titles]
                named = []
            else:
                contest = contest_before(self.sentence, number, stop)
                if contest is None:
                    self.document.note(
                        "no_contest", "a rank without the contest or list that it was reached in", begin, verb.end()
                    )
                    return
                where, start, end = contest
                first = min(first, where)
                if end <= start:
                    return
                found = [Honour(start, end, honour.rank) for honour in found]
                if where == number and end < stop:  # 全市运动会我县代表队勇夺冠军
                    named = after_contest(text, end, stop) or named
        if text[found[0].start - 1 : found[0].start] == "在" and begin < found[0].start - 1 < stop:
            # 某某在亚运会…接力中与队友合作摘得金牌
            named = [r for r in recipients(text, begin, found[0].start - 1) if not NOT_NAMED.match(text[r.start : r.end])]
        named = [r for r in named if not any(honour.start < r.end and r.start < honour.end for honour in found)]
        if named and grantor is None and kind == "passive" and (labelled := granted_to(self.sentence, number, named, stop)):
            grantor, named = text[named[0].start : stop], labelled
        if named and is_economic(text, named[-1]):
            self.document.note("economic", "a place in a table of the economy is no honour", begin, verb.end())
            return
        if len(named) == 1 and ANY_FIRM.fullmatch(text, named[0].start, named[0].end):
            named = headed(self.sentence) or firm_before(self.document, begin) or named
        if named:
            self.carried, self.carried_from = named, number
            self.document.memo["recipients"] = named
        elif own(self.document, begin, min(stop, found[0].start) if found[0].start > begin else stop):
            named = []
        else:
            named, since = self._understood(number, begin, verb, stop, found[0] if found[0].rank else None)
            first = min(first, since)
        last = number
        if len(found) > 1 and (ranks := ranks_dealt(self.sentence, number, len(found))):
            found = [Honour(honour.start, honour.end, rank) for honour, rank in zip(found, ranks, strict=True)]
            last = self.read_to = number + 1
        elif len(found) == 1 and found[0].rank is None and (rank := rank_behind(self.sentence, number)):
            found, last = [Honour(found[0].start, found[0].end, rank)], number + 1
            self.read_to = last
        if is_policy(self.document, self.sentence.clauses[number], verb, kind, named):
            return
        yield from drafts(self.sentence, Giving(first, last, named, found, kind, verb, grantor))

    def _understood(
        self, number: int, begin: int, verb: re.Match[str], stop: int, ranked: Honour | None
    ) -> tuple[list[Recipient], int]:
        """Whom a clause means that names nobody before its verb, and the clause that names them; `ranked` is the contest in which
        the clause tells a rank."""
        if ranked and (entered := entrants(self.sentence, number, ranked.start)):
            self.carried, self.carried_from = entered[0], entered[1]
            return entered
        at = ranked.start if ranked and begin < ranked.start < verb.start() else verb.start()
        newer = ranked is not None and self.carried_from is not None and self.carried_from < number - 1
        if (newer or not self.carried) and (named := phrase(self.sentence, number, begin, at)):
            return named, number - 1
        if self.carried:
            return self.carried, number if self.carried_from is None else self.carried_from
        if named := meant(self.document, begin, stop):
            return named, number
        if begin == verb.start() and (named := introduced(self.sentence, number)):
            self.carried, self.carried_from = named, number
            return named, number
        self.carried = subject(self.sentence, number) or headed(self.sentence)
        if ranked and not self.carried and ranked.start < begin:
            self.carried = self.parted  # 甲队在…中夺冠；…惜败，位居亚军: the same one in the same contest
        self.carried_from = number
        return self.carried, number

    def _listed(self, number: int, begin: int, verb: re.Match[str], on: Announced | None) -> Iterator[Draft]:
        """甲新材料、乙汽车榜上有名: the list was named before."""
        text = self.document.text
        stop = begin + len(expression("为[^，。]{0,6}$").sub("", text[begin : verb.start()]))
        named = [r for r in recipients(text, begin, stop) if not NOBODY.fullmatch(text, r.start, r.end)]
        if not named:
            return
        self.carried, self.carried_from = named, number
        if on:
            honour, last = on.honour, number
            if rank := rank_behind(self.sentence, number):
                honour, last, self.read_to = Honour(honour.start, honour.end, rank), number + 1, number + 1
            yield from drafts(self.sentence, Giving(on.clause, last, named, [honour], "listed", verb, on.grantor))
