"""Stage words told in one breath: of 当年开工、当年投产 and 建成X并通车 the last stage is the one that was reached."""

from __future__ import annotations

from services.contracts import Stage
from services.extractor.expressions import expression
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_stages import Trigger, later
from services.extractor.rules.milestone_subjects import is_rate
from services.extractor.rules.milestone_words import listed

# Between the stage words of one breath: 建成并投入使用, 当年开工、当年投产.
_BREATH = expression(
    f"(?:、?当[年季月][一-鿿]{{2,4}}(?=、)){{0,6}}(?:，并|[、并和及与即且后])?(?:{listed('between_stages')}|[一-鿿]{{2,6}}工业园|[一-鿿]{{2,4}}(?=并)){{0,8}}[、并]?"
)
# 完成X拓宽改造并恢复通车: the object of the first stage word, which the second tells of as well.
_MAKING = expression(listed("making"))
_OBJECT = expression(f"了?[^，。；：]{{3,40}}并(?:[于在]\\d[^，。；、：]{{0,7}})?(?:{listed('between_stages')}){{0,3}}")


def breaths(sentence: Sentence, found: list[Trigger]) -> list[tuple[Trigger, Trigger]]:
    """The stage words of one breath as (first word, the one whose stage counts)."""
    text = sentence.document.text
    groups: list[tuple[Trigger, Trigger]] = []
    for trigger in found:
        if groups:
            first, last = groups[-1]
            if trigger.start < last.end:
                continue
            if (
                len(text[last.end : trigger.start]) <= 14
                and _BREATH.fullmatch(text, last.end, trigger.start)
                and not _own_object(text, last)
                and not is_rate(text[last.start : last.end])
                and not (text[last.end] == "后" and _went_on(last, trigger))
            ):
                groups[-1] = (first, _joined(first, last, trigger))
                continue
        groups.append((trigger, trigger))
    return _over_objects(text, groups)


def _over_objects(text: str, groups: list[tuple[Trigger, Trigger]]) -> list[tuple[Trigger, Trigger]]:
    """The same, with the object of one word between it and the next; 新建 of 完成15处设施改造并新建4处站点 has an object of its own."""
    joined: list[tuple[Trigger, Trigger]] = []
    for first, last in groups:
        opening, before = joined[-1] if joined else (None, None)
        if opening and last.bare and text.startswith("并", last.end) and _MAKING.fullmatch(text, opening.start, opening.end):
            continue  # 完成X全部吊装并于10月并网: what is done to the object
        if (
            opening
            and opening == before
            and not last.only_object
            and _MAKING.fullmatch(text, opening.start, opening.end)
            and _OBJECT.fullmatch(text, opening.end, last.start)
        ):
            joined[-1] = (opening, _joined(opening, opening, last))
        else:
            joined.append((first, last))
    return joined


def _joined(first: Trigger, last: Trigger, trigger: Trigger) -> Trigger:
    return trigger._replace(
        stage=later(last.stage, trigger.stage),
        strong=first.strong or trigger.strong,
        bare=False,
        only_object=first.only_object and trigger.only_object,
    )


def _went_on(last: Trigger, trigger: Trigger) -> bool:
    """封顶后砌体完成60%: the one has been reached, the other is going on since."""
    return (
        trigger.stage is Stage.UNDER_CONSTRUCTION
        and last.stage is not trigger.stage
        and later(last.stage, trigger.stage) is last.stage
    )


def _own_object(text: str, trigger: Trigger) -> bool:
    return trigger.bare or trigger.only_object and not text.startswith(("并", "投"), trigger.end)
