"""What the money goes into: a project, a counted batch of projects, a fund, a sector, an area."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from services.extractor import namelists, names, phrases
from services.extractor.expressions import ending, expression, leaping
from services.extractor.just_now import ALONE
from services.extractor.numbers import BOUND, CHINESE_DIGIT, chinese, in_label, unit_words
from services.extractor.reading import Document, Sentence
from services.extractor.rules.investment_words import words


@dataclass(frozen=True, slots=True)
class Subject:
    """`text` as named, `plain` as in the clean text; [start, end) where it stands in the page; `count` of a batch. `signed`: a
    newly signed batch. `fund`: money by its own name, which no project's sum goes into."""

    text: str
    plain: str
    start: int
    end: int
    count: int | None = None
    signed: bool = False
    fund: bool = False


def at(document: Document, start: int, end: int, count: int | None = None) -> Subject:
    """What stands at [start, end) of the page."""
    return Subject(document.page.words(start, end), document.text[start:end], start, end, count)


def of_name(document: Document, name: names.Name) -> Subject:
    return Subject(name.text, document.text[name.start : name.end], name.start, name.end, name.count)


_NUMBER = rf"(?:\d{{1,5}}|[{CHINESE_DIGIT}十百]{{1,5}})"
_MEASURE = rf"(?:个(?!百分点|月|季度|工作日|[县区市省](?!、)|乡(?!村)|镇|村)|{unit_words('batch_measures')})"
_COUNT = leaping(rf"(?<![第前首每\d.,—-])(?P<n>{_NUMBER})[余多]?{_MEASURE}")
_COUNTED_HEAD = expression(rf"(?P<head>{words('heads', 'batch_heads')}(?:（[^（）]{{1,20}}）)?)(?:建设)?$")
_BEFORE_COUNT = ending(
    rf"(?:{words('before_counts', 'sums_up')}|{BOUND}|含[^，。；]{{1,12}}在内|（[^（）]{{1,16}}）|[:：“”]){{1,8}}$"
)
_NOUN_END = expression(rf"[，。；：、（）\t\n]|{words('stops', 'batch_stops')}|(?:签约|开工|竣工)(?!项目)|计划(?!实施)")
# 100个市、区重点项目
_GRADES = expression("(?:国家|[国省市区县](?:级)?)(?:、(?:国家|[国省市区县](?:级)?)){1,3}(?=重点|重大|级)")
_LEADS = expression(
    rf"(?:{words('leads', 'aims', 'batch_leads')}|[全我该][市县区旗省镇乡州]|列入(?![^，。]{{0,14}}的)|[：，、”]|“(?![^”]{{1,12}}”)"
    r"|[1-9]\d?\.|[一二三四五六七八九十]{1,2}是)(?=.{2})"
)


_SIGNED = expression(words("newly_signed"))
_SIGNED_LIST = expression(rf"[^，。；]{{0,12}}(?:{words('newly_signed')}|还有)(?:的)?(?:还有|有)?")


def counted(sentence: Sentence, lo: int, hi: int) -> Subject | None:
    """The batch that [lo, hi) tells of: 重点项目63个, 14个重大项目, 其余4个为A类项目; one that a bracket behind it shuts off is none."""
    text = sentence.document.text
    for match in _COUNT.finditer(text, lo, hi):
        if in_label(text, *match.span()) or match[0] == "一条":  # 隔着一条马路
            continue
        subject = _behind(sentence, match, lo, hi) or _before(sentence, match, lo)
        if subject and "（" not in text[_beside(text, subject.end, hi) : hi].partition("）")[0]:
            signed = bool(_SIGNED.search(text, max(lo, subject.start - 12), subject.end))
            return replace(subject, signed=True) if signed else subject
    return None


def _beside(text: str, at: int, hi: int) -> int:
    """Where what stands in brackets right behind a count ends: 项目83项（新建47项、续建36项），总投资…"""
    close = text.find("）", at, hi)
    return close + 1 if text.startswith("（", at) and text.startswith("，", close + 1) and close > 0 else at


def _value(match: re.Match[str]) -> int | None:
    number = match["n"]
    value = int(number) if number.isdigit() else chinese(number)
    return None if value is None else int(value)


