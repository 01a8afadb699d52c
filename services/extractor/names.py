"""The names of projects in running text: where a name begins and ends, lists and counted batches of them.

Offsets are the clean text's. A phrase is what stands before a verb or behind it; `read` makes names of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from services.extractor.characters import unify
from services.extractor.lexicon import alternatives, load
from services.extractor.numbers import CHINESE_DIGIT, chinese
from services.extractor.reading import Sentence

LONGEST_NAME = 60


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    return unify(text)


@dataclass(frozen=True, slots=True)
class Name:
    """A project, or a batch of them with its `count`. [start, end) is where it stands. `text` empty: a count of what was named
    before (`已开工17个`). `general`: it names no project of its own (`项目`, `一批重点项目`)."""

    text: str
    start: int
    end: int
    count: int | None = None
    organization: str | None = None
    general: bool = False

    @property
    def plain(self) -> str:
        """The name in simplified characters and full-width punctuation, as the lexicons are written."""
        return _plain(self.text)


@dataclass(frozen=True, slots=True)
class _Patterns:
    head: re.Pattern[str]
    heads: re.Pattern[str]
    part: re.Pattern[str]
    material: re.Pattern[str]
    general: re.Pattern[str]
    pronoun: re.Pattern[str]
    other: re.Pattern[str]
    lead: re.Pattern[str]
    opener: re.Pattern[str]
    tail: re.Pattern[str]
    place: re.Pattern[str]
    organization: re.Pattern[str]
    count: re.Pattern[str]
    time_before: re.Pattern[str]
    time: re.Pattern[str]
    clause: re.Pattern[str]


@lru_cache(maxsize=1)
def patterns() -> _Patterns:
    """The compiled lexicon `names`."""
    words = load("names")
    measures = alternatives(words["measures"])
    number = rf"(?:\d{{1,5}}|[{CHINESE_DIGIT}十百]{{1,5}})"
    head = rf"(?:(?:{alternatives(words['heads'])})(?:{'|'.join(words['suffixes'])}){{0,2}}|第?[一二三四五六七八九十]期(?:工程|项目)?)”?"
    return _Patterns(
        head=re.compile(f"{head}$"),
        heads=re.compile(head),
        part=re.compile(f"(?:{words['parts']})$"),
        material=re.compile(f"(?:{alternatives(words['materials'])})$"),
        general=re.compile(words["general"]),
        pronoun=re.compile(words["pronouns"]),
        other=re.compile(f"(?:{alternatives(words['others'])})$"),
        lead=re.compile(rf"(?:{alternatives(words['leads'])})|[又另促由在为但并也均且其]|[△▲●■◆◇○□★☆•·>-]+|\d{{1,2}}[、.．]|[一二三四五六七八九十]{{1,3}}、|（[一二三四五六七八九十\d]{{1,3}}）"),
        opener=re.compile(alternatives(words["openers"])),
        tail=re.compile(f"(?:{alternatives(words['adverbs'])})$"),
        place=re.compile(f"{words['places']}$"),
        organization=re.compile(f"{words['organizations']}$"),
        count=re.compile(
            rf"(?<![第首每\d.,])(?P<number>{number})(?P<more>[余多])?(?P<measure>{measures})(?<!项(?=目))(?![月年日时分人]|[省市县区](?:[，。、；（）]|$|中|内|之)|一批|百分点|工作日|小时|方面|集中)"
        ),
        time_before=re.compile(f"(?:{words['times']})$"),
        time=re.compile(words["times"]),
        clause=re.compile(words["clauses"]),
    )  # fmt: skip


def is_project(text: str) -> bool:
    """Does the phrase end as names of projects do?"""
    return bool(patterns().head.search(text)) and not patterns().other.search(text)


def is_part(text: str) -> bool:
    """Is it a part of a project (一期, 2号厂房) rather than a project of its own?"""
    return bool(patterns().part.match(text))


def is_general(text: str) -> bool:
    return bool(patterns().general.fullmatch(text))


def is_pronoun(text: str) -> bool:
    """`该项目`, `项目`: what was named before."""
    return bool(patterns().pronoun.fullmatch(text))


def plausible(text: str, strong: bool) -> bool:
    """May the phrase be a project's name, before a word that only projects take (`strong`) or before any?"""
    if not 2 <= len(text) <= LONGEST_NAME or re.search("[，。；：！？]", text) or is_general(text):
        return False
    if patterns().other.search(text) or patterns().material.fullmatch(text):
        return False
    if patterns().clause.search(text) or len(text) < 3 and not is_project(text):
        return False
    if text.count("（") != text.count("）") or text.count("“") != text.count("”"):
        return False
    return strong or bool(patterns().head.search(text))


