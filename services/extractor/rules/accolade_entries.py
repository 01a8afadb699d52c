"""An honour with those who received it, as an entry of a list."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts import Status
from services.extractor.expressions import expression
from services.extractor.reading import Clause, Draft, Sentence
from services.extractor.rules.accolade_contests import by_its_name, contest_before
from services.extractor.rules.accolade_drafts import level_of, level_of_decision
from services.extractor.rules.accolade_parts import patterns
from services.extractor.rules.accolade_titles import CONFERRED, is_title
from services.extractor.rules.accolade_words import words

# 某公司（国家级）: the grade stands with the name.
_GRADE_BEHIND = expression("（(国家级|国家|省级|自治区级|市级|县级|区级)）$")
# 王某（女，县二中）, 某中学（省教育厅6月公布）: beside the name, no part of it.
_BESIDE = expression(r"（(?:[男女](?:，[^（）]*)?|[^（）]*(?:公布|命名|评定|认定|授予|颁发)|(?:20\d\d年|\d{1,2}月)[^（）]*)）$")
# Whose title is a duty, a visit or an address, and no honour; 招商引资工作先进单位 is one.
DUTY = expression(
    f"{words('duties')}(?<!(?:工作|任务|目标|帮扶|责任|领导|参与)(?=[一-鿿]{{0,6}}(?:先进|优秀|模范|突出贡献|标兵)))"
)
_SOUGHT = expression(words("tentative"))
# X省人民医院 is a body, X省一级幼儿园 a status.
GRADE_HEAD = expression(
    rf"第[一二三四五六七八九十\d]{{1,3}}批|{words('list_heads')}|20\d\d年|[一-鿿]{{2,3}}[省市](?=[^，。；：]{{0,10}}{words('graded_by')})"
)
_NUMBER = "[一二三四五六七八九十\\d]{1,3}"
RANK_HEAD = expression(
    rf"(?:团体|个人|集体|单项|[一-鿿]{{1,6}}组)?(?P<rank>特等奖|{_NUMBER}等奖|[金银铜]奖|[金银铜]牌|[冠亚季]军|优胜奖|优秀奖|优秀组织奖|组织奖|最佳[一-鿿]{{1,6}}奖|第[一二三四五六七八九十\d]{{1,3}}名|第?[一二三]等次|(?:优秀|良好|合格)等次|[A-C甲乙][类档等]|[一-鿿]{{2}}奖)"
)
# The contest of a list of ranks is named within so many sentences before it.
_NEAR = 5

# The honour's [start, end) and the rank's, where it has one.
Title = tuple[int, int, tuple[int, int] | None]


def title_of(sentence: Sentence, start: int, end: int) -> Title | None:
    """The honour that [start, end) is: a title that is conferred, or a rank in a contest that was named before."""
    text = sentence.document.text
    if (ranked := RANK_HEAD.fullmatch(text, start, end)) and (contest := _contest_of(sentence)):
        return (*contest, ranked.span("rank"))
    name = text[start:end]
    if end - start < 4 or DUTY.search(name) or patterns().not_honour_end.search(name) or not _sure(text, start, end):
        return None
    return start, end, None


def among_ranks(sentence: Sentence) -> bool:
    """Is the line above a rank as well, so that both are heads of a table's columns?"""
    above = sentence.document.sentence(sentence.index - 1).text.strip() if sentence.index else ""
    return RANK_HEAD.fullmatch(above) is not None


def _contest_of(sentence: Sentence) -> tuple[int, int] | None:
    """The contest that a line with a rank belongs to: that of the line with a rank shortly before, else the one named last."""
    document = sentence.document
    contest: tuple[int, int] | None
    if headed := _contest_above(sentence) or _title_above(sentence):
        document.memo["listed contest"] = headed, sentence.index
        return headed
    contest, at = document.memo.get("listed contest", (None, -_NEAR))
    if sentence.index - at >= _NEAR or contest is None:
        contest = None
        for index in range(sentence.index - 1, max(-1, sentence.index - 1 - _NEAR), -1):
            earlier = document.sentence(index)
            if not earlier.clauses:
                continue
            found = contest_before(earlier, len(earlier.clauses) - 1, earlier.end)
            if found and 4 <= found[2] - found[1] <= 40:
                contest = found[1:]
                break
    document.memo["listed contest"] = contest, sentence.index
    return contest


