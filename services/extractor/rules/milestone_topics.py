"""What a clause without a subject of its own is about: the project named before it, at the head of its item or table row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from services.extractor.expressions import expression, leaping
from services.extractor.lexicon import alternatives, load
from services.extractor.namelists import make, read
from services.extractor.names import Name, balanced, is_part, is_project, is_pronoun, plausible, words
from services.extractor.phrases import heads, strip_right
from services.extractor.reading import Clause, Sentence
from services.extractor.rules.milestone_rows import ITEM, table_row
from services.extractor.rules.milestone_speakers import credits_someone, dateline, speaks
from services.extractor.rules.milestone_words import listed

# So many clauses back, and so far into a clause, a subject is looked for.
CLAUSES, _LONGEST = 12, 160


def mentioned(sentence: Sentence, clause: Clause) -> list[Name]:
    """The projects that a clause speaks of: its subject, or what it says it looks at (走进X, 抓好X)."""
    if "元、" in clause.text:  # 甲项目5亿元、乙项目9亿元
        found: list[Name] = []
        start = clause.start
        for piece in clause.text.split("、")[:CLAUSES]:
            found += mention(sentence, start, start + len(piece))
            start += len(piece) + 1
        return found
    if _ABOUT.match(clause.text) and "的" not in clause.text and not _CALLED.search(clause.text):  # 位于某园区
        return []
    return (
        []
        if speaks(clause.text) or _MEANS.match(clause.text)
        else mention(sentence, clause.start + dateline(clause.text), clause.end)
    )


# 年产4万吨薄膜项目, also its 现场
_CALLED = expression("(?:项目|工程)(?:建设|施工)?(?:现场|工地)$|^(?:年|日)[^，。；：]{4,36}?(?:项目|工程)")
# 依托X加强沟通: what it is done with, not what it is done to.
_MEANS = expression("(?:依托|借助|借力|凭借|利用)[^，。；：]{2,40}?(?:加强|开展|加大|做好|强化|深化|拓展|扩大|组织|促进)")
_ABOUT = expression(f"{listed('descriptions')}|自(?!治)")


def mention(sentence: Sentence, start: int, stop: int) -> list[Name]:
    """The projects that [start, stop), a clause or a part of one, speaks of."""
    stop = min(stop, start + _LONGEST)
    known = sentence.memo.get(("mention", start, stop))
    if known is None:
        known = sentence.memo["mention", start, stop] = _mention(sentence, start, stop)
    return known


def _mention(sentence: Sentence, start: int, stop: int) -> list[Name]:
    text = sentence.document.text
    if text[start] in "建全新基" and (made := _MADE.match(text, start, stop)):
        start = made.end()
    if (at := text.find("建的", start, stop)) > start and text[at - 1] in "共合联":
        start = min(at + 2, stop - 1)  # 甲与乙共建的X: those who built it are not what was built
    spans = heads(sentence.document, start, stop)
    if not spans:
        return []
    treated = _TREATED.search(text, start, stop) or _OVER.search(text, start, stop)
    if text.find("批复", start, stop) >= 0:
        treated = treated or _APPROVED.search(text, start, stop)
    if treated and (named := [n for n in read(sentence, *treated.span("what"), False) if _specific(n)]):
        return named
    if site := _OWN_SITE.match(text, start, stop):
        return [make(sentence, *site.span("what"))]
    ends = [_subject_end(sentence, start, stop, spans)]
    owned = text.rfind("的", start, stop)
    if owned > 0 and ends[0] < owned < stop - 2:
        ends.insert(0, stop)
    within = spans if ends[-1] >= stop else heads(sentence.document, start, ends[-1])
    ends += [end for _, end in within[-1:]]
    tried: list[int] = []
    for end in ends:
        last = strip_right(sentence, start, end)
        if last in tried:
            continue
        tried.append(last)
        names = read(sentence, start, last, False)
        if any(name.count is not None for name in names):
            names = [
                name for name in names if name.count is None or not is_part(name.plain) or name.plain.endswith(("项目", "工程"))
            ]
            return names if len(names) <= 1 else [name for name in names if name.text]
        names = [
            name
            for name in names
            if not _is_kind(name, text)
            and (_specific(name) or name.text and not name.general and _LISTED.match(text, names[-1].end))
        ]
        if names:
            return names
    built = _BUILT_WITH.search(text, start, stop)
    return [n for n in read(sentence, *built.span("what"), False) if _specific(n)] if built else []


# 建成东河水厂并通水: what was built, no road of that name (建成路).
_MADE = expression("(?:全面|新|基本)?建[成起]了?(?![区路街后的]|大道|社区)")

# 拿出3600万元上马包装线，今年9月投用: what the money built.
_BUILT_WITH = expression(
    f"(?:投[入资]|拿出|斥资|筹资|出资|筹措|花费?|[\\d亿万]元)[^，；：]{{0,20}}?{listed('undertaken', 'set_up')}了?(?P<what>[^，。；、的]{{3,24}})$"
)


# 投入200万元对X进行改造
_TREATED = expression(
    f"(?:^|[，。；元月日年])对(?P<what>[^，。；、]{{3,30}}?)(?:进行|实施|开展)了?(?:全面|整体|系统)?{listed('renewals')}"
)


# 省交通运输厅批复X初步设计
_APPROVED = expression("批复了?(?P<what>[^，。；、的]{4,30}?)的?(?:初步设计|初设|可研|可行性研究|项目建议书|实施方案|立项)")
# 甲与乙就X签约
_OVER = expression(
    "(?:与|和|同)[^，。；、]{2,20}?就(?P<what>[^，。；、业]{3,30}?(?:项目|工程|基地))(?:成功|正式|顺利)?(?:签|达成|举行)"
)
# 在某某管业的新厂区里
_OWN_SITE = expression(
    "(?:在|走进|来到|走入|步入)(?:位于[^，。；的]{2,12}的)?(?P<what>[一-鿿A-Za-z]{4,16}的?(?:新厂区|新厂房|新基地|新厂|新车间))(?=[里内中上，]|$)"
)
_LISTED = expression("等|[两三四五六\\d]{1,2}[个大座条所]")


def _is_kind(name: Name, text: str) -> bool:
    """食堂, 操场: what is called by its kind alone is a part of what was named before, unless its place is said (某镇的乡道)."""
    return len(name.plain) <= 3 and bool(words().heads.fullmatch(name.plain)) and text[name.start - 1] != "的"


def _specific(name: Name) -> bool:
    if name.count is not None:
        return len(name.text) >= 2
    return not name.general and not is_part(name.plain) and not is_pronoun(name.plain) and is_project(name.plain)


@lru_cache(maxsize=1)
def predicate() -> re.Pattern[str]:
    """The words that a subject ends before."""
    stages = [word for entry in load("milestone")["stages"].values() for word in entry["strong"]]
    return leaping(
        alternatives([*load("names")["predicates"], *stages])
        + r"|受(?=[^，。；、]{2,16}(?:影响|制约))|在(?!建|推进|谈|手|库|册)|投资(?:约|近|超)?(?=\d)|亿元(?!级|以上)"
    )


def _subject_end(sentence: Sentence, start: int, stop: int, spans: list[tuple[int, int]]) -> int:
    """Where the predicate of a clause begins: at the first verb or time behind one of the words in `spans` that names end with."""
    text = sentence.document.text

    def ends(at: int) -> bool:
        return spans[0][1] <= at and not any(a < at < b for a, b in spans) and balanced(text[start:at])

    verbs = (match.start() for match in predicate().finditer(text, start + 2, stop))
    verb = next(filter(ends, verbs), stop)
    return next(filter(ends, (time.start for time in sentence.times_between(start + 3, verb))), verb)


# 该项目2号厂房: a part of the project named before.
ITS_PART = expression("(?:该|本|此)?(?:项目|工程|园区|基地)(?=[一二三四五六七八九十\\dA-Z首主])")


def earlier(sentence: Sentence, far: bool, last: bool = False) -> Iterator[list[Name]]:
    """What the sentences before this one in its line (with `far`: in its section) speak of, nearest first; of an item, its head
    first of all. Of each sentence what it mentions first, with `last` what it mentions last."""
    if dateline(sentence.text):
        return  # before the dateline only the headline stands
    document = sentence.document
    line = document.text.rfind("\n", 0, sentence.start) + 1
    near = [one for one in document.before(sentence, 8 if far else 5) if one.start >= line or far]
    if is_item(sentence) and line < sentence.start and not last:
        near.insert(0, document.sentence_at(line))
    for one in near:
        if credits_someone(one.text):
            return
        said = _last_said(one) if last else first_said(one)
        if said and not (len(said) == 1 and ITS_PART.match(said[0].plain)):  # 项目一期: the project stands before
            yield said


def first_said(sentence: Sentence) -> list[Name]:
    """What a sentence mentions first that is called a project, else what it mentions first."""
    known: list[Name] | None = sentence.memo.get("first said")
    if known is not None:
        return known
    first: list[Name] = []
    visited = False
    for clause in sentence.clauses[:CLAUSES]:
        names = mentioned(sentence, clause)
        names = (names and _owner(sentence, clause, names[0])) or names
        if names and names[0].plain.endswith(("项目", "工程")):
            first = names
            break
        if names and (not first or visited):
            first, visited = names, clause.text.startswith(_VISITING)
    sentence.memo["first said"] = first
    return first


def _owner(sentence: Sentence, clause: Clause, part: Name) -> list[Name]:
    """X项目的升压站: the project that the sentence is about, whose part is told of."""
    stop = part.start - 1
    owned = sentence.document.text.startswith("的", stop) and sentence.document.text.endswith(
        ("项目", "工程"), clause.start, stop
    )
    return mention(sentence, clause.start, stop) if owned else []


# 走进云河产业园，X公司的二期车间里…: where it is, then what is told of.
_VISITING = ("走进", "来到", "走入", "步入")


def _last_said(sentence: Sentence) -> list[Name]:
    clauses = reversed(sentence.clauses[:CLAUSES])
    return next((names for clause in clauses if (names := mentioned(sentence, clause))), [])


def item_head(sentence: Sentence, at: int) -> Name | None:
    """The project that heads the numbered item or table row which `at` is in: its first clause is nothing but the name."""
    row = table_row(sentence)
    if row:
        return None if row.start <= at < row.end else row  # X开工 is no name
    document = sentence.document
    line = document.text.rfind("\n", 0, sentence.start) + 1
    mark = ITEM.match(document.text, line)
    if not mark:
        return None
    head = document.sentence_at(line)
    if not head.clauses:  # 1.。
        return None
    clause = head.clauses[head.clause_at(min(mark.end(), head.end - 1))]
    if clause.end >= at or clause.mark not in "，。：；":
        return None
    bracket = document.text.find("（", mark.end(), clause.end)
    stop = bracket if bracket - mark.end() >= 4 else clause.end
    names = mention(head, clause.start, stop)
    alone = not names and (_STOP.match(document.text, line) or _firms_product(document.text, mark.end(), stop, clause.mark))
    if alone and plausible(document.text[mark.end() : stop], True):
        names = [make(head, mark.end(), stop)]
    if len(names) == 1 and names[0].count is None and len(names[0].text) >= 0.7 * (stop - mark.end()):
        return names[0]
    return None


# 2.石桥新材锂电隔膜。厂房…: a firm with what it is going to make, and nothing else in the head
_FIRMS_PRODUCT = expression(f"[一-鿿]{{2,6}}{listed('firm_ends')}(?!公司|集团)[一-鿿A-Za-z]{{2,10}}(?<!公司)(?<!集团)(?<!有限)")


def _firms_product(text: str, start: int, stop: int, mark: str) -> bool:
    return mark in "。：" and _FIRMS_PRODUCT.fullmatch(text, start, stop) is not None


def told_of(sentence: Sentence, before: int, noun: str | tuple[str, ...]) -> Name | None:
    """The project whose name ends with `noun` (one of them) that was spoken of last before that place, in this sentence or the two before."""
    for one in (sentence, *sentence.document.before(sentence, 2)):
        for clause in reversed(one.clauses[:CLAUSES]):
            if clause.start < before and (
                named := [n for n in mentioned(one, clause) if n.count is None and n.plain.endswith(noun)]
            ):
                return named[-1]
    return None


def of_firm(sentence: Sentence, firm: str) -> Name | None:
    """The project named in one of the two sentences before whose name begins with the firm's."""
    for one in sentence.document.before(sentence, 2):
        for clause in one.clauses[:CLAUSES] if firm in one.text else ():
            for name in mentioned(one, clause):
                if name.count is None and name.plain.startswith(firm) and len(name.plain) > len(firm):
                    return name
    return None


def is_item(sentence: Sentence) -> bool:
    """Does the sentence belong to a numbered or bulleted item, a caption or a table's row, which each tell of one project?"""
    text = sentence.document.text
    line = text.rfind("\n", 0, sentence.start) + 1
    return bool(ITEM.match(text, line)) or table_row(sentence) is not None


# 第2站，某某智能家具。What a tour stops at is a project, whatever it is called.
_STOP = expression(
    "\\s{0,9}(?:(?:第[一二三四五六七八九十\\d]{1,2}|首|末|最后一)站|(?:观摩点|点位)之?[一二三四五六七八九十\\d]{1,2})[，：、]"
)
