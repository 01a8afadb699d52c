"""Plan or fact: the status of what a clause says, from the words before its verb, its date, else from the passage it stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from services.contracts import Status
from services.extractor.dates import Anchor, Time
from services.extractor.day_lines import item_start
from services.extractor.expressions import expression, leaping
from services.extractor.holidays import NAMES, day_of_holiday, next_holiday
from services.extractor.just_now import GOING_ON
from services.extractor.lexicon import alternatives, load
from services.extractor.questions import question_above
from services.extractor.reading import Sentence
from services.extractor.sections import mood as title_mood
from services.extractor.table_columns import is_stages_day


@dataclass(frozen=True, slots=True)
class _Patterns:
    decisive: re.Pattern[str]
    soft: re.Pattern[str]
    effort: re.Pattern[str]
    result: re.Pattern[str]
    figure: re.Pattern[str]
    leads: re.Pattern[str]


@lru_cache(maxsize=1)
def _patterns() -> _Patterns:
    words = load("status")
    # 正式, 了解, 要素, 将军 and the like are other words.
    facts = f"(?:{alternatives(words['facts'])})(?<!正(?!{GOING_ON}))(?<!了(?=解))(?<![\\d一二三四五六七八九十]日前)"
    modals = (
        f"(?:{alternatives(words['modals'])})"
        + r"(?<!要(?=[素求点件闻道]))(?<!将(?=军))(?<!促(?=进(?:会|局|处|中心|办公室)))(?<![纳列]入规划)(?<![纳列]入计划)(?<!规划(?=[馆局院厅展师许]))"
        + r"(?<!需要)(?<!主要)(?<!重要)(?<!待(?=遇))(?<!招待)(?<!模拟)(?<!虚拟)"
        # 已争取, 争取到: what has been got.
        # 争取上级资金3亿元 got them, unless a plan says so.
        + r"(?<!争取(?=[^，。；要力]{0,12}(?:资金|补助|债券?|国债|贷款)[^，。；]{0,4}\d))"
        + r"(?<!已争取)(?<!共争取)(?<!累计争取)(?<!成功争取)(?<!先后争取)(?<!争取(?=[到了得]))"
    )
    efforts, results = alternatives(words["efforts"]), alternatives(words["results"])
    return _Patterns(
        decisive=leaping(f"(?P<planned>{modals})|(?P<actual>{facts})"),
        soft=leaping(f"(?P<planned>{efforts})|(?P<actual>{results})"),
        effort=expression(efforts),
        result=expression(results),
        figure=expression(alternatives(words["figures"])),
        leads=expression(alternatives(words["leads"]["planned"])),
    )


def status(sentence: Sentence, start: int, end: int, name: tuple[int, int] | None = None) -> Status:
    """The status of what [start, end) of the page says; `start` is where its verb or amount stands, so that words before it count;
    those in `name` do not (`126个计划实施项目开工74个`).

    The nearest modal or 已 before it in its clause decides; then its date, where that lies before or after the bulletin's; then
    words of effort or result in the clause; then a modal in the clauses before it (力争…，…); then the section and the passage.
    """
    document = sentence.document
    number = sentence.clause_at(start)
    clause = sentence.clauses[number]
    patterns = _patterns()
    limit = min(end, clause.end)
    begin = clause.start
    if name is not None and clause.start <= name[0] and name[1] <= limit:
        found = _last(patterns.decisive, document.text, name[1], limit)
        limit_before = name[0]
    else:
        found, limit_before = None, limit
    found = found or _last(patterns.decisive, document.text, begin, limit_before)
    if found is not None:
        return found
    dated = by_date(sentence, clause.start, start)
    if dated is None and number and _only_time(sentence, number - 1):  # 下半年，开工建设X
        dated = by_date(sentence, sentence.clauses[number - 1].start, clause.start)
    if dated is not None:
        return dated
    behind = name[1] if name is not None and clause.start <= name[0] and name[1] <= start else clause.start
    # 供水保障工程26日通水: a word of effort in the name says nothing of it.
    found = _last(patterns.soft, document.text, behind, min(start, clause.end))
    if found is None and name is not None and behind == name[1]:
        found = _last(patterns.soft, document.text, clause.start, name[0])
    # 推动X、Y三季度全部开工: as an instruction words it, or as a review does; what stands before it tells.
    led = patterns.effort.match(document.text, clause.start, start) and not sentence.section.planned
    urged = number > 0 and "要" in sentence.text and _URGED.search(document.text, sentence.start, clause.start)
    if found is not None and not ((led or urged) and found is Status.ACTUAL):
        return found
    for earlier in reversed(sentence.clauses[max(0, number - 12) : number]):
        if earlier.mark == "；":
            break
        found = _carried(document.text, earlier.start, earlier.end) or _headed(sentence, earlier.start, earlier.end)
        if found is not None:
            return found
    return Status.PLANNED if urged else passage(sentence, clause.end)


# 会议强调，要…，完成固定资产投资31亿元: words of result are no facts in what is called for.
_URGED = expression(
    "(?:讲话|强调|要求|指出|部署|动员|号召|提出)(?:时说|时指出)?[：，][^，。；：]{0,8}?(?:要(?![素点求闻])|必须|务必)|要求[，：]"
)


def _headed(sentence: Sentence, start: int, end: int) -> Status | None:
    """What the time that a clause opens with says: 年内完成X，开工建设Y."""
    times = sentence.times_between(start, end)
    return by_date(sentence, start, times[0].end) if times and times[0].start - start <= 1 else None


def _only_time(sentence: Sentence, number: int) -> bool:
    clause = sentence.clauses[number]
    times = sentence.times_between(clause.start, clause.end)
    label = _LABEL.match(clause.text) if clause.text[0] == "[" else None
    start = clause.start + (label.end() if label else 0)
    return bool(times) and times[0].start - start <= 1 and clause.end - times[-1].end <= 1


# [图片]11月15日，…
_LABEL = expression(r"\[[^\[\]]{1,6}\]")


def by_date(sentence: Sentence, start: int, end: int) -> Status | None:
    """What the last time in [start, end) says: planned where it is still to come, actual where it is over, else nothing."""
    anchor = sentence.document.anchor
    for time in reversed(sentence.times_between(start, end)):
        if time.end <= end and not time.comparison and not is_stages_day(sentence.document, time.start):
            text = sentence.document.text
            named = _OF_A_NAME.match(text, time.end)  # 四季度重大项目
            got = text[time.start] == "到" and text[time.start - 1] in "取得拿领收接达签"  # 争取到2024年第一批资金
            if named or got:
                return None
            return _when(text[time.start : time.end], time, anchor) or _by_holiday(sentence, time.end, end, time)
    return _by_holiday(sentence, start, end)


# Their names stand in sentences where dates do not (春节后复工, 国庆前开园).
_HOLIDAY = expression(f"(?<![去前]年)(?P<name>{NAMES})(?:节|季|长假|假期|期间)?(?P<side>[之以]?[前后])?")
_NEAR = 150


_MONTH_END = expression("(?<![\\d一二三四五六七八九十上])月底")


def _by_holiday(sentence: Sentence, start: int, end: int, of: Time | None = None) -> Status | None:
    """Planned where the next such holiday is at most five months off and the last one longer ago than that; right behind a year
    (`of`: 今年秋季学期前), where it is still to come."""
    today, text = sentence.document.anchor.published_on, sentence.document.text
    if today and of is None and today.day <= _MOST_OF and _MONTH_END.search(text, start, end):
        return Status.PLANNED
    match = _HOLIDAY.search(text, start, end) if today else None
    if match is None or today is None:
        return None
    if of is not None:
        comes = of.first is not None and match.start() == of.end and day_of_holiday(match["name"], of.first.year) > today
        return Status.PLANNED if comes else None
    return Status.PLANNED if (next_holiday(match["name"], today) - today).days <= _NEAR else None


_MOST_OF = 25
_OF_A_NAME = expression("(?:[一-鿿]{0,4}(?:重大|重点|亿元以上|工业|产业)){1,2}(?:项目|工程)")


def _when(text: str, time: Time, anchor: Anchor) -> Status | None:
    today, year = anchor.published_on, anchor.year
    if text.endswith("年内") and (today is None or today.month < 12):
        return Status.PLANNED
    if text.startswith(("截至", "截止", "至", "到")):
        ahead = text.startswith(("至", "到")) and today and time.last and time.last > today  # 到2025年底建成X
        return Status.PLANNED if ahead else None
    if time.last is None:  # 9月起
        return Status.PLANNED if today and time.first and time.first > today else None
    if today is not None:
        if time.last < today:
            return Status.ACTUAL
        coming = time.first > today if time.first else time.last > today
        # 上半年全部动工, said in February.
        far = text.endswith(("季度", "半年")) and (time.last - today).days > _MOST_OF
        return Status.PLANNED if coming or far else None
    if year is None:
        return None
    if time.last.year < year:
        return Status.ACTUAL
    first = time.first or time.last
    # Without a day of publication, a bare deadline (年底前) of the same year is one that is still to come.
    return Status.PLANNED if first.year > year or time.first is None and text.endswith("前") else None


def passage(sentence: Sentence, stop: int | None = None) -> Status:
    """What the passage is about as a whole: plans or facts; plans that the sentence itself goes on with behind `stop` are none of it."""
    document = sentence.document
    if _LINK.match(document.text, document.text.rfind("\n", 0, sentence.start) + 1):
        return Status.ACTUAL  # what is told above it is of another article
    if sentence.section.planned or _line_announces(sentence) or _asked_ahead(sentence):
        return Status.PLANNED
    planned = actual = 0
    begin = item_start(document, sentence.start)
    for near in (*document.before(sentence, 6), sentence):
        if near.start < begin:
            continue
        votes = _votes(near, stop if stop is not None and near is sentence else near.end)
        planned += votes[0]
        actual += votes[1]
    return Status.PLANNED if planned > 2 * actual + 1 else Status.ACTUAL


def _asked_ahead(sentence: Sentence) -> bool:
    """`下半年呢？ 答：再开工项目24个`: is it the answer to a question about a time that is to come?"""
    return any(by_date(one, one.start, one.end) is Status.PLANNED for one in question_above(sentence))


# 下一篇：某卫生院新门诊楼投入使用
_LINK = expression("\\s{0,4}(?:[上下]一[篇条]|相关(?:链接|新闻|阅读|报道)|(?:推荐|延伸)阅读)：")
# No longer is a heading that its text follows in the same line.
_LONGEST_HEAD = 14


def _line_announces(sentence: Sentence) -> bool:
    """`●下半年安排。…；开工X、Y`: does the line begin with a heading that announces plans?"""
    document = sentence.document
    head = document.sentence_at(document.text.rfind("\n", 0, sentence.start) + 1)
    return head is not sentence and len(head.text) <= _LONGEST_HEAD and title_mood(head.text) is True


def _votes(near: Sentence, stop: int) -> tuple[int, int]:
    """How many of a sentence's words speak for plans (those before `stop`) and for facts."""
    known: tuple[int, int] | None = near.memo.get(("mood", stop))
    if known is not None:
        return known
    patterns = _patterns()
    text = near.document.text
    planned = actual = 0
    if patterns.leads.search(text, near.start, stop):
        planned += 3
    for match in patterns.decisive.finditer(text, near.start, near.end):
        if not match["planned"]:
            actual += 1
        elif match.start() < stop and not text.startswith("总投资", match.end()):  # 计划总投资 is what a sum is called
            planned += 1
    # An effort at the head of a clause without a subject is an instruction or a programme's point.
    planned += sum(1 for clause in near.clauses if clause.start < stop and patterns.effort.match(clause.text))
    actual += sum(1 for clause in near.clauses if patterns.result.search(clause.text))
    near.memo["mood", stop] = planned, actual
    return planned, actual


