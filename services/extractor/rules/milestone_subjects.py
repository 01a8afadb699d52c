"""Whose stage it is: the names that a stage word belongs to, before it, behind it, or carried over from what was said before."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property

from services.contracts import Stage
from services.extractor import names
from services.extractor.names import Name
from services.extractor.reading import Clause, Sentence
from services.extractor.rules import milestone_topics as topics
from services.extractor.rules.milestone_triggers import Trigger


@dataclass
class Place:
    """A stage word in its surroundings: its clause's part [lo, hi) that no other stage word has a claim on.

    `told`: the subjects already found in the sentence, in order.
    """

    sentence: Sentence
    first: Trigger
    trigger: Trigger
    lo: int
    hi: int
    told: list[list[Name]]

    @cached_property
    def modifier(self) -> bool:
        """Does the word only say what kind of project is meant (签约项目快开工)?"""
        kind = _KIND.match(self.text, self.trigger.end, self.hi)
        return bool(kind) and not _COUNTED.match(self.text, kind.end(), self.hi) if kind else False

    @property
    def text(self) -> str:
        return self.sentence.document.text


# 签约项目, 在建工程, 投产企业: a kind of project, unless a count follows.
_KIND = re.compile("(?:建设|储备|前期|类|的)?(?:项目|企业|工程(?!量)|单位|工地)(?!率)")
# A firm that goes into production stands for its project; one that signs or settles does not.
_FIRM_STAGES = (Stage.OPERATIONAL, Stage.AT_CAPACITY)
_FIRM = re.compile("(?:公司|集团|企业|厂)$")
_DESIGNATED = re.compile("(?:19|20)\\d{2}年|季度|第.{1,3}[批期]|首批|本批|这批|春季|冬季|秋季|夏季|年度|上半年|下半年|“")


def subjects(place: Place) -> list[Name]:
    """The projects that reach the stage; empty where the words name none."""
    if place.trigger.bare:
        head = topics.item_head(place.sentence, place.first.start)
        return [head] if head and place.first.start - place.lo <= 14 else []
    if _frequency(place) or _NOUN.match(place.text, place.trigger.end) and place.text[place.trigger.start : place.trigger.end] in _BUILD:
        return []
    if _CAUSE.match(place.text, place.lo) and not place.trigger.strong:
        return []
    found = _modified(place) or _facilities(place) or _counted_behind(place) or _counted_kind(place)
    if not found and place.modifier:
        return []
    if not found and not place.trigger.only_object:
        found = _before(place)
    if not found and place.trigger.takes_object:
        found = _object(place)
    if not found and not place.trigger.only_object and _nothing_before(place) and not _goes_on(place):
        found = _carried(place, [])
    if place.trigger.stage is Stage.SIGNED:
        found = [_party_left_out(name) for name in found]
    return [name for name in found if _counts(name, place)]


def _party_left_out(name: Name) -> Name:
    """`X总部与某市签约` is about X总部."""
    at = name.plain.find("与")
    cut = at > 2 and names.is_project(name.plain[:at]) and not names.is_project(name.plain)
    return replace(name, text=name.text[:at]) if cut else name


# 改造, 扩建 that end a name (小学扩建等项目) rather than take one (扩建小学).
_BUILD = ("改造", "扩建", "改建", "改扩建", "修建", "新建", "新增", "新改建")
_NOUN = re.compile("等|项目|工程|已|将|于|在|，|、|。|（|$|全|均|正|预计|计划|完|主体|[一二三]期|进|投|提升|竣|开|按|顺|如期")
_CAUSE = re.compile("因|由于|受")


def _frequency(place: Place) -> bool:
    """班列开行500列: how often, not that it began."""
    return bool(re.match("(?:了|达|超过?|近|约|逾)?[0-9一二三四五六七八九十百千,]+[余多]?(?:列|趟|班|架次|车次|标箱)", place.text[place.trigger.end : place.hi]))


def _goes_on(place: Place) -> bool:
    """Does a word that takes an object have one, of which nothing came?"""
    behind = place.text[place.trigger.end : place.hi].lstrip("了并")
    return place.trigger.takes_object and len(behind) >= 3 and bool(re.match("[一-鿿A-Za-z\\d“]{3}", behind)) and not re.match("后|以来|的|之后|交付|使用|仪式|活动", behind)


def _counts(name: Name, place: Place) -> bool:
    """Is it a project or a batch that the contract counts?"""
    if not name.text:
        return False
    if name.count is None and (name.general or names.is_pronoun(name.plain)):
        return bool(_DESIGNATED.search(name.plain))
    if place.trigger.stage is Stage.SIGNED and name.count is None and not names.is_project(name.plain) and re.search("与|和", name.plain):
        return False
    if place.trigger.stage is Stage.APPROVED and re.search("实验室$|试点$|示范[区县市]$|称号$|示范基地$", name.plain):
        return False
    if _FIRM.search(name.plain) and not names.is_project(name.plain):
        return place.trigger.stage in _FIRM_STAGES and name.count is None and not names.is_general(name.plain)
    return True


def _modified(place: Place) -> list[Name]:
    """`已投产的X一期`, `今天开工的12个项目`, `同日签约的还有A、B`."""
    text, end = place.text, place.trigger.end
    if not text.startswith("的", end) or place.hi - end < 3:
        return []
    start = end + 1
    for lead in ("还有", "有", "是", "包括", "主要有"):
        if text.startswith(lead, start):
            start += len(lead)
    stop = _phrase_end(place, start)
    found = names.read(place.sentence, start, stop, place.trigger.stage is not Stage.SIGNED)
    if not found:
        return []
    if found[0].text == "":
        return _carried(place, found)
    if names.is_part(found[0].plain):
        owner = [name for name in _left(place) if name.count is None and not name.general]
        if owner:
            return [_joined(owner[-1], found[0])]
        return _carried(place, found)
    if found[0].general and found[0].count is None:
        return [] if not _DESIGNATED.search(text[place.lo : stop]) else found
    return found


def _phrase_end(place: Place, start: int) -> int:
    """The end of a noun phrase that begins at start: before the next verb, time or stage word."""
    text, sentence = place.text, place.sentence
    clause = sentence.clauses[sentence.clause_at(start)]
    end = min(max(place.hi, start), clause.end)
    spans = [match.span() for match in names.patterns().heads.finditer(text, start, end)]
    for match in topics.predicate().finditer(text, start + 2, end):
        if any(a < match.start() < b for a, b in spans):
            continue
        if names.patterns().heads.search(text, start, match.start()) and topics.balanced(text[start : match.start()]):
            end = match.start()
            break
    end = names.strip_right(sentence, start, end)
    if not names.is_project(text[start:end]):
        heads = [match.end() for match in names.patterns().heads.finditer(text, start, end)]
        if heads and not names.patterns().count.search(text, heads[-1], end) and "、" not in text[heads[-1] : end] and "等" not in text[heads[-1] : end]:
            return heads[-1]
    return end


def _counted_kind(place: Place) -> list[Name]:
    """`85个在建项目（A、B等）`: a count before the stage word, the noun behind it, and nothing said of them but that."""
    text, sentence = place.text, place.sentence
    match = _KIND.match(text, place.trigger.end, place.hi)
    if not match:
        return []
    counts = [c for c in names.patterns().count.finditer(text, place.lo, place.first.start)]
    if text.startswith("等", place.first.start - 1):
        return names.read(sentence, place.lo, place.first.start, True)
    if not counts or place.first.start - counts[-1].end() > 6:
        return []
    end = match.end()
    if text.startswith("（", end) and 0 < text.find("）", end, end + 90):
        end = text.find("）", end, end + 90) + 1
    return names.read(sentence, counts[-1].start(), end, True)


_BOUND = "(?:了|达到|达|有|共有|共|近|约|超过|超|逾|不少于|不低于|仅|只有|占|累计|已达|也达|还有|各|数量|总数|为|合计|一共|的|只|就有){0,3}"
_COUNTED = re.compile(rf"{_BOUND}[\d一二三四五六七八九十百两]+[余多]?[个项宗家]")
_BEHIND = re.compile(rf"{_BOUND}$")


def _counted_behind(place: Place) -> list[Name]:
    """`新签约亿元以上项目68个`, `新建6处站点`, `已开工17个`."""
    text, end = place.text, place.trigger.end
    if text.startswith("：", place.hi) and text[place.hi + 1 : place.hi + 2].isdigit():  # 计划开工亿元以上项目：45个
        count = names.patterns().count.match(text, place.hi + 1)
        if count and names.is_project(text[end : place.hi]):
            return _noun_then_count(place, end, place.hi, int(count["number"]), count, "")
    count = names.patterns().count.search(text, end, min(place.hi, end + 40))
    if not count or not topics.balanced(text[end : count.start()]):
        return []
    between = text[end : count.start()]
    noun = _BEHIND.sub("", between)
    value = names._value(count["number"])
    if value is None or "、" in between:
        return []
    rest_end = _noun_end(text, count.end(), place.hi)
    rest = text[count.end() : rest_end].lstrip("多余以上左右")
    if noun:
        return _noun_then_count(place, end, end + len(noun), value, count, rest)
    rest_start = rest_end - len(rest)
    if rest and len(rest) >= 2 and not re.match("[（以左，]", rest):
        if place.trigger.takes_object or re.search("(?:项目|工程)$", rest):
            return _count_then_noun(place, rest_start, rest_end, value)
        return []
    done = text[place.trigger.start : end] == "完成" and count["measure"] in "项个处座所条" and not rest
    if place.trigger.only_object and place.trigger.stage is Stage.COMPLETED and not done:
        return []
    left = [] if not done and place.trigger.only_object else _left(place)
    if left and left[-1].text and not names.is_pronoun(left[-1].plain):
        batch = left[-1]
        if batch.count is not None or batch.general or re.search("(?:项目|工程)$", batch.plain) and count["measure"] in "个项家宗":
            return [replace(batch, count=value, general=False)]
        return []
    return _carried(place, [Name("", count.start(), count.end(), value)])


_AREA = re.compile("[条座处所栋幢口个间]")


def _facilities(place: Place) -> list[Name]:
    """`新建学校3所、步道11公里、球场4处`: the counted facilities among them."""
    text, end = place.text, place.trigger.end
    if not place.trigger.only_object or place.trigger.stage is not Stage.COMPLETED or text.startswith("完成", place.trigger.start) or "、" not in text[end : place.hi]:
        return []
    clause = place.sentence.clauses[place.sentence.clause_at(place.trigger.start)]
    found = []
    for a, b in names.split(place.sentence, end, clause.end, False):
        counts = list(names.patterns().count.finditer(text, a, b))
        if len(counts) != 1 or not _AREA.match(counts[0]["measure"]):
            continue
        for name in names.read(place.sentence, a, b, False):
            if name.count is not None and name.text and names.is_project(name.plain) and not re.search("项目$|工程$", name.plain):
                found.append(name)
    return found


def _noun_end(text: str, start: int, hi: int) -> int:
    match = re.compile("[，。；：、（]").search(text, start, hi)
    return match.start() if match else hi


def _noun_then_count(place: Place, start: int, end: int, value: int, count: re.Match[str], rest: str) -> list[Name]:
    text = place.text
    noun = text[start:end]
    if rest and not re.match("(?:以上|左右|多|余|以内|，|（)", text[count.end() : count.end() + 2]):
        return []
    if names.patterns().clause.search(noun) or noun.startswith("的"):
        return []
    if not (place.trigger.takes_object or re.search("(?:项目|工程)$", noun)) or not names.is_project(noun):
        return []
    built = place.trigger.only_object and place.trigger.stage is Stage.COMPLETED
    if built and (re.search("项目$|工程$", noun) or count["measure"] in "家项宗"):
        return []
    a, b, organization = names.trim(place.sentence, start, end)
    if _area(text, count.end()):
        return []
    prefix = text[place.trigger.start : place.trigger.end] if noun in ("项目", "工程") else ""
    name = prefix + place.sentence.document.page.words(a, b)
    return [Name(name, a, b, value, organization)] if b > a else []


def _count_then_noun(place: Place, start: int, end: int, value: int) -> list[Name]:
    text = place.text
    stop = names.strip_right(place.sentence, start, end)
    noun = text[start:stop].removeprefix("的")
    if not names.is_project(noun) or names.patterns().other.search(noun):
        return []
    if re.fullmatch("(?:新)?项目|工程", noun) and place.trigger.only_object and place.trigger.stage is Stage.COMPLETED:
        return []
    left = _left(place) if not place.trigger.only_object else []
    if left and left[-1].count is None and names.is_part(noun) and not left[-1].general:
        return left
    return [Name(place.sentence.document.page.words(stop - len(noun), stop), start, stop, value)]


def _area(text: str, at: int) -> bool:
    return bool(re.match("(?:公里|平方米|平米|米|亩|万)", text[at : at + 3]))


def _left(place: Place) -> list[Name]:
    sentence = place.sentence
    end = names.strip_right(sentence, place.lo, place.first.start)
    if end <= place.lo or place.text[place.lo : place.first.start].endswith("、"):
        return []
    return names.read(sentence, place.lo, end, place.trigger.strong)


def _nothing_before(place: Place) -> bool:
    """Nothing but adverbs and times stands between the clause's start and the stage word."""
    sentence = place.sentence
    end = names.strip_right(sentence, place.lo, place.first.start)
    if end <= place.lo or place.text[end : end + 1] == "、":
        return True
    start = names.strip_left(sentence, place.lo, end)
    return start >= end or not re.search("[一-鿿A-Za-z0-9]", place.text[start:end])


