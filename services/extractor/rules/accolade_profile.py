"""What a profile says of its firm, school or other body: 所获荣誉：, with the titles behind the colon or in the lines below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from services.extractor.expressions import expression
from services.extractor.reading import Draft, Sentence
from services.extractor.rules.accolade_entries import entries, title_of
from services.extractor.rules.accolade_recipients import headed

_HONOURS = expression(
    "(?:[所曾先后]{0,3}获(?:得的?)?|主要|企业|公司|学校|医院|近年|单位|个人|集体|部分){0,2}(?:荣誉|奖项|资质)(?:称号|资质|情况|荣誉|奖项)?(?:：)?"
)
_YEAR_BEHIND = expression(r"（(?:20\d\d年?)[^（）]{0,8}）$")
_MOST_HELD = 12


def honoured(sentence: Sentence) -> tuple[int, int] | None:
    """Whose honours the line tells, where it or a line shortly above it is headed 所获荣誉."""
    document = sentence.document
    for index in range(sentence.index, max(-1, sentence.index - _MOST_HELD), -1):
        line = document.sentence(index)
        label = _HONOURS.match(document.text, line.begin, line.end)
        if label and (document.text[label.end() - 1] == "：" or not document.text[label.end() : line.end].strip()):
            named = headed(line)
            return (named[0].start, named[0].end) if named else None
        if index < sentence.index and (not line.text.strip() or line.begin == line.start):
            break  # only the items of one list are gone through
        if index == sentence.index and line.begin == line.start:
            break
    return None


def held(sentence: Sentence, who: tuple[int, int], begin: int) -> Iterator[Draft]:
    """The titles from `begin` to the sentence's end, parted at 、 or ；, each with the year behind it."""
    text = sentence.document.text
    end = sentence.start + len(sentence.text.rstrip("\n。；，、 "))
    for part in expression("[^、；，]+").finditer(text, begin, end):
        year = _YEAR_BEHIND.search(part[0])
        stop = part.start() + (year.start() if year else len(part[0]))
        if title := title_of(sentence, part.start(), stop):
            time = next((time for time in sentence.times_between(stop, part.end()) if time.first), None) if year else None
            for draft in entries(sentence, title, [who], part.end(), part.start()):
                yield replace(draft, period=time)
