"""Where a project's name begins and ends in a phrase: adverbs, times, places, verbs and owners around it left out."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.names import PHASES, is_part, is_project, words
from services.extractor.reading import Document, Sentence
from services.extractor.remarks import remark_before
from services.extractor.scan import scanned

_openers = scanned("openers", lambda: load("names")["openers"])
_heads = scanned("heads", lambda: (*load("names")["heads"], *PHASES))


def heads(document: Document, start: int, end: int) -> list[tuple[int, int]]:
    """Where the words that end a project's name (`words().heads`) stand in [start, end), in order."""
    return [match.span() for match in _heads(document).matches(words().heads, document.text, start, end)]


def strip_right(sentence: Sentence, lo: int, hi: int) -> int:
    """The end of the noun phrase in [lo, hi) whose verb stands at hi: adverbs, times and places between them passed over."""
    known: int | None = sentence.memo.get(("strip_right", lo, hi))
    if known is None:
        known = sentence.memo["strip_right", lo, hi] = _strip_right(sentence, lo, hi)
    return known


def _strip_right(sentence: Sentence, lo: int, hi: int) -> int:
    text = sentence.document.text
    lexicon = words()
    ends = _time_ends(sentence)
    while hi > lo:
        # 待验收合格后启用: 验收合格 is the first stage of that breath
        if text[hi - 1] in "、 \t，：“" or hi - lo == 1 and text[lo] in "待经后":
            hi -= 1
            continue
        aside = remark_before(text, lo, hi)
        if aside is not None:
            hi = aside
            continue
        if text[hi - 1] == "】" and text[lo] == "【" and "】" not in text[lo : hi - 1]:  # 【X】主体封顶
            hi -= 1
            continue
        match = lexicon.time_before.search(text, max(lo, hi - 10), hi) if text[hi - 1] in _TIME_LAST else None
        if match:
            hi = match.start()
            continue
        at = ends.get(hi)
        if at is not None and at >= lo:
            hi = at
            continue
        adverb = lexicon.adverbs.start(text, max(lo, hi - 8), hi)
        if adverb >= 0 and not _head_reaches(text, max(lo, hi - 12), adverb, hi):
            hi = adverb
            continue
        first = max(lo, hi - 24)
        place = max(
            text.rfind("在", first, hi), text.rfind("于", first, hi), text.rfind("从", first, hi), text.rfind("自", first, hi)
        )
        if lo < place and "的" not in text[place:hi]:
            place -= text[place - 1] in "赶抢"  # 赶在新粮上市前
            said = _skip_tail(text, lo, place)
            said = ends.get(said, said)
            if is_project(text[max(lo, said - 16) : said]) or text[place] == "在" and _OFFICE.search(text, place, hi):
                hi = place
                continue
        break
    return hi


# 在县行政审批局完成备案
_OFFICE = expression("(?:局|委|厅|部门|窗口|大厅|平台|交易中心)$")


def _head_reaches(text: str, lo: int, adverb: int, hi: int) -> bool:
    """Does what a name ends with reach beyond the adverb at its end (生产线, but not 项目当场)?"""
    head = words().head.search(text[lo:hi])
    return head is not None and lo + head.start() < adverb and is_project(text[lo:hi])


# The last characters of the lexicon's times.
_TIME_LAST = frozenset("拜子三四五六一二七八九十庆节旦午明月周年度号日旬底初末季节期天夏秋冬春后前内右间运冬学假关田右期中")


def _time_ends(sentence: Sentence) -> dict[int, int]:
    """Where each time of the sentence begins, by where it ends."""
    if "time ends" not in sentence.memo:
        sentence.memo["time ends"] = {time.end: time.start for time in sentence.times}
    return sentence.memo["time ends"]  # type: ignore[no-any-return]


def _time_starts(sentence: Sentence) -> dict[int, int]:
    if "time starts" not in sentence.memo:
        sentence.memo["time starts"] = {time.start: time.end for time in sentence.times}
    return sentence.memo["time starts"]  # type: ignore[no-any-return]


def _skip_tail(text: str, lo: int, hi: int) -> int:
    adverb = words().adverbs.start(text, max(lo, hi - 6), hi)
    return adverb if adverb >= 0 else hi


def strip_left(sentence: Sentence, lo: int, hi: int) -> int:
    """Where the name in [lo, hi) begins: list marks, times, connectives and verbs that take it as their object left out."""
    # Each reader of a name asks again.
    known: int | None = sentence.memo.get(("strip_left", lo, hi))
    if known is None:
        known = sentence.memo["strip_left", lo, hi] = _strip_left(sentence, lo, hi)
    return known