def _before(place: Place) -> list[Name]:
    """The subject in front of the stage word, in its clause."""
    sentence, text = place.sentence, place.text
    end = names.strip_right(sentence, place.lo, place.first.start)
    if end <= place.lo or text[end : end + 1] == "、":
        return []
    found = names.read(sentence, place.lo, end, place.trigger.strong)
    head = topics.item_head(sentence, place.first.start)
    if head and len(found) <= 1 and not any(name.count is not None for name in found) and not any(len(name.text) >= 8 for name in found):
        if not found and place.text.endswith("进场", 0, place.trigger.end) and not re.search("队|单位|机械|人员|设备", text[place.lo : end]):
            return []
        part = found[0] if found and found[0].text and found[0].count is None and not found[0].general and not names.is_pronoun(found[0].plain) else None
        if part is not None:
            return [_joined(head, part)]
        pieces = re.match(r"[\d一二三四五六七八九十两]+[余多]?[栋座幢台套个条孔片根跨]", text[names.strip_left(sentence, place.lo, end) : end])
        if not place.trigger.strong or pieces or names.patterns().material.search(text, place.lo, end) or found:
            return [head]
    if not place.trigger.strong and names.patterns().material.search(text, place.lo, end):
        carried = _carried(place, found if found and names.is_part(found[0].plain) else [])
        if carried and not any(len(name.text) >= 8 for name in found):
            return carried
    finished = bool(re.fullmatch("(?:已|均|全部|顺利).{0,3}完成", text[place.trigger.start : place.trigger.end]))
    if finished:
        return [name for name in found if names.is_project(name.plain) and not names.patterns().material.search(name.plain)]
    if not found and not names.patterns().other.search(text, place.lo, end):
        found = [name for name in topics.mention(sentence, place.lo, end) if len(name.text) >= 5 or name.count is not None]
    if not found:
        start = names.strip_left(sentence, place.lo, end)
        phrase = text[start:end]
        if names.patterns().material.search(phrase) or re.search("(?:后|前|以来|时)(?:即行|即可|便可|即)?$", text[place.lo : place.first.start]):
            return _carried(place, [])
        return []
    first = found[0]
    if first.count is None and names.is_pronoun(first.plain) and text[first.start - 1] == "、":
        return []
    if not first.text or len(found) == 1 and first.count is None and (names.is_pronoun(first.plain) or names.is_part(first.plain)):
        return _carried(place, found) or ([] if not first.text or names.is_pronoun(first.plain) else found)
    if len(found) == 1 and first.count is None and (match := _ITS_PART.match(first.plain)):
        part = replace(first, text=first.text[match.end() :])
        return _carried(place, [part]) or [part]
    if not found[-1].text:
        return [*found[:-1], *(_carried(place, found[-1:]) or [replace(found[-1], text="项目")])]
    return found


