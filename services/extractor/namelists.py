"""The names in a phrase: one project, a list of them, a counted batch, or a list and its batch (A、B等10个项目)."""

from __future__ import annotations

import re
from dataclasses import replace

from services.extractor.expressions import expression
from services.extractor.just_now import SAID
from services.extractor.names import Name, is_general, is_project, is_pronoun, of_its_own, plausible, value, words
from services.extractor.numbers import in_label, is_capacity
from services.extractor.phrases import fitted_with, last_of, outside, strip_left, trim
from services.extractor.reading import Sentence

_BATCH = expression("第[一二三四五六七八九十\\d]{1,3}批|首批")
_PIECES = expression("首批(?:[一-鿿]{0,2}机组|[一-鿿]{0,2}设备|风机|厂房|车间|楼栋)")
_BATCHES = expression("[第前]?[一二两三四五六七八九十\\d]{1,3}[批轮]")
_BUILT = expression("(?:共建|合建|建设|投资|投建|打造|兴建|开发|运营|承建|实施|合作)$")
# 5、6号机组 and X基地6号楼、7号楼 are one name.
_COMMA = expression(r"(?<![\d号#])、(?!\d{1,2}[号#][楼厂机车窑])|、(?!\d)|；")
_AND = expression("和|与|及|以及|暨")
_PARTING = expression("[、；和与及暨]")


def make(sentence: Sentence, lo: int, hi: int, count: int | None = None, organization: str | None = None) -> Name:
    """The name at [lo, hi), in the original's words."""
    return Name(sentence.document.page.words(lo, hi), lo, hi, count, organization, is_general(sentence.document.text[lo:hi]))


def split(sentence: Sentence, lo: int, hi: int, listed: bool) -> list[tuple[int, int]]:
    """The members of `A、B和C`. `listed`: a count or 等 behind says that it is a list, so that 和 parts names."""
    text = sentence.document.text
    if not _PARTING.search(text, lo, hi):  # nearly always
        return [(lo, hi)] if lo < hi else []
    members = [(lo, hi)]
    if text.find("、", lo, hi) >= 0 or text.find("；", lo, hi) >= 0:
        cuts = [m.start() for m in _COMMA.finditer(text[lo:hi]) if outside(text, lo, lo + m.start())]
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


# 续建配套与现代化改造工程 is one.
_GOES_ON = expression("现代化|配套|改造|提升|扩建|附属|治理|节水|智能化|生态修复|修复|保护|管理|应用")


def _joint(text: str, lo: int, hi: int, listed: bool) -> tuple[int, int] | None:
    for match in _AND.finditer(text, lo + 2, hi - 2):
        if not outside(text, lo, match.start()):
            continue
        left, right = text[lo : match.start()], text[match.end() : hi]
        if _GOES_ON.match(right):
            continue
        if not is_project(left) and not (listed and len(left) >= 4 and len(right) >= 4):
            continue
        if listed or left[-1] == right[-1] and len(left) >= 3 and len(right) >= 3 or len(left) >= 5 and len(right) >= 5:
            return match.start(), match.end()
    return None


_ETC = expression(
    r"等(?:一大批|一批|多个|数个|一系列)?(?:[^，。；、]{0,12}?(?:项目|工程|企业|设施|道路|园区|基地|建设|工地|产业|产品))?$"
)
# 纺织、食品等产业链项目: sectors, no projects by name.
_OF_SECTORS = expression("等[^，。；、]{0,4}(?:产业链|领域|行业|赛道|板块|门类|链条)的?(?:项目|工程)")
_EXAMPLES = expression(r"（(?:含|包括|如|其中|有)?(?P<list>[^（）]{2,80}?)等?）$")
_HAVE = expression("有|共")


def _before_count(text: str, lo: int, at: int) -> int:
    """Where the words between a batch and its count, which stands at `at`, begin."""
    while (start := words().between.start(text, lo, at)) >= 0:
        at = start
    return at