# 乡村振兴先进村（3个）, 先进集体名单
_SO_MANY = expression(r"(?:名单)?(?:（(?:共|计)?\d{1,4}[个家名位项人户所]）)?$")


def _title_above(sentence: Sentence) -> tuple[int, int] | None:
    """三、乡村振兴先进村, alone on the line before the ranks in it."""
    above = sentence.document.sentence(sentence.index - 1) if sentence.index else None
    if above is None or len(above.clauses) != 1 or above.text.rstrip("\n")[-1:] in "。！？，；：":
        return None
    clause = above.clauses[0]
    name = _SO_MANY.sub("", clause.text)
    if patterns().contest.search(name):
        return None
    title = title_of(above, clause.start, clause.start + len(name))
    return title[:2] if title and title[2] is None else None


_RESULTS = expression(
    "(?:第[一二三四]季度|最终|总|(?<=[赛奖节”])(?:比赛|评选|评比))?(?:结果|成绩|排名|获奖情况|(?:获奖|得奖|受奖|受表彰|获得者)(?:单位|作品|人员|个人|选手|集体)?名单)?"
    "(?:(?:公布|公示|通报)?如下)?$"
)


def listed_contest(clause: Clause) -> tuple[int, int] | None:
    """The contest or prize that a heading over its results names: 第3届全国某某竞赛（某赛区）结果, 某某贡献奖获奖名单如下."""
    head = _RESULTS.sub("", _WHEN_KNOWN.sub("", clause.text))
    if len(head) < len(clause.text) and (ours := _OF_OURS.search(head)):
        head = head[: ours.start()]
    if len(head) < _SHORTEST_CONTEST or not (
        any(match.end() == len(head) for match in patterns().contest.finditer(head))
        or len(head) < len(clause.text)
        and head.endswith(("奖", "奖”"))
    ):
        return None
    return clause.start, clause.start + len(head)


_SHORTEST_CONTEST = 5
# 全市创新大赛云河县获奖名单（6月12日公布）: when it was made known, and of whose winners
_WHEN_KNOWN = expression(r"（[^（）]{0,12}(?:公布|发布|揭晓|公示|\d[月日])[^（）]{0,12}）$")
_OF_OURS = expression("(?<=[赛会评选动展节])(?:[我本全][县市区旗镇乡校院]|[一-鿿]{2,6}[县市区旗镇])$")


def _contest_above(sentence: Sentence) -> tuple[int, int] | None:
    """某某贡献奖获奖名单如下：, on the line before the ranks in it."""
    above = sentence.document.sentence(sentence.index - 1) if sentence.index else None
    if above is None or not above.clauses or above.clauses[0].mark not in ("：", "\n"):
        return None
    return listed_contest(above.clauses[0])


def _sure(text: str, start: int, end: int) -> bool:
    name = text[start:end].replace("“", "").replace("”", "")
    conferred = CONFERRED.search(name) or GRADE_HEAD.match(text, start, end)
    return is_title(text, start, end) and conferred is not None and "，" not in name


def entries(
    sentence: Sentence, title: Title, spans: list[tuple[int, int]], end: int, begin: int | None = None
) -> Iterator[Draft]:
    """One event for each of the recipients in `spans`; its evidence reaches from `begin`, or where the sentence's words begin, to `end`."""
    document = sentence.document
    start, stop, rank = title
    if rank:
        start, stop = by_its_name(sentence, start, stop)
    honor = document.page.words(start, stop)
    sought = sentence.section.planned or _SOUGHT.search(document.text, sentence.start, min(spans[0][0], sentence.end))
    for first, last in spans:
        graded = _GRADE_BEHIND.search(document.text, first, last)
        beside = graded or _BESIDE.search(document.text, first, last)
        last = beside.start() if beside else last
        yield Draft(
            event_type="accolade",
            start=sentence.begin if begin is None else begin,
            end=end,
            status=Status.PLANNED if sought else Status.ACTUAL,
            rule="accolade.list",
            trigger=rank or (start, stop),
            fields={
                "recipient": document.page.words(first, last),
                "recipient_count": None,
                "honor": honor,
                "level": level_of(sentence, graded[1] if graded else document.text[start:stop], None)
                or level_of_decision(sentence, own=True),
                "rank": document.page.words(*rank) if rank else None,
                "granted_by": None,
            },
            confidence=0.7,
        )
