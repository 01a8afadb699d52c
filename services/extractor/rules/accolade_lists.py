"""Honours told without a verb of giving: who received them stands behind a colon or in the lines below."""

from __future__ import annotations

from collections.abc import Iterator

from services.extractor.expressions import expression
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_dealt import BODY_OR_PERSON, RANKS
from services.extractor.rules.accolade_entries import (
    RANK_HEAD,
    Title,
    among_ranks,
    entries,
    listed_contest,
    title_of,
)
from services.extractor.rules.accolade_labels import of_body
from services.extractor.rules.accolade_names import names
from services.extractor.rules.accolade_parts import patterns, verbs_between
from services.extractor.rules.accolade_profile import held, honoured
from services.extractor.rules.accolade_ranked import ranked_row
from services.extractor.rules.accolade_titles import is_title
from services.extractor.rules.accolade_winners import BODY, is_nobody
from services.extractor.rules.accolade_words import words
from services.extractor.table_columns import of_honours
from services.extractor.tables import row_at

# Behind the title, what says that a list follows; before it, what says of which year's work.
_LISTING = expression(
    rf"(?:（(?:共|计)?\d{{1,4}}[个家名位项人户所]）|{words('list_marks')}|获奖(?:者|单位|名单|作品)|入选(?:企业|单位|名单)|[有为是]|分别[为是]|\d{{1,4}}[个家名位项人户所]|又多了一?[个家所处位]?|新添了?|（[^（）]{{2,8}}）){{1,6}}$"
)
_LEAD = expression(
    "(?:拟?(?:推荐|决定|同意|确定|认定|命名|授予|表彰|公布|评选){1,2}(?:以下|下列)(?:\\d{{1,3}}[家个名])?(?:单位|企业|个人|同志|集体|村|人员|项目)?(?:为|荣获)?|[我全][县市区旗](?=新增|获评|入选|共)|新增|获评|入选|被?评为|被?认定为|被?列为|共有?){1,4}"
)
_RANK = f"(?:{RANKS})"
_HEADING = expression(r"\s{0,4}(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）)")
_GROUP_HEAD = expression(
    r"[^，。；：]{0,8}?(?:\d{1,3}|[一二两三四五六七八九十]{1,3})[家个名位所][一-鿿]{0,8}?(?:入选|获评|上榜|被?评为|被?认定为|入围|获批|跻身|荣获|通过|当选)"
)
_ANNEX = expression("附件?表?[一二三四五六七八九十\\d]{0,2}")
_LEADING_ON = expression("其中|(?:具体|分别|情况|现|名单){0,2}(?:通报|公布|公示)?(?:如下|是|为|有)|包括")
# What may part a heading from its list.
_LISTING_MARKS = ("：", "——", "—", " ")
# A list of winners below its heading has no more lines.
_LINES = 40


def find(sentence: Sentence) -> Iterator[Draft]:
    """What a heading with its list says, on one line or with the names in the lines below."""
    clauses = sentence.clauses
    if not clauses or len(clauses[0].text) > 50:
        return
    listed_below = "下列" in sentence.text or "以下" in sentence.text
    if len(clauses) > 1 and clauses[0].mark not in _LISTING_MARKS and not listed_below:
        return
    if listed_below and (decided := _DECIDED.search(sentence.text)) and (title := _title_behind(sentence, decided.end("what"))):
        yield from _decided(sentence, title)
        return
    if (
        len(clauses) > 1
        and clauses[0].mark == "："
        and (_ANNEX.fullmatch(clauses[0].text) or clauses[1].mark == "：" and _LEADING_ON.fullmatch(clauses[0].text))
    ):
        clauses = clauses[1:]  # 附：2025年度“最美家庭”名单, 其中：全国劳动模范：王某
    if len(clauses) > 3 and len(clauses) % 2 == 0 and (pairs := list(_pairs(sentence))):
        yield from pairs
        return
    gaps = sentence.document.page.gaps(clauses[0].start, clauses[-1].end)
    if (gaps or any(clause.mark == " " for clause in clauses)) and (ranked := list(ranked_row(sentence))):
        yield from ranked
        return
    if (
        len(clauses) == 1
        and gaps
        and (len(gaps) == 1 or RANK_HEAD.fullmatch(sentence.document.text, clauses[0].start, gaps[0]))  # 二等奖　甲镇　乙镇
    ):
        clauses = _columns(sentence, gaps[0])
    elif len(clauses) == 1 and (arrow := clauses[0].text.find("→")) > 1:
        clauses = _columns(sentence, clauses[0].start + arrow, 1)
    first = clauses[0]
    # 某奖：甲、乙; with a dash the names are parted by gaps, in columns it is one: 某奖——甲 乙, 某奖　　甲
    listed = len(clauses) > 1 and (
        first.mark == "："
        or first.mark in ("——", "—")
        and all(clause.mark == " " for clause in clauses[1:-1])
        or len(clauses) == 2
        and first.mark == " "
    )
    if not listed and (len(clauses) > 1 or sentence.text.rstrip("\n")[-1:] in "。！？，；"):
        return
    if whose := honoured(sentence):
        yield from held(sentence, whose, (clauses[1] if listed else first).start)
        return
    if _GROUP_HEAD.match(first.text):
        return  # 两家企业入选省级专精特新：甲、乙: read around its verb
    head = _LISTING.sub("", first.text)
    lead = _LEAD.match(first.text)
    title = title_of(sentence, first.start + (lead.end() if lead else 0), first.start + len(head))
    if listed and (own := _with_rank(first)):
        yield from _ranked(sentence, *own)
        return
    if listed:
        spans = names(sentence.document, clauses[1].start, clauses[-1].end)
        if title and spans:
            yield from entries(sentence, title, spans, clauses[-1].end)
            yield from _lines_on(sentence, title, clauses[1].start)
        elif not title and first.mark == "：" and (contest := listed_contest(first)):
            yield from list(_placed(sentence, contest)) or _ranked(sentence, contest, clauses[1].start)
        elif len(clauses) == 2:
            yield from of_body(sentence, clauses)
    elif title and not _tells_itself(sentence, title) and not _is_other_cell(sentence, title):
        yield from _below(sentence, title)


