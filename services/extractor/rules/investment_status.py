"""Whether a sum is told as a plan or as a fact."""

from __future__ import annotations

from services.contracts import Metric, Status
from services.extractor import mood
from services.extractor.dates import Time
from services.extractor.expressions import expression, leaping
from services.extractor.lexicon import last
from services.extractor.reading import Sentence
from services.extractor.rules import investment_table as table
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import Statement
from services.extractor.rules.investment_words import words
from services.extractor.sections import mood as title_mood

PLANNED_WORDS = leaping(rf"(?<!列入)(?!将军){words('aims', 'planned')}|要(?!素|来(?=[\d约近中省市上国各专一]))")
_PLANNED_BEHIND = expression(rf"，?[也均都]?(?:{words('aims')}|争取)[^，。；]{{0,10}}{words('begun')}")
# 还有一笔9000万元的专项债，预计5月底前下达
_COMING_BEHIND = expression(
    "[^，。；]{0,10}，(?:预计|计划|有望|将|争取|拟)(?:于|在)?[^，。；]{0,12}?(?:下达|到账|到位|拨付|发行|发放|兑付|兑现)"
)
# The bound of a target; what has been reached is 超过 or 突破.
_TARGET = expression("(?:不低于|不少于|不超过|不小于)$")
_TARGET_WORD = expression("不低于|不少于|不小于")
# 固定资产投资增长7%左右的目标; what was reached or outdone is told.
_AIM_BEHIND = expression("(?:左右|以上)?的(?:年度|全年|预期|增长|既定){0,2}(?:目标|任务|预期)(?!的)")
_REACHED = expression("完成|实现|达到|超|高于|好于|快于|领先|已")
# 预计地区生产总值增长4.7%，…；固定资产投资增长11.4%: it governs all figures of the sentence.
_EXPECTED = expression("[^，。；：]{0,10}(?:初步)?预计(?!将)[^，。；：]{0,30}\\d")
# 固定资产投资预计增长8.6%，其中工业投资增长两成: a part of what is expected
_EXPECTED_BEFORE = expression("(?<!计划)(?:预计|有望|力争|确保)(?:完成|增长|达到?|实现)(?:投资)?[^，。；已]{1,14}，$")
# 2022年，我镇将：…；…，预算投资360万元
_PROGRAMME = expression(rf"(?:{words('aims', 'plans')}|打算|安排|要|部署|划重点|军令状)：")
_DONE = expression(rf"{words('done')}|了$")
# 争取 with a fund as its object is getting money, no wish.
_GETTING = expression(
    r"(?:成功|已|共|累计|先后|积极)争取"
    rf"|争取(?=到|了|\d|{words('fund_sources', 'fund_nouns')}|[^，。；]{{0,14}}{words('fund_nouns')})"
)
# 协议投资总额47.3亿元。其中，外商投资项目3个，拟投资1.25亿美元
PICKED = expression(r"\s{0,8}(?:其中|值得(?:关注|一提|注意)的是|例如|比如|譬如|最(?:受|引人)(?:关注|注目)的是?)")
# 达成贷款意向17亿元: no bank has lent it yet.
_INTENT = expression(words("intents"))
# What was signed once and is built by now is told by what it costs.
FARTHER = expression("已|建成|兴建|在建|[开动竣完]工|试车|投产|达产|投用")

# Words farther before a sum than this say nothing of its status.
_WINDOW = 240


def status_of(
    sentence: Sentence, statement: Statement, subject: Subject | None, metric: Metric, period: Time | None, lo: int
) -> Status:
    """Plan or fact, by the contract's rule 8; `lo` is where the evidence begins."""
    text = sentence.document.text
    if metric is Metric.ANNUAL_PLANNED_INVESTMENT:
        return Status.PLANNED
    column = table.planned_column(sentence, statement.at)
    if column is not None:
        return column
    clause = sentence.clauses[sentence.clause_at(statement.at)]
    first = max(clause.start, statement.at - _WINDOW)
    # Behind the word of a share of a plan stands what is planned: 完成年度投资计划的58%.
    only_share = statement.plan is not None and statement.money is None
    own = _without_getting(
        text[first : statement.cue.start if only_share else max(statement.at, min(statement.cue.end, clause.end))]
    )
    aimed = _TARGET.search(text, first, statement.at) or _TARGET_WORD.match(text, statement.at)
    if aimed and not _DONE.search(own):
        return Status.PLANNED
    if _AIM_BEHIND.match(text, statement.end) and not _REACHED.search(own):
        return Status.PLANNED
    led = text.find("：", sentence.start, clause.start) >= 0 and _PROGRAMME.search(text, sentence.start, clause.start)
    if led and not _DONE.search(own):
        return Status.PLANNED
    if (
        metric in (Metric.FIXED_ASSET_INVESTMENT, Metric.OTHER)
        and _EXPECTED.match(text, sentence.start)
        and not _DONE.search(own)
    ):
        return Status.PLANNED
    if clause.text.startswith("其中") and _EXPECTED_BEFORE.search(text, max(sentence.start, clause.start - 40), clause.start):
        return Status.PLANNED
    if metric is Metric.FUNDING and (_INTENT.search(own) or _COMING_BEHIND.match(text, statement.end)):
        return Status.PLANNED
    if metric is Metric.TOTAL_INVESTMENT or statement.cue.generic:
        words = _without_getting(
            text[max(min(lo, statement.cue.start), statement.at - _WINDOW) : max(statement.at, statement.cue.end)]
        )
        behind = subject and subject.start >= statement.at and _PLANNED_BEHIND.match(text, subject.end)
        planned = PLANNED_WORDS.search(words) or behind or sentence.section.planned or _of_schemes(sentence, statement)
        return Status.PLANNED if planned else Status.ACTUAL
    modal = last(PLANNED_WORDS, own, 0, len(own))
    if modal and not _DONE.search(own, modal.end()) and not _in_name(subject, first + modal.start()):
        return Status.PLANNED
    if _SO_FAR.search(own):
        return Status.ACTUAL
    if _still_to_come(sentence, period):
        return Status.PLANNED
    if metric is Metric.FUNDING and (_GOT.search(own) or _JUST_NOW.match(text, sentence.begin)):
        return Status.ACTUAL
    if sentence.section.planned and not _DONE.search(own):
        return Status.PLANNED
    said = _SHARE.sub(
        "",
        _without_getting(
            text[
                max(
                    sentence.start,
                    clause.start - _WINDOW,
                    text.rfind("；", max(sentence.start, clause.start - _WINDOW), clause.start),
                ) : clause.start
            ]
        ),
    )
    if _AIM.search(said) and not _DONE.search(own):
        return Status.PLANNED
    name = (subject.start, subject.end) if subject and clause.start <= subject.start < clause.end else None
    if not _reviews(sentence) and (PLANNED_WORDS.search(said) or metric is not Metric.FUNDING and _EFFORT.search(own)):
        return mood.status(sentence, statement.at, statement.end, name)
    if _DONE.search(own) or _reviews(sentence) or _measured(sentence, statement, period):
        return Status.ACTUAL
    return mood.by_date(sentence, clause.start, statement.at) or mood.passage(sentence)


