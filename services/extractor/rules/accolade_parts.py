"""The parts of an accolade: the honour with its level and rank, and its recipients."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from services.contracts import Level
from services.extractor.characters import LIST_MARKS
from services.extractor.divisions import named_until
from services.extractor.expressions import Ending, beginning, ending, expression, leaping
from services.extractor.lexicon import alternatives, load
from services.extractor.numbers import CHINESE_NUMBER, VILLAGE, chinese
from services.extractor.reading import Document, Sentence
from services.extractor.regions import Gazetteer
from services.extractor.rules.accolade_words import words
from services.extractor.scan import scanned

_NUMBER = rf"(?:\d{{1,5}}|{CHINESE_NUMBER}{{1,4}})"
# What ends so gives honours.
GRANTOR = expression(f"{words('grantor_ends')}$")
# What a bulletin calls the place that it speaks for.
OWN_PLACE = "[我本][县区市旗州盟镇乡]"
ORDINAL = expression(rf"第{_NUMBER}(?:名|位)?")


@dataclass(frozen=True, slots=True)
class Patterns:
    """The lexicon compiled."""

    verb: re.Pattern[str]
    end: re.Pattern[str]
    rank: re.Pattern[str]
    rank_tail: Ending
    contest: re.Pattern[str]
    sure: re.Pattern[str]
    not_honour: re.Pattern[str]
    not_honour_end: re.Pattern[str]
    stock: re.Pattern[str]
    kinds: dict[str, frozenset[str]]
    # Of each word's kinds the one by which the honour behind it is read, where there is one.
    leading: dict[str, str]


# 县域质量奖揭晓: what was competed for, by its prize.
_MADE_KNOWN = "(?:评选)?(?:获奖)?(?:名单|结果)?(?:正式|近日|日前|刚刚|今日|昨日)?(?:揭晓|出炉|公布|颁发|放榜)"
# What a place among others begins with: 居第二, 列全省前三, 排首位.
_BEFORE_RANK = "[全第榜首前省市县区同各六七八九十百千世国A-C一二三甲乙“亚季冠殿特金银铜优头]"


_LEADING = ("award", "passive", "inclusion", "seeking")


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    words = load("accolade")
    kinds: dict[str, frozenset[str]] = {}
    for kind in ("landing", "won", "listed", "gained", "seeking", "inclusion", "award", "passive"):
        for word in words[kind]:
            kinds[word] = kinds.get(word, frozenset()) | {kind}
    ranks = alternatives(words["ranks"])
    parts_of_words = ("居", "列", "排", "争获", "争评", "争进", "争列")
    long = alternatives([verb for verb in kinds if verb not in parts_of_words])
    # 居, 列 and 排 are parts of any word but before a place, as 记 alone is any note; 力争获评 is no 争获. Every branch begins with a
    # plain character, so that the search leaps.
    places = f"(?={_BEFORE_RANK})"
    # 占了两席, 站上女子组的最高领奖台
    seats = "占(?=[据得]?了?其?[中]?[一二两三四五六七八九十\\d]{1,3}席)|站上(?=了?[^，。；]{0,12}领奖台)"
    short = f"{seats}|居(?<!人居){places}|列{places}|排{places}|争(?:(?<!力争)|(?<=全力争))[获评进列]|记(?=(?:集体|个人)?(?:[一二三]等功|大功))"
    for word, kind in words["in_a_turn"].items():
        kinds[word] = frozenset((kind,))
    return Patterns(
        verb=expression(f"{long}|{short}"),
        end=expression(rf"(?:{alternatives(words['ends'])})[”》’]{{0,3}}(?:（[^（）]{{1,14}}）)?$"),
        rank=expression(rf"{ranks}|第{_NUMBER}(?:名|位)?"),
        rank_tail=ending(rf"(?:(?:{ranks})|第{_NUMBER}(?:名|位)?|前[两二三]名|(?:{_NUMBER}枚?[金银铜]牌?){{1,3}})$"),
        contest=leaping(
            rf"(?:{alternatives(words['contests'])})(?<![退参弃完]赛)(?<!(?<!公)开赛)(?<!上榜)(?<!榜(?=上有名|上留名))(?<!奖杯)(?<!牌榜)(?<!高度评价)(?<!节(?=[目能水约省点日假气奏俗电油育令]))(?!》)”?(?:（[^（）月日]{{1,12}}）)?"
            rf"|(?<![评颁获])奖”?(?={_MADE_KNOWN})"
        ),
        sure=expression(rf"(?:{alternatives(words['sure'])})(?:了|为|“)?$"),
        not_honour=expression(
            f"(?!优势(?:{alternatives(words['advantaged'])}))(?:{alternatives(words['not_honours'])})(?![奖杯])"
        ),
        not_honour_end=expression(rf"(?:{alternatives(words['not_honours'])})$"),
        stock=expression(alternatives(words["stock"])),
        kinds=kinds,
        leading={
            word: next(kind for kind in _LEADING if kind in each) for word, each in kinds.items() if not each.isdisjoint(_LEADING)
        },
    )


def trigger_words() -> list[str]:
    """The words one of which stands in every sentence that tells an accolade: verbs of giving, titles, ranks."""
    lexicon = load("accolade")
    verbs = [*lexicon["award"], *lexicon["passive"], *lexicon["won"], *lexicon["listed"]]
    return [*(verb for verb in verbs if len(verb) > 1), *lexicon["titles"], *(rank for rank in lexicon["ranks"] if len(rank) > 1)]


_verb_starts = scanned("giving", lambda: (*patterns().kinds, "居", "列", "排", "争"))


def verbs_of_clauses(sentence: Sentence) -> dict[int, list[re.Match[str]]]:
    """The words of giving in each clause that has any, by its number."""
    found: dict[int, list[re.Match[str]]] = {}
    for verb in verbs_between(sentence.document, sentence.start, sentence.end):
        number = sentence.clause_at(verb.start())
        clause = sentence.clauses[number]
        if clause.start <= verb.start() and verb.end() <= clause.end:
            found.setdefault(number, []).append(verb)
    return found


def verbs_between(document: Document, start: int, end: int) -> list[re.Match[str]]:
    """The words of giving (`patterns().verb`) in [start, end), in order."""
    return _verb_starts(document).matches(patterns().verb, document.text, start, end)


# 第三十五届省新闻奖: how often and when is before whose it is.
_WHICH_TIME = expression(rf"^(?:(?:20\d\d|{CHINESE_NUMBER}{{4}})年度?|第{_NUMBER}[届批次])+")


def level(honor: str, granted_by: str | None) -> Level | None:
    """The level that an honour's name (or who grants it) shows; the highest named at its head decides."""
    for text in (_WHICH_TIME.sub("", honor), granted_by or ""):
        if (named := _levels().search(text)) and named.lastgroup:
            return Level(named.lastgroup)
    return _level_of_place(honor) or (_level_of_place(granted_by) if granted_by else None)