def _behind(sentence: Sentence, match: re.Match[str], lo: int, hi: int) -> Subject | None:
    """`14个春季重大项目`, `其余4个为A类项目`, `A、B等6个项目参加`."""
    text = sentence.document.text
    start = match.end()
    if text.startswith("、", start):  # 省重点项目3个、市重点项目14个
        return None
    for word in ("以上的", "以上", "左右", "为", "的", "是"):
        if text.startswith(word, start):
            start += len(word)
            break
    grades = _GRADES.match(text, start, hi)
    stop = _NOUN_END.search(text, grades.end() if grades else start + 1, hi)
    end = stop.start() if stop else hi
    head = _COUNTED_HEAD.search(text[start:end])
    if head:
        end = start + head.end("head")
    else:
        inner = expression("^.{0,18}?(?:项目|工程)").search(text[start:end])
        if not inner:
            return None
        end = start + inner.end()
    if end - start < 2:
        return None
    if text[match.start() - 1] in "另一":  # 另一个项目
        return at(sentence.document, match.start() - 1, end)
    whole = start
    phrase = text[lo : match.start()]
    listed = (
        expression("(?:[“”一-鿿A-Za-z（）]{2,30}[、和])++[“”一-鿿A-Za-z（）]{2,30}等?$").search(phrase)
        if "、" in phrase
        else None
    )
    if listed and not phrase.endswith("等"):
        whole = phrases.strip_left(sentence, lo + listed.start(), end)
        inner = _SIGNED_LIST.match(text, whole, match.start())
        whole = inner.end() if inner else whole
    elif expression("列入[^，。；]{1,20}的$").search(phrase):
        whole = lo + phrase.rfind("列入")
    return at(sentence.document, whole, end, _value(match))


def _before(sentence: Sentence, match: re.Match[str], lo: int) -> Subject | None:
    """`重点建设项目57个`, `基础设施类4个`; of `重大项目分别是14项、23项` no count is that of the whole."""
    text = sentence.document.text
    end = match.start()
    tail = _BEFORE_COUNT.search(text, max(lo, end - 24), end)
    if tail:
        end = tail.start()
    start = _left(sentence, lo, end)
    head = _COUNTED_HEAD.search(text[start:end])
    if (
        end - start < 2
        or not (head or names.is_project(text[start:end]))
        or match[0].endswith("家")
        and not expression("项目|企业").search(text[start:end])
    ):
        return None
    end = start + head.end("head") if head else end
    return replace(
        at(sentence.document, start, end), end=match.end(), count=None if tail and "分别" in tail[0] else _value(match)
    )


def _left(sentence: Sentence, lo: int, end: int) -> int:
    """Where the noun phrase that ends at `end` begins: times, leads and verbs in front of it passed over."""
    text = sentence.document.text
    start = max(lo, end - 40)
    for mark in "，。；：\n\t":
        start = max(start, text.rfind(mark, start, end) + 1)
    for time in sentence.times_between(start, end):
        if time.end < end - 1 and not text.startswith("的", time.end):
            start = time.end
    while match := _LEADS.match(text, start, end):
        if end - match.end() < 2:
            break
        start = match.end()
    listing = _LISTING.match(text, start, end)
    return listing.end() if listing and end - listing.end() >= 4 else start


# 某区还初步谋划区级重点项目: who lists the projects, and how, is no part of what they are called.
_LISTING = expression(rf"[一-鿿]{{0,12}}?{words('listing')}(?:了|实施|推进)?(?=第|省|市|区|县|国家|重|各|20\d\d)")

_OBJECT_STOP = expression(
    rf"[，。；：\n\t]|[、和与及](?:总|计划总?)?投资(?=[约近超]?\d)|、(?:总|计划)?投资"
    rf"|{words('object_adverbs')}(?:推进|建设|实施)|{words('stops', 'object_stops')}|{ALONE}|正常|\d{{1,2}}月|前期(?=工作|手续)"
    rf"|在[^，。；建]{{2,16}}(?:{words('begun')}|落)|(?:全线)?贯通(?!工程|项目)"
)


_SITED = expression("在[^，。；建]{2,14}?(?=建设|兴建|新建|打造|投建|实施)")