# 该项目2号厂房: a part of the project named before.
_ITS_PART = re.compile("(?:该|本|此)?(?:项目|工程|园区|基地)(?=[一二三四五六七八九十\\dA-Z首主])")


def _object(place: Place) -> list[Name]:
    """The object behind the stage word: `建成X、Y两个项目`, `完成X建设`, `启动X建设`."""
    text, start = place.text, place.trigger.end
    end = place.hi
    if text.startswith("了", start):
        start += 1
    if end - start < 3:
        return []
    word = text[place.trigger.start : place.trigger.end]
    if word == "完成" and (done := _left(place)) and _DONE.search(text, start, end) and (done[-1].count is not None or names.is_project(done[-1].plain) and not done[-1].general):
        return done
    phrase_end = names.strip_right(place.sentence, start, _phrase_end(place, start))
    if word.startswith(("完成", "启动")):
        match = _DONE.search(text, start, end)
        if not match or match.end() < end and text[match.end()] not in "，。；、（并和后以及任工" or re.search("[\\d一二三四五六七八九]$", text[start : match.start()]):
            return []
        phrase_end = match.end() if match[0] not in ("建设", "施工", "工程建设", "项目建设") else match.start("verb")
    if _AIM.search(text, start, phrase_end) or re.search(r"\d[余多万]*(?:公里|平方米|平米|米|亩|户|吨|千瓦|人|个?车位|学位)$", text[start:end]):
        return []
    counted = bool(names.patterns().count.search(text, start, phrase_end))
    if place.trigger.only_object and place.trigger.stage is Stage.COMPLETED and not counted and not word.startswith(("完成", "新建成")):
        return []
    found = names.read(place.sentence, start, phrase_end, counted)
    listed = any(name.count is not None for name in found) or counted and len(found) > 1
    return [name for name in found if name.text and not (name.general and name.count is None) and (listed or names.is_project(name.plain))]


