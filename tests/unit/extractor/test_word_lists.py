"""The word lists of the lexicons: each is read, none says a word twice, and a word that is added is read without code."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.extractor.lexicon import LEXICON, load

LEXICONS = sorted(path.stem for path in LEXICON.glob("*.yaml"))
KEYS = [f"{name} {key}" for name in LEXICONS if isinstance(load(name), dict) for key in load(name)]


def lists_in(path: str, value: Any) -> Iterator[tuple[str, list[Any]]]:
    """Every list of words in a lexicon, also where it is written as one text (>-), with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from lists_in(f"{path} {key}", inner)
    elif isinstance(value, list):
        yield path, value
        for number, inner in enumerate(value):
            yield from lists_in(f"{path} {number}", inner)
    elif isinstance(value, str) and " " in value and not set(value) & set("()[]|?"):
        yield path, value.split()


LISTS = dict(found for name in LEXICONS for found in lists_in(name, load(name)))
# Reads the bulletins that are given, and writes down which lists of which lexicon were asked for.
RECORD = """
import sys
from pathlib import Path
import yaml
lexicons = {path.read_text("utf-8"): path.stem for path in Path("seeds/lexicon").glob("*.yaml")}
asked = set()
class Recorded(dict):
    def __getitem__(self, key):
        asked.add(f"{self.name} {key}")
        return super().__getitem__(key)
plain = yaml.load
def load(text, Loader):
    content = plain(text, Loader)
    if isinstance(content, dict) and text in lexicons:
        content = Recorded(content)
        content.name = lexicons[text]
    return content
yaml.load = load
from services.contracts import Bulletin, bulletin_id
from services.extractor.extract import extract
for path in sys.argv[1:]:
    text = Path(path).read_text("utf-8")
    extract(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1"))
print("\\n".join(sorted(asked)))
"""
READ = """
import sys
from pathlib import Path
from services.extractor import lexicon
lexicon.LEXICON = Path(sys.argv[1])
from services.contracts import Bulletin, bulletin_id
from services.extractor.extract import extract
text = sys.argv[2]
for event in extract(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="test:1")).events:
    for ranking in getattr(event, "rankings", []):
        print(ranking.scope, ranking.position)
"""


def run(script: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=LEXICON.parents[1], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@cache
def asked() -> frozenset[str]:
    """The lists that are read while the annotated bulletins are: `LEXICON KEY`."""
    return frozenset(run(RECORD, *map(str, sorted(Path("tests/gold/dev").resolve().glob("*.txt")))).split("\n"))


@pytest.mark.parametrize("key", KEYS)
def test_each_list_is_used(key: str) -> None:
    assert key in asked()


@pytest.mark.parametrize("name", LISTS)
def test_no_list_says_a_word_twice(name: str) -> None:
    words = LISTS[name]
    assert [word for word in words if word in ("", None)] == []
    assert sorted(word for word in words if words.count(word) > 1) == []


def test_a_word_that_is_added_is_read(tmp_path: Path) -> None:
    text = "上半年，全县完成固定资产投资86.4亿元，同比增长8.2%，增速位居全市状元。"
    for path in LEXICON.iterdir():
        (tmp_path / path.name).symlink_to(path)
    own = tmp_path / "investment.yaml"
    before = own.read_text("utf-8")
    assert run(READ, str(tmp_path), text) == ""
    own.unlink()
    own.write_text(before.replace("rank_tops: [", "rank_tops: [状元, "), "utf-8")
    assert run(READ, str(tmp_path), text) == "全市 1"