def read(sentence: Sentence, lo: int, hi: int, strong: bool) -> list[Name]:
    """The names in a phrase that could be ones: see `_read`."""
    return [name for name in _read(sentence, lo, hi, strong) if not words().clause.search(name.plain)]


def _read(sentence: Sentence, lo: int, hi: int, strong: bool) -> list[Name]:
    """The names in a phrase: one project, a list, a counted batch, or a list and its batch (`A、B等10个项目`)."""
    text = sentence.document.text
    while hi > lo and (
        text[hi - 1] in "、，： \t的"
        or text[hi - 1] in "中里内"
        and words().count.search(text, lo, hi - 1)
        and not is_project(text[max(lo, hi - 12) : hi])
    ):
        hi -= 1
    if hi - lo < 1:
        return []
    examples = _EXAMPLES.search(text, lo, hi) if text[hi - 1] == "）" else None
    if examples and (words().count.search(text, lo, examples.start()) or "等" in examples[0]):
        batch = read(sentence, lo, examples.start(), strong)
        if batch and batch[-1].count:
            members = split(sentence, examples.start("list"), examples.end("list"), True)
            named = [make(sentence, a, b) for a, b in members]
            # 2条道路（甲路、乙路）: all are named.
            return named if len(batch) == 1 and batch[0].count == len(named) else [*batch, *named]
    counts = [
        m
        for m in words().count.finditer(text, lo, hi)
        if outside(text, lo, m.start())
        and not in_label(text, *m.span())
        and not is_capacity(text, m.start())
        and not OF_PLACES.match(text, m.end())
    ]
    if len(counts) == 1:
        return _counted(sentence, lo, hi, counts[0])
    if len(counts) > 1:
        last = counts[-1]
        before = _before_count(text, lo, last.start())
        number = value(last["number"])
        if last.end() == hi and before < last.start() and number is not None:  # 14栋车间中已有8栋
            whole = read(sentence, lo, before, strong)
            return [replace(whole[-1], count=number)] if whole and whole[-1].text else [Name("", last.start(), hi, number)]
        if last.end() == hi and text[before - 1] == "、":  # 在建16个、3个即将开工
            return [Name("", last.start(), hi, number)]
        if "、" in text[counts[0].end() : last.start()]:  # 16条道路、7座桥梁维修
            a, b, organization = trim(sentence, lo, hi)
            return [make(sentence, a, b, None, organization)] if is_project(text[a:b]) else []
    etc = _ETC.search(text, lo, hi)
    if etc and (not strong and expression("(?:企业|产业|产品)$").search(etc[0]) or _OF_SECTORS.match(etc[0])):
        return []
    if etc:
        return _listed(sentence, lo, etc.start(), strong, True, bool(expression("项目|工程").search(etc[0])))
    return _listed(sentence, lo, hi, strong, False)


# 10月搬迁: a kind of work names no project.
_BRAND = expression("[一-鿿]{2}")
_BARE_WORK = expression("(?:整体|全部|全面)?(?:提升|改造|扩建|改建|续建|整治|治理|修复|升级|更新|搬迁|迁移|重建){1,2}")