def _without_getting(words: str) -> str:
    return _GETTING.sub("", words) if "争取" in words else words


# 获得3700万元国债支持; 日前，上级下达资金840万元
_GOT = expression("获得|获批|争取到|收到|到账|已?下达了")
_JUST_NOW = expression("(?:日前|近日|近期|昨[天日]|今[天日]|上周|本周)(?![^，。；]{0,8}(?:将|拟|计划))")
# 年内累计完成投资76亿元: so far, though the year is not over.
_SO_FAR = expression("(?:年内|今年)(?:累计|已)")


def _measured(sentence: Sentence, statement: Statement, period: Time | None) -> bool:
    """Is it compared with the year before, or of a time that is over?"""
    today = sentence.document.anchor.published_on
    over = period is not None and period.last is not None and today is not None and period.last < today
    start = max(sentence.clauses[sentence.clause_at(statement.at)].start, statement.at - _WINDOW)
    return over or bool(_COMPARED.search(sentence.document.text, start, statement.end))


_COMPARED = expression("同比|环比|[比较](?:上年|去年|上月)|年均")


# Aims govern the clauses behind them as well; 计划 and 预计 may be another verb's.
_AIM = expression("(?:力争|确保|未来[一-鿿]{1,3}年|奋力|预期目标|努力实现)[^已]{0,60}$")
# Words of effort: a plan unless the passage looks back.
_EFFORT = expression(words("efforts"))
_SHARE = expression(
    rf"(?:占|完成|为|达到?|超)[^，。；]{{0,12}}{words('plans')}[^，。；]{{0,8}}%|计划(?=实施的|投资的)|目标任务完成"
)


def _in_name(subject: Subject | None, at: int) -> bool:
    """计划实施项目 is a name that a plan's word is part of."""
    return (
        subject is not None
        and subject.start <= at < subject.end
        and subject.plain[at - subject.start : at - subject.start + 2] not in ("任务", "目标", "申报", "资金")
    )


def _reviews(sentence: Sentence) -> bool:
    """Does the section's heading look back (2022年计划执行情况)?"""
    title = sentence.section.title
    if title is None:
        return False
    words = sentence.document.text[slice(*title)]
    return bool(_HEADING.match(words)) and title_mood(words) is False


# A heading's number or year; a newspaper's headline says 成绩 and 进展 of anything.
_HEADING = expression("[#第（]|[一二三四五六七八九十]{1,3}、|[^，。]{0,8}年")


def _still_to_come(sentence: Sentence, period: Time | None) -> bool:
    anchor = sentence.document.anchor
    if period is None or period.first is None:
        return False
    if anchor.published_on:
        return period.first > anchor.published_on
    return anchor.year is not None and period.first.year > anchor.year


def _of_schemes(sentence: Sentence, statement: Statement) -> bool:
    """`初步谋划项目70个，总投资286亿元。其中，A类32个，总投资…`: is it of some of the projects that are schemes as yet?"""
    text = sentence.document.text
    if not PICKED.match(text, sentence.start) or FARTHER.search(text, statement.at, min(sentence.end, statement.end + _NEXT)):
        return False
    return any(_SCHEMES.search(near.text) for near in sentence.document.before(sentence, 1))


_NEXT = 24
_SCHEMES = expression("(?:谋划|策划|拟建|拟实施|拟新建)[^，。；：]{0,16}?项目[^，。；：]{0,6}\\d")
