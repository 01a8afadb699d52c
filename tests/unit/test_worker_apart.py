"""Long texts are read in a process of their own, which ends with its answer, its time, or the worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from services.contracts import Bulletin, bulletin_id, to_json
from services.extractor import apart, records
from services.extractor.apart import ReaderEnded, extract_apart
from services.extractor.extract import extract
from services.extractor.records import Message, read
from services.extractor.timelimit import OutOfTime
from services.settings import PROJECT

SENTENCE = "2025年1—6月，示例区完成固定资产投资12.5亿元。"
RUNAWAY = "import re; re.fullmatch('(a|a)*b', 'a' * 60)"
# A worker whose reading process never answers; its number goes to the file that is named.
WORKER = """
import sys
from services.contracts import Bulletin, bulletin_id
from services.extractor import apart
child = "import os, sys; from services.extractor import apart; apart.end_with_parent(60); "
child += f"open({sys.argv[1]!r} + '.part', 'w').write(str(os.getpid())); os.rename({sys.argv[1]!r} + '.part', {sys.argv[1]!r})\\nwhile True: pass"
apart.COMMAND = [sys.executable, "-c", child]
apart.extract_apart(Bulletin(bulletin_id=bulletin_id("x"), text="x", source_id="test", source_uri="file:///a.txt"), 60)
"""


def bulletin(text: str) -> Bulletin:
    return Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="test", source_uri="file:///a.txt")


def message(source: Bulletin) -> Message:
    return Message("bulletins.text.v1", 0, 7, source.bulletin_id.encode(), to_json(source), [])


def long_text() -> str:
    lines = (f"{number}号示例产业园项目开工，总投资{number}亿元。" for number in range(1, 1200))
    return "\n".join(lines)


def test_a_long_text_gives_what_it_gives_here() -> None:
    source = bulletin(long_text())
    assert message(source).is_long
    answer = read(message(source))
    assert answer.letter is None
    here = extract(source)
    assert [record.value for record in answer.events] == [to_json(event) for event in here.events]
    assert len(here.events) > 1500
    assert sum(answer.notes.values()) == len(here.notes)


def test_a_short_text_is_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", ["/nothing/there"])
    assert len(read(message(bulletin(SENTENCE))).events) == 1


def test_a_regular_expression_that_runs_away_there_costs_its_bulletin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", RUNAWAY])
    monkeypatch.setattr(records, "EXTRACT_SECONDS", 0.5)
    monkeypatch.setattr(records, "INLINE_BYTES", 10)
    before = psutil.Process().children()
    answer = read(message(bulletin(SENTENCE)))
    assert answer.letter is not None
    assert answer.letter.error_class == "ExtractionTooSlow"
    assert psutil.Process().children() == before


@pytest.mark.parametrize(
    ("child", "says"),
    [
        ("raise MemoryError('too much')", "ended with 1: MemoryError: too much"),
        ("import os; os.kill(os.getpid(), 9)", "ended with -9: it said nothing"),
    ],
)
def test_a_process_that_fails_costs_its_bulletin_and_says_why(monkeypatch: pytest.MonkeyPatch, child: str, says: str) -> None:
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", child])
    with pytest.raises(ReaderEnded, match=says):
        extract_apart(bulletin(SENTENCE), 60)
    monkeypatch.setattr(records, "INLINE_BYTES", 10)
    answer = read(message(bulletin(SENTENCE)))
    assert answer.letter is not None
    assert answer.letter.error_class == "ExtractionFailed"
    assert answer.letter.error_message.endswith(says)


def test_its_time_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "COMMAND", [sys.executable, "-c", RUNAWAY])
    with pytest.raises(OutOfTime):
        extract_apart(bulletin(SENTENCE), 0.5)


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], psutil.Process]]:
    """A worker and the process that reads for it, both at work."""
    told = tmp_path / "pid"
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(told)], cwd=PROJECT)
    try:
        end = time.monotonic() + 30
        while not told.exists():
            assert time.monotonic() < end, "the process does not start"
            time.sleep(0.02)
        reader = psutil.Process(int(told.read_text()))
        yield worker, reader
    finally:
        worker.kill()
        worker.wait()
    psutil.wait_procs([reader], timeout=1)
    if reader.is_running():
        reader.kill()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_the_worker(reading: tuple[subprocess.Popen[bytes], psutil.Process], ending: signal.Signals) -> None:
    worker, reader = reading
    worker.send_signal(ending)
    worker.wait()
    gone, _ = psutil.wait_procs([reader], timeout=30)
    assert gone


def test_a_stop_of_all_processes_of_the_service_does_not_end_it_first(
    reading: tuple[subprocess.Popen[bytes], psutil.Process],
) -> None:
    worker, reader = reading
    reader.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    assert reader.status() != psutil.STATUS_ZOMBIE
    assert worker.poll() is None


def test_a_terminals_interrupt_does_not_reach_it(reading: tuple[subprocess.Popen[bytes], psutil.Process]) -> None:
    worker, reader = reading
    assert os.getsid(reader.pid) != os.getsid(worker.pid)