_KIND = expression("[一-鿿]{2,4}(?:项目|工程|企业|地块)")


_LATER = expression("、(?:[今明]年|[本下]月)")
# More is no prose; a clause without end must not be read anew for each of its verbs.
_LONGEST_CLAUSE = 400


def _last(pattern: re.Pattern[str], text: str, start: int, end: int) -> Status | None:
    found, before_verbs = None, load("status")["before_verbs"]
    for match in pattern.finditer(text, max(start, end - _LONGEST_CLAUSE), end):
        owned = text.find("的", match.end(), min(end, match.end() + 12))
        if owned > 0 and "，" not in text[match.end() : owned]:
            continue  # 计划改造的23个小区: the modal says which ones are meant
        if match[0] in ("去年", "上年") and _LATER.search(text, match.end(), end):
            continue  # 去年底动工、今年12月完工的X
        if match[0] not in before_verbs and _KIND.match(text, match.end(), end):
            continue  # 6个已供地项目
        shut = text.find("）", match.end(), end)
        if shut > 0 and text.find("（", match.end(), shut) < 0:
            continue  # 新院区（已花掉1.7亿元）7月启用
        found = Status.PLANNED if match["planned"] else Status.ACTUAL
    return found


def _carried(text: str, start: int, end: int) -> Status | None:
    """The last decisive word of an earlier clause, modals that only qualify a figure left out."""
    patterns = _patterns()
    found = None
    for match in patterns.decisive.finditer(text, start, end):
        if match["planned"] and patterns.figure.match(text, match.end()):
            continue
        found = Status.PLANNED if match["planned"] else Status.ACTUAL
    return found


# A bulletin of the first months still tells of the year before: 全年 and 截至12月末 are that year's.
_LOOKING_BACK_MONTHS, _AHEAD = 3, 60


def looked_back(sentence: Sentence, found: Time | None, said: Status) -> Time | None:
    """A time without a year that has not come yet, of something that has: the same one a year before."""
    today = sentence.document.anchor.published_on
    if found is None or today is None or said is not Status.ACTUAL or found.year_given or found.last is None:
        return found
    if today.month > _LOOKING_BACK_MONTHS or (found.last - today).days < _AHEAD:
        return found
    first = found.first.replace(year=found.first.year - 1) if found.first else None
    return replace(found, first=first, last=found.last.replace(year=found.last.year - 1))