def modified(sentence: Sentence, behind: int) -> Subject | None:
    """What stands behind a sum that ends there: `总投资3亿元的X`, `投资3亿元建设X`, `投资3亿元，实施X项目180个`."""
    text = sentence.document.text
    clause = sentence.clauses[sentence.clause_at(behind - 1)]
    end = min(clause.end, behind + 2 * names.LONGEST_NAME)
    bound = expression("(?:人民币)?(?:以上|左右|以内)?(?:、)?").match(text, behind)
    start = bound.end() if bound else behind
    if sited := _SITED.match(text, start, end):  # 投资50亿元在我县建设X
        start = sited.end()
    comma = text.startswith("，", start)
    verb = _WORKS.match(text, start + comma)
    while verb and (more := _WORKS.match(text, verb.end() + 1)) and text[verb.end()] in "、和及":
        verb = more
    if comma:
        if not verb or not _APART.match(verb[0]):
            return None
        end = min(sentence.clauses[sentence.clause_at(verb.start())].end, behind + 2 * names.LONGEST_NAME)
    if (
        not verb
        and not text.startswith("的", start)
        or verb
        and expression("率|比|进度|全年|年").match(text[verb.end() : verb.end() + 2])
    ):
        return None
    start = verb.end() if verb else start
    if not verb or text.startswith(("了", "的"), start):
        start += 1
    if verb and not comma and start < end:
        batch = _COUNT.search(text, start, end)
        if batch and (subject := _behind(sentence, batch, start, end)) and batch.start() - start < 3:
            return subject
    end = object_stop(text, start, end)
    if comma and (subject := counted(sentence, start, end)):
        return subject
    if end - start < 2 or expression("投资|资金|规模").match(text[start:end]):
        return None
    if verb:
        match = expression("(?:工程|项目)?(?:建设|施工)$").search(text, start, end)
        if match and match.start() - start >= 3 and text[match.start() : end] in ("建设", "施工"):
            end = match.start()
    batch = _COUNT.match(text, start, end) if not verb else None
    if batch and (subject := _behind(sentence, batch, start, end)):
        return subject
    inner, stop_at, _ = phrases.trim(sentence, start, end) if not verb else (start, end, None)
    if text.endswith(("项目等", "工程等"), inner, stop_at):
        stop_at -= 1
    if comma and not names.is_project(text[inner:stop_at]):
        return None
    return at(sentence.document, inner, stop_at) if stop_at - inner >= 2 else None


def object_stop(text: str, start: int, end: int) -> int:
    """Where what a sum pays for ends, which begins at `start`: at the first word that tells what becomes of it."""
    stop = _OBJECT_STOP.search(text, start + 2, end)
    return stop.start() if stop else end


_WORKS = expression(words("works"))
_APART = expression(words("works_apart"))


def project(sentence: Sentence, lo: int, hi: int, strong: bool) -> Subject | None:
    """The project or batch named in [lo, hi), right before the words of money."""
    lo = max(lo, hi - 3 * names.LONGEST_NAME)
    batch = counted(sentence, lo, hi)
    if batch:
        return batch
    text = sentence.document.text
    if hi - lo < 2:
        return None
    end = phrases.strip_right(sentence, lo, hi)
    if lasting := _LASTING.search(text, lo, end):
        end = lasting.start()
    if text[end - 1] == "上" and (spent := _SPENT_ON.search(text, lo, end)):
        return at(sentence.document, *spent.span("what"))
    lo = max(lo, text.rfind("】", lo, hi) + 1)
    if pair := _OF_TWO.match(text, lo, end):
        return at(sentence.document, *pair.span())
    if text.startswith("由", lo):  # X项目，由Y公司投资9亿元建设: who builds it
        return None
    # `X由Y公司`: who builds it is not what is built.
    by = text.find("由", lo, end)
    if by - lo >= 2 and names.is_pronoun(text[lo:by]):
        return None  # 项目由Y公司投资9亿元建设: what was named before
    if by - lo >= 2 and names.words().heads.search(text, lo, by):
        end = by
    found = [name for name in namelists.read(sentence, lo, end, False) if not name.general and len(name.text) >= 2]
    if not found and strong:
        start, stop, _ = phrases.trim(sentence, lo, end)
        if (
            3 <= stop - start <= 40
            and not names.words().others.end(text[start:stop])
            and not expression("[\\d一二三]{1,3}[人次天年月]|[，。；]").search(text[start:stop])
        ):
            return at(sentence.document, start, stop)
    if not found:
        plain = _OTHER_SUBJECT.search(
            text, max(lo, *(text.rfind(mark, lo, hi) + 1 for mark in "，。；：、（\n")), right(text, lo, hi)
        )
        return at(sentence.document, _left(sentence, plain.start(), plain.end()), plain.end()) if plain else None
    name = found[-1]
    return None if names.is_pronoun(text[name.start : name.end]) else of_name(sentence.document, name)


# 县里在某产业链上投下2.27亿元
_SPENT_ON = expression("在(?P<what>[^，。；、在]{2,20})上$")
_OF_TWO = expression("[前后]者(?!合计|共)")
# 试点建设三年累计完成投资
_LASTING = expression("(?:历时|近)?[一二两三四五六七八九十]{1,2}年(?:来|间|内)?$")
# Who or what else money goes into: firms, an industry, 两校.
_OTHER_SUBJECT = expression(rf"[“”一-鿿A-Za-z\d（）]{{1,30}}{words('other_heads')}”?$")


_SUMMED = expression(rf"(?:{words('sums_up', 'aims')}|已|目前){{1,8}}$")


def right(text: str, lo: int, hi: int) -> int:
    """Where a subject ends that only words of measure part from `hi`."""
    match = _SUMMED.search(text, max(lo, hi - 8), hi)
    return match.start() if match else hi
