"""Generated texts, none of which may raise, break a rule or cost more than its length allows.

`make fuzz-extract` runs for ten minutes (`python -m tests.unit.extractor.fuzz --minutes N --seed N`); the tests run a few dozen.
A text that fails is printed with its seed.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import time
from collections.abc import Callable
from types import FrameType

from services.contracts import MAX_TEXT_BYTES, Bulletin, bulletin_id
from services.extractor.extract import extract
from tests.unit.extractor.texts import bulletins

UNITS = (
    # Heads without a row.
    "项目名称\n总投资\n形象进度\n",
    "序号\t项目名称\t总投资\n",
    "荣誉名称\n获奖单位\n颁奖单位\n一、国家级\n",
    "亿元", "（", "）", "“", "”", "《", "1", "一", "1亿元，", "的", "，", "、", "1 ", " 1", "年", "1月", "第一", "%", "项目、", "投资", "开工", "获评",
    "1.", "1,", "总投资", "亿", "企业", "上街区", "省级", "—", "：", "；", "中 ", "中  中", "　", "| ", "#", "\n#", "**", "__", "`", '"', "“中",
    "(1)", "一、", "●", "图1", "9:30", "9:30\n", "\n（区发改局）", "同比增长", "位列第一", "2024", "2024年", "其中", "个项目", "有限公司", "奖", "国家级",
    "余", "倍", "X项目开工、", "项目总投资1亿元", "签约", "\x00", "\ufffd", "😀", "縣", "国", "千", "百分之", "“十四五”", "今年", "去年同期", "a ", "\r", "\u2028",
    "凭借成", "\t", "\n\n\n", "\n \n",
)  # fmt: skip
# Calls of functions, ours and built-in ones, that a text may cost: so many for each character, and so many in any case. A bulletin costs
# a hundredth; the dearest repeated pair of the units (X项目开工、）) nine tenths: before each stage word it has twenty names to look at.
MOST_CALLS_A_CHARACTER, MOST_CALLS_ANYWAY = 1_000, 20_000


def of_text(text: str) -> Bulletin:
    """A bulletin of any text, also of one that no message could carry."""
    return Bulletin.model_construct(bulletin_id=bulletin_id(text), text=text, source_id="fuzz", source_uri="fuzz:1")


def calls(text: str) -> int:
    """How many functions reading the text calls: its work, whatever else the machine does."""
    count = 0

    def counting(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    bulletin = of_text(text)
    sys.setprofile(counting)
    try:
        extract(bulletin)
    finally:
        sys.setprofile(None)
    return count


def check(text: str) -> None:
    """Raises AssertionError where reading the text breaks a promise; whatever reading raises goes on."""
    extraction = extract(of_text(text))
    broken = [note for note in extraction.notes if note.kind == "rule_failed"]
    assert not broken, broken
    if not re.search("[\ud800-\udfff]", text):
        invalid = [note for note in extraction.notes if note.kind == "invalid_event"]
        assert not invalid, invalid
    for event in extraction.events:
        assert text[event.evidence.start : event.evidence.end] == event.evidence.quote
    for note in extraction.notes:
        assert 0 <= (note.start or 0) <= (note.end or 0) <= len(text)
    assert len({event.event_id for event in extraction.events}) == len(extraction.events)


def check_work(text: str) -> None:
    found = calls(text)
    assert found <= MOST_CALLS_A_CHARACTER * len(text) + MOST_CALLS_ANYWAY, (found, len(text))


def generated(chance: random.Random, longest: int) -> str:
    """A text of any of the kinds below, up to about `longest` characters."""
    return chance.choice(_KINDS)(chance, chance.randint(1, longest))


def _repeated(chance: random.Random, length: int) -> str:
    unit = "".join(chance.choices(UNITS, k=chance.randint(1, 4)))
    frame = chance.choice(("", "开工投资获评1亿元", "总投资6.5亿元的石桥项目开工。\n"))
    return frame + unit * max(1, length // len(unit)) + frame


def _mixed(chance: random.Random, length: int) -> str:
    return "".join(chance.choices(UNITS, k=max(1, length // 3)))


def _shuffled(chance: random.Random, length: int) -> str:
    """Clauses of real bulletins in any order."""
    text = chance.choice(bulletins()).text
    pieces = re.findall(r"[^，。；\n]{1,80}[，。；\n]?", text)
    return "".join(chance.choices(pieces, k=max(1, length // 15)))[:length] or text


def _damaged(chance: random.Random, length: int) -> str:
    text = chance.choice(bulletins()).text
    start = chance.randrange(len(text))
    characters = list(text[start : start + length])
    for _ in range(len(characters) // 10 + 1):
        characters.insert(chance.randrange(len(characters) + 1), chance.choice(UNITS))
    return "".join(characters)


def _decoded(chance: random.Random, length: int) -> str:
    """Bytes of no text, or of one in another encoding."""
    encoding = chance.choice(("gb18030", "utf-16", "latin-1", "utf-8"))
    return chance.randbytes(length).decode(encoding, chance.choice(("replace", "ignore"))) or "。"


def _any(chance: random.Random, length: int) -> str:
    return "".join(chr(chance.choice((chance.randrange(0x110000), chance.randrange(0x4E00, 0x9FFF)))) for _ in range(length))


_KINDS: tuple[Callable[[random.Random, int], str], ...] = (_repeated, _mixed, _shuffled, _damaged, _decoded, _any)


def longest(unit: str) -> str:
    """As much of a unit as a bulletin may hold."""
    return unit * (MAX_TEXT_BYTES // len(unit.encode("utf-8", "surrogatepass")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    end = time.monotonic() + 60 * arguments.minutes
    seed = arguments.seed
    units = list(UNITS)
    calls("总投资6.5亿元的石桥项目开工。")  # loads the lexicons
    while time.monotonic() < end:
        chance = random.Random(seed)
        # Every fiftieth text is the longest that may come.
        text = longest(units[seed // 50 % len(units)]) if seed % 50 == 0 else generated(chance, 20_000)
        try:
            check(text)
            if len(text) <= 20_000:
                check_work(text)
        except BaseException:
            print(f"seed {seed}: {text[:200]!r}, {len(text)} characters", file=sys.stderr)
            raise
        seed += 1
    print(f"{seed - arguments.seed} texts, from seed {arguments.seed}: all were read")


if __name__ == "__main__":
    main()
