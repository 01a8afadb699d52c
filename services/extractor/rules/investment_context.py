"""What a sum without a subject of its own goes into: what was spoken of before it, the area, the fund."""

from __future__ import annotations

import re
from dataclasses import replace

from services.extractor.expressions import expression, leaping
from services.extractor.lexicon import last
from services.extractor.names import Name
from services.extractor.own_place import own_place
from services.extractor.reading import Document, Sentence
from services.extractor.regions import Gazetteer, Mention
from services.extractor.rules import milestone_topics as topics
from services.extractor.rules.investment_subjects import Subject, at, counted, of_name
from services.extractor.rules.investment_words import words
from services.extractor.rules.milestone_rows import table_row

# How far back what was spoken of is looked for: characters, clauses of a sentence.
_WINDOW, _CLAUSES, _LINE = 240, 12, 4000

_PRONOUN = leaping(
    rf"(?:该|这个|这座|这条|这所|这项|此|本|我们|上述|整个)(?:[一-鿿\d.]{{0,8}}?的)?(?P<head>{words('heads', 'pronoun_heads')})"
    rf"|(?<![一-鿿）”、])(?P<bare>项目|工程)(?={words('pronoun_behind')})"
)
_OF_A_SIZE = expression("其中[^，。；]{0,8}元(?:以上|级)")
# 项目17个，其中省级3个、市级14个，总投资: of none of the parts
_PARTS = expression(r"其中[^，。；、\d]{1,16}\d{1,4}[个项](?:[、和][^，。；、\d]{1,16}\d{1,4}[个项]){1,4}$")
_MEMBERS = expression("包括|分别[是为]|有：|即")
_SPEAKER = expression(rf"^(?:据|记者)|{words('speakers')}[：“]*$")


def carried(sentence: Sentence, before: int, whole: bool = False) -> Subject | None:
    """What was spoken of before that place: what a pronoun points to; in this sentence's clauses; in the sentences before it.

    `whole`: no sum has been told yet, so that this one is of all that was counted, of no part (签约27个，其中10亿元以上4个，引资143亿元).
    """
    pronoun = last(_PRONOUN, sentence.document.text, max(sentence.start, before - _WINDOW), before)
    if pronoun:
        return _meant(sentence, pronoun)
    number = sentence.clause_at(before)
    listed: Subject | None = None
    for clause in reversed(sentence.clauses[max(0, number - _CLAUSES) : number]):
        if _PARTS.match(clause.text) or whole and _OF_A_SIZE.match(clause.text):
            continue
        found = _of_clause(sentence, clause.start, clause.end)
        if not found:
            continue
        if found[0].count is not None or listed is None and len(found) == 1 and not _MEMBERS.match(clause.text):
            return found[0]
        # 5个项目动工，分别是A、B、C，总投资: the sum is that of all.
        listed = listed or found[0]
    if listed:
        return listed
    row = table_row(sentence)
    if row:
        return of_name(sentence.document, row)
    line = sentence.document.text.rfind("\n", max(0, sentence.start - _LINE), sentence.start) + 1
    for near in sentence.document.before(sentence, 5):
        if near.start < line:
            break
        spoken = (found[0] for clause in near.clauses[:_CLAUSES] if (found := _of_clause(near, clause.start, clause.end)))
        subject = next(spoken, None)
        if subject and _VISITED.search(near.clauses[near.clause_at(subject.start)].text):
            subject = next((one for one in spoken if one.plain.endswith(("项目", "工程"))), subject)
        if subject:
            return subject
    return _exclaimed(sentence)


# 走进云河产业园，X项目的厂房里…: where it is, then what is told of.
_VISITED = expression("走进|来到|走入|步入|走访")
# No longer is a sum that a headline begins with.
_EXCLAIMED = 24


def _exclaimed(sentence: Sentence) -> Subject | None:
    """总投资74亿元！某区13个重大项目集中动工: the batch that the headline goes on with."""
    document = sentence.document
    told = sentence.text.rstrip()
    if not told.endswith("！") or len(told) > _EXCLAIMED or sentence.index + 1 >= document.sentence_count():
        return None
    behind = document.sentence(sentence.index + 1)
    return counted(behind, behind.start, min(behind.end, behind.start + _WINDOW))


