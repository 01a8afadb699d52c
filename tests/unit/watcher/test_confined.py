"""Documents that would crash, hang or fill whoever reads them end in a reason, and the next one is read."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from services.lifecycle import StopFlag
from services.watcher.errors import DamagedFile, ReadingTooCostly, Stopped, TextTooLarge
from services.watcher.formats import Kind
from services.watcher.formats.confined import ConfinedReader
from services.watcher.formats.limits import Limits

GOOD = "<html><body><p>全区完成投资3.4亿元，同比增长5%。</p></body></html>".encode()
# For each of 250 boxes in each other all that is in it is weighed.
COSTLY = b"<div>" * 250 + f"<p>{'全区重点项目完成投资3.4亿元，同比增长5%。<br>' * 40_000}</p>".encode()
# A child of the reader needs about 100 MB for its libraries.
SMALL = Limits(cpu_seconds=1, wall_seconds=20, memory_bytes=300 * 1024 * 1024)


@pytest.fixture(scope="module")
def reader() -> Iterator[ConfinedReader]:
    reader = ConfinedReader(SMALL)
    yield reader
    reader.close()


def test_what_computes_too_long_is_ended_and_the_next_is_read(reader: ConfinedReader) -> None:
    with pytest.raises(ReadingTooCostly, match="1 s of computing or 20 s in all"):
        reader.read(COSTLY, Kind.HTML)
    assert reader.read(GOOD, Kind.HTML).text == "全区完成投资3.4亿元，同比增长5%。"


def test_what_fills_the_memory_is_ended_and_the_next_is_read() -> None:
    reader = ConfinedReader(Limits(memory_bytes=SMALL.memory_bytes))
    with pytest.raises((ReadingTooCostly, DamagedFile), match="memory"):
        reader.read(b"<br>" * 2_000_000, Kind.HTML)
    assert reader.read(GOOD, Kind.HTML).kind is Kind.HTML
    reader.close()


def test_a_text_that_is_too_long_is_refused(reader: ConfinedReader) -> None:
    with pytest.raises(TextTooLarge):
        reader.read(b"<html><body><p>" + "全区完成投资，".encode() * 110_000, Kind.HTML)


@pytest.mark.parametrize(
    "deep",
    [b"<div>" * 1000, b"<div>" * 400_000, b"<div></x>" * 400_000, b"<svg>" + b"<td>" * 400_000, b"<DIV class=a>\n" * 400_000],
)
def test_markup_that_is_nested_too_deep_is_refused_before_it_costs_anything(reader: ConfinedReader, deep: bytes) -> None:
    with pytest.raises(DamagedFile, match="deep"):
        reader.read(deep + GOOD, Kind.HTML)


def test_old_pages_that_close_nothing_are_read(reader: ConfinedReader) -> None:
    rows = "<tr><td>产业园<td>15亿元<br><img src=a><p>已开工<li>一<hr>" * 5000
    assert reader.read(f"<html><body><table>{rows}</table>".encode(), Kind.HTML).text.count("已开工") == 5000


def test_a_reader_that_was_killed_is_started_again(reader: ConfinedReader) -> None:
    assert reader.read(GOOD, Kind.HTML).kind is Kind.HTML
    assert reader._process is not None
    os.kill(reader._process.pid, signal.SIGKILL)
    assert reader.read(GOOD, Kind.HTML).kind is Kind.HTML


def test_a_stop_does_not_wait_for_a_document() -> None:
    reader, stop = ConfinedReader(Limits(cpu_seconds=60, wall_seconds=60)), StopFlag()
    threading.Timer(1.5, stop.set).start()
    with pytest.raises(Stopped):
        reader.read(COSTLY, Kind.HTML, stop=stop)
    assert reader._process is None
