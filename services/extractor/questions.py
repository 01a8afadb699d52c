"""The question that a line answers: pages print interviews and letters as a line that asks and one that answers."""

from __future__ import annotations

from services.extractor.reading import Sentence


def question_above(sentence: Sentence) -> list[Sentence]:
    """The last sentences, two at most, of the line above the sentence's, nearest first, where it ends as a question; none where it does not."""
    if "question" not in sentence.memo:
        text = sentence.document.text
        end = text.rfind("\n", 0, sentence.start)
        while end > 0 and text[end - 1] in "\n \t":
            end -= 1
        asks = end > 0 and text[end - 1] == "？"
        sentence.memo["question"] = _last_of_line(sentence, text.rfind("\n", 0, end) + 1, end) if asks else []
    return sentence.memo["question"]  # type: ignore[no-any-return]


def _last_of_line(sentence: Sentence, line: int, end: int) -> list[Sentence]:
    question = sentence.document.sentence_at(end - 1)
    return [question, *(one for one in sentence.document.before(question, 1) if one.start >= line)]
