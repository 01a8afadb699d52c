"""Lists under a stage: `开工项目：A、B。`, and a heading (`一、已竣工项目`, `【投产】`) with a project a line below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from services.contracts import Stage, Status
from services.extractor.lexicon import load
from services.extractor.namelists import make, split
from services.extractor.names import Name, is_general, is_pronoun, plausible
from services.extractor.phrases import trim
from services.extractor.reading import Draft, Sentence

_WORDS = "签约|开工|动工|奠基|封顶|竣工|完工|投产|投用|投运|通车|开业|达产"
_KIND = "(?:的)?(?:(?:国家|省|市|县|区|级|重点|重大|亿元以上|工业|产业|民生){0,4}(?:项目|工程))"
_LABEL = re.compile(
    rf"(?P<before>[^，。；：、\d]{{0,8}}?)(?P<plan>拟|计划|待|即将|预计|力争)?(?:新|集中|正式|已|已经|全部)?(?P<word>{_WORDS})"
    rf"(?P<kind>{_KIND}?)(?P<site>观摩点之?[一二三四五六七八九十\d]?)?(?:名单|清单)?(?:（[^（）]{{1,12}}）)?(?:有|为|是|包括|分别为|分别是)?"
)
_MARKS = re.compile(
    r"[\s●◆■▲△○□◇★☆•·➢✓✔✅【\[（(]{0,6}(?:[一二三四五六七八九十]{1,2}、|[一二三四五六七八九十\d]{1,2}）|\d{1,2}[.．、])?"
)
_HEADING = re.compile(
    rf"(?:【|\[|[一二三四五六七八九十]{{1,2}}、|（[一二三四五六七八九十]{{1,2}}）)?{_LABEL.pattern}[】\]]?：?\s*"
)
_ITEM = re.compile(r"\s{0,9}(?:\d{1,2}[、.．]|（\d{1,2}）|[△▲●■◆◇○□★•·➢✓✔✅-])?\s{0,3}")
_NEXT = re.compile(r"\s{0,9}(?:[一二三四五六七八九十]{1,2}、|（[一二三四五六七八九十]{1,2}）|【|\[)")
_SENTENCE = re.compile("[，。；：！？\t]|\\d[亿万]?元|%")
_MOST, _LONGEST_LINE, _LONGEST_LIST = 40, 60, 400


@lru_cache(maxsize=1)
def _stages() -> dict[str, Stage]:
    return {word: Stage(name) for name, entry in load("milestone")["stages"].items() for word in entry["strong"]}


def find(sentence: Sentence) -> Iterator[Draft]:
    """The milestones of the names that a label or a heading which is the sentence's own puts under a stage."""
    text = sentence.document.text
    clauses = sentence.clauses
    if clauses and clauses[0].mark == "：" and len(clauses) > 1:
        marks = _MARKS.match(text, clauses[0].start, clauses[0].end)
        label = _LABEL.fullmatch(text, marks.end() if marks else clauses[0].start, clauses[0].end)
        if label and (label["kind"] or label["site"]):
            stop = text.find("。", clauses[0].end, min(sentence.end, clauses[0].end + _LONGEST_LIST))
            end = stop if stop > 0 else min(sentence.end, clauses[0].end + _LONGEST_LIST)
            names = _names(sentence, clauses[0].end + 1, end)
            yield from (_draft(sentence, label, name, clauses[0].start, name.end) for name in names)
        return
    heading = _HEADING.fullmatch(text, sentence.start, sentence.end)
    if heading and not heading["before"].strip() and (heading["kind"] or text.startswith(("【", "["), sentence.start)):
        yield from _below(sentence, heading)


def _below(sentence: Sentence, heading: re.Match[str]) -> Iterator[Draft]:
    """The lines below a heading that are nothing but names."""
    document = sentence.document
    for index in range(sentence.index + 1, min(sentence.index + 1 + _MOST, document.sentence_count())):
        line = document.sentence(index)
        if line.end - line.start > _LONGEST_LINE or _NEXT.match(line.text) or _SENTENCE.search(line.text.rstrip("\n；。")):
            return
        mark = _ITEM.match(document.text, line.start)
        start = mark.end() if mark else line.start
        names = _names(line, start, line.start + len(line.text.rstrip("\n；。 ")))
        if not names:
            return
        yield from (_draft(line, heading, name, name.start, name.end) for name in names)


def _names(sentence: Sentence, start: int, end: int) -> list[Name]:
    """The names in a list that holds nothing else; [] where it does."""
    text = sentence.document.text
    found: list[Name] = []
    if _SENTENCE.search(text, start, end):
        return []
    for a, b in split(sentence, start, end, True):
        stop = b - 1 if text[b - 1] == "等" else b
        a, stop, organization = trim(sentence, a, stop)
        part = text[a:stop]
        if is_general(part) or is_pronoun(part) or not plausible(part, True) or part[:1].isdigit() and len(part) < 4:
            return []
        found.append(make(sentence, a, stop, None, organization))
    return found


def _draft(sentence: Sentence, label: re.Match[str], name: Name, start: int, end: int) -> Draft:
    stage = _stages()[label["word"]]
    return Draft(
        event_type="project_milestone",
        start=start,
        end=end,
        status=Status.PLANNED if label["plan"] else Status.ACTUAL,
        rule=f"milestone.{stage}",
        trigger=(name.start, name.end),
        fields={
            "project": name.text,
            "organization": name.organization,
            "stage": stage,
            "project_count": None,
            "progress_percent": None,
        },
        confidence=0.7,
        reasons={"stage": f"listed under {label['word']}", "project": "a name in the list"},
    )
