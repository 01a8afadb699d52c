"""The extractor's stage, Kafka to Kafka, beside a hand-written aiokafka loop and beside the pure function.

`python -m tests.bench.extractor` starts a broker of its own, runs each pair in turns, prints a table and writes
`build/bench/extractor.json`. Every run is a process of its own with a group of its own, so each reads the same messages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
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
from tests.servers import reachable_folder, settings_for

EVENTS_A_BULLETIN = 30
EVENT = b"x" * 1000
BATCH = 100
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
    """Thirty events of 1 kB and an outcome, whatever the bulletin says."""
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


def run_loop(settings: Settings, count: int) -> float:
    """Bulletins a second of what one would write by hand with aiokafka: read a batch, send its events, wait, commit."""
    return asyncio.run(_loop(settings, count))


async def _loop(settings: Settings, count: int) -> float:
    consumer = AIOKafkaConsumer(
        topics.load()["text"].name,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=settings.extractor_group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.kafka_bootstrap, acks="all", enable_idempotence=True, max_batch_size=512 * 1024
    )
    done, begin = 0, 0.0
    async with consumer, producer:
        while done < count:
            batches = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            begin = begin or time.perf_counter()
            ends, sent = [], []
            for record in (record for batch in batches.values() for record in batch):
                reading = no_extraction(Message(record.topic, record.partition, record.offset, record.key, record.value, ()))
                sent += [await producer.send(event.topic, event.value, event.key) for event in reading.events]
                ends.append(reading.end)
            await asyncio.gather(*sent)
            await asyncio.gather(*[await producer.send(end.topic, end.value, end.key) for end in ends])
            await consumer.commit()
            done += len(ends)
        return done / (time.perf_counter() - begin)


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
    "loop": run_loop,
    "function": run_function,
}
PAIRS = [
    # name, ours, reference, what one bulletin counts, unit
    ("extractor: no extraction, against an aiokafka loop", "worker-without-extraction", "loop", EVENTS_A_BULLETIN, "events/s"),
    ("extractor: real extraction, against the pure function", "worker", "function", 1, "bulletins/s"),
]


def run_apart(name: str, settings: Settings, count: int) -> float:
    """One run in a process of its own, with a new group."""
    values = {f"BULLETINS_{key.upper()}": str(value) for key, value in settings.shown().items() if value is not None}
    values |= {"BULLETINS_EXTRACTOR_GROUP": uuid.uuid4().hex, "BULLETINS_EXTRACTOR_HEALTH_PORT": str(free_port())}
    command = [sys.executable, "-m", "tests.bench.extractor", "--only", name, "--bulletins", str(count)]
    run = subprocess.run(command, cwd=PROJECT, env=os.environ | values, stdout=subprocess.PIPE, text=True, check=True)
    return float(run.stdout.split()[-1])


def feed(settings: Settings, count: int) -> None:
    name = topics.load()["text"].name
    with closing(KafkaProducer(bootstrap_servers=settings.kafka_bootstrap, acks="all")) as producer:
        for item in texts(count):
            producer.send(name, key=item.bulletin_id.encode(), value=to_json(item), headers=envelope.headers(item))
        producer.flush()


def compare(count: int, runs: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    with reachable_folder() as folder, Kafka(folder, free_port(), stop=StopFlag()) as broker:
        settings = settings_for(broker.bootstrap, "http://127.0.0.1:9", folder)
        ensure_topics(settings)
        feed(settings, count)
        for name, ours, reference, factor, unit in PAIRS:
            pairs = [(run_apart(ours, settings, count), run_apart(reference, settings, count)) for _ in range(runs)]
            ratios = [mine / other for mine, other in pairs]
            rows.append(
                {
                    "name": name,
                    "ours": round(factor * statistics.median(mine for mine, _ in pairs), 1),
                    "reference": round(factor * statistics.median(other for _, other in pairs), 1),
                    "unit": unit,
                    "ratio": round(statistics.median(ratios), 3),
                    "ratio_min": round(min(ratios), 3),
                    "ratio_max": round(max(ratios), 3),
                    "runs": runs,
                }
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--bulletins", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--out", type=Path, default=PROJECT / "build" / "bench" / "extractor.json")
    parser.add_argument("--only", choices=RUNS, help="one run with the settings of the environment")
    arguments = parser.parse_args()
    if arguments.only:
        print(RUNS[arguments.only](Settings(), arguments.bulletins))
        return
    # A terminated run must stop its broker as an interrupted one does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rows = compare(arguments.bulletins, arguments.runs)
    for row in rows:
        print(
            f"{row['name']:<56} {row['ours']:>9} {row['reference']:>9} {row['unit']:<12} "
            f"{row['ratio']} ({row['ratio_min']}-{row['ratio_max']})"
        )
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
