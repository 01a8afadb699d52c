"""Lists under a stage: `开工项目：A、B。`, and a heading (`一、已竣工项目`, `【投产】`) with a project a line below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from services.contracts import Stage, Status
from services.extractor.dates import Time
from services.extractor.expressions import expression
from services.extractor.lexicon import load
from services.extractor.namelists import make, read, split
from services.extractor.names import Name, is_general, is_project, is_pronoun, plausible
from services.extractor.phrases import trim
from services.extractor.reading import Draft, Sentence
from services.extractor.rules.milestone_words import listed

_WORDS = listed("list_stages")
_KIND = f"(?:的)?(?:{listed('list_kinds')}{{0,4}}(?:项目|工程))"
_LABEL = expression(
    rf"(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?(?P<before>[^，。；：、\d]{{0,8}}?)(?P<plan>拟|计划|待|即将|预计|力争)?(?:新|集中|正式|已|已经|全部)?(?P<word>{_WORDS})"
    rf"(?P<kind>{_KIND}?)(?P<site>观摩点之?[一二三四五六七八九十\d]?)?(?:名单|清单)?(?:（(?:\d{{1,3}}[个项])?[^（）]{{0,24}}）)?(?:有|为|是|包括|分别为|分别是|的(?:还|主要|项目)?(?:有|是|包括))?"
)
_MARKS = expression(
    r"[\s●◆■▲△○□◇★☆•·➢✓✔✅【\[（(]{0,6}(?:[一二三四五六七八九十]{1,2}、|[一二三四五六七八九十\d]{1,2}）|\d{1,2}[.．、])?"
)
_HEADING = expression(
    rf"(?:【|\[|[一二三四五六七八九十]{{1,2}}、|（[一二三四五六七八九十]{{1,2}}）)?{_LABEL.pattern}[】\]]?：?\s*"
)
_ITEM = expression(r"\s{0,9}(?:\d{1,2}[、.．]|（\d{1,2}）|[△▲●■◆◇○□★•·➢✓✔✅-])?\s{0,3}")
_NEXT = expression(r"\s{0,9}(?:[一二三四五六七八九十]{1,2}、|（[一二三四五六七八九十]{1,2}）|【|\[)")
_SENTENCE = expression("[，。；：！？\t]|\\d[亿万]?元|%")
_OWNER = expression(
    r"[\s，]{0,9}(?:（?(?:业主|建设单位|业主单位|责任单位|实施单位|投资方|建设方)：)(?P<who>[^，。；：）\s]{2,24})"
)
_PROSE_ENDS = "。！？；…”"
_MOST, _LONGEST_LINE, _LONGEST_LIST = 40, 60, 400


def find(sentence: Sentence) -> Iterator[Draft]:
    """The milestones of the names that a label or a heading which is the sentence's own puts under a stage."""
    text = sentence.document.text
    clauses = sentence.clauses
    if clauses and clauses[0].mark == "：" and len(clauses) > 1:
        for number, clause in enumerate(clauses[:_MOST]):  # 已开工项目：甲、乙；拟开工项目：丙
            if clause.mark == "：" and (number == 0 or clauses[number - 1].mark == "；"):
                yield from _labelled(sentence, clause.start, clause.end)
        return
    heading = None if text[sentence.end - 1] in _PROSE_ENDS else _HEADING.fullmatch(text, sentence.start, sentence.end)
    if heading and not heading["before"].strip() and (heading["kind"] or text.startswith(("【", "["), sentence.start)):
        yield from _below(sentence, heading)


# 签约项目涉及食品、物流两个领域，包括甲基地、乙项目等
_INCLUDING = expression(
    rf"(?:此次|本次|这次|当天|当日|本批|这批|此批)?(?P<plan>拟|计划|即将)?(?:新|集中)?(?P<word>{_WORDS}){_KIND}(?:[^，。；：\d]{{0,40}}?[两三四五六七八九十\d]{{1,2}}[个大][^，。；：]{{1,6}}，)?"
    "(?:主要|其中)?(?:包括|包含|涵盖|涉及|有|分别为|分别是)(?!了?\\d)"
)


def included(sentence: Sentence) -> Iterator[Draft]:
    """The projects that a sentence says are among those of a stage."""
    text = sentence.document.text
    label = _INCLUDING.match(text, sentence.start, sentence.end)
    if not label:
        return
    stop = _LIST_ENDS.search(text, label.end(), min(sentence.end, label.end() + _LONGEST_LIST))
    start = label.start()
    for name in read(sentence, label.end(), stop.start() if stop else sentence.end, True):
        if name.count is None and not name.general and is_project(name.plain):
            yield _draft(label, name, start, name.end)
            start = name.end + 1