def strip_right(sentence: Sentence, lo: int, hi: int) -> int:
    """The end of the noun phrase in [lo, hi) whose verb stands at hi: adverbs, times and places between them passed over."""
    text = sentence.document.text
    tail, head = patterns().tail, patterns().head
    ends = {time.end: time.start for time in sentence.times}
    while hi > lo:
        if text[hi - 1] in "、 \t，：“":
            hi -= 1
            continue
        match = patterns().time_before.search(text, max(lo, hi - 10), hi)
        if match:
            hi = match.start()
            continue
        at = ends.get(hi)
        if at is not None and at >= lo:
            hi = at
            continue
        match = tail.search(text, max(lo, hi - 8), hi)
        if match and not head.search(text, max(lo, hi - 12), hi):
            hi = match.start()
            continue
        place = max(text.rfind(word, lo, hi) for word in "在于从自")
        if lo < place and hi - place <= 24 and "的" not in text[place:hi] and head.search(text, max(lo, place - 16), _skip_tail(text, lo, place)):
            hi = place
            continue
        break
    return hi


def _skip_tail(text: str, lo: int, hi: int) -> int:
    match = patterns().tail.search(text, max(lo, hi - 6), hi)
    return match.start() if match else hi


def strip_left(sentence: Sentence, lo: int, hi: int) -> int:
    """Where the name in [lo, hi) begins: list marks, times, connectives and verbs that take it as their object left out."""
    text = sentence.document.text
    lead, opener = patterns().lead, patterns().opener
    starts = {time.start: time.end for time in sentence.times if time.end < hi}
    while lo < hi:
        if text[lo] in "，、 \t：；“”" and not (text[lo] == "“" and "”" in text[lo:hi]):
            lo += 1
            continue
        end = starts.get(lo)
        if end is not None:
            lo = end
            continue
        match = patterns().time.match(text, lo, hi)
        if match and match.end() < hi:
            lo = match.end()
            continue
        match = lead.match(text, lo, hi)
        if match and (match.end() <= hi - 2 or match.end() == hi and not is_project(match[0])):
            lo = match.end()
            continue
        break
    for match in opener.finditer(text, lo, hi - 2):
        if _outside(text, lo, match.start()):
            lo = match.end()
    return lo


def _outside(text: str, lo: int, at: int) -> bool:
    """Does `at` stand outside quotation marks and brackets that open behind `lo`?"""
    before = text[lo:at]
    return before.count("“") <= before.count("”") and before.count("（") <= before.count("）")


def _make(sentence: Sentence, lo: int, hi: int, count: int | None = None, organization: str | None = None) -> Name:
    words = sentence.document.page.words(lo, hi)
    return Name(words, lo, hi, count, organization, is_general(sentence.document.text[lo:hi]))


def trim(sentence: Sentence, lo: int, hi: int) -> tuple[int, int, str | None]:
    """The name in a phrase, and the organisation that stands before it: `X公司投资4亿元建设的Y` is Y of X公司, `Y的反应釜` is Y."""
    text = sentence.document.text
    lo = strip_left(sentence, lo, hi)
    organization = None
    for _ in range(3):
        at = _last_of(text, lo, hi)
        if at < 0:
            break
        owner, owned = text[lo:at], text[at + 1 : hi]
        if len(owned) >= 2 and (is_project(owned) or not is_project(owner)) and not (is_part(owned) and is_project(owner)):
            organization = _owner(sentence, lo, at) or organization
            lo = strip_left(sentence, at + 1, hi)
            break
        if is_project(owner) and is_part(owned) and not patterns().material.fullmatch(owned):
            lo = max(lo, _inner_start(text, lo, at))
            break
        hi = at
    lo = strip_left(sentence, lo, hi)
    hi = _without_material(text, lo, hi)
    if hi - lo > 3 and text[lo] == "“" and text[hi - 1] == "”" and "“" not in text[lo + 1 : hi]:
        lo, hi = lo + 1, hi - 1
    return lo, hi, organization


def _without_material(text: str, lo: int, hi: int) -> int:
    """`X工程沥青路面` is X工程: what the work is done on is no part of the name."""
    match = patterns().material.search(text, max(lo, hi - 8), hi)
    if not match or match.start() <= lo:
        return hi
    rest = text[lo : match.start()]
    return match.start() if is_part(rest) or len(rest) > 3 and is_project(rest) else hi


def _inner_start(text: str, lo: int, at: int) -> int:
    inner = text.rfind("的", lo, at)
    return inner + 1 if inner >= 0 and _outside(text, lo, inner) else lo