def _listed(sentence: Sentence, lo: int, hi: int, strong: bool, listed: bool, short: bool = False) -> list[Name]:
    """The names of a list; `short`: 甲乙、丙丁等项目 may have names of two characters."""
    text = sentence.document.text
    names = []
    begin = lo
    if first := _EACH_FROM.match(text, lo, hi):
        return [
            *_listed(sentence, lo, first.end() - 1, strong, listed, short),
            *_listed(sentence, first.end(), hi, strong, listed, short),
        ]
    lo = strip_left(sentence, lo, hi)
    owned = last_of(text, lo, hi)
    if owned > lo and _BUILT.search(text, lo, owned):  # 甲与乙共建的X
        a, b, organization = trim(sentence, lo, hi)
        if "、" not in text[a:b]:
            return [make(sentence, a, b, None, organization)] if plausible(text[a:b], strong or listed) else []
        if text.find("、", lo, owned) < 0:  # 甲与乙共建的X、Y
            lo = owned + 1
    members = split(sentence, lo, hi, listed)
    if len(members) > 1 and _TOWNS_OWN.match(text, *members[-1]) and all(_TOWN.fullmatch(text, *m) for m in members[:-1]):
        members = [(lo, hi)]
    for member in members:
        a, b, organization = trim(sentence, *member)
        if _BARE_WORK.fullmatch(text, a, b):
            continue
        name = make(sentence, a, b, None, organization)
        if name.general or _BATCH.match(text, a) and not _PIECES.match(text, a):
            # 一季度重大项目: the time is what tells this batch from others; 首批机组 are part of one project.
            when = next((time.start for time in sentence.times if time.end == a and time.start >= begin), a)
            if when < a and text[a - 1] not in "前后内":
                a, name = when, make(sentence, when, b, None, organization)
        if (
            name.general
            or is_pronoun(text[a:b])
            or of_its_own(text[a:b], strong or listed)
            or short
            and _BRAND.fullmatch(text, a, b)
        ):
            names.append(name)
    return names


# 从广东引进的甲、从浙江引进的乙: each has a clause of its own before it.
_EACH_FROM = expression("(?P<lead>[从由与]|来自)[^，。；、的]{1,20}的[^，。；、]{2,30}、(?=(?P=lead)[^，。；、的]{1,20}的)")
# 石桥乡、云岭乡校车专线 is one.
_TOWN = expression("[一-鿿]{1,4}(?:乡|镇|街道)")
_TOWNS_OWN = expression(f"{_TOWN.pattern}(?!等|[\\d两三四五六七八九十])[^，。；、]{{3,}}")

# 石桥镇、云岭镇等6个圩镇污水管网项目: the number counts towns.
_OF_TOWNS = expression("(?:圩镇|集镇|场镇|乡镇|镇区|镇(?!级)|行政村|村(?!级)|社区|街道)(?=[一-鿿]{3})")

# 14个乡镇的28个服务站: the first number counts no projects.
OF_PLACES = expression("(?:乡镇|行政村|村|社区|街道|镇|乡)(?=[的中、，有里])")
_KINDS = expression("(?<=[^，。；]{4})等(?P<kind>[^，。；、等]{0,10}(?:项目|工程|设施))$")
# 列入省“A”的24个项目
_PICKED = expression("列入|纳入|入选|确定|安排|申报|谋划|推进|实施|储备|签约|引进|签下|开工|新建|续建")
_SAID = expression(f"已|均|将|{SAID}|也|都|取得|完成|拿到|全部|处于|进入")
_AMONG = expression("(?<=[目程])[中里][^，。；、]{1,10}的$")


# 两座日处理400吨的污水处理厂
_SIZE_OF = expression("[日年](?:均|可)?[一-鿿]{1,3}[\\d.]{1,6}[余多万亿]?[一-鿿]{1,4}的")


def _places(members: list[tuple[int, int]]) -> bool:
    """石桥、龙口两座水厂: are all so short that they only say where?"""
    return len(members) > 1 and all(2 <= b - a <= 3 for a, b in members)


