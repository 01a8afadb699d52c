"""The contest that a rank was reached in, and the ranks that are told apart from it."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.lexicon import last
from services.extractor.reading import Sentence
from services.extractor.rules.accolade_honours import PRIZE, RANK_LEADS, Honour, is_named_after_rank, parts
from services.extractor.rules.accolade_parts import ORDINAL, patterns
from services.extractor.rules.accolade_titles import is_title
from services.extractor.rules.accolade_words import words

_CONTEST_LEAD = expression(rf"{words('contest_leads')}|在(?!线)|从(?=[全省市国第\d])|\d日的?|传来喜讯：?")


# 三中女篮获全县篮球赛冠军: the contest begins behind the verb.
_WON = expression(f"{words('contest_wins')}|获(?!奖)")


def contest_before(sentence: Sentence, number: int, stop: int) -> tuple[int, int, int] | None:
    """The contest that a rank in clause `number` was reached in: (clause, start, end), from the same clause, an earlier one, or
    the sentence before (then clause 0 is named). The fields of an event each ask again."""
    known: dict[tuple[int, int], tuple[int, int, int] | None] = sentence.memo.setdefault("contests before", {})
    if (number, stop) not in known:
        found = _contest_before(sentence, number, stop)
        known[number, stop] = found and (found[0], *by_its_name(sentence, *found[1:]))
    return known[number, stop]


_THIS = expression("(?:本[届次]|[此这][次届]|该)[一-鿿]{0,4}")
# A contest is called 本届大赛 within so many sentences of its name, or below a headline that names it.
_FAR = 12


def by_its_name(sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """The contest's name where [start, end) only points to it (本届大赛): the one named last before, or in the headline."""
    document = sentence.document
    if document.text[start] not in "本此这该" or not _THIS.fullmatch(document.text, start, end):
        return start, end
    for index in [*range(sentence.index - 1, max(0, sentence.index - _FAR), -1), 0]:
        earlier = document.sentence(index) if index < sentence.index else None
        named = _named_last(earlier, len(earlier.clauses)) if earlier else None
        if named and named[2] < start and named[2] - named[1] > end - start and not _THIS.fullmatch(document.text, *named[1:]):
            return named[1:]
    return start, end


def _contest_before(sentence: Sentence, number: int, stop: int) -> tuple[int, int, int] | None:
    clause = sentence.clauses[number]
    span = _contest(sentence.document.text, clause.start, min(clause.end, stop))
    if span and not _PART_OF_CONTEST.fullmatch(sentence.document.text, *span):
        return number, *span
    if told := _named_last(sentence, number):
        return told
    if span:
        return number, *span
    if number and _FIGURE.search(sentence.clauses[number - 1].text):
        return None
    for earlier in sentence.document.before(sentence, 2):
        if told := _named_last(earlier, len(earlier.clauses)):
            return 0, told[1], told[2]
    return None


# 固定资产投资增长7.4%，列全市第三: a place in a table of the economy, of no contest that was told of before.
_FIGURE = expression(r"(?:增[长速幅]|下降|完成|实现|达)[^，。；]{0,10}\d[\d.]{0,8}(?:%|[亿万]|个百分点)")


def _named_last(sentence: Sentence, number: int) -> tuple[int, int, int] | None:
    """The last contest in the clauses before `number`. Each clause is looked at once, however many ranks ask."""
    found: list[tuple[int, int, int] | None] = sentence.memo.setdefault("contests", [None])
    while len(found) <= number:
        index = len(found) - 1
        clause = sentence.clauses[index]
        span = _contest(sentence.document.text, clause.start, clause.end)
        part = span and found[-1] and _PART_OF_CONTEST.fullmatch(sentence.document.text, *span)
        found.append((index, *span) if span and not part else found[-1])
    return found[number]


def _contest(text: str, start: int, end: int) -> tuple[int, int] | None:
    contest = last(patterns().contest, text, start, end)
    if contest is None or contest.end() - start < 4 or _PROCEDURE.fullmatch(text, start, contest.end()):
        return None
    begin = start
    for lead in _CONTEST_LEAD.finditer(text, start, contest.end() - 2):
        # What stands in brackets (12月8日，杭州) is beside the name, not before it.
        if text.count("（", start, lead.start()) == text.count("）", start, lead.start()):
            begin = lead.end()
    for verb in _WON.finditer(text, begin, contest.end() - 4):
        begin = verb.end()
    if begin > start and _BARE.fullmatch(text, begin, contest.end()):
        return None  # 现将比赛结果公布如下
    if _FINAL.fullmatch(text, begin, contest.end()):  # 在全市排球赛中杀入决赛
        return _contest(text, start, begin) or (begin, contest.end())
    return begin, contest.end()


