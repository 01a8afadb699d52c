"""What tells of no event gives none, and what was looked at closely always says what became of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from services.contracts import Bulletin, bulletin_id
from services.extractor.extract import candidates, read_bulletin
from services.extractor.rules.investment_table import is_header
from tests.unit.extractor.texts import bulletins

SPEC: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "specs" / "nothing.yaml").read_text("utf-8"))
TEXTS = [text for texts in SPEC.values() for text in texts]


def bulletin_of(text: str) -> Bulletin:
    return Bulletin(
        bulletin_id=bulletin_id(text),
        text=text,
        source_id="test",
        source_uri="test:1",
        published_on=date(2024, 5, 20),
        region_code="410106",
    )


@pytest.mark.parametrize("text", TEXTS)
def test_gives_no_event(text: str) -> None:
    assert [(event.event_type, event.evidence.quote) for event in read_bulletin(bulletin_of(text)).events] == []


def test_all_together_give_no_event_either() -> None:
    assert not read_bulletin(bulletin_of("\n".join(TEXTS))).events


@pytest.mark.parametrize("bulletin", [*bulletins(), *map(bulletin_of, TEXTS)], ids=lambda bulletin: bulletin.bulletin_id[:8])
def test_every_sentence_with_a_word_that_events_hang_on_ends_in_an_event_or_a_note(bulletin: Bulletin) -> None:
    reading = read_bulletin(bulletin)
    document = reading.document
    events = [(draft.start, draft.end) for draft in reading.drafts]
    notes = [(note.start or 0, note.end or 0) for note in document.notes]
    silent = []
    tables = any(draft.rule.endswith(".table") for draft in reading.drafts)
    for sentence in candidates(document):
        if tables and is_header(sentence):
            continue  # its events stand in the rows
        first, last = document.page.span(sentence.start, sentence.end)
        if not any(start < sentence.end and sentence.start < end for start, end in events) and not any(
            start < last and first < end for start, end in notes
        ):
            silent.append(sentence.text)
    assert silent == []
