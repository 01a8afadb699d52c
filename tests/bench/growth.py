"""Whether the pipeline stays as fast and as small as it was: file to index at 1,000, 10,000 and 100,000 bulletins.

`make bench-growth` starts a local stack of its own, moves folders of so many files into the watched one, one after the other, waits
each time until the index has every event that is in them, less what one file takes alone, and reads the memory of each service then. The
bulletins are single lines of the sample bulletins, each with a number of its own: short, so that the number of bulletins counts and not
their length. `build/bench/growth.json` has each rate beside that of the smallest folder, and each service's memory beside what it was
after it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count, cycle, islice
from pathlib import Path

import psutil

from deploy.local.preflight import free_port
from deploy.local.stack import Stack
from services import indices
from services.contracts import Bulletin, bulletin_id
from services.extractor.extract import extract
from services.settings import PROJECT
from tests.bench._table import Row, options, publish, row
from tests.servers import reachable_folder, settings_for

FILES_A_FOLDER = 1000
SHORTEST_LINE = 40
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 3600.0
ALONE = 5
MEASURED = ("watcher", "extractor", "indexer", "api")


def lines() -> list[str]:
    """Lines of the sample bulletins that tell of something."""
    texts = [path.read_text("utf-8") for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))]
    return [
        line.strip() for text in texts for line in text.splitlines() if len(line.strip()) >= SHORTEST_LINE and events_in(line)
    ]


def events_in(text: str) -> int:
    return len(extract(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="bench", source_uri="bench:1")).events)


def texts() -> Iterator[str]:
    """Without end; no two are the same."""
    for number, line in zip(count(), cycle(lines())):
        yield f"第{number}期\n{line}"


class Growth:
    """One stack that is given more and more bulletins."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._texts = texts()
        self._expected = 0
        self._folders = 0

    def take(self, number: int) -> tuple[float, dict[str, float]]:
        """Seconds until all events of so many files are in the index, and MiB of each service then."""
        self._folders += 1
        coming = self._stack.folder / "coming" / str(self._folders)
        for place, text in enumerate(islice(self._texts, number)):
            path = coming / f"{place // FILES_A_FOLDER:03}" / f"{place:06}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            self._expected += events_in(text)
        [watched] = self._stack.settings.folders()
        begin = time.perf_counter()
        coming.rename(watched / coming.name)
        self._wait_for(self._expected)
        seconds = time.perf_counter() - begin
        return seconds, {status.name: resident(status.pid) for status in self._stack.status() if status.name in MEASURED}

    def _wait_for(self, events: int) -> None:
        begin = time.perf_counter()
        while (indexed := self._indexed()) < events:
            waited = time.perf_counter() - begin
            if waited > PATIENCE_SECONDS:
                raise RuntimeError(f"{indexed} of {events} events after {waited:.0f} s; see the logs")
            # Each look makes the index show what it has, which costs it something: the longer it takes, the rarer.
            time.sleep(max(POLL_SECONDS, waited / 100))

    def _indexed(self) -> int:
        with closing(indices.connect(self._stack.settings)) as client:
            # Else they are seen up to a second late.
            client.indices.refresh(index=self._stack.settings.events_index)
            return int(client.count(index=self._stack.settings.events_index)["count"])


def resident(pid: int | None) -> float:
    """MiB of a process and those that it started."""
    if pid is None:
        raise RuntimeError("a service does not run; see the logs")
    process = psutil.Process(pid)
    return float(sum(one.memory_info().rss for one in [process, *process.children(recursive=True)])) / 2**20


def compare(folder: Path, counts: list[int]) -> list[Row]:
    settings = settings_for(f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}", folder)
    stack = Stack(settings, folder, say=lambda line: print(f"  {line}", file=sys.stderr))
    stack.start()
    try:
        growth = Growth(stack)
        # The first hundred only warm the services up.
        growth.take(100)
        # What one file takes alone (a folder that settles, the steps one after the other) is no part of a rate.
        alone = statistics.median(growth.take(1)[0] for _ in range(ALONE))
        found = []
        for number in counts:
            seconds, memory = growth.take(number)
            found.append(((number - 1) / (seconds - alone), memory))
            print(
                f"{number:,}: {seconds:.1f} s, {alone:.2f} s for one, {found[-1][0]:.1f} bulletins/s, {memory}", file=sys.stderr
            )
    finally:
        stack.stop()
    (first_rate, first_memory), *later = found
    rows = [row(f"growth: file to index, {counts[0]} bulletins", "bulletins/s", [first_rate], digits=1)]
    for number, (rate, memory) in zip(counts[1:], later, strict=True):
        rows.append(
            row(f"growth: file to index, {number} bulletins, against {counts[0]}", "bulletins/s", [rate], [first_rate], 1)
        )
        rows += [
            row(f"growth: memory of the {name} after {number}, against after {counts[0]}", "MiB", [used], [first_memory[name]])
            for name, used in memory.items()
        ]
    return rows


def main() -> None:
    parser = options(__doc__, "growth", runs=1)
    parser.add_argument("--counts", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="of bulletins")
    arguments = parser.parse_args()
    with reachable_folder() as folder:
        publish(compare(folder, arguments.counts), arguments.out)


if __name__ == "__main__":
    main()
