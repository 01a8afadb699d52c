"""Text in, typed events out: the pure heart of the extractor. No clock, no network, no state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from types import ModuleType
from typing import NamedTuple

from pydantic import ValidationError

from services.contracts import (
    SCHEMA_VERSION,
    Accolade,
    Bulletin,
    InvestmentReport,
    Metric,
    Note,
    ProjectMilestone,
    Status,
    content_id,
)
from services.extractor import dates, tables
from services.extractor.day_lines import day_above
from services.extractor.facts import fact_ids
from services.extractor.lexicon import load
from services.extractor.own_place import unknown_county
from services.extractor.page import read
from services.extractor.reading import Document, Draft, Sentence
from services.extractor.regions import Division, Gazetteer
from services.extractor.rules import accolade, investment, milestone
from services.extractor.scan import scanned

# Raised once for every release that extracts otherwise; part of each event and outcome, and what decides which reading is newer.
EXTRACTOR_VERSION = "0.2.0"

RULES: tuple[ModuleType, ...] = (investment, milestone, accolade)
MODELS = {"investment_report": InvestmentReport, "project_milestone": ProjectMilestone, "accolade": Accolade}
_Event = InvestmentReport | ProjectMilestone | Accolade


class Extraction(NamedTuple):
    events: list[_Event]
    notes: list[Note]


class Reading(NamedTuple):
    """An extraction with what it was made from: drafts[i] became events[i]."""

    document: Document
    drafts: list[Draft]
    events: list[_Event]


def extract(bulletin: Bulletin) -> Extraction:
    """Read a bulletin. Never raises on any text: a rule that fails becomes a note of kind `rule_failed`."""
    reading = read_bulletin(bulletin)
    return Extraction(reading.events, reading.document.notes)


def read_bulletin(bulletin: Bulletin) -> Reading:
    """The events in the order of their evidence, each fact of one place in the text once."""
    document = read_document(bulletin)
    drafts = list(_drafts(document))
    drafts.sort(key=lambda draft: (draft.start, draft.end, draft.event_type))
    events: list[_Event] = []
    kept: list[Draft] = []
    seen: set[str] = set()
    facts = fact_ids(drafts, document, bulletin.publisher or bulletin.bulletin_id)
    for draft, fact in zip(drafts, facts, strict=True):
        try:
            event = _event(draft, fact, document, bulletin)
        except ValidationError as error:
            # A rule's defect: the draft is lost to a note, never the bulletin.
            document.note(
                "invalid_event", f"{draft.rule}: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}", draft.start, draft.end
            )
            continue
        if event.event_id not in seen:
            seen.add(event.event_id)
            events.append(event)
            kept.append(draft)
    return Reading(document, kept, events)


def read_document(bulletin: Bulletin) -> Document:
    """The bulletin as the rules read it."""
    page = read(bulletin.text)
    gazetteer = Gazetteer.load()
    home = gazetteer.by_code(bulletin.region_code) if bulletin.region_code else None
    if home is None:
        home = gazetteer.home(page.text, bulletin.source_title, bulletin.publisher)
    title = bulletin.source_title or ""
    document = Document(page, dates.anchor(f"{title}\n{page.text}", bulletin.published_on), bulletin.source_title, home)
    if bulletin.region_code is None and home is not None and home.level == "county" and unknown_county(document):
        # What the table knows in the text is another county: no code is better than that one's.
        document.home = None
    return document


_triggers = scanned(
    "triggers",
    lambda: (*load("triggers"), *investment.trigger_words(), *milestone.trigger_words(), *accolade.trigger_words()),
)


# What something costs is true at any time.
_TIMELESS = (Metric.TOTAL_INVESTMENT, Metric.ANNUAL_PLANNED_INVESTMENT)


def _drafts(document: Document) -> Iterator[Draft]:
    for sentence in candidates(document):
        told = len(document.notes)
        found: list[Draft] = []
        for rule in RULES:
            found.extend(_apply(rule.find, sentence))
        for draft in found:
            if draft.period is None and draft.status is Status.ACTUAL and draft.fields.get("metric") not in _TIMELESS:
                draft.period = day_above(document, sentence.start)
        yield from found
        if not found and len(document.notes) == told:
            document.note("no_rule", f"no rule reads {_triggering(sentence)} as an event", sentence.start, sentence.end)


def candidates(document: Document) -> Iterator[Sentence]:
    """The sentences with a word that an event can hang on, and the heads of tables; only they are read closely."""
    position = 0
    for start in merge(_triggers(document).starts, tables.starts(document)):
        if start >= position:
            sentence = document.sentence_at(start)
            yield sentence
            position = sentence.end


_MOST_WORDS_TOLD = 5


def _triggering(sentence: Sentence) -> str:
    """What made a sentence a candidate, for people."""
    document = sentence.document
    found = _triggers(document).between(sentence.start, sentence.end)
    words = list(dict.fromkeys(document.text[start:end] for start, end in found))
    if not words:
        return "what begins here"  # the head of a table, or a word that goes on behind the sentence
    return "、".join(words[:_MOST_WORDS_TOLD]) + (" …" if len(words) > _MOST_WORDS_TOLD else "")


def _apply(find: Callable[[Sentence], Iterator[Draft]], sentence: Sentence) -> list[Draft]:
    try:
        return list(find(sentence))
    except Exception as error:  # noqa: BLE001 - one rule's defect on one sentence must not cost the bulletin; the note tells it
        sentence.document.note("rule_failed", f"{find.__module__}: {type(error).__name__}: {error}", sentence.start, sentence.end)
        return []


def _event(draft: Draft, fact: str, document: Document, bulletin: Bulletin) -> _Event:
    start, end = document.page.span(draft.start, draft.end)
    fields = draft.fields
    region, code = _region(draft, document)
    section = document.section_at(draft.start)
    title = document.page.words(*section.title) if section.title else None
    core = {
        "investment_report": ("metric", "subject", "change_percent", "plan_percent"),
        "project_milestone": ("stage", "project"),
        "accolade": ("honor", "recipient"),
    }[draft.event_type]
    amount = fields.get("amount")
    identity = [fields.get(name) for name in core] + ([amount["value"].normalize(), amount["text"]] if amount else [])
    period = draft.period
    event: _Event = MODELS[draft.event_type](
        **fields,
        event_id=content_id("event", SCHEMA_VERSION, bulletin.bulletin_id, draft.event_type, start, end, *identity),
        bulletin_id=bulletin.bulletin_id,
        source_uri=bulletin.source_uri,
        source_title=bulletin.source_title,
        publisher=bulletin.publisher,
        published_on=document.anchor.published_on,
        # Parts as dictionaries: the whole event is checked at once.
        section={"title": title or None, "department": section.department},
        evidence={"quote": bulletin.text[start:end], "start": start, "end": end},
        status=draft.status,
        period={"start": period.first, "end": period.last, "text": document.page.words(period.start, period.end)}
        if period
        else None,
        region=region,
        region_code=code,
        rule=draft.rule,
        extractor=EXTRACTOR_VERSION,
        confidence=draft.confidence,
        fact_id=fact,
    )
    return event


# More is no prose; hundreds of events in one sentence must not each look through all that stands before them.
_LONGEST_EVIDENCE = 400


def _region(draft: Draft, document: Document) -> tuple[str | None, str | None]:
    """The most specific place that the evidence names and its division's code; the bulletin's own where it names none."""
    home: Division | None = document.home
    stop = min(draft.end, draft.start + _LONGEST_EVIDENCE)
    return Gazetteer.load().region(document.text[draft.start : stop], home)