def _strip_left(sentence: Sentence, lo: int, hi: int) -> int:
    text = sentence.document.text
    lexicon = words()
    starts = _time_starts(sentence)
    while lo < hi:
        if text[lo] == "【" and (label := _LABEL.match(text, lo, hi - 2)):
            lo = label.end()
            continue
        if text[lo - 1 : lo] in ("", "\n") and (kind := _KIND_OF_PAGE.match(text, lo, hi - 2)):
            lo = kind.end()
            continue
        if text[lo] == "【" and "】" not in text[lo:hi]:  # 【X一期投产】4月16日，…
            lo += 1
            continue
        if text[lo] in "，、 \t：；】“”" and not (text[lo] == "“" and "”" in text[lo:hi]):
            lo += 1
            continue
        if text[lo] == "（" and _CAPTION.match(text, lo, hi) and text.find("）", lo, hi) < 0:
            lo += 1
            continue
        end = starts.get(lo)
        if end is not None and end < hi:
            lo = end
            continue
        match = lexicon.time.match(text, lo, hi)
        if match and match.end() < hi:
            lo = match.end()
            continue
        if text[lo] == "以" and _MEANS.match(text, hi):
            lo += 1
            continue
        match = None if text.startswith("在建", lo) else lexicon.lead.match(text, lo, hi)
        if match and (match.end() <= hi - 2 or match.end() == hi and not is_project(match[0])):
            lo = match.end()
            continue
        break
    return _behind_openers(sentence, lo, hi)


# More is no prose; a clause without end must not be read anew for each of its verbs.
_MOST_OPENERS = 8


def _behind_openers(sentence: Sentence, lo: int, hi: int) -> int:
    """Behind the last opener (签约, 加快推进) in [lo, hi) that stands outside quotation marks and brackets."""
    text = sentence.document.text
    found = _openers(sentence.document).matches(words().opener, text, lo, hi - 2, _MOST_OPENERS)
    if found and _SIGNED_AT.fullmatch(text, lo, hi):
        return lo
    if found and "“" not in (before := text[lo : found[-1].start()]) and "（" not in before:
        return found[-1].end()
    for match in found:
        if outside(text, lo, match.start()):
            lo = match.end()
    return lo


# 招商大会签约项目: where they were signed is what the batch is called by.
_SIGNED_AT = expression(
    "(?:(?:(?!召开|举行|举办|参加|[在于])[^，。；：、的]){1,24}(?:会|展|节|周|活动|论坛))?(?:集中|现场)?(?:签约|引进|招引)(?:项目|工程)"
)
# （图为X施工现场。某某摄）
_CAPTION = expression("（[上下左右]?图(?:片|中|[①-⑨\\d]{1,2})?(?:为|是|：|说明)|（照片")
# 【在建】X
_LABEL = expression("【[^】：]{1,24}】")
_KIND_OF_PAGE = expression("[一-鿿]{2,6}[丨|│｜]")  # 直播回放丨X
# 以X全面复工为契机: 以 belongs to 为, not to the name.
_MEANS = expression("[^，。；]{0,24}为(?:契机|抓手|载体|引领|突破口|重点|龙头|依托|目标|支撑|主线|牵引)")


def outside(text: str, lo: int, at: int) -> bool:
    """Does `at` stand outside quotation marks and brackets that open behind `lo`?"""
    before = text[lo:at]
    return before.count("“") <= before.count("”") and before.count("（") <= before.count("）")


def trim(sentence: Sentence, lo: int, hi: int) -> tuple[int, int, str | None]:
    """The name in a phrase, and the organisation that stands before it: `X公司投资4亿元建设的Y` is Y of X公司, `Y的反应釜` is Y."""
    text = sentence.document.text
    if text[hi - 1] == "）" and text.find("元", aside := max(lo, text.rfind("（", lo, hi)), hi) > 0:
        hi = aside  # X项目（投资3亿元）
    lo = strip_left(sentence, lo, hi)
    organization = None
    if (
        text.find("元", lo, hi) >= 0
        and (built := _BUILT_FOR.match(text, lo, hi))
        and hi - built.end() >= _SHORTEST
        and is_project(text[built.end() : hi])
    ):
        if built["who"] and words().organization.search(built["who"]):
            organization = sentence.document.page.words(*built.span("who"))
        lo = strip_left(sentence, built.end(), hi)
    for _ in range(3):
        at = last_of(text, lo, hi)
        if at < 0:
            break
        owner, owned = text[lo:at], text[at + 1 : hi]
        if len(owned) >= 2 and (is_project(owned) or not is_project(owner)) and not (is_part(owned) and is_project(owner)):
            organization = _owner(sentence, lo, at) or organization
            lo = strip_left(sentence, at + 1, hi)
            break
        if is_project(owner) and is_part(owned) and owned not in words().materials.words:
            lo = max(lo, _inner_start(text, lo, at))
            break
        hi = at
    lo = strip_left(sentence, lo, hi)
    hi = _without_material(text, lo, hi)
    if hi - lo > 3 and text[lo] == "“" and text[hi - 1] == "”" and "“" not in text[lo + 1 : hi]:
        lo, hi = lo + 1, hi - 1
    return lo, hi, organization