_DONE = re.compile("(?:(?:工程|项目)?(?P<verb>建设|施工)|改造提升|提升改造|改造|维修|扩建|更新|整治|治理|加固|迁建|提升|修复|升级|绿化|硬化|亮化|疏浚|搬迁|重建|改扩建|翻新|修缮)")
_AIM = re.compile("示范(?:区|基地|县|市|城市)|试点|最大|领先|一流|著名|知名|最强|先进的|重要的|高地|强[市县区]|示范[市县区]$|新格局|体系$|机制$|网络$|平台$")


def _carried(place: Place, found: list[Name]) -> list[Name]:
    """What was named before: in this sentence, at the head of the item, in the sentence before. A count takes the batch named
    last; a part joins the project that it is a part of."""
    counted = bool(found) and not found[0].text
    at = place.first.start
    pronoun = bool(found) and names.is_pronoun(found[0].plain)
    far = pronoun and len(found[0].text) > 2
    bare = pronoun and not far
    part = bool(found) and not counted and not pronoun
    near = list(_candidates(place, at, far, not pronoun or far or _opens(place, found), counted, part or pronoun))
    for number, candidates in enumerate(near):
        if not candidates[0].text:  # 其中续建96个，全部复工
            batch = next((name for group in near[number + 1 :] for name in group if name.count is not None and name.text), None)
            if batch is None or counted or part or pronoun:
                continue
            return [replace(batch, count=candidates[0].count)]
        if counted:
            batch = next((name for name in reversed(candidates) if name.count is not None or name.general), None)
            if batch is None:
                continue
            noun = replace(batch, count=found[0].count, general=False)
            return [*(name for name in found[1:]), noun]
        if part:
            single = next((name for name in candidates if name.count is None and not names.is_part(name.plain)), None)
            if single is not None:
                return [_joined(single, found[0])]
            continue
        following = near[number + 1] if number + 1 < len(near) else []
        if candidates[-1].count is None and len(following) == 1 and following[0].count and _all_of(place) and place.text.startswith("等", candidates[-1].end):
            return [*following, *candidates]
        if pronoun and found[0].text == "后者":
            return candidates[-1:]
        if pronoun and len(candidates) > 1 and found[0].text.startswith(("该", "这", "此", "本", "前者")):
            return candidates[:1]
        return candidates
    return []


