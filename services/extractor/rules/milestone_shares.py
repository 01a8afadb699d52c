"""The stage words of a sentence with the physical progress that percentages state beside them, or by themselves."""

from __future__ import annotations

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.reading import Clause, Sentence
from services.extractor.rules.milestone_stages import Trigger
from services.extractor.rules.milestone_triggers import stages
from services.extractor.rules.milestone_words import listed


def triggers(sentence: Sentence) -> list[Trigger]:
    """The stage words that count, with the progress stated for them."""
    return _shares(sentence, list(stages(sentence)))


_SHARE = expression(
    f"(?:(?:占(?:总|全部|整个)?)?{listed('progress_of')}|完成(?!投资|年度|全年|总投资|目标|任务|率))(?P<gap>[^，。；]{{0,12}})$"
)
_PERCENT = expression("%|成|倍|番|百分之")
_NO_SHARE = expression(listed("no_progress_of"))


def _shares(sentence: Sentence, found: list[Trigger]) -> list[Trigger]:
    """The stage words with the physical progress that a percentage states (形象进度达60%); one of its own where none is near."""
    text = sentence.document.text
    if not _PERCENT.search(sentence.text):
        return found
    for percent in sentence.percents:
        clause = sentence.clauses[sentence.clause_at(percent.start)]
        before = text[clause.start : percent.start]
        match = _SHARE.search(before)
        if not match or _NO_SHARE.search(before[max(0, match.start() - 6) :]):
            continue
        near = next(
            (
                n
                for n, t in enumerate(found)
                if 0 <= percent.start - t.end <= 8 and t.stage is Stage.UNDER_CONSTRUCTION and not _of_a_day(sentence, t, clause)
            ),
            None,
        )
        if near is not None:
            found[near] = found[near]._replace(end=percent.end, percent=percent.value, bare=False)
        else:
            start = clause.start + match.start()
            found = [t for t in found if t.end <= start or t.start >= percent.end]
            found.append(Trigger(start, percent.end, Stage.UNDER_CONSTRUCTION, percent=percent.value))
    return sorted(found, key=lambda trigger: trigger.start)


def _of_a_day(sentence: Sentence, trigger: Trigger, clause: Clause) -> bool:
    """6月1日复工，桩基完成43%: does the stage word tell, in a clause before, what was done on a day, and not how far it has come by now?"""
    if trigger.start >= clause.start or not trigger.strong:
        return False
    own = sentence.clauses[sentence.clause_at(trigger.start)]
    return any(time.first and time.first == time.last for time in sentence.times_between(own.start, trigger.start))


# 竣工投产率40%（16个）
_SHARE_COUNT = expression(r"（(?P<number>\d{1,4})[个项]）")


def share_count(text: str, trigger: Trigger) -> int | None:
    """How many of the projects a rate says have reached the stage, where the count stands behind it."""
    if "率" not in text[trigger.start : trigger.end]:
        return None
    match = _SHARE_COUNT.match(text, trigger.end)
    return int(match["number"]) if match else None
