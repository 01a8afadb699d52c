"""What an answer is about: the project whose progress the question right above it asks for (某大桥何时通车？ 答：主塔已封顶)."""

from __future__ import annotations

from services.extractor.expressions import expression
from services.extractor.names import Name
from services.extractor.questions import question_above
from services.extractor.reading import Sentence
from services.extractor.rules.milestone_topics import CLAUSES, mentioned
from services.extractor.rules.milestone_words import listed

_ASKS = expression(listed("progress_asked"))
# 企业建厂何时能拿到许可证: whoever builds one.
_ANYONE = expression("企业|公司|个人|居民|市民|群众|业主|[我咱你您]")


def asked_about(sentence: Sentence) -> list[Name]:
    """The projects whose progress the line above asks for, where it ends as a question; those that are named last."""
    question = question_above(sentence)
    if not any(_ASKS.search(one.text) for one in question):
        return []
    for one in question:
        for clause in reversed(one.clauses[-CLAUSES:]):
            named = [name for name in mentioned(one, clause) if name.count is None and not name.general]
            if named:
                return [name for name in named if not _ANYONE.match(name.plain)]
    return []