def _opens(place: Place, found: list[Name]) -> bool:
    """Does the pronoun open its sentence or item, so that the sentence before it may have named the project?"""
    sentence = place.sentence
    return topics.is_item(sentence) or names.strip_left(sentence, sentence.start, found[0].end) >= found[0].start


def _all_of(place: Place) -> bool:
    return bool(re.search("全部|均|悉数|都|无一", place.text[place.lo : place.first.start]))


def _candidates(place: Place, at: int, far: bool, sentences: bool, counted: bool, crosses: bool) -> list[list[Name]]:
    """What may be meant, nearest first; `sentences`: also in those before this one."""
    sentence = place.sentence
    spoken = [group for group in place.told if group]
    result = []
    row = topics.table_row(sentence)
    if row:
        return [[row]]
    number = sentence.clause_at(at)
    begin = sentence.start
    if not counted and not crosses:
        begin = max((clause.end for clause in sentence.clauses[:number] if clause.mark == "；"), default=begin)
    for group in reversed(spoken):
        result.append((max(name.start for name in group), group))
    for clause in sentence.clauses[:number]:
        if counted and _breakdown(sentence, clause, number):
            continue
        mentioned = topics.mentioned(sentence, clause) or _headed(place, clause)
        if mentioned and not any(abs(mentioned[0].start - start) < 3 for start, _ in result):
            result.append((mentioned[0].start, mentioned))
    result = [pair for pair in result if pair[0] >= begin]
    result.sort(key=lambda pair: -pair[0])
    found = [group for _, group in result]
    if sentences:
        found += topics.earlier(sentence, far, counted)
        if not found and place.trigger.strong and sentence.text.count("“") and any(place.lo <= time.start < at for time in sentence.times):
            found += topics.earlier(sentence, True)
    return found


