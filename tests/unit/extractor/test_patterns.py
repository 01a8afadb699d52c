"""No regular expression of the extractor can take more than linear time."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from services.extractor.expressions import beginning, ending, expression, leaping, needed
from services.extractor.lexicon import load
from services.extractor.needed_words import needed_words
from services.settings import PROJECT
from tests.unit.extractor.linear import faults
from tests.unit.extractor.own_form import texts
from tests.unit.extractor.patterns import patterns

PATTERNS = patterns()
# Some patterns take milliseconds, those that run away years.
LIMIT_SECONDS = 10


@pytest.fixture(scope="module")
def used() -> dict[str, list[str]]:
    """The patterns that are made while bulletins are read, and the methods that they are used by."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.unit.extractor.used_patterns"], cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True
    )
    found: dict[str, list[str]] = json.loads(run.stdout)
    assert len(found) > 1000
    return found


def test_patterns_are_found_wherever_they_are_compiled() -> None:
    where = {name.partition(" ")[0].partition(":")[0] for name in PATTERNS}
    modules = {name.partition(".")[0] for name in where}
    assert {
        "page._NOISE",
        "dates._EXPRESSION",
        "numbers._patterns",
        "names.words",
        "mood._patterns",
    } <= where
    assert {
        "wrap",
        "sections",
        "reading",
        "regions",
        "region_home",
        "facts",
        "fact_names",
        "phrases",
        "namelists",
        "rules",
    } <= modules
    assert len(PATTERNS) > 300


def test_every_pattern_takes_linear_time() -> None:
    found = {where: why for where, pattern in PATTERNS.items() if (why := faults(pattern))}
    assert found == {}


def test_every_pattern_that_is_made_takes_linear_time_as_it_is_used(used: dict[str, list[str]]) -> None:
    found = {}
    for pattern, methods in used.items():
        # `match` begins at one place; `fullmatch` fails as well where something stands behind.
        forms = {"match": rf"\A(?:{pattern})", "fullmatch": rf"\A(?:{pattern})\Z"}
        if why := [why for method in methods for why in faults(forms.get(method, pattern))]:
            found[pattern] = why
    assert found == {}


def test_no_pattern_runs_away_on_texts_of_its_own_form(used: dict[str, list[str]]) -> None:
    """What is bounded may still take an age: (?:县市|县|市){1,20}."""
    chance = random.Random(20251108)

    def too_long(_: int, __: object) -> None:
        raise AssertionError(f"{pattern!r} runs away on {text!r}")

    before = signal.signal(signal.SIGALRM, too_long)
    try:
        for pattern, methods in used.items():
            compiled = re.compile(pattern)
            signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
            for text in texts(pattern, 20, chance):
                for method in {"search", "match", "fullmatch"} & set(methods) or {"search"}:
                    getattr(compiled, method)(text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(?:总|额|总额)*x",
        "(?:凭借[^，]{1,20}|成)+$",
        "(?:.*)*x",
        "[^，]*x",
        "a.*?b",
        r"\s+$",
        r"\n\s*x",
        r"x\d+\d+y",
        r"\d*[\d,]*x",
        "(?:a|b*c)d*+x",
        "(?=a*b)",
        "(?<=[ab])b*c",
        "(?>a*b)",
    ],
)
def test_a_pattern_that_runs_away_is_told(pattern: str) -> None:
    assert faults(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "a*",
        "[^，。]*",
        "“[^”]*",
        "“[^“”]*”",
        "x(?:总|额|总额)*+y",
        "(?:总|额|总额)*",
        r"(?<!\d)\d+元",
        r"^\s*x",
        r"x\d*,\d*y",
        "[^，]{0,60}x",
        r" [ \t]*+(?:\n)?",
        "(?:项目|工程){1,3}$",
    ],
)
def test_a_pattern_that_cannot_is_not(pattern: str) -> None:
    assert faults(pattern) == []