def _meant(sentence: Sentence, pronoun: re.Match[str]) -> Subject:
    """The project named before whose name ends as the pronoun does; the pronoun itself where none is."""
    head = pronoun["head"] or pronoun["bare"]
    document = sentence.document
    if pronoun["bare"] and (named := _named_before(sentence, pronoun.start())):
        return named
    if own := _meant_here(sentence, pronoun.start(), head):
        return own
    if not pronoun[0].startswith("我们"):
        ends = (head, "园") if head == "园区" else head
        for near in document.before(sentence, 4):
            found = [subject for clause in near.clauses[:_CLAUSES] for subject in _of_clause(near, clause.start, clause.end)]
            exact = [subject for subject in found if subject.plain.endswith(ends)]
            if not exact and head in ("项目", "工程"):  # X项目的升压站…。项目投资5亿元
                exact = [of_name(document, name) for name in topics.first_said(near) if name.plain.endswith(head)]
            if exact or found and head in ("项目", "工程", "公司", "企业"):
                return exact[0] if exact else found[-1]
    return at(document, pronoun.start(), pronoun.end())


def _meant_here(sentence: Sentence, at: int, head: str) -> Subject | None:
    """县政府签约X项目，该项目总投资…: the one that the clauses before `at` name by a name that ends so."""
    before = sentence.clauses[: sentence.clause_at(at)][-_CLAUSES:]
    found = {s.plain: s for clause in before if head in clause.text for s in _of_clause(sentence, clause.start, clause.end)}
    named = [subject for plain, subject in found.items() if subject.count is None and plain.endswith(head) and plain != head]
    return named[0] if len(named) == 1 else None


def _named_before(sentence: Sentence, at: int) -> Subject | None:
    """X项目举行奠基仪式，建设单位为Y，项目计划总投资…: the one project that the sentence has named before `at`."""
    found = [
        subject
        for clause in sentence.clauses[: sentence.clause_at(at)][-_CLAUSES:]
        for subject in _of_clause(sentence, clause.start, clause.end)
    ]
    named = [subject for subject in found if subject.count is None and subject.plain.endswith(("项目", "工程"))]
    return named[0] if len(named) == 1 and len(named[0].plain) > 4 else None


def _of_clause(sentence: Sentence, lo: int, hi: int) -> list[Subject]:
    """The batch or the projects that a clause speaks of; what its speaker is called is none. Each figure behind it asks again."""
    known: list[Subject] | None = sentence.memo.get(("subjects", lo, hi))
    if known is None:
        known = sentence.memo["subjects", lo, hi] = _read_clause(sentence, lo, hi)
    return known


def _read_clause(sentence: Sentence, lo: int, hi: int) -> list[Subject]:
    clause = sentence.clauses[sentence.clause_at(lo)]
    if _SPEAKER.search(clause.text):
        return []
    hi = min(hi, lo + _WINDOW)
    batch = counted(sentence, lo, hi)
    if batch and expression("项目|工程|类$|园").search(batch.plain):
        return [batch]
    return [_spoken_of(sentence.document, lo, name) for name in topics.mentioned(sentence, clause) if name.text]


def _spoken_of(document: Document, lo: int, name: Name) -> Subject:
    """What a clause speaks of, without the verb that signs it, which may stand before the name or be read as a part of it."""
    verb = _SIGNS.search(document.text, name.start, name.end)
    if verb:
        return replace(at(document, verb.end(), name.end), signed=True)
    signed = _JUST_SIGNED.search(document.text, max(lo, name.start - 6), name.start)
    return replace(of_name(document, name), signed=signed is not None)


# 签的是X项目，准备拿出2亿元; 某镇签下X项目，投资3亿元
_JUST_SIGNED = expression(rf"(?:签的(?:还有|是)|{words('signs')}了?)$")
_SIGNS = expression(rf"{words('signs')}了?(?=[^，。；]{{4}})")
_AREA = leaping(
    rf"(?:全|我|本|该)(?:市|县|区|旗|镇|乡|省|州|盟|街道|园)(?!{words('no_area')})|(?<![一-鿿])园区(?=完成|固|投|实)|[县区市旗镇]里(?=完成|筹|投|实|安)"
)
_NOT_OF = expression(rf"{words('area_beside')}$")


def area(sentence: Sentence, before: int) -> Subject | None:
    """The area whose investment it is: the last one named before that place in the sentence, else in the paragraph; else the bulletin's."""
    document = sentence.document
    found = _area_in(document, max(sentence.start, before - _WINDOW), before)
    if found:
        return found
    line = document.text.rfind("\n", max(0, sentence.start - _LINE), sentence.start) + 1
    for near in document.before(sentence, 3):
        if near.start < line:
            break
        found = _area_in(document, max(near.start, near.end - _WINDOW), near.end)
        if found:
            return found
    return whole(document, before)


