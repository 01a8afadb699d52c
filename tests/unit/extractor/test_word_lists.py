"""The word lists of accolades, investments, milestones and units: each is used, none says a word twice, and a word that is added is read without code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.extractor.lexicon import LEXICON, load

SOURCE = "\n".join(path.read_text("utf-8") for path in (LEXICON.parents[1] / "services" / "extractor").rglob("*.py"))
LISTS: dict[str, Any] = {
    f"{name} {key}": value for name in ("accolade", "investment", "milestone", "units") for key, value in load(name).items()
}
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


@pytest.mark.parametrize("name", LISTS)
def test_each_list_is_used(name: str) -> None:
    key = name.partition(" ")[2]
    assert f'"{key}"' in SOURCE or f"'{key}'" in SOURCE


@pytest.mark.parametrize("name", [name for name, value in LISTS.items() if isinstance(value, list)])
def test_no_list_says_a_word_twice(name: str) -> None:
    words = LISTS[name]
    assert [word for word in words if not isinstance(word, str) or not word] == []
    assert sorted(words) == sorted(set(words))


def test_a_word_that_is_added_is_read(tmp_path: Path) -> None:
    text = "上半年，全县完成固定资产投资86.4亿元，同比增长8.2%，增速位居全市状元。"
    for path in LEXICON.iterdir():
        (tmp_path / path.name).symlink_to(path)
    own = tmp_path / "investment.yaml"
    before = own.read_text("utf-8")

    def read() -> str:
        run = subprocess.run(
            [sys.executable, "-c", READ, str(tmp_path), text], cwd=LEXICON.parents[1], capture_output=True, text=True, timeout=60
        )
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    assert read() == ""
    own.unlink()
    own.write_text(before.replace("rank_tops: [", "rank_tops: [状元, "), "utf-8")
    assert read() == "全市 1"
