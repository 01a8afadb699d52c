"""What holds of every text: quotes, ids, and that events do not depend on how a page is set."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.contracts import Bulletin, json_dict
from services.extractor.extract import extract
from services.extractor.page import read
from tests.unit.extractor.texts import bulletins, events, full_width, half_width, name, of_text, told, traditional, with_text

BULLETINS = bulletins()
WIDTHS = (12, 13, 14, 15, 16, 17, 18, 20, 22, 24, 26, 28, 31, 34, 38, 45)
# Of wraps and stray blanks, how many must leave all events of a bulletin as they were. The others cannot be told even by a
# reader: a headline that happens to end where its column ends, the one blank of a line where a headline would end.
UNCHANGED = 0.95
# Rows drawn with bars amid wrapped lines are not yet told from prose, and the title of a section, which is told too, may differ where
# the lines below a headline (a site's names, a speaker) are cut.
UNCHANGED_BY_WRAPS = 0.93

_PIECES = sorted({piece for bulletin in BULLETINS for piece in re.findall(r"[^，。；\n]{2,40}[，。；\n]", bulletin.text)})
hostile_texts = st.one_of(
    st.text(max_size=400),
    st.text(alphabet="亿万元1０.,，。、（）“”《》\n\t 　项目开工投资获评省级第一名年月日%*#|—-：；", max_size=400),
    st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=8)), max_size=30).map("".join),
).filter(bool)


@given(hostile_texts)
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_every_quote_is_the_text(text: str) -> None:
    extraction = extract(of_text(text))
    for event in extraction.events:
        assert text[event.evidence.start : event.evidence.end] == event.evidence.quote
    for note in extraction.notes:
        assert note.kind not in ("rule_failed", "invalid_event"), note
        assert 0 <= (note.start or 0) <= (note.end or 0) <= len(text)


@given(hostile_texts)
@settings(max_examples=100, deadline=None)
def test_the_same_text_gives_the_same_events_and_ids(text: str) -> None:
    assert extract(of_text(text)) == extract(of_text(text))


@pytest.mark.parametrize("bulletin", BULLETINS, ids=name)
def test_quotes_ids_and_rules_of_real_bulletins(bulletin: Bulletin) -> None:
    extraction = extract(bulletin)
    assert extraction == extract(bulletin)
    assert len({event.event_id for event in extraction.events}) == len(extraction.events)
    assert not [note for note in extraction.notes if note.kind in ("rule_failed", "invalid_event")]
    for event in extraction.events:
        assert bulletin.text[event.evidence.start : event.evidence.end] == event.evidence.quote


@pytest.mark.parametrize("bulletin", BULLETINS, ids=name)
def test_an_article_behind_a_plain_break_changes_no_earlier_event(bulletin: Bulletin) -> None:
    first = bulletin.text.rstrip()
    # Headlines without a text below them belong to what follows.
    until = first.rfind("。") + 1
    alone = events(with_text(bulletin, first), until)
    for other in random.Random(name(bulletin)).sample(BULLETINS, 4):
        both = with_text(bulletin, f"{first}\n\n\n\n{other.text}")
        assert events(both, until) == alone, name(other)


@pytest.mark.parametrize("form", [traditional, full_width, half_width])
def test_forms_of_characters_change_no_event(form: Callable[[str], str]) -> None:
    for bulletin in BULLETINS:
        assert told(with_text(bulletin, form(bulletin.text))) == told(bulletin), name(bulletin)


def is_prose(line: str) -> bool:
    """A line of sentences: neither a headline, nor marked up, nor a table's row."""
    return "。" in line and "#" not in line[:4] and "**" not in line and not re.search(r"\t|  ", line)


def is_unwrapped(bulletin: Bulletin) -> bool:
    text = bulletin.text
    return read(text).text.count("\n") > text.replace("\n\n", "\n").count("\n") - 3


def wrapped(text: str, width: int) -> str:
    lines = (
        [line[at : at + width] for at in range(0, len(line), width)] if is_prose(line) else [line] for line in text.split("\n")
    )
    return "\n".join(piece for pieces in lines for piece in pieces or [""])


