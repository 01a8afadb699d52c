"""Any text is read within bounded work and nothing raises: repetitions, the longest texts, what is no bulletin at all."""

from __future__ import annotations

import random

import pytest

from services.contracts import json_dict
from services.extractor.extract import extract
from services.extractor.reading import LONGEST_SENTENCE
from tests.unit.extractor.fuzz import UNITS, calls, check, check_work, generated, longest, of_text

FRAMES = {"alone": "{}", "between triggers": "开工投资获评1亿元{}开工投资获评1亿元"}
SHORT, FACTOR = 400, 4
# Four times the text may cost so many times the calls, beside what a call more or less at each end of it makes.
MOST, SLACK = 6, 4_000


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_work_grows_no_faster_than_the_text(unit: str, frame: str) -> None:
    # Lexicons are loaded and caches filled by a text that does not count.
    calls(frame.format(unit))
    short, long = (calls(frame.format(unit * (length // len(unit)))) for length in (SHORT, FACTOR * SHORT))
    assert long < MOST * short + SLACK


@pytest.mark.parametrize("seed", range(60))
def test_generated_texts(seed: int) -> None:
    check(generated(random.Random(seed), 1_500))


def test_generated_texts_cost_what_their_length_allows() -> None:
    calls("项目开工。")
    for seed in range(100, 112):
        check_work(generated(random.Random(seed), 1_500))


# What fuzzing has found: in a sentence of the greatest length a character of each cost more than twice what it costs in a short one.
@pytest.mark.parametrize("unit", ["去年同期年开工", "，位列第一", "：获评”上街区"])
def test_a_character_of_the_longest_sentence_costs_no_more_than_one_of_a_short_one(unit: str) -> None:
    calls(unit * 9)
    short, long = (unit * (length // len(unit)) for length in (2 * SHORT, LONGEST_SENTENCE - 10))
    assert calls(long) / len(long) < 1.5 * calls(short) / len(short)


@pytest.mark.parametrize("text", ["获评获评", "石桥产业园获评全国", "1.。全县共开复工项目41个。"])
def test_words_may_lack_what_they_stand_before(text: str) -> None:
    check(text)


@pytest.mark.parametrize("unit", ["全区上下团结一心", "\n", "\x00\x01\x7f"], ids=ascii)
def test_the_longest_text_is_read(unit: str) -> None:
    check(longest(unit))


def test_a_thousand_events_of_one_bulletin() -> None:
    text = "".join(f"第{number}号厂房项目开工。\n" for number in range(1_000))
    found = extract(of_text(text)).events
    assert len({event.event_id for event in found}) == len({event.fact_id for event in found}) == len(found) == 1_000


def test_a_sentence_without_an_end_is_read_in_parts_and_the_note_says_so() -> None:
    text = "各项工作稳步推进，" * 1000 + "石桥大桥竣工。"
    extraction = extract(of_text(text))
    cut = [note for note in extraction.notes if note.kind == "sentence_too_long"]
    assert len(cut) == len(text) // LONGEST_SENTENCE
    assert all(
        text[note.end - 1] == "，" and note.end - note.start <= LONGEST_SENTENCE
        for note in cut
        if note.end and note.start is not None
    )
    assert [json_dict(event)["project"] for event in extraction.events] == ["石桥大桥"]


@pytest.mark.parametrize(
    "text",
    [" ", "\n", "\ufeff", "。", "\x00", "\ud800", "PK\x03\x04\x14\x00", "%PDF-1.7\n%\xe2\xe3", "<html><body>开工</body></html>"],
    ids=ascii,
)
def test_what_is_no_bulletin_gives_nothing(text: str) -> None:
    check(text)
    assert extract(of_text(text)).events == []


@pytest.mark.parametrize(
    "text",
    [
        "石桥\ud800项目开工，总投资6.5亿元。",
        "\udfff石桥项目开工。",
        "区\ud800获评全国文明城区。\udc00",
        "Ωμέγα проект 项目",
        "مشروع 开工 프로젝트 プロジェクト",
    ],
    ids=ascii,
)
def test_halves_of_characters_and_other_scripts_do_no_harm(text: str) -> None:
    check(text)
