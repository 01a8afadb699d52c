"""What the money goes into: a project, a counted batch of projects, a fund, a sector, an area."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from services.extractor import names
from services.extractor.lexicon import alternatives, load
from services.extractor.numbers import CHINESE_DIGIT, chinese
from services.extractor.reading import Document, Sentence
from services.extractor.rules import milestone_topics as topics


@dataclass(frozen=True, slots=True)
class Subject:
    """`text` as named; [start, end) where it stands in the page; `count` of a batch. `signed`: a newly signed batch."""

    text: str
    start: int
    end: int
    count: int | None = None
    signed: bool = False


_NUMBER = rf"(?:\d{{1,5}}|[{CHINESE_DIGIT}十百]{{1,5}})"
_MEASURE = "(?:个(?!百分点|月|季度|工作日|县|区|市|乡|镇|省|村)|项|宗|处|座|家|条|所|栋|批)"
_COUNT = re.compile(rf"(?<![第前首每\d.,—-])(?P<n>{_NUMBER})[余多]?{_MEASURE}")
_COUNTED_HEAD = re.compile("(?:项目|工程|类|园区|产业园|基地|企业|学校|医院|道路|桥梁|设施|改造|中心|平台|装备|大厦|工地|任务|实事)(?:（[^（）]{1,20}）)?$")
_BEFORE_COUNT = re.compile("(?:目前|现有|现|已|共计|共有|总共|一共|共|合计|累计|分别|只有|仅有|有|达到?|多达|约|近|超过|超|逾|不少于|安排|含[^，。；]{1,12}在内|（[^（）]{1,16}）|[:：“”])+$")
_NOUN_END = re.compile(
    r"[，。；：、（）\t\n]|总投资|投资|完成|集中|签约(?!项目)|开工(?!项目)|年度|已|将|正|计划(?!实施)|全部|陆续|相继|获|合同|协议|到位|建成|竣工(?!项目)|投产|累计|预计|为|总体|概算|共|合计|实现|落地|用于|的"
)
_LEADS = re.compile(
    "(?:全年|全[市县区旗省镇乡州]|我[市县区旗省镇乡州]|该[市县区旗镇]|今年|其中|目前|截至目前|另有|还有|共有|共|累计|计划|拟|预计|力争|确保|安排|组织|实施|推进|落实|谋划|储备|列入(?![^，。]{0,14}的)|包括|分类看|按类别看|现场|会上|当天|活动|已|有|新上|承接|[：，、“”]|是|年度|"
    "[1-9]\\d?\\.|[一二三四五六七八九十]{1,2}是)+(?=.{2})"
)
_SIGNED_BEFORE = re.compile("(?:其余|剩余|余下)$")


@lru_cache(maxsize=1)
def _signed() -> re.Pattern[str]:
    return re.compile(alternatives(load("investment")["newly_signed"]))


def counted(sentence: Sentence, lo: int, hi: int) -> Subject | None:
    """The batch that [lo, hi) tells of: 重点项目72个, 12个重大项目, 其余3个为交通水利项目."""
    text = sentence.document.text
    found = None
    for match in _COUNT.finditer(text, lo, hi):
        subject = _behind(sentence, match, lo, hi) or _before(sentence, match, lo)
        if subject:
            found = subject
            if _signed().search(text, lo, subject.end):
                found = replace(found, signed=True)
            break
    return found


def _value(match: re.Match[str]) -> int | None:
    number = match["n"]
    value = int(number) if number.isdigit() else chinese(number)
    return None if value is None else int(value)


def _behind(sentence: Sentence, match: re.Match[str], lo: int, hi: int) -> Subject | None:
    """`12个春季重大项目`, `其余3个为交通水利项目`."""
    text = sentence.document.text
    start = match.end()
    for word in ("以上的", "以上", "左右", "为", "的", "是"):
        if text.startswith(word, start):
            start += len(word)
            break
    stop = _NOUN_END.search(text, start + 1, hi)
    end = stop.start() if stop else hi
    noun = text[start:end]
    if len(noun) < 2 or not _COUNTED_HEAD.search(noun):
        return None
    whole = start
    phrase = text[lo : match.start()]
    listed = re.search("(?:[“”一-鿿A-Za-z（）]{2,30}[、和]){1,8}[“”一-鿿A-Za-z（）]{2,30}等?$", phrase) if "、" in phrase or "和" in phrase else None
    if listed:
        whole = names.strip_left(sentence, lo + listed.start(), end)
    elif re.search("列入[^，。；]{1,20}的$", phrase):
        whole = lo + phrase.rfind("列入")
    return Subject(sentence.document.page.words(whole, end), whole, end, _value(match))


def _before(sentence: Sentence, match: re.Match[str], lo: int) -> Subject | None:
    """`重点建设项目64个`, `基础设施类3个`."""
    text = sentence.document.text
    end = match.start()
    tail = _BEFORE_COUNT.search(text, max(lo, end - 24), end)
    if tail:
        end = tail.start()
    start = _left(sentence, lo, end)
    if end - start < 2 or not _COUNTED_HEAD.search(text[start:end]) or re.search("家$", match[0]) and not re.search("项目|企业", text[start:end]):
        return None
    return Subject(sentence.document.page.words(start, end), start, max(end, match.end()), _value(match))


def _left(sentence: Sentence, lo: int, end: int) -> int:
    """Where the noun phrase that ends at `end` begins: times, leads and verbs in front of it passed over."""
    text = sentence.document.text
    start = max(lo, end - 40)
    for mark in "，。；：\n\t":
        start = max(start, text.rfind(mark, start, end) + 1)
    for time in sentence.times:
        if start <= time.start < time.end < end - 1 and not text.startswith("的", time.end):
            start = time.end
    while match := _LEADS.match(text, start, end):
        if end - match.end() < 2:
            break
        start = match.end()
    return start


_OBJECT_STOP = re.compile("[，。；：\n\t]|已(?!经)|计划|预计|将|正(?!式)|近日|日前|今日|\\d{1,2}月|刚刚|也|正式|顺利|全面|租用|在[^，。；建]{2,14}(?:签约|开工|举行|落)|签约|开工|破土|奠基|封顶|动工|落户|投产|竣工")


def modified(sentence: Sentence, at: int) -> Subject | None:
    """What stands behind a sum that ends at `at`: `总投资3亿元的X`, `投资3亿元建设X`, `投资3亿元，实施X项目210个`."""
    text = sentence.document.text
    clause = sentence.clauses[sentence.clause_at(at - 1)]
    end = clause.end
    bound = re.compile("(?:人民币)?(?:以上|左右|以内)?(?:、)?").match(text, at)
    start = bound.end() if bound else at
    works = _works()
    comma = text.startswith("，", start)
    verb = works.match(text, start + comma)
    if comma:
        if not verb or not re.match("实施|滚动|建设|新建|用于|改造|完成|启动", verb[0]):
            return None
        end = sentence.clauses[sentence.clause_at(verb.start())].end
    if not verb and not text.startswith("的", start):
        return None
    start = verb.end() if verb else start
    if verb and text.startswith(("了", "的"), start):
        start += 1
    elif not verb:
        start += 1
    if verb and not comma and start < end:
        batch = _COUNT.search(text, start, end)
        if batch and (subject := _behind(sentence, batch, start, end)) and batch.start() - start < 3:
            return subject
    stop = _OBJECT_STOP.search(text, start + 2, end)
    end = stop.start() if stop else end
    if comma and (subject := counted(sentence, start, end)):
        return subject
    if end - start < 2 or re.match("投资|资金|规模", text[start:end]):
        return None
    if verb:
        match = re.compile("(?:工程|项目)?(?:建设|施工)$").search(text, start, end)
        if match and match.start() - start >= 3 and text[match.start() : end] in ("建设", "施工"):
            end = match.start()
    inner, stop_at, _ = names.trim(sentence, start, end) if not verb else (start, end, None)
    return Subject(sentence.document.page.words(inner, stop_at), inner, stop_at) if stop_at - inner >= 2 else None


@lru_cache(maxsize=1)
def _works() -> re.Pattern[str]:
    return re.compile(f"(?:{alternatives(load('investment')['works'])})")


_PROJECT_LEFT = re.compile("(?:由[^，。；]{2,24}(?:公司|集团|局|委)?|的|，|：|、|并|现场|项目业主|目前|截至目前|已|预计|计划|拟|累计|总|建成|共|紧随其后|预估|合计|也|则)+$")


def project(sentence: Sentence, lo: int, hi: int, strong: bool) -> Subject | None:
    """The project or batch named in [lo, hi), right before the words of money."""
    batch = counted(sentence, lo, hi)
    if batch:
        return batch
    text = sentence.document.text
    if hi - lo < 2:
        return None
    end = names.strip_right(sentence, lo, hi)
    # `X由Y公司`: who builds it is not what is built.
    by = text.find("由", lo, end)
    if by - lo >= 4 and names.patterns().heads.search(text, lo, by):
        end = by
    found = [name for name in names.read(sentence, lo, end, False) if not name.general and len(name.text) >= 2]
    if not found and strong:
        start, stop, _ = names.trim(sentence, lo, end)
        if 3 <= stop - start <= 40 and not names.patterns().other.search(text, start, stop) and not re.search("[\\d一二三]{1,3}[人次天年月]|[，。；]", text[start:stop]):
            return Subject(sentence.document.page.words(start, stop), start, stop)
    if not found:
        return None
    name = found[-1]
    if names.is_pronoun(text[name.start : name.end]):
        return None
    return Subject(name.text, name.start, name.end, name.count)


def carried(sentence: Sentence, at: int, part: str | None = None) -> Subject | None:
    """What was spoken of before `at`: in this sentence's clauses, then in the sentences before it, the nearest first."""
    number = sentence.clause_at(at)
    for clause in reversed(sentence.clauses[:number]):
        subject = _of_clause(sentence, clause.start, clause.end)
        if subject:
            return subject
    row = topics.table_row(sentence)
    if row:
        return Subject(row.text, row.start, row.end)
    line = sentence.document.text.rfind("\n", 0, sentence.start) + 1
    for near in sentence.document.before(sentence, 5):
        if near.start < line:
            break
        options = [subject for clause in near.clauses if (subject := _of_clause(near, clause.start, clause.end))]
        if options:
            return options[0]
    return None