def test_a_pattern_is_compiled_at_its_first_use() -> None:
    pattern = expression("(?P<number>\\d{1,3})(?:万|亿)元")
    assert "search" not in vars(pattern)
    match = pattern.search("总投资12亿元", 3)
    assert match is not None
    assert match.span("number") == (3, 5)
    assert "fullmatch" in vars(pattern)
    assert expression(pattern.pattern) is pattern


def test_a_leaping_pattern_finds_the_same() -> None:
    branches, text = "一|[二三]个|(?:约)?\\d+", "三个，约12；一"
    assert [match.span() for match in leaping(branches).finditer(text)] == [
        match.span() for match in expression(branches).finditer(text)
    ]


def test_a_beginning_is_found_where_a_match_begins() -> None:
    branches, text = "一|[二三](?=个)|\\d+元(?!整)", "三个，12元；3元整；一，二"
    assert [match.span() for match in beginning(branches).finditer(text)] == [(0, 1), (3, 4), (4, 5), (11, 12)]


def test_a_word_that_a_pattern_needs_is_found_where_it_could_match() -> None:
    pattern = "[^，]{2,9}(?:承建|投建)|由.{2,9}(?=实施)"
    assert needed(pattern).search("由县水利局来实施")
    assert needed(pattern).search("（承建）")
    assert needed(pattern).search("由县水利局来建设") is None
    with pytest.raises(ValueError, match="no word"):
        needed("[^，]{2,9}").search("承建")


@pytest.mark.parametrize("text", ["获金奖2个", "金奖（A级）", "金奖2", "2个", "\n", "", "金奖2个\n"])
def test_an_ending_is_found_as_the_pattern_would_be(text: str) -> None:
    pattern = r"(?:奖(?:\d|)个?|（[^（）]{1,3}）(?!x)){1,2}$"
    plain = expression(pattern)
    for start in range(len(text) + 1):
        for end in range(start, len(text) + 1):
            found = ending(pattern).search(text, start, end), ending(pattern).match(text, start, end)
            assert [m and m.span() for m in found] == [
                m and m.span() for m in (plain.search(text, start, end), plain.match(text, start, end))
            ]


@pytest.mark.parametrize("pattern", ["奖", "奖$|牌", "[^，]$", "(?:奖)?$"])
def test_an_ending_is_refused_where_a_match_may_end_with_anything(pattern: str) -> None:
    with pytest.raises(ValueError, match="nothing is told"):
        ending(pattern).search("金奖")


def test_a_pattern_that_is_none_is_told_at_its_first_use() -> None:
    with pytest.raises(re.error):
        expression("(一").search("一")


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("在?建设中(?=[的，])", ["在建设中的", "在建设中，", "建设中的", "建设中，"]),
        ("(?:路基|桥涵)已完[^，]{0,9}工", ["路基已完", "桥涵已完"]),
        ("(?<=隧道)洞通|拿到", ["洞通", "拿到"]),
        ("(?<=隧道)[^，]{0,3}层", ["隧道"]),
        ("[^，]{0,3}层(?!楼)", ["层"]),
        ("封了?[顶口]{2}", ["封了口口", "封了口顶", "封了顶口", "封了顶顶", "封口口", "封口顶", "封顶口", "封顶顶"]),
        ("(?:钥匙|[^，]证|入住)+", ["入住", "证", "钥匙"]),
        ("(?:钥匙|[^，])", []),
        ("(?:了|[一-九])?", []),
    ],
)
def test_the_words_without_which_a_pattern_matches_nowhere(pattern: str, needed: list[str]) -> None:
    assert sorted(needed_words(pattern)) == sorted(needed)


def test_no_pattern_of_stages_matches_without_a_word_that_it_needs() -> None:
    told = 0
    for text in _sentences():
        for entry in load("milestone")["stages"].values():
            for pattern in entry["patterns"]:
                if re.search(pattern, text):
                    told += 1
                    assert any(word in text for word in needed_words(pattern)), (text, pattern)
    assert told > 100


def _sentences() -> list[str]:
    specs = sorted((Path(__file__).parent / "specs").glob("milestone*.yaml"))
    return [text for path in specs for group in yaml.safe_load(path.read_text("utf-8")).values() for text in group]
