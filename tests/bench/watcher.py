"""The watcher's first scan of many text files, beside a bare kafka-python loop that sends the same files.

`make bench-watcher` starts a broker of its own, runs both in turns, each in a process of its own, prints a table and
writes `build/bench/watcher.json`. Both are measured from a standing start (no connection yet) until the last file is confirmed,
on files of 6 to 17 kB that are in the page cache. `make bench-watcher ARGS="--files 100000 --runs 1"` shows that the memory does not
grow with the files.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from kafka import KafkaProducer

from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services import topics
from services.lifecycle import StopFlag
from services.ops.bootstrap import ensure_topics
from services.settings import PROJECT, Settings
from services.telemetry import configure_logging
from services.watcher.main import run
from tests.bench._table import Row, options, publish, row
from tests.servers import reachable_folder, settings_for

FILES_A_FOLDER = 500
NAME = "watcher: first scan, against a bare kafka-python loop"


def write_files(folder: Path, count: int) -> None:
    """The sample bulletins over and over, each with a number of its own."""
    samples = [path.read_bytes() for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))]
    for number in range(count):
        path = folder / f"{number // FILES_A_FOLDER:04}" / f"{number:06}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"第{number}期\n".encode() + samples[number % len(samples)])


def run_watcher(settings: Settings) -> float:
    """Seconds."""
    begun = time.perf_counter()
    code = run(settings, once=True)
    seconds = time.perf_counter() - begun
    if code != 0:
        raise RuntimeError(f"the watcher ended with {code}")
    return seconds


def run_loop(settings: Settings) -> float:
    """Seconds."""
    [folder] = settings.folders()
    name = topics.load()["text"].name
    begun = time.perf_counter()
    with closing(KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all")) as producer:
        sent = [producer.send(name, key=path.name.encode(), value=path.read_bytes()) for path in sorted(folder.rglob("*.txt"))]
        for confirmation in sent:
            confirmation.get(60)
        return time.perf_counter() - begun


RUNS = {"watcher": run_watcher, "loop": run_loop}


def run_apart(name: str, settings: Settings) -> tuple[float, float]:
    """Seconds and MB of one run in a process of its own; the watcher remembers nothing."""
    shutil.rmtree(settings.state_dir, ignore_errors=True)
    values = {f"BULLETINS_{key.upper()}": str(value) for key, value in settings.shown().items() if value is not None}
    command = [sys.executable, "-m", "tests.bench.watcher", "--only", name]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | values, stdout=subprocess.PIPE, text=True, check=True)
    seconds, megabytes = done.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def compare(count: int, runs: int) -> list[Row]:
    with reachable_folder() as folder, Kafka(folder, free_port(), stop=StopFlag()) as broker:
        settings = settings_for(broker.bootstrap, "http://127.0.0.1:9", folder)
        ensure_topics(settings)
        write_files(settings.folders()[0], count)
        pairs = []
        for turn in range(runs + 1):
            pair = run_apart("watcher", settings), run_apart("loop", settings)
            told = f"{count / pair[0][0]:,.0f} and {count / pair[1][0]:,.0f} files/s, {pair[0][1]:.0f} and {pair[1][1]:.0f} MB"
            print(f"{told}{'' if turn else ' (warm-up)'}", file=sys.stderr)
            if turn:
                pairs.append(pair)
    ours, loop = ([pair[side] for pair in pairs] for side in (0, 1))
    return [
        row(NAME, "files/s", [count / seconds for seconds, _ in ours], [count / seconds for seconds, _ in loop]),
        row(
            f"watcher: memory at its end, {count} files, against the loop",
            "MB",
            [used for _, used in ours],
            [used for _, used in loop],
        ),
    ]


def main() -> None:
    parser = options(__doc__, "watcher")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--only", choices=RUNS, help="one run with the settings of the environment")
    arguments = parser.parse_args()
    if arguments.only:
        configure_logging("WARNING", "text")
        seconds = RUNS[arguments.only](Settings())
        print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    publish(compare(arguments.files, arguments.runs), arguments.out)


if __name__ == "__main__":
    main()
