"""The extraction alone, beside JioNLP's extraction of money and time expressions from the same texts.

`make bench-extract` prints a table and writes `build/bench/extract.json`. Both read the seed bulletins in turns in one
process, on processor time. Ours is `extract(bulletin)` as the worker calls it: page, sentences, rules, facts, validated events and notes;
JSON in and out is not in it. The reference is JioNLP's `extract_money` and `extract_time` with their parsing, as `jio.ner` has them.
A second row has what the rules find given to it beforehand: how fast all would be if the rules took no time.
Start-up and memory are measured in processes of their own, without JioNLP.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import io
import itertools
import logging
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from services.contracts import Bulletin, bulletin_id
from services.settings import PROJECT
from tests.bench._table import Row, options, publish, row

STARTS = 7
FIRST_EVENT = """
from services.contracts import Bulletin, bulletin_id
from services.extractor.extract import extract
text = "2025年8月8日，上街区石桥产业园项目开工，总投资6.5亿元。"
assert extract(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="bench", source_uri="bench:1")).events
"""
# Characters of a bulletin that memory is measured with.
PIECE = 300
# Years stay: a bulletin's own is told from those that it names.
_FIGURE = re.compile(r"(?<![\d.])(?!(?:19|20)\d\d年)\d{1,6}(?!\d)")


def seeds() -> list[str]:
    return [path.read_text("utf-8") for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))]


def bulletin(text: str) -> Bulletin:
    return Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="bench", source_uri="bench:1")


def jionlp() -> Callable[[str], object]:
    """Money and time expressions of a text by JioNLP. It is given no network, and what it prints is dropped."""

    def refused(*_: object, **__: object) -> None:
        raise OSError("JioNLP is measured without a network")

    socket.socket.connect = refused  # type: ignore[assignment, method-assign]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import jionlp
    # It logs a traceback for each expression that it cannot parse.
    logging.disable(logging.CRITICAL)
    money, times = jionlp.ner.extract_money, jionlp.ner.extract_time
    now = time.time()
    return lambda text: (money(text), times(text, time_base=now))


def seconds(read: Callable[[Any], object], items: list[Any]) -> float:
    begin = time.process_time()
    for item in items:
        read(item)
    return time.process_time() - begin


def speed(repeats: int, runs: int) -> list[Row]:
    """Characters a second of both on the seeds `repeats` times over, in turns: with the rules, and with what they find given."""
    from services.extractor import extract as extractor

    extract = extractor.extract
    texts = seeds() * repeats
    items = [bulletin(text) for text in texts]
    characters = sum(map(len, texts))
    reference = jionlp()
    # Lexicons and compiled patterns are loaded by the first bulletin.
    seconds(extract, items[:5])
    seconds(reference, texts[:5])
    # What both have loaded is not gone through again by every collection: JioNLP's dictionaries would be counted as ours.
    gc.collect()
    gc.freeze()
    ours, given, theirs = [], [], []
    for _ in range(runs):
        ours.append(characters / seconds(extract, items))
        with found_beforehand(extractor, items[: len(texts) // repeats]):
            given.append(characters / seconds(extract, items))
        theirs.append(characters / seconds(reference, texts))
    return [
        row("extract: against JioNLP's money and time", "characters/s", ours, theirs),
        row("extract: the same, with what the rules find given", "characters/s", given, theirs),
    ]


@contextlib.contextmanager
def found_beforehand(extractor: ModuleType, items: list[Bulletin]) -> Iterator[None]:
    """Within it the rules are not asked: what they find in `items` has been found before and is handed over."""
    rules = extractor._drafts
    documents = [extractor.read_document(item) for item in items]
    found = {document.text: list(rules(document)) for document in documents}
    extractor._drafts = lambda document: found[document.text]
    try:
        yield
    finally:
        extractor._drafts = rules


def start_up() -> Row:
    """Processor seconds of a fresh interpreter from the first import to the first event; it has one thread and waits for nothing.

    Its modules are compiled, as in the image and after anybody's first start: a start beforehand fills a cache that ends with the
    measurement, whatever the environment says of bytecode.
    """
    script = f"import time\nbegin = time.process_time()\n{FIRST_EVENT}\nprint(time.process_time() - begin)"
    command = [sys.executable, "-c", script]
    with tempfile.TemporaryDirectory() as cache:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = cache

        def started() -> float:
            run = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
            return float(run.stdout)

        started()
        found = [started() for _ in range(STARTS)]
    return row("extract: import to first event", "s", found, digits=3)


def memory(count: int) -> list[Row]:
    """MiB that a process holds when it has read 1,000, 10,000 … and `count` bulletins, a line each."""
    command = [sys.executable, "-m", "tests.bench.extract", "--memory-of", str(count)]
    run = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    readings = [line.split() for line in run.stdout.splitlines()]
    return [row(f"extract: memory after {int(read):,} bulletins", "MiB", [float(held)], digits=1) for read, held in readings]


def print_memory(count: int) -> None:
    """Reads `count` bulletins, no two of the same text, and prints after how many it held how much."""
    from services.extractor.extract import extract

    made = short_bulletins()
    readings = {1_000, 10_000, 100_000, count}
    for number in range(1, count + 1):
        extract(bulletin(next(made)))
        if number in readings:
            print(number, round(resident(), 1), flush=True)


def short_bulletins() -> Iterator[str]:
    """Pieces of the annotated bulletins without end, each time round with other figures and another first line."""
    pieces = [text[at : at + PIECE] for text in annotated() for at in range(0, len(text), PIECE)]
    for round_ in itertools.count():
        for number, piece in enumerate(pieces):
            changed = _FIGURE.sub(lambda match, by=round_: _other_figure(match[0], by), piece)  # type: ignore[misc]
            yield f"第{round_}期第{number}篇\n{changed}"


def annotated() -> list[str]:
    """The texts that the rules are built on; those kept aside stay unread."""
    gold = PROJECT / "tests" / "gold"
    return [path.read_text("utf-8") for name in ("dev", "districts") for path in sorted((gold / name).glob("*.txt"))]


def _other_figure(digits: str, by: int) -> str:
    """Another figure of the same length, so that what it stands in reads the same."""
    return str((int(digits) + by) % 10 ** len(digits)).zfill(len(digits))


def resident() -> float:
    """MiB of this process now; where that cannot be told, the most that it ever had."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    parser = options(__doc__, "extract", runs=7)
    parser.add_argument("--repeats", type=int, default=5, help="how often the seeds are read in one run")
    parser.add_argument("--memory", type=int, default=5_000, help="bulletins read to see whether memory stays flat")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.memory_of:
        print_memory(arguments.memory_of)
        return
    publish([start_up(), *memory(arguments.memory), *speed(arguments.repeats, arguments.runs)], arguments.out)


if __name__ == "__main__":
    main()