def _of_clause(sentence: Sentence, lo: int, hi: int) -> Subject | None:
    batch = counted(sentence, lo, hi)
    if batch and re.search("项目|工程|类$|园", batch.text):
        return batch
    clause = sentence.clauses[sentence.clause_at(lo)]
    found = [name for name in topics.mentioned(sentence, clause) if name.text]
    return Subject(found[0].text, found[0].start, found[0].end, found[0].count) if found else None


_AREA = re.compile(r"(?:全|我|本|该)(?:市|县|区|旗|镇|乡|省|州|盟|街道|园)(?!第|首|平均|域|长|委|政|[一二三四五六七八九十\d])|(?<![一-鿿])园区(?=完成|固|投|实)|县里|区里|市里")
_NOT_OF = re.compile("(?:高于|低于|居|列|占|占到|比|快于|领跑|在)$")


def area(sentence: Sentence, at: int) -> Subject | None:
    """The area whose investment it is: the last one named before `at` in the sentence, else in the paragraph; else the bulletin's."""
    document = sentence.document
    found = _area_in(document, sentence.start, at)
    if found:
        return found
    line = document.text.rfind("\n", 0, sentence.start) + 1
    for near in document.before(sentence, 3):
        if near.start < line:
            break
        found = _area_in(document, near.start, near.end)
        if found:
            return found
    return whole(document, at)


