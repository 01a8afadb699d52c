"""No regular expression of the extractor can take more than linear time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from services.extractor.beginnings import needed_characters
from services.extractor.expressions import expression, leaping
from services.extractor.lexicon import load
from tests.unit.extractor.linear import faults
from tests.unit.extractor.patterns import patterns

PATTERNS = patterns()


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


def test_a_pattern_that_is_none_is_told_at_its_first_use() -> None:
    with pytest.raises(re.error):
        expression("(一").search("一")


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("在?建设中(?=[的，])", ["中", "建", "设", "的，"]),
        ("(?:路基|桥涵)已完", ["完", "已", "桥路"]),
        ("(?<=隧道)洞通|拿到", ["拿隧"]),
        ("[^，]{0,3}层", ["层"]),
        ("(?:了|[一-九])?", []),
    ],
)
def test_the_characters_without_which_a_pattern_matches_nowhere(pattern: str, needed: list[str]) -> None:
    assert sorted("".join(sorted(each)) for each in needed_characters(pattern)) == sorted(
        "".join(sorted(each)) for each in needed
    )


def test_no_pattern_of_stages_matches_without_the_characters_that_it_needs() -> None:
    told = 0
    for text in _sentences():
        characters = frozenset(text)
        for entry in load("milestone")["stages"].values():
            for pattern in entry["patterns"]:
                if re.search(pattern, text):
                    told += 1
                    assert not any(characters.isdisjoint(each) for each in needed_characters(pattern)), (text, pattern)
    assert told > 100


def _sentences() -> list[str]:
    specs = sorted((Path(__file__).parent / "specs").glob("milestone*.yaml"))
    return [text for path in specs for group in yaml.safe_load(path.read_text("utf-8")).values() for text in group]