_OFFICE = re.compile("(?:局|委|办|中心|公司|集团|部|厅|政府|街道|镇|乡|会|处|科|方面|情况|问题|如下|主任|书记|[市县区局]长|人|介绍|说|表示|指出|透露|坦言)$")


def _breakdown(sentence: Sentence, clause: Clause, number: int) -> bool:
    """Is the clause part of a breakdown (其中…) that a semicolon has closed before clause `number`?"""
    closed = False
    for other in sentence.clauses[:number]:
        if other.start < clause.start:
            continue
        closed = closed or other.mark == "；"
    begins = any(other.text.startswith("其中") and other.start <= clause.start for other in sentence.clauses[:number])
    return closed and begins


def _headed(place: Place, clause: Clause) -> list[Name]:
    """`X新材料：完成备案`: what stands before a colon at the head of its line is what the rest is about."""
    if clause.mark != "：" or not 4 <= len(clause.text) <= 30 or _OFFICE.search(clause.text):
        return []
    if clause.start != place.sentence.start and place.text[clause.start - 1] not in "；\n":
        return []
    return [name for name in names.read(place.sentence, clause.start, clause.end, True) if name.text and not name.general]


_PHASE = re.compile("(?:第?[一二三四五六七八九十]期|（[一二三四五六七八九十]期）)(?:工程|项目)?$")


def _joined(owner: Name, part: Name) -> Name:
    """`X项目` and `一期` are X项目一期; `X二期` and `一期` are X一期."""
    base = owner.text
    if _PHASE.search(part.text[:4]) or _PHASE.search(part.text):
        base = _PHASE.sub("", base) or base
    text = base if part.text in base else base + part.text
    return replace(part, text=text, organization=owner.organization, general=False)