def _area_in(document: Document, lo: int, hi: int) -> Subject | None:
    text = document.text
    best: tuple[int, int] | None = None
    for match in _AREA.finditer(text, lo, hi):
        if not _NOT_OF.search(text, max(lo, match.start() - 6), match.start()):
            best = match.span()
    for mention in Gazetteer.load().find_folded(text[lo:hi]):
        start, end = lo + mention.start, lo + mention.end
        if (best is None or start > best[0]) and _own(document, mention) and not _NOT_OF.search(text, max(lo, start - 6), start):
            best = (start, end)
    return at(document, *best) if best else None


def _own(document: Document, mention: Mention) -> bool:
    """Is the place the bulletin's own or one within it? Where that is not known, any is."""
    home = document.home
    return home is None or any(home.code == place.code or home.code in place.parents for place in mention.candidates)


def whole(document: Document, place: int) -> Subject | None:
    """The bulletin's own area: by name where its text has the name, else as it calls itself (全县, 我区) before `place`:
    what a later article says is not its word."""
    below = own_place(document)
    if below:
        return replace(at(document, *below), start=place, end=place)
    home = document.home
    own, called = (match if match and match.end() <= place else None for match in _calls_itself(document))
    # A bulletin that says 我区 speaks for a district, whatever city its place was taken to be.
    named = home and 0 <= document.text.find(home.name) < place
    if home and (named or not called) and (own is None or own[0][1] == home.name[-1]):
        return Subject(home.name, home.name, place, place)
    own = own or called
    return replace(at(document, *own.span()), start=place, end=place) if own else None


_OWN = expression("我[市县区旗镇](?!国|省|长|域|第)")
_CALLED = expression("[全我][市县区旗镇](?!国|省|长|域|第)")


def _calls_itself(document: Document) -> tuple[re.Match[str] | None, re.Match[str] | None]:
    """The first 我区 of the bulletin, and the first 我区 or 全区."""
    if "own area" not in document.memo:
        document.memo["own area"] = _OWN.search(document.text), _CALLED.search(document.text)
    return document.memo["own area"]  # type: ignore[no-any-return]


_FUND_LEFT = leaping(rf"{words('fund_adverbs')}?(?:{words('fund_verbs')}|到位(?=.{{2}})|获(?=[中省市上国奖补]))了?")


def fund(sentence: Sentence, lo: int, cue_start: int, cue_end: int) -> Subject:
    """The fund that a cue names, with what stands before it: 中央预算内资金, 惠企奖补资金."""
    document, text = sentence.document, sentence.document.text
    start = max(lo, cue_start - 30)
    for mark in "，。；：\n\t":
        start = max(start, text.rfind(mark, start, cue_start) + 1)
    joint = text.rfind("、", start, cue_start)
    if joint >= 0 and expression("元$").search(text[start:joint]):
        start = joint + 1
    for time in sentence.times_between(start, cue_start):
        # A year within the name (2023年某某国债) stays.
        if time.end <= cue_start and start + 4 > time.start:
            start = time.end
    for match in _FUND_LEFT.finditer(text, start, cue_start):
        start = match.end()
    while (lead := _FUND_LEAD.match(text, start, cue_end)) and lead.end() < cue_end:
        start = lead.end()
    arrived = text[cue_start:cue_end] in _ARRIVED and _MONEY.search(text, start + 1, cue_start)
    return replace(at(document, start, cue_start if arrived else cue_end), fund=True)


# 中长期贷款到账1.4亿元: what became of it is no part of its name.
_ARRIVED = ("到账", "到位", "下达", "拨付", "放款", "兑付", "兑现")
_MONEY = expression("(?:贷款|资金|专项债|债券|国债|补助|奖补|补贴|专款|授信)$")


_FUND_LEAD = expression(
    "(?:[县区市镇]里|全[市县区旗省镇乡]|我[市县区旗镇]|该[市县区]|各类|实际|其中|共|“(?![^”]{0,60}”)|[”：，、的了])"
)


def member_start(text: str, lo: int, hi: int) -> int:
    """Where the last member of a list that ends at `hi` begins."""
    start = max(text.rfind(mark, lo, hi) + 1 for mark in "、，：；）") or lo
    verb = expression("[^，。；、]{0,8}(?:分别为|分别是|包括|有|为|是)").match(text, max(lo, start), hi)
    return verb.end() if verb else max(lo, start)