def fitted_with(sentence: Sentence, lo: int, at: int) -> tuple[int, int] | None:
    """`X项目二期设4条灌装线`: what the verb at `at` says to have so many of something; no batch is counted."""
    text = sentence.document.text
    start, end, _ = trim(sentence, lo, at - text.endswith("共", lo, at))
    return (start, end) if end > start and (is_part(text[start:end]) or is_project(text[start:end])) else None


def _without_material(text: str, lo: int, hi: int) -> int:
    """`X工程沥青路面` is X工程: what the work is done on is no part of the name."""
    start = words().materials.start(text, max(lo, hi - 8), hi)
    if start <= lo:
        return hi
    rest = text[lo:start]
    return start if is_part(rest) or len(rest) > 3 and is_project(rest) else hi


def _inner_start(text: str, lo: int, at: int) -> int:
    inner = text.rfind("的", lo, at)
    return inner + 1 if inner >= 0 and outside(text, lo, inner) else lo


def last_of(text: str, lo: int, hi: int) -> int:
    at = text.rfind("的", lo + 2, hi - 1)  # A的 is a brand
    while at > lo and not outside(text, lo, at):
        at = text.rfind("的", lo + 1, at)
    return at


_SHORTEST = 4
# X公司拟投资5亿元建设Y
_BUILT_FOR = expression(
    r"(?P<who>[^，。；：、的\d]{2,20}?)?(?:拟|计划|将|已)?(?:在[^，。；、的\d]{2,12}?)?(?:总?投资|投入|拿出|花费|斥资|出资|筹资|自筹)(?:约|近|超|逾)?[\d.]{1,8}[余多]?[亿万]+[余多]?元(?:人民币)?"
    r"(?:投资|购置)?(?:建设|兴建|新建|打造|实施|投建|上马|新上|添置|改建|扩建)(?!的)(?:一[座个条])?"
)

_BUILT_BY = expression(
    r"(?:由|是)?(?P<who>[^，。；：、（）“”]{2,30}?(?:（[^（）]{1,8}）[^，。；：、]{0,12}?)?)(?:总?投资(?:约|近|超|逾)?[\d.]+[^，。；]{0,6}?元(?:人民币)?)?"
    r"(?:投资|独资|联合|牵头|负责)?(?:建设|投建|兴建|承建|打造|实施|开发|投资|建造|兴办|运营)$"
)


def _owner(sentence: Sentence, lo: int, at: int) -> str | None:
    """The organisation in what stands before 的: `由X投建`, `X公司投资4亿元建设`, `X公司`; a place or a time is none."""
    text = sentence.document.text
    phrase = text[lo:at]
    match = _BUILT_BY.fullmatch(phrase)
    if match:
        start = lo + match.start("who")
        who = match["who"]
        for kind in ("外资企业", "港资企业", "台资企业", "侨资企业", "民营企业", "龙头企业", "上市公司", "央企", "国企", "企业"):
            if who.startswith(kind) and len(who) > len(kind) + 1:
                start += len(kind)
                break
        end = lo + match.end("who")
        if words().adverbs.start(text, start, end) == start or text[start] == "正":
            return None  # 正在建设的X
        return sentence.document.page.words(start, end) if not expression("投资|元|[年月日]").search(text[start:end]) else None
    if (
        expression("[元年月日亩]|总投资|占地|位于|平方米|米|吨$").search(phrase)
        or words().place.search(phrase)
        or len(phrase) > 24
    ):
        return None
    if expression("瞩目|期盼|关注|期待|盼望|闻名|已久").search(phrase):
        return None
    if phrase.startswith(
        ("我们", "该", "本", "这", "其", "因", "由于", "首批", "第", "紧随", "最", "刚", "已", "正在")
    ) or phrase.endswith(
        ("口中", "眼中", "眼里", "心中", "手中", "之隔", "相邻", "开外", "之外", "相接", "配套", "相连", "后", "时", "期间")
    ):
        return None
    if words().organization.search(phrase) or 3 <= len(phrase) <= 6 and not is_project(phrase):
        return sentence.document.page.words(lo, at)
    return None
