"""What an answer is about: the project whose progress the question right above it asks for (某大桥何时通车？ 答：主塔已封顶)."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.names import Name
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_topics import CLAUSES, mentioned
from services.extractor.rules.milestone_words import listed

_ASKS = expression(listed("progress_asked"))
# 企业建厂何时能拿到许可证: whoever builds one.
_ANYONE = expression("企业|公司|个人|居民|市民|群众|业主|[我咱你您]")
# A question may be led up to; what stands farther from its mark is another matter.
_SENTENCES = 2


def asked_about(sentence: Sentence) -> list[Name]:
    """The projects whose progress the line above asks for, where it ends as a question; those that are named last."""
    document, text = sentence.document, sentence.document.text
    end = text.rfind("\n", 0, sentence.start)
    while end > 0 and text[end - 1] in "\n \t":
        end -= 1
    if end <= 0 or text[end - 1] != "？":
        return []
    line = text.rfind("\n", 0, end) + 1
    if not _ASKS.search(text, line, end):
        return []
    question = document.sentence_at(end - 1)
    for one in (question, *document.before(question, _SENTENCES - 1)):
        if one.start < line:
            break
        for clause in reversed(one.clauses[-CLAUSES:]):
            named = [
                name
                for name in mentioned(one, clause)
                if name.count is None and not name.general and not _ANYONE.match(name.plain)
            ]
            if named:
                return named
    return []
