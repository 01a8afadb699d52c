"""Why a bulletin gives the events that it gives: `bulletins extract --explain FILE`."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from services.contracts import Bulletin, Note, json_dict
from services.extractor.extract import read_bulletin
from services.extractor.reading import Document, Draft

# Fields that every event has and that no rule reads.
_COMMON = frozenset(
    ("event_id", "event_type", "schema_version", "bulletin_id", "source_uri", "source_title", "publisher", "published_on",
     "section", "evidence", "rule", "extractor", "confidence", "fact_id")
)  # fmt: skip


def explain(bulletin: Bulletin) -> Iterator[str]:
    """Lines for a person: what the bulletin's place and date were taken to be, then each sentence that an event could hang on,
    with its events (rule, trigger, how each field was read) and what was turned down and why."""
    reading = read_bulletin(bulletin)
    document = reading.document
    home = document.home
    yield f"place {home.name} {home.code}" if home else "place not known: no division is named, or several are alike"
    anchor = document.anchor
    yield f"date  {anchor.published_on or anchor.year or 'not known'}" + ("" if anchor.published_on else " (year only)")
    drafts: dict[int, list[tuple[Draft, Any]]] = defaultdict(list)
    for draft, event in zip(reading.drafts, reading.events, strict=True):
        drafts[document.sentence_at(draft.trigger[0]).index].append((draft, event))
    notes: dict[int, list[Note]] = defaultdict(list)
    places = _sentence_places(reading.document)
    for note in document.notes:
        notes[_sentence_of(places, note.start or 0)].append(note)
    for index in sorted(drafts.keys() | notes.keys()):
        sentence = document.sentence(index)
        section = document.page.words(*sentence.section.title) if sentence.section.title else "-"
        yield ""
        yield f"[{section}] {document.page.words(sentence.start, sentence.end)}"
        for draft, event in drafts[index]:
            yield from _event(document.text, draft, json_dict(event))
        for note in notes[index]:
            yield f"  - {note.kind}: {note.message}" + _quoted(document, note)


def _event(text: str, draft: Draft, event: dict[str, Any]) -> Iterator[str]:
    trigger = text[draft.trigger[0] : draft.trigger[1]]
    yield f"  + {event['event_type']} by {draft.rule}, trigger {trigger!r}, confidence {draft.confidence}"
    yield f"      evidence     [{event['evidence']['start']}:{event['evidence']['end']}]"
    for name, value in event.items():
        if name in _COMMON or value in (None, []):
            continue
        reason = draft.reasons.get(name)
        yield f"      {name:<12} {_shown(value)}" + (f"   ({reason})" if reason else "")


def _quoted(document: Document, note: Note) -> str:
    """Which words a note is about, without the text's line ends and Markdown signs."""
    if note.start is None or note.end is None:
        return ""
    return f": “{document.page.words(*document.page.clean_span(note.start, note.end))}”"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items() if item is not None)
    if isinstance(value, list):
        return "; ".join(map(_shown, value))
    return str(value)


def _sentence_places(document: Any) -> list[int]:
    """Where each sentence begins in the original text."""
    return [document.page.place(document.sentence(index).start) for index in range(document.sentence_count())]


def _sentence_of(places: list[int], at: int) -> int:
    return max(0, bisect_right(places, at) - 1)