def _is_other_cell(sentence: Sentence, title: Title) -> bool:
    """Is the line a cell of a table of projects, where 某镇茶旅示范园 stands over who builds it, or a head among ranks?"""
    document, start = sentence.document, sentence.start
    return row_at(document, start) is not None and not of_honours(document, start) or bool(title[2]) and among_ranks(sentence)


_TO_SOMEBODY = expression(
    f"(?:{BODY}|\\d{{1,3}}[家个名位所件][一-鿿]{{0,6}})(?:正|已|全力|积极|成功|顺利|喜|再|又|均|双双|连续|今年|近日|日前){{0,3}}$"
)
# 决定命名下列单位为县级文明单位：
_DECIDED = expression(
    "(?P<what>(?:命名|认定|授予|确定|表彰|评定|批准|推荐)(?:下列|以下)[一-鿿\\d]{0,10}?(?:为|荣获|(?=“)))[^，。；：\n]{4,40}(?:：|\n|$)"
)


def _title_behind(sentence: Sentence, at: int) -> Title | None:
    start = sentence.start + at
    end = next((c.end for c in sentence.clauses if c.start <= start < c.end), start)
    stop = start + len(_CALLED.sub("", sentence.document.text[start:end]))
    return title_of(sentence, start, stop)


_CALLED = expression("(?:荣誉)?(?:称号|牌匾|奖章)$")


def _decided(sentence: Sentence, title: Title) -> Iterator[Draft]:
    """Those whom a decision names behind its colon or in the lines below."""
    document = sentence.document
    behind = next((clause for clause in sentence.clauses if clause.start > title[1]), None)
    if behind is None:
        yield from _below(sentence, title)
    elif spans := names(document, behind.start, sentence.clauses[-1].end):
        yield from entries(sentence, title, spans, sentence.clauses[-1].end)
        yield from _lines_on(sentence, title, behind.start)


def _pairs(sentence: Sentence) -> Iterator[Draft]:
    """某奖——甲，另一奖——乙; nothing where anything else stands among them."""
    clauses = sentence.clauses
    found = []
    for head, tail in zip(clauses[::2], clauses[1::2], strict=True):
        title = title_of(sentence, head.start, head.end) if head.mark in ("：", "——", "—") else None
        spans = names(sentence.document, tail.start, tail.end) if title else []
        if title is None or not spans:
            return
        found.append((head, title, spans, tail))
    for head, title, spans, tail in found:
        yield from entries(sentence, title, spans, tail.end, head.start)


def _lines_on(sentence: Sentence, title: Title, first: int) -> Iterator[Draft]:
    """The names in the lines below, where the one at `first` had a line of its own behind the heading's colon."""
    page = sentence.document.page
    if "\n" in page.original[page.place(first - 1) : page.place(first)]:
        yield from _below(sentence, title)


# 一等奖：甲镇 is read in its own turn.
_RANKED_LINE = expression(rf"\s{{0,4}}{_RANK}：")


