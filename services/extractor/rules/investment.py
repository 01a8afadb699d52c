"""Rules for investment reports: money put or to be put into projects, a sector or an area."""

from __future__ import annotations

from collections.abc import Iterator

from services.contracts import Metric, Status
from services.extractor import mood
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.phrases import strip_left
from services.extractor.reading import Draft, Sentence
from services.extractor.rules import investment_fields as fields
from services.extractor.rules import investment_figures as figures
from services.extractor.rules import investment_table as table
from services.extractor.rules.investment_cues import plain_words as trigger_words
from services.extractor.rules.investment_purpose import subject_of
from services.extractor.rules.investment_statements import told
from services.extractor.rules.investment_status import status_of
from services.extractor.rules.investment_subjects import Subject
from services.extractor.rules.investment_told import SUM_BEFORE, Statement

__all__ = ["find", "trigger_words"]

# A sum has 元 or 亿, or is vague; a growth without one has a percentage and a word of investment.
# Both patterns begin with plain characters, so that the search leaps.
_SUM = expression(r"[元亿万](?:(?<!万)|(?<=[多余\d]万))")
_GROWTH = expression("(?:投资|固投|外资|内资|资金)[^。]{0,40}?(?:%|百分之|倍|番|成)")


def find(sentence: Sentence) -> Iterator[Draft]:
    """The investment reports that a sentence states (of a table's header: those of its rows); a note for each other sum."""
    text = sentence.text
    if table.is_header(sentence):
        yield from table.rows(sentence)
        return
    if not _SUM.search(text) and not _GROWTH.search(text):
        return
    read = told(sentence)
    for kind, message, start, end in read.notes:
        sentence.document.note(kind, message, start, end)
    previous: Subject | None = None
    floor = sentence.start
    for number, statement in enumerate(read.statements):
        subject = subject_of(sentence, statement, previous)
        following = read.statements[number + 1] if number + 1 < len(read.statements) else None
        limit = following.lo if following and following.lo > statement.end else sentence.end
        yield _draft(sentence, statement, subject, floor, limit)
        floor = max(floor, statement.end)
        previous = subject or previous


_LATER_COUNT = expression(r"，共(?:计|有)?(\d{1,4})[个项]")


def _draft(sentence: Sentence, statement: Statement, subject: Subject | None, floor: int, limit: int) -> Draft:
    """`floor`: where the statement before ends, `limit`: where the next begins."""
    text, cue = sentence.document.text, statement.cue
    metric = fields.metric(sentence, statement, subject)
    start, end = _evidence(sentence, statement, subject, floor)
    own = statement.end if statement.carried == SUM_BEFORE else fields.group_end(sentence, statement.end, limit)
    ranks, ranked = figures.rankings(text, statement.end, own)
    count = subject.count if subject else None
    later = _LATER_COUNT.match(text, statement.end)
    if count is None and later:
        count, end = int(later[1]), max(end, later.end())
    period = fields.period(sentence, statement, metric)
    status = status_of(sentence, statement, subject, metric, period, start)
    word = text[cue.start : cue.end]
    return Draft(
        event_type="investment_report",
        start=start,
        end=max(end, ranked),
        status=status,
        rule=f"investment.{metric.value}",
        trigger=(cue.start, cue.end),
        period=_not_to_come(sentence, mood.looked_back(sentence, period, status), status),
        fields={
            "subject": _called(sentence, subject) if subject and subject.text else None,
            "metric": metric,
            "amount": fields.amount(sentence, statement.money) if statement.money else None,
            "change_percent": statement.change,
            "plan_percent": statement.plan,
            "project_count": count,
            "rankings": ranks,
        },
        confidence=0.6 if statement.carried else 0.7 if cue.generic and metric is not Metric.OTHER else 0.85,
        reasons={"metric": word + (f" of the {statement.carried}" if statement.carried else "")},
    )


def _not_to_come(sentence: Sentence, period: Time | None, status: Status) -> Time | None:
    """`预计11月转入生产，已到位资金9000万元`: what has happened is of no time that is still to come."""
    today = sentence.document.anchor.published_on
    ahead = period is not None and period.first is not None and today is not None and period.first > today
    return None if ahead and status is Status.ACTUAL else period


# X春季重大项目集中开工活动举行，16个项目动工，总投资…
_CEREMONY = expression(
    r"(?P<batch>[^，。；：\n]{4,40}?[季批度场期次轮][^，。；：]{0,8}项目)集中(?:签约|开工|竣工|投产)(?:（[^（）]{1,4}）)?(?:活动|仪式|大会)"
)
_THESE = ("项目", "重大项目", "重点项目", "招商项目")


def _called(sentence: Sentence, subject: Subject) -> str:
    """The subject's name; of bare projects that are counted behind the ceremony of a batch, the batch's."""
    if subject.plain in _THESE and subject.count and sentence.start < subject.start < sentence.end:
        held = _CEREMONY.search(sentence.document.text, sentence.start, subject.start)
        if held:
            return sentence.document.page.words(strip_left(sentence, *held.span("batch")), held.end("batch"))
    return subject.text


def _evidence(sentence: Sentence, statement: Statement, subject: Subject | None, floor: int) -> tuple[int, int]:
    """From the clause that names the subject, where no statement before has claimed it, to the last figure or the subject behind."""
    text = sentence.document.text
    start, end = statement.lo, statement.end
    if subject and sentence.start <= subject.start < sentence.end:
        if floor <= subject.start < start:
            start = sentence.clauses[sentence.clause_at(subject.start)].start
        if subject.start >= statement.at and subject.end <= sentence.end:
            end = max(end, subject.end)
    if start < floor <= statement.at:
        start = floor
    if start == floor and text[start] == "的" and start < statement.cue.start < statement.at:
        # 总投资4.5亿元的X完成投资2亿元; 总投资4.5亿元的X和总投资1.8亿元的Y
        start = statement.cue.start if subject and subject.start > statement.cue.start else start + 1
    while start < statement.at and text[start] in ("，、；：。 \t\n和及与）" if start == floor else "，、；：。 \t\n"):
        start += 1
    return start, end