@lru_cache(maxsize=1)
def _levels() -> re.Pattern[str]:
    """The words of each level, of those that begin at one place the highest. One of a single character stands at the head; 县域,
    市场, 区域 and 省长 are none."""
    groups = []
    for name, members in load("accolade")["levels"].items():
        short = "".join(word for word in members if len(word) == 1)
        at_head = rf"|(?<![\s\S]{{2}})[{short}](?![域场长县辖])" if short else ""
        groups.append(f"(?P<{name}>{alternatives(word for word in members if len(word) > 1)}{at_head})")
    return expression("|".join(groups))


def _level_of_place(text: str) -> Level | None:
    """The level of the first place that is named: a province's of a prize that begins with its name, a city's of an office of the city."""
    provinces = _provinces().search(text)
    mentions = Gazetteer.load().find_folded(text)
    if provinces and (not mentions or provinces.start() <= mentions[0].start):
        return Level.PROVINCIAL
    by_level = {"province": Level.PROVINCIAL, "prefecture": Level.MUNICIPAL, "county": Level.DISTRICT}
    return by_level[mentions[0].candidates[0].level] if mentions else None


@lru_cache(maxsize=1)
def _provinces() -> re.Pattern[str]:
    # 北京, 天津, 上海 and 重庆 are municipalities: what they confer has no level that their name would show.
    table = Gazetteer.load().divisions.values()
    return expression(
        alternatives([d.short for d in table if d.level == "province" and d.code[:2] not in ("11", "12", "31", "50")])
    )


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient as named: `start`, `end` in the clean text; `count` for a group."""

    start: int
    end: int
    count: int | None


_GROUP = expression(
    rf"(?<!第)(?<!第\d)(?P<number>{_NUMBER})(?:余|多)?(?P<measure>[家个名位人所项件户处座支对])(?!{VILLAGE})(?P<noun>[^，。；、：]{{0,12}})$"
)
_BESIDE = expression(rf"(?P<number>{_NUMBER})[家个名位所件][一-鿿]{{0,12}}（(?P<names>[^（）]{{4,120}})）$")
_LEAD = expression(
    rf"(?!共[青产])(?:[0-2]?\d:[0-5]\d\s?|【[^】]{{1,12}}】|◎|\d{{1,2}}[.、](?!\d)|[一二三四五六七八九十]{{1,3}}(?:是|、)|（[一二三四五六七八九十\d]{{1,3}}）|[①-⑳{LIST_MARKS}]|[由从]第?\d{{1,3}}[位名]|(?:(?:20\d\d年)?\d{{1,2}}月)?\d{{1,2}}[日号]|\d{{1,2}}月(?:[上中下]旬|份|初|底|末)?|{words('recipient_leads')}|[一二三四五六七八九十\d]{{1,6}}年(?!级)(?:内|时间)?|[今明]年底?前?|[，、]|图[①-⑳\d]?：?|！|[我本该](?:县|区|市|旗|省|镇|乡|街道)的?(?=[^籍选推报申创组])|全[县区市旗省镇乡](?:共|共有|有)?(?=\d))"
)
_TAIL = expression(
    rf"(?:{words('recipient_tails')}|第[一二三四五六七八九十\d]{{1,6}}次|第[一二三四五六七八九十\d]{{1,6}}年|连续第?[一二两三四五六七八九十\d]{{1,6}}(?:[年届次月]|个?(?:季度|月|年度))|(?<=[县市区镇乡村街社园司团厂校院局会所站业牌队组部馆店学”）])[刚新成喜双]|[由从]第?\d{{1,3}}[位名]|[与和同][一-鿿]{{1,4}}(?:合作|搭档|联手)|在?[全][国省市县区州旗]率先|成为[全我][国省市县区](?:首个|首家|唯一|第[一二三四五六七八九十]个)?|凭(?!祥)借?[^，。；]{{1,20}}|经{words('confirmations')}|以[^，。；]{{1,14}}(?:的成绩|公斤|[秒分米环]|优势|之差)|在[^，。；]{{2,30}}[中上]|于(?=[\d今去前近上下本同当日]|[一二三四五六七八九十]{{1,2}}月|[一-鿿]{{2,8}}[省市县区京])[^，。；]{{2,14}}|经[^，。；、]{{2,14}}(?:部|厅|局|委|会|府)|：|[一二三四五六七八九十\d]{{1,6}}年(?:内|时间)?|，)$"
)


# 县代表队力克甲县、乙县夺得亚军, 县队以3：1战胜甲队夺冠
_BEATEN = beginning(rf"(?:以?\d{{1,3}}[：比]\d{{1,3}}的?(?:比分)?)?{words('beating')}")
# 某电子和某管业双双获评
_NEAR = 8
_TWO = expression("(?P<first>[^和与及、，]{3,16})[和与及](?P<second>[^和与及、，]{3,16})")


def recipients(text: str, start: int, end: int) -> list[Recipient]:
    """The recipients that text[start:end] names: `A、B等5家企业` gives A, B and the group, `A、B两家企业` only A and B."""
    while (lead := _LEAD.match(text, start, end)) and (named_until(text, start, end) or 0) < lead.end():
        start = lead.end()
    if beaten := _BEATEN.search(text, start + 2, end):
        end = beaten.start()
    both = "双双" in text[max(start, end - _NEAR) : end + 2]
    while tail := _TAIL.search(text[start:end]):
        end = start + tail.start()
    part = text[start:end]
    if not part:
        return []
    pieces = _split(text, start, end)
    if len(pieces) > 1 and all(_GROUP.search(text[slice(*piece)]) for piece in pieces):
        return [_group(text, *piece) for piece in pieces]  # 7名个人、3个集体; 甲镇3家企业、乙镇两家企业
    if part[-1] == "）" and (beside := _BESIDE.search(part)):
        # 3家企业（甲、乙、丙）
        inner = _split(text, start + beside.start("names"), start + beside.end("names"))
        if len(inner) == _value(beside["number"]):
            return [Recipient(*span, None) for span in inner]
        part, end = part[: beside.start("names") - 1], start + beside.start("names") - 1
        pieces = _split(text, start, end)
    group = _GROUP.search(part)
    if both and len(pieces) == 1 and (two := _TWO.fullmatch(part)):
        return [Recipient(start + two.start(name), start + two.end(name), None) for name in ("first", "second")]
    if not group:
        return [Recipient(*span, None) for span in _split(text, start, end)]
    value = _value(group["number"])
    before = part[: group.start()]
    before = before.removesuffix("在内的")
    listed = before.rstrip("等").rstrip("、") if before else ""
    batch = Recipient(start + group.start(), end, value)
    names = (
        _split(text, start, start + len(listed))
        if len(listed) > 1 and ("、" in listed or before.endswith("等") or len(before) < group.start())
        else []
    )
    if not names:
        return [batch]
    if group["noun"] and not _PLACE_COUNTED.search(group["noun"]) and all(_TOWN.fullmatch(text, *span) for span in names):
        return [batch]  # 甲镇、乙镇两家合作社: where they are
    if len(names) >= value and len(before) == group.start() and not before.endswith("等"):
        return [Recipient(*span, None) for span in names]
    return [Recipient(*span, None) for span in names] + [batch]


def _value(number: str) -> int:
    return int(number) if number[0].isdigit() else int(chinese(number) or 0)


def _group(text: str, start: int, end: int) -> Recipient:
    match = _GROUP.search(text[start:end])
    return Recipient(start, end, _value(match["number"]) if match else None)


_TOWN = expression("[一-鿿]{1,5}(?:镇|乡|街道|村|社区|县|区|市)")
_PLACE_COUNTED = expression("(?:镇|乡|街道|村|社区|县|区|市|单位|地区|地方)$")
_OFFICE_HELD = expression(
    "[一-鿿]{0,6}(?:人大代表|政协委员|党代表|常委|委员|企业家)"
    "|[一-鿿“”]{0,10}(?:传承人|艺人|匠人|大师|劳模|劳动模范|带头人|会长|主席|理事长|董事长|总经理|创始人|书记|主任|教练|教授|研究员|工程师|作家|画家|书法家|摄影家)"
)

_ROLE_ALONE = expression(f"{words('roles')}$")
_WITH_ROLE = expression(f"{words('roles')}[一-鿿·]{{2,3}}$")


# What may part honours or names, and what opens and closes brackets and quotation marks.
_JOINT = expression("[、和及与（“《）”》]")


def parted(text: str, start: int, end: int, mark: Callable[[int, int, int], int | None]) -> list[tuple[int, int]]:
    """The pieces of text[start:end] that marks (、, 和, 及, 与, what opens a quotation) outside brackets and quotation marks part; empty
    ones are left out.

    `mark(at, begin, count)`: how many characters at `at` end the piece that begins at `begin`, behind `count` others; None where it goes on.
    """
    pieces: list[tuple[int, int]] = []
    depth, begin = 0, start
    for joint in _JOINT.finditer(text, start, end):
        at, character = joint.start(), joint[0]
        width = None if depth else mark(at, begin, len(pieces))
        if width is not None:
            if at > begin:
                pieces.append((begin, at))
            begin = at + width
        if character in "（“《":
            depth += 1
        elif depth and character in "）”》":
            depth -= 1
    return [*pieces, (begin, end)] if end > begin else pieces


def _split(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Names parted by 、 outside brackets and quotation marks, the last two also by 和, 及, 与."""

    def mark(at: int, begin: int, count: int) -> int | None:
        last_two = text[at] in "和及与" and count and at - begin >= 3 and end - at > 3
        return 1 if text[at] == "、" or last_two else None

    spans = [span for span in parted(text, start, end, mark) if span[1] - span[0] >= 2]
    # 全国人大代表、某集团董事长王某; 返乡医生、某医院主任医师王某: one person
    person = len(spans) > 1 and _WITH_ROLE.search(text, *spans[-1])
    return [
        span
        for span in spans
        if span == spans[-1] or not _OFFICE_HELD.fullmatch(text, *span) and not (person and _ROLE_ALONE.search(text, *span))
    ]
