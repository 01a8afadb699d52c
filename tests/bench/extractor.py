"""The extractor's stage, Kafka to Kafka, beside what one would write by hand or with another framework, and beside the pure function.

`make bench-extractor` starts a broker of its own, runs each pair in turns, prints a table and writes
`build/bench/extractor.json`. Every run is a process of its own with a group of its own, so each reads the same messages.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from kafka import KafkaProducer
from prometheus_client import REGISTRY

from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services import envelope, topics
from services.contracts import Bulletin, bulletin_id, to_json
from services.deadletter import Record
from services.extractor import worker
from services.extractor.extract import extract
from services.extractor.records import Message, Reading
from services.lifecycle import StopFlag
from services.ops.bootstrap import ensure_topics
from services.settings import PROJECT, Settings
from tests.bench._rivals import EVENT, EVENTS_A_BULLETIN, RIVALS
from tests.bench._table import Row, options, publish, row
from tests.servers import reachable_folder, settings_for

# Made by `make bench-extractor`.
RIVALS_PYTHON = str(Path(sys.prefix) / "rivals" / "bin" / "python")
RIVALS_PROGRAM = PROJECT / "tests" / "bench" / "_rivals.py"
POLL_SECONDS = 0.005


def texts(count: int) -> list[Bulletin]:
    """The seeds, again and again, each time with another first line and so with another id."""
    seeds = [path.read_text("utf-8") for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))]
    made = []
    for number in range(count):
        text = f"第{number}期\n{seeds[number % len(seeds)]}"
        made.append(Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="bench", source_uri=f"file:///{number}"))
    return made


def no_extraction(message: Message) -> Reading:
    """The same events and outcome as the rivals make, whatever the bulletin says."""
    names = [topic.name for topic in topics.load().events()]
    events = [Record(names[number % len(names)], message.key, EVENT, []) for number in range(EVENTS_A_BULLETIN)]
    return Reading(events, Record(topics.load()["outcome"].name, message.key, EVENT, []), None, Counter())


def run_worker(settings: Settings, count: int) -> float:
    """Bulletins a second of the worker in this process, from its first confirmed bulletins to its last."""
    rates: list[float] = []

    def done() -> float:
        return REGISTRY.get_sample_value("bulletins_extracted_total") or 0

    def watch() -> None:
        while not (first := done()):
            time.sleep(POLL_SECONDS)
        begin = time.perf_counter()
        while done() < count:
            time.sleep(POLL_SECONDS)
        rates.append((count - first) / (time.perf_counter() - begin))
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    if worker.run(settings) != 0:
        raise RuntimeError("the worker failed")
    return rates[0]


def run_worker_without_extraction(settings: Settings, count: int) -> float:
    worker.read = no_extraction
    return run_worker(settings, count)


def run_function(settings: Settings, count: int) -> float:
    """Bulletins a second of extract() alone, on the same texts."""
    items = texts(count)
    extract(items[0])
    begin = time.perf_counter()
    for item in items:
        extract(item)
    return count / (time.perf_counter() - begin)


RUNS: dict[str, Callable[[Settings, int], float]] = {
    "worker": run_worker,
    "worker-without-extraction": run_worker_without_extraction,
    "function": run_function,
}
PAIRS = [
    # name, ours, reference, what one bulletin counts, unit
    (
        "extractor: no extraction, against an aiokafka loop",
        "worker-without-extraction",
        "aiokafka",
        EVENTS_A_BULLETIN,
        "events/s",
    ),
    ("extractor: no extraction, against Quix Streams", "worker-without-extraction", "quix", EVENTS_A_BULLETIN, "events/s"),
    ("extractor: no extraction, against FastStream", "worker-without-extraction", "faststream", EVENTS_A_BULLETIN, "events/s"),
    ("extractor: real extraction, against the pure function", "worker", "function", 1, "bulletins/s"),
]


def run_apart(name: str, settings: Settings, count: int) -> float:
    """One run in a process of its own, with a new group."""
    values = {f"BULLETINS_{key.upper()}": str(value) for key, value in settings.shown().items() if value is not None}
    values |= {"BULLETINS_EXTRACTOR_GROUP": uuid.uuid4().hex, "BULLETINS_EXTRACTOR_HEALTH_PORT": str(free_port())}
    if name in RIVALS:
        known = topics.load()
        names = [known["text"].name, known["outcome"].name, *(topic.name for topic in known.events())]
        command = [RIVALS_PYTHON, str(RIVALS_PROGRAM), name, settings.kafka_bootstrap, str(count), *names]
    else:
        command = [sys.executable, "-m", "tests.bench.extractor", "--only", name, "--bulletins", str(count)]
    run = subprocess.run(command, cwd=PROJECT, env=os.environ | values, stdout=subprocess.PIPE, text=True, check=True)
    return float(run.stdout.split()[-1])


def feed(settings: Settings, count: int) -> None:
    name = topics.load()["text"].name
    with closing(KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all")) as producer:
        for item in texts(count):
            producer.send(name, key=item.bulletin_id.encode(), value=to_json(item), headers=envelope.headers(item))
        producer.flush()


def compare(count: int, runs: int) -> list[Row]:
    rows: list[Row] = []
    with reachable_folder() as folder, Kafka(folder, free_port(), stop=StopFlag()) as broker:
        settings = settings_for(broker.bootstrap, "http://127.0.0.1:9", folder)
        ensure_topics(settings)
        feed(settings, count)
        for name, ours, reference, factor, unit in PAIRS:
            pairs = [(run_apart(ours, settings, count), run_apart(reference, settings, count)) for _ in range(runs)]
            mine, theirs = ([factor * pair[side] for pair in pairs] for side in (0, 1))
            rows.append(row(name, unit, mine, theirs, digits=1))
    return rows


def main() -> None:
    parser = options(__doc__, "extractor")
    parser.add_argument("--bulletins", type=int, default=3000)
    parser.add_argument("--only", choices=RUNS, help="one run with the settings of the environment")
    arguments = parser.parse_args()
    if arguments.only:
        print(RUNS[arguments.only](Settings(), arguments.bulletins))
        return
    publish(compare(arguments.bulletins, arguments.runs), arguments.out)


if __name__ == "__main__":
    main()
