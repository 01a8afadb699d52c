"""Which sentences may tell an accolade without a verb of giving; the others are not read for one clause by clause."""

from __future__ import annotations

from services.extractor.expressions import beginning
from services.extractor.reading import Sentence
from services.extractor.rules import accolade_dealt, accolade_forms, accolade_gained

_HINT = beginning(f"{accolade_dealt.HINTS}|{accolade_gained.HINTS}|{accolade_forms.HINTS}")


def may_tell_without_verb(sentence: Sentence) -> bool:
    """Has the sentence a word of the readers that do without such a verb?"""
    return _HINT.search(sentence.document.text, sentence.start, sentence.end) is not None