_LIST_ENDS = expression("[。；]")
_AND_MORE = expression(r"等(?P<number>\d{1,4})[个项](?:项目|工程)?(?=[。；]|$)")


def _labelled(sentence: Sentence, start: int, end: int) -> Iterator[Draft]:
    """The names behind the label at [start, end)."""
    text = sentence.document.text
    marks = _MARKS.match(text, start, end)
    label = _LABEL.fullmatch(text, marks.end() if marks else start, end)
    # A stage alone may begin a remark (开工：…); behind the mark of an item, or before projects, it is a heading.
    marked = text[sentence.start : label.start()].strip() if label else ""
    if label:
        most = min(sentence.end, end + _LONGEST_LIST)
        stop = _LIST_ENDS.search(text, end, most)
        last = stop.start() if stop else most
        counted = _AND_MORE.search(text, end + 1, last)
        names = _names(sentence, end + 1, counted.start() if counted else last)
        sure = label["kind"] or label["site"] or marked
        if not sure and (len(names) < 2 or not all(is_project(name.plain) for name in names)):
            return
        # 9月20日签约的有：甲项目、乙基地
        when = next((time for time in sentence.times_between(start, label.start("word")) if time.first or time.last), None)
        yield from (_draft(label, name, start, name.end, when) for name in names)
        if counted and names and label["kind"]:
            batch = make(sentence, label.start("word"), label.end("kind"), int(counted["number"]))
            yield _draft(label, batch, start, counted.end(), when)


def _below(sentence: Sentence, heading: re.Match[str]) -> Iterator[Draft]:
    """The lines below a heading that are nothing but names."""
    document = sentence.document
    for index in range(sentence.index + 1, min(sentence.index + 1 + _MOST, document.sentence_count())):
        line = document.sentence(index)
        end = line.start + len(line.text.rstrip("\n；。 "))
        owner = _OWNER.search(document.text, line.start, end)
        last = owner.start() if owner else end
        if line.end - line.start > _LONGEST_LINE or _NEXT.match(line.text) or _SENTENCE.search(document.text, line.start, last):
            return
        mark = _ITEM.match(document.text, line.start)
        start = mark.end() if mark else line.start
        names = _names(line, start, last)
        if not names:
            return
        if owner:
            names = [replace(name, organization=document.page.words(*owner.span("who"))) for name in names]
        yield from (_draft(heading, name, name.start, name.end) for name in names)


# 签约的有：甲项目（投资3亿元）、乙基地（总投资2亿元，占地40亩）: what is told of each in brackets.
_ASIDE = expression("（[^（）元]{0,40}元[^（）]{0,20}）(?=[、和及与等]|$)")
# 竣工重点项目：不少于12个
_SO_MANY = expression(f"{listed('count_leads')}{{0,3}}[\\d一二三四五六七八九十百]{{1,5}}[余多]?[个项家座处条](?:以上|左右|以内)?")


def _names(sentence: Sentence, start: int, end: int) -> list[Name]:
    """The names in a list; [] where more than every third part of it is none."""
    text = sentence.document.text
    found: list[Name] = []
    bare = _ASIDE.sub("", text[start:end]) if text.find("（", start, end) >= 0 else text[start:end]
    if _SENTENCE.search(bare):
        return []
    parts = split(sentence, start, end, True)
    for a, b in parts:
        stop = b - 1 if text[b - 1] == "等" else b
        a, stop, organization = trim(sentence, a, stop)
        part = text[a:stop].strip()
        if (
            is_general(part)
            or is_pronoun(part)
            or not plausible(part, True)
            or _SO_MANY.fullmatch(part)
            or part[:1].isdigit()
            and len(part) < 4
        ):
            continue
        found.append(make(sentence, a, stop, None, organization))
    return found if 3 * len(found) >= 2 * len(parts) else []


def _draft(label: re.Match[str], name: Name, start: int, end: int, when: Time | None = None) -> Draft:
    stage = Stage(load("milestone")["list_stages"][label["word"]])
    return Draft(
        event_type="project_milestone",
        start=start,
        end=end,
        status=Status.PLANNED if label["plan"] else Status.ACTUAL,
        rule=f"milestone.{stage}",
        trigger=(name.start, name.end),
        period=when,
        fields={
            "project": name.text,
            "organization": name.organization,
            "stage": stage,
            "project_count": name.count,
            "progress_percent": None,
        },
        confidence=0.7,
        reasons={"stage": f"listed under {label['word']}", "project": "a name in the list"},
    )