_FINAL = expression("[总半]?决赛")
_BARE = expression("(?:比|大|竞)赛")
# 经专家评审、公示，现将结果公布如下: how it was decided, no contest's name.
_PROCEDURE = expression(f"(?:经过?|通过|根据)[一-鿿、]{{0,16}}?{words('procedures')}")


# 省运会上，县代表队在青少年组比赛中摘得…: which part of the contest that was named before.
_PART_OF_CONTEST = expression("[一-鿿]{0,8}(?:组别?|项目)(?:的)?(?:[总半]?决赛|比赛|竞赛|复赛|预赛)")

# 问鼎全市学生棋类赛少年组: the contest stands behind the verb.
_GROUP_OF_CONTEST = expression("(?:[一-鿿]{0,6}组(?:别)?|[一-鿿]{0,8}(?:项目|单项|团体|赛项))?")


def contest_behind(sentence: Sentence, behind: int, limit: int) -> tuple[int, int] | None:
    """The contest that [behind, limit) is, with the group of it that was won; None where anything else stands there."""
    text = sentence.document.text
    start = behind + (1 if text.startswith(("了", "于"), behind) else 0)
    contest = last(patterns().contest, text, start, limit)
    if contest is None or not 6 <= limit - start <= 40 or not _GROUP_OF_CONTEST.fullmatch(text, contest.end(), limit):
        return None
    return start, limit


# The name of an event in a contest: 数控车项目, 太极扇; an award or a contest of its own is none.
_EVENT = expression(
    r"(?!全[国省市县区]|[省市县区国](?![级直][一-鿿]{0,2}组)|第)[^，。；、“”《》奖杯赛评榜：]{1,14}(?:赛[项道组]|(?:个人|团体|全能|单项|接力|淘汰|对抗|计时|积分|越野|公路|速度|障碍|[总预]?决)赛)?"
)


_OF_SPORT = expression(r"男子|女子|混合|[单双]打|团体|全能|接力|公斤级|\d米|[甲乙丙]组|U\d\d")


def events_of_contest(sentence: Sentence, number: int, behind: int, limit: int) -> list[Honour]:
    """在全省运动会上…摘得跳绳项目第二名、太极扇一等奖: the contest, with the rank of each event that [behind, limit) tells; [] where
    it tells anything else or no contest was named before it, in the sentence or, for events of sport, shortly before."""
    text = sentence.document.text
    if not PRIZE.search(text, behind, limit) and not patterns().rank_tail.search(text, behind, limit):
        return []
    ranks: list[tuple[int, int]] = []
    prizes: list[Honour] = []
    sport = True
    bare = False  # 捧回优胜奖和道德风尚奖: a rank of the contest itself, beside a prize by name
    for start, stop in parts(text, behind, limit):
        tail = patterns().rank_tail.search(text, start, stop)
        if not tail and ranks and (prize := PRIZE.search(text, start, stop)) and prize.start() == start:
            prizes.append(Honour(start, stop, None))
            continue
        if not tail:
            return []
        event = RANK_LEADS.sub("", text[start : tail.start()])
        if event and not _EVENT.fullmatch(event):
            return []
        bare = bare or not event
        sport = sport and _OF_SPORT.search(event) is not None
        if is_title(text, start, tail.start()) or is_named_after_rank(text[start:stop]):
            return []
        ranks.append((tail.start(), stop))
    contest = contest_before(sentence, number, behind)
    if contest is None or contest[2] <= contest[1] or bare and not prizes or not sport and contest[1] < sentence.start:
        return []
    return [Honour(contest[1], contest[2], rank) for rank in ranks] + prizes


def rank_behind(sentence: Sentence, number: int) -> tuple[int, int] | None:
    """…跻身全国县域经济百强，排名第95位: the place stands in the next clause."""
    if number + 1 >= len(sentence.clauses):
        return None
    clause = sentence.clauses[number + 1]
    match = expression(
        r"(?:排名|位列|位居|列|居|排在?|名列|并?位列)(?:全国|全省|全市)?(第(?:\d{1,4}|[一二三四五六七八九十百]{1,4})(?:名|位)?)(?:$|、(?!第))"
    ).match(
        clause.text,
    )
    return (clause.start + match.start(1), clause.start + match.end(1)) if match else None


def ranks_dealt(sentence: Sentence, number: int, honours_told: int) -> list[tuple[int, int]]:
    """…入围A、B，分别排第41名和第37名: the places of all stand in the next clause."""
    clause = sentence.clauses[number + 1] if number + 1 < len(sentence.clauses) else None
    if clause is None or not clause.text.startswith(("分别", "分列")):
        return []
    ranks = [(clause.start + m.start(), clause.start + m.end()) for m in ORDINAL.finditer(clause.text)]
    return ranks if len(ranks) == honours_told else []