def _counted(sentence: Sentence, lo: int, hi: int, count: re.Match[str]) -> list[Name]:
    """`A、B等10个项目`, `10个项目`, `项目10个`, `A、B两个项目`, `三十二座桥梁`."""
    text = sentence.document.text
    number = value(count["number"])
    if number is None:
        return []
    if text[count.start() - 1] in "设含配" and (whole := fitted_with(sentence, lo, count.start() - 1)):
        return [make(sentence, *whole)]
    noun_start, noun_end = count.end(), hi
    left = _before_count(text, lo, count.start())
    between = left < count.start()
    etc = text[left - 1 : left] == "等"
    noun = text[noun_start:noun_end].removeprefix("的")
    noun_start = noun_end - len(noun)
    left -= etc
    left = max(left, lo)
    start = strip_left(sentence, lo, left) if left > lo else lo
    if any(time.start == start and time.end == left for time in sentence.times):  # 8月底前剩余6个项目
        start = left
    if noun and _SAID.match(noun) and not noun.endswith(("项目", "工程")):  # 37个已取得厂房
        noun, noun_start, hi = "", hi, count.end()
    if size := _SIZE_OF.match(noun):
        noun, noun_start = noun[size.end() :], noun_start + size.end()
    if _BARE_WORK.fullmatch(noun):  # 16个改造完毕
        noun, noun_start = "", hi
    if noun and ("、" in noun or not is_project(noun)):
        return []
    among = _AMONG.search(text, start, count.start())
    if among:  # 新建项目中具备条件的8个
        left = among.start()
    if start >= left:  # 10个项目, or 10个 alone
        return (
            [replace(make(sentence, noun_start, noun_end, number), general=False)]
            if noun
            else [Name("", count.start(), hi, number)]
        )
    if not noun and not etc and "、" in text[start:left]:  # 甲园区、乙管网三期两项: all are named
        members = split(sentence, start, left, True)
        if len(members) == number > 1 and all(is_project(text[x:y]) for x, y in members):
            return [make(sentence, x, y) for x, y in members]
    if not noun and not etc:  # 项目10个
        listed = _KINDS.search(text, start, left)
        if listed:  # 甲、乙等小项目27个
            named = [make(sentence, x, y) for x, y in split(sentence, start, listed.start(), True) if plausible(text[x:y], True)]
            kind = sentence.document.page.words(*listed.span("kind"))
            return [*named, Name(kind, listed.start("kind"), hi, number)]
        a, b, organization = trim(sentence, start, left)
        if text.endswith("任务", a, b) and is_project(text[a : b - 2]):  # 老旧小区改造任务共23个
            b -= 2
        if b - a < 2 or not is_project(text[a:b]):
            return [Name("", count.start(), hi, number)] if b - a < 2 else []
        return [replace(make(sentence, a, b, number, organization), general=False)]
    a, b, organization = trim(sentence, start, left)
    members = split(sentence, a, b, True)
    if len(members) == 1 and not etc:
        owned = is_general(noun) and is_project(text[a:b]) and not _PICKED.match(text, a, b)
        of = text[count.start() - 1] == "的" and not owned
        if noun and (of or _HAVE.search(text, left, count.start())):
            return [Name(sentence.document.page.words(noun_start, noun_end), noun_start, hi, number)]
        if between:  # 新建工程已有8项
            return [replace(make(sentence, a, b, number, organization), general=False)]
        if noun and _BATCHES.fullmatch(text, a, b):  # 今年前三批52个项目: what they are called has the year, not the count
            a = next((time.start for time in sentence.times if time.end == a), a)
            called = sentence.document.page.words(a, b) + sentence.document.page.words(noun_start, noun_end)
            return [Name(called, a, hi, number, organization)]
        return [Name(sentence.document.page.words(a, hi), a, hi, number, organization)]
    if etc and _OF_TOWNS.match(noun) and all(_TOWN.fullmatch(text, x, y) for x, y in members):
        return [Name(sentence.document.page.words(noun_start, noun_end), a, hi, None, organization)]
    names = []
    for x, y in members:
        x = strip_left(sentence, x, y) if x != a else x
        name = make(sentence, x, y, None, organization)
        town = expression("[镇村乡县区市]$|街道$|社区$").search(text[x:y]) and len(noun) >= 4
        if (town or _places(members) and number == len(members)) and not is_general(noun):
            name = replace(name, text=name.text + sentence.document.page.words(noun_start, noun_end))
        # 甲镇民宿集群、乙村竹器铺两个亿元项目: as many as are counted are projects, whatever they are called.
        if (
            len(members) == number
            and noun.endswith(("项目", "工程"))
            or plausible(text[x:y], True)
            or plausible(name.plain, True)
        ):
            names.append(name)
    if etc or len(names) != number:
        batch = sentence.document.page.words(noun_start, noun_end)
        names.append(Name(batch, noun_start if noun else count.start(), max(hi, count.end()), number))
    return names