def _area_in(document: Document, lo: int, hi: int) -> Subject | None:
    text = document.text
    best: tuple[int, int] | None = None
    for match in _AREA.finditer(text, lo, hi):
        if not _NOT_OF.search(text, max(lo, match.start() - 2), match.start()):
            best = match.span()
    from services.extractor.regions import Gazetteer

    for mention in Gazetteer.load().find_folded(text[lo:hi]):
        start, end = lo + mention.start, lo + mention.end
        if (best is None or start > best[0]) and not _NOT_OF.search(text, max(lo, start - 2), start) and not re.match("统计|发改|[第首各平]", text[end : end + 2]):
            best = (start, end)
    return Subject(document.page.words(*best), *best) if best else None


def whole(document: Document, at: int) -> Subject | None:
    """The bulletin's own area as its text calls it: 全县, 我区; else by name."""
    kind = document.home.name[-1] if document.home else "[市县区旗]"
    own = re.search(f"(?:全|我){kind}(?!国|省|长|域|第)", document.text)
    if own:
        return Subject(document.page.words(*own.span()), at, at)
    return Subject(document.home.name, at, at) if document.home else None


_FUND_LEFT = re.compile(
    "(?:共|累计|累|放|向上|已|先后|成功|积极|全力|努力|协调|推动|撬动|带动|支持|帮助|为|向|给|对)?(?:争取到位|争取到|争取|申请到|申请|申报|申领|获批|获得|获|到位(?=.{2})|落实到位|落实|发行|发放|投放|下达|拨付|兑付|兑现|发|安排|筹措|筹集|募集|引进到位|引进|利用|使用|提供|取得|收到|投入|新增|统筹|整合|办理|列支|其中|完成|实现|推出|增加|享受|解决|累放|放)(?:了)?"
)


def fund(sentence: Sentence, lo: int, cue_start: int, cue_end: int) -> Subject:
    """The fund that a cue names, with what stands before it: 中央预算内资金, 惠企奖补资金."""
    document, text = sentence.document, sentence.document.text
    start = max(lo, cue_start - 30)
    for mark in "，。；：\n\t":
        start = max(start, text.rfind(mark, start, cue_start) + 1)
    joint = text.rfind("、", start, cue_start)
    if joint >= 0 and re.search("元$", text[start:joint]):
        start = joint + 1
    for time in sentence.times:
        # A year within the name (2024年超长期特别国债) stays.
        if start <= time.start < time.end <= cue_start and start + 4 > time.start:
            start = time.end
    for match in _FUND_LEFT.finditer(text, start, cue_start):
        start = match.end()
    while match := re.compile("(?:全[市县区旗省镇乡]|我[市县区旗镇]|该[市县区]|各类|实际|其中|共|[“”：，、的了])").match(text, start, cue_start):
        start = match.end()
    return Subject(document.page.words(start, cue_end), start, cue_end)
