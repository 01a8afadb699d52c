"""The times of a sentence that still govern what stands behind a semicolon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.extractor.dates import Time
from services.extractor.expressions import expression

if TYPE_CHECKING:
    from services.extractor.reading import Sentence

_SAID = 40
_SAYS = expression("[^，。；：]{0,30}(?:获悉|了解|悉|显示|统计|核算|介绍|通报|透露|发布|表明|看)[，：]")


def opens(sentence: Sentence, time: Time) -> bool:
    """Does the time open the sentence, or stand in its heading (前两月成绩单：), or behind who says it (某局最新数据显示，一季度)? Months
    that begin the year also do so behind who speaks (县长致辞：前三季度), a label (【数说】一季度) or a semicolon (…；1-5月，…；…)."""
    begin, first, text = sentence.begin, sentence.clauses[0], sentence.document.text
    if time.start - begin <= 2 or sentence.times[0].end == time.start and dates_line(sentence, sentence.times[0]):
        return True
    heading = first.mark == "：" and first.end <= begin + _SAID
    if heading and time.end <= first.end or time.start - begin <= _SAID and _SAYS.fullmatch(text, begin, time.start):
        return True
    if time.first is None or not time.first.month == time.first.day == 1:
        return False
    mark = text[time.start - 1]
    return mark == "】" or heading and time.start == first.end + 1 or mark == "；" and text.startswith("，", time.end)


def dates_line(sentence: Sentence, time: Time) -> bool:
    """`6月30日  上半年投资增长…`: does it open its line as the day of what stands behind a blank?"""
    document = sentence.document
    opening = document.text[time.start - 1 : time.start] in ("", "\n")
    return opening and bool(document.page.gaps(time.end - 1, time.end + 1))