def _last_of(text: str, lo: int, hi: int) -> int:
    at = text.rfind("的", lo + 1, hi - 1)
    while at > lo and not _outside(text, lo, at):
        at = text.rfind("的", lo + 1, at)
    return at


_BUILT_BY = re.compile(
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
        return sentence.document.page.words(start, end) if not re.search("投资|元|[年月日]", text[start:end]) else None
    if re.search("[元年月日亩]|总投资|占地|位于|平方米|米|吨$", phrase) or patterns().place.search(phrase) or len(phrase) > 24:
        return None
    if phrase.startswith(("我们", "该", "本", "这", "其")):
        return None
    if patterns().organization.search(phrase) or 3 <= len(phrase) <= 6 and not is_project(phrase):
        return sentence.document.page.words(lo, at)
    return None


_BUILT = re.compile("(?:共建|合建|建设|投资|投建|打造|兴建|开发|运营|承建|实施|合作)$")
# 5、6号机组 is one name.
_COMMA = re.compile(r"(?<![\d号#])、|、(?!\d)|；")
_AND = re.compile("和|与|及|以及|暨")


def split(sentence: Sentence, lo: int, hi: int, listed: bool) -> list[tuple[int, int]]:
    """The members of `A、B和C`. `listed`: a count or 等 behind says that it is a list, so that 和 parts names."""
    text = sentence.document.text
    cuts = [m.start() for m in _COMMA.finditer(text[lo:hi]) if _outside(text, lo, lo + m.start())]
    edges = [lo, *(lo + cut for cut in cuts), hi]
    members = [(a + (a != lo), b) for a, b in zip(edges, edges[1:], strict=False)]
    result: list[tuple[int, int]] = []
    for a, b in members:
        at = _joint(text, a, b, listed or len(members) > 1)
        if at is None:
            result.append((a, b))
        else:
            result += [(a, at[0]), (at[1], b)]
    return [(a, b) for a, b in result if a < b]


def _joint(text: str, lo: int, hi: int, listed: bool) -> tuple[int, int] | None:
    for match in _AND.finditer(text, lo + 2, hi - 2):
        if not _outside(text, lo, match.start()):
            continue
        left, right = text[lo : match.start()], text[match.end() : hi]
        if not is_project(left) and not (listed and len(left) >= 4 and len(right) >= 4):
            continue
        if listed or left[-1] == right[-1] and len(left) >= 3 and len(right) >= 3 or len(left) >= 5 and len(right) >= 5:
            return match.start(), match.end()
    return None


_ETC = re.compile(r"等(?:一大批|一批|多个|数个|一系列)?(?:[^，。；、]{0,12}?(?:项目|工程|企业|设施|道路|园区|基地|建设|工地|产业|产品))?$")
_EXAMPLES = re.compile(r"（(?:含|包括|如|其中|有)?(?P<list>[^（）]{2,80}?)等?）$")
_HAVE = re.compile("有|共")
_BEFORE_COUNT = re.compile(r"(?:目前|现|已|共|总共|共计|一共|合计|累计|分别|有|已有|达|达到|共有|当中|中|中的|中有|其中|的|占|另|另有|再|仅|近|超|超过|约|逾|首批|剩余|余下|其余|剩下)+$")


def read(sentence: Sentence, lo: int, hi: int, strong: bool) -> list[Name]:
    """The names in a phrase that could be ones: see `_read`."""
    return [name for name in _read(sentence, lo, hi, strong) if not patterns().clause.search(name.plain)]


def _read(sentence: Sentence, lo: int, hi: int, strong: bool) -> list[Name]:
    """The names in a phrase: one project, a list, a counted batch, or a list and its batch (`A、B等10个项目`)."""
    text = sentence.document.text
    while hi > lo and (text[hi - 1] in "、，： \t的" or text[hi - 1] in "中里内" and patterns().count.search(text, lo, hi - 1)):
        hi -= 1
    if hi - lo < 1:
        return []
    examples = _EXAMPLES.search(text, lo, hi)
    if examples and (patterns().count.search(text, lo, examples.start()) or "等" in examples[0]):
        batch = read(sentence, lo, examples.start(), strong)
        if batch and batch[-1].count:
            members = split(sentence, examples.start("list"), examples.end("list"), True)
            return [*batch, *(_make(sentence, a, b) for a, b in members)]
    counts = [m for m in patterns().count.finditer(text, lo, hi) if _outside(text, lo, m.start())]
    if len(counts) == 1:
        return _counted(sentence, lo, hi, counts[0], strong)
    if len(counts) > 1:
        last = counts[-1]
        before = _BEFORE_COUNT.search(text, lo, last.start())
        if last.end() == hi and before and (value := _value(last["number"])) is not None:  # 12栋车间中已有9栋
            whole = read(sentence, lo, before.start(), strong)
            return [replace(whole[-1], count=value)] if whole and whole[-1].text else [Name("", last.start(), hi, value)]
        if "、" in text[counts[0].end() : last.start()]:  # 14条道路、9座桥梁维修
            a, b, organization = trim(sentence, lo, hi)
            return [_make(sentence, a, b, None, organization)] if is_project(text[a:b]) else []
    etc = _ETC.search(text, lo, hi)
    if etc and not strong and re.search("(?:企业|产业|产品)$", etc[0]):
        return []
    if etc:
        return _listed(sentence, lo, etc.start(), strong, True)
    return _listed(sentence, lo, hi, strong, False)


def _listed(sentence: Sentence, lo: int, hi: int, strong: bool, listed: bool) -> list[Name]:
    text = sentence.document.text
    names = []
    lo = strip_left(sentence, lo, hi)
    owned = _last_of(text, lo, hi)
    if owned > lo and _BUILT.search(text, lo, owned):  # 甲与乙共建的X
        a, b, organization = trim(sentence, lo, hi)
        if "、" not in text[a:b]:
            return [_make(sentence, a, b, None, organization)] if plausible(text[a:b], strong or listed) else []
    members = split(sentence, lo, hi, listed)
    for member in members:
        a, b, organization = trim(sentence, *member)
        if is_general(text[a:b]):
            # 一季度重大项目: the time is what tells this batch from others.
            a = next((time.start for time in sentence.times if time.end == a and time.start >= member[0]), a)
        name = _make(sentence, a, b, None, organization)
        if name.general or is_pronoun(text[a:b]) or plausible(text[a:b], strong or listed):
            names.append(name)
    return names


def _counted(sentence: Sentence, lo: int, hi: int, count: re.Match[str], strong: bool) -> list[Name]:
    """`A、B等10个项目`, `10个项目`, `项目10个`, `A、B两个项目`, `二十四座桥梁`."""
    text = sentence.document.text
    value = _value(count["number"])
    if value is None:
        return []
    noun_start, noun_end = count.end(), hi
    before = _BEFORE_COUNT.search(text, lo, count.start())
    left = before.start() if before else count.start()
    etc = text[left - 1 : left] == "等"
    noun = text[noun_start:noun_end].removeprefix("的")
    noun_start = noun_end - len(noun)
    left -= etc
    left = max(left, lo)
    start = strip_left(sentence, lo, left) if left > lo else lo
    if noun and ("、" in noun or not is_project(noun)):
        return []
    if start >= left:  # 10个项目, or 10个 alone
        return [replace(_make(sentence, noun_start, noun_end, value), general=False)] if noun else [Name("", count.start(), hi, value)]
    if not noun and not etc:  # 项目10个
        a, b, organization = trim(sentence, start, left)
        if b - a < 2 or not is_project(text[a:b]):
            return [Name("", count.start(), hi, value)] if b - a < 2 else []
        return [replace(_make(sentence, a, b, value, organization), general=False)]
    a, b, organization = trim(sentence, start, left)
    members = split(sentence, a, b, True)
    if len(members) == 1 and not etc:
        if noun and (text[count.start() - 1] == "的" and not is_general(noun) or _HAVE.search(text, left, count.start())):
            return [Name(sentence.document.page.words(noun_start, noun_end), noun_start, hi, value)]
        if before and not etc and left < count.start():  # 新建工程已有9项
            return [replace(_make(sentence, a, b, value, organization), general=False)]
        return [Name(sentence.document.page.words(a, hi), a, hi, value, organization)]
    names = []
    for x, y in members:
        x = strip_left(sentence, x, y) if x != a else x
        name = _make(sentence, x, y, None, organization)
        if re.search("[镇村乡县区市]$|街道$|社区$", text[x:y]) and len(noun) >= 4 and not is_general(noun):
            name = replace(name, text=name.text + sentence.document.page.words(noun_start, noun_end))
        if plausible(text[x:y], True):
            names.append(name)
    if etc or len(names) != value:
        words = sentence.document.page.words(noun_start, noun_end)
        names.append(Name(words, noun_start if noun else count.start(), max(hi, count.end()), value))
    return names


def _value(number: str) -> int | None:
    value = int(number) if number.isdigit() else chinese(number)
    return None if value is None else int(value)