def looks_like_a_wrap(line: str, width: int) -> bool:
    """A headline, or a paragraph's end without a full stop, that is as long as the lines are."""
    line = line.strip()
    if not line or line[-1] == "。":
        return False
    return (len(line) - 1) % width + 1 == width if is_prose(line) else abs(len(line) - width) < 3


def with_blanks(text: str, rate: float, seed: str) -> str:
    """Prose with single blanks between Chinese characters and digits."""
    chance = random.Random(seed)
    pair = re.compile(r"(?<=[㐀-鿿0-9])(?=[㐀-鿿0-9])")
    lines = (
        pair.sub(lambda _: " " if chance.random() < rate else "", line) if is_prose(line) else line for line in text.split("\n")
    )
    return "\n".join(lines)


def test_wraps_at_any_width_change_no_event() -> None:
    tried, changed = 0, []
    for bulletin in filter(is_unwrapped, BULLETINS):
        expected = told(bulletin)
        for width in WIDTHS:
            if any(looks_like_a_wrap(line, width) for line in bulletin.text.split("\n")):
                continue
            tried += 1
            if told(with_text(bulletin, wrapped(bulletin.text, width))) != expected:
                changed.append(f"{name(bulletin)} at {width}")
    assert tried > 300
    assert len(changed) <= (1 - UNCHANGED_BY_WRAPS) * tried, changed


def test_stray_blanks_change_no_event() -> None:
    tried, changed = 0, []
    for bulletin in BULLETINS:
        expected = told(bulletin)
        for rate in (0.01, 0.05, 0.15):
            tried += 1
            if told(with_text(bulletin, with_blanks(bulletin.text, rate, name(bulletin)))) != expected:
                changed.append(f"{name(bulletin)} at {rate}")
    assert tried > 180
    assert len(changed) <= (1 - UNCHANGED) * tried, changed


_CUT_BEFORE_AN_ITEM = re.compile(r"[；;]\n(?:[①-⑳]|\d{1,2}[.、]|（[一二三四五六七八九十\d]{1,3}）|[一二三四五六七八九十]{1,3}、)")


def test_prose_is_whole_again_after_any_wrap() -> None:
    """Paragraphs alone, of three full lines at least, so that a width can be seen: read as if they had never been cut."""
    tried, changed = 0, []
    for bulletin in filter(is_unwrapped, BULLETINS):
        paragraphs = [line.strip() for line in bulletin.text.split("\n") if is_prose(line) and line.strip()[-1] == "。"]
        for width in range(12, 61):
            text = "\n\n".join(line for line in paragraphs if len(line) > 4 * width and not re.search('[ 　"_`*]', line))
            # An item's mark behind a semicolon, right where a line is cut: no reader could tell.
            if not text or _CUT_BEFORE_AN_ITEM.search(wrapped(text, width)):
                continue
            tried += 1
            again = read(wrapped(text, width)).text
            # No break within a sentence.
            broken = any(line[-1] not in "。”" for line in again.split("\n"))
            if broken or again.replace("\n", "") != read(text).text.replace("\n", ""):
                changed.append(f"{name(bulletin)} at {width}")
    assert tried > 1000
    # A narrow line may look like a headline, and a figure at a line's beginning like an item's number.
    assert len(changed) <= tried / 500, (tried, changed)


@given(st.sampled_from(BULLETINS), st.data())
@settings(max_examples=60, deadline=None)
def test_a_part_of_a_bulletin_is_read_as_well(bulletin: Bulletin, data: st.DataObject) -> None:
    """A text cut anywhere: nothing is raised and the quotes are its own."""
    start = data.draw(st.integers(0, len(bulletin.text) - 1))
    text = bulletin.text[start : start + data.draw(st.integers(1, 400))]
    extraction = extract(of_text(text))
    for event in map(json_dict, extraction.events):
        assert text[event["evidence"]["start"] : event["evidence"]["end"]] == event["evidence"]["quote"]
    assert not [note for note in extraction.notes if note.kind in ("rule_failed", "invalid_event")]