# 银奖, 二等奖（3名） over the lines of its own winners
_RANK_ALONE = expression(rf"\s{{0,4}}{RANK_HEAD.pattern}(?:（[^（）]{{1,8}}）|\d{{1,3}}[名个项件])?：?\s*")


def _tells_itself(sentence: Sentence, title: Title) -> bool:
    """县医院获评省级文明单位: a line that says who got the honour is no heading over names, whatever line comes next."""
    document = sentence.document
    return any(
        _TO_SOMEBODY.search(document.text, title[0], verb.start())
        for verb in verbs_between(document, title[0] + 3, title[1])
        if len(verb[0]) > 1
    )


def _below(sentence: Sentence, title: Title) -> Iterator[Draft]:
    """The names in the lines below a heading."""
    document = sentence.document
    for index in range(sentence.index + 1, min(sentence.index + 1 + _LINES, document.sentence_count())):
        line = document.sentence(index)
        if line.begin >= line.end or not line.text.strip():
            continue
        if _HEADING.match(line.text) or _RANKED_LINE.match(line.text) or _RANK_ALONE.fullmatch(line.text):
            return
        colon = line.text.find("：")
        if colon > 0 and is_title(document.text, line.begin, line.start + colon):
            return  # 优秀辅导员：王某 has names of its own
        end = line.start + len(line.text.rstrip("\n。"))
        spans = names(document, line.begin, end)
        # A title among them is the next heading.
        if not spans or any(is_title(document.text, *span) for span in spans):
            return
        yield from entries(sentence, title, spans, end)


def _with_rank(head: Clause) -> tuple[tuple[int, int], int] | None:
    """The contest of 某观摩评比一等奖：甲镇；二等奖：乙镇 and where its first rank begins."""
    for contest in reversed(list(patterns().contest.finditer(head.text))):
        if RANK_HEAD.fullmatch(head.text, contest.end()):
            return (head.start, head.start + contest.end()), head.start + contest.end()
    return None


def _ranked(sentence: Sentence, contest: tuple[int, int], start: int) -> list[Draft]:
    """某奖获奖名单如下：一等奖：甲镇、乙镇；二等奖：丙镇: from `start` on each rank before those who got it; [] where anything else stands
    there."""
    text = sentence.document.text
    found: list[Draft] = []
    for part in expression("[^；。\n]+").finditer(text, start, sentence.end):
        rank = _RANK_BEFORE.match(text, *part.span())
        spans = names(sentence.document, rank.end(), part.end()) if rank else []
        if not rank or not spans:
            return []
        begin = contest[0] if part.start() == contest[1] else part.start()
        found += entries(sentence, (*contest, rank.span("rank")), spans, part.end(), begin)
    return found


_RANK_BEFORE = expression(f"{RANK_HEAD.pattern}：?")


# 第一名某镇
_PLACE_FIRST = expression(rf"(?P<rank>{_RANK})[：为是由]{{0,2}}(?P<who>[一-鿿A-Za-z·“”《》]{{2,24}})")
_PLACE = expression(rf"(?P<who>[一-鿿A-Za-z·“”《》 ]{{2,24}}?)[ ：]?(?:获得?|荣获|为)?(?P<rank>{_RANK})")


def _placed(sentence: Sentence, contest: tuple[int, int]) -> Iterator[Draft]:
    """某竞赛：县一高 韩某 一等奖，县二高 张某 二等奖; nothing where anything else stands among them."""
    text = sentence.document.text
    end = sentence.start + len(sentence.text.rstrip("\n。；，"))
    found = []
    for part in expression("[^、；，]+").finditer(text, sentence.clauses[1].start, end):
        match = _PLACE_FIRST.fullmatch(part[0].strip()) or _PLACE.fullmatch(part[0].strip())
        start = part.start() + len(part[0]) - len(part[0].lstrip())
        if (
            match is None
            or is_nobody(match["who"], 0, len(match["who"]))
            or not (BODY_OR_PERSON.fullmatch(match["who"].replace(" ", "")) or sentence.document.page.gaps(start, part.end()))
        ):
            return
        found.append((start, match))
    for start, match in found:
        rank = (start + match.start("rank"), start + match.end("rank"))
        yield from entries(
            sentence,
            (*contest, rank),
            [(start + match.start("who"), start + match.end("who"))],
            start + match.end(),
        )


def _columns(sentence: Sentence, at: int, width: int = 0) -> list[Clause]:
    """The two columns of a line, parted by a mark of that width: 县实验幼儿园　　省一级幼儿园, 某公司→省级绿色工厂"""
    text, whole = sentence.document.text, sentence.clauses[0]
    start = at + width
    return [Clause(whole.start, at, text[whole.start : at], " "), Clause(start, whole.end, text[start : whole.end], whole.mark)]
