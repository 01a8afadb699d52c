"""The whole pipeline, file to searchable: its rate beside that of its slowest stage alone, and how long a bulletin takes.

`make bench-pipeline` starts a local stack of its own with default settings, prints a table and writes
`build/bench/pipeline.json`.

rate     a folder of bulletins is moved into the watched one; until the index has every event that is in them. In turns with the
         extractor alone: watcher, indexer and API stopped, as many other bulletins put on the topic; until all have their outcome.
latency  files are saved at a steady pace. From the text on its topic to the last of its events on theirs, as a subscriber sees
         both; and from the file's closing until the API finds an event of it (every fifth file is asked for, again and again).
"""

from __future__ import annotations

import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

from kafka import KafkaConsumer, KafkaProducer

from deploy.local.preflight import free_port
from deploy.local.stack import Stack
from services import envelope, indices, topics
from services.contracts import Bulletin, bulletin_id, to_json
from services.extractor.extract import extract
from services.settings import PROJECT, Settings
from tests.bench._table import Row, options, publish, row
from tests.servers import reachable_folder, settings_for

POLL_SECONDS = 0.02
ASKED_FOR = 5  # every so many files
PATIENCE_SECONDS = 600.0


def texts(first: int, count: int) -> list[str]:
    """The sample bulletins over and over, each with a number of its own."""
    samples = [path.read_text("utf-8") for path in sorted((PROJECT / "seeds" / "bulletins").glob("*.txt"))]
    return [f"第{number}期\n{samples[number % len(samples)]}" for number in range(first, first + count)]


def made(text: str) -> Bulletin:
    return Bulletin(bulletin_id=bulletin_id(text), text=text, source_id="bench", source_uri=f"bench:{bulletin_id(text)}")


class Rates:
    """Bulletins a second of the pipeline and of the extractor alone, on one stack; no text is used twice."""

    def __init__(self, stack: Stack, count: int) -> None:
        self._stack = stack
        self._count = count
        self._used = 0

    def pipeline(self) -> float:
        given = self._texts()
        wanted = self._events() + sum(len(extract(made(text)).events) for text in given)
        folder = self._stack.folder / "coming" / str(self._used)
        folder.mkdir(parents=True)
        for number, text in enumerate(given):
            (folder / f"{number:06}.txt").write_text(text, "utf-8")
        [watched] = self._stack.settings.folders()
        begin = time.perf_counter()
        folder.rename(watched / folder.name)
        wait_until(lambda: self._events() >= wanted, POLL_SECONDS * 5)
        return self._count / (time.perf_counter() - begin)

    def extractor_alone(self) -> float:
        stack = self._stack
        stack.stop_programs([stack.watcher.name, stack.indexer.name, stack.api.name])
        given = [made(text) for text in self._texts()]
        wanted = self._events() + sum(len(extract(item).events) for item in given)
        try:
            with closing(subscriber(stack.settings, [topics.load()["outcome"].name])) as outcomes:
                begin = time.perf_counter()
                with closing(KafkaProducer(bootstrap_servers=stack.settings.kafka_bootstrap, acks="all")) as producer:
                    for item in given:
                        key, headers = item.bulletin_id.encode(), envelope.headers(item)
                        producer.send(topics.load()["text"].name, key=key, value=to_json(item), headers=headers)
                    producer.flush()
                waiting = {item.bulletin_id.encode() for item in given}
                while waiting:
                    waiting -= {record.key for batch in outcomes.poll(1000).values() for record in batch}
                seconds = time.perf_counter() - begin
        finally:
            stack.start()
        wait_until(lambda: self._events() >= wanted, 0.5)
        return self._count / seconds

    def _texts(self) -> list[str]:
        self._used += self._count
        return texts(self._used - self._count, self._count)

    def _events(self) -> int:
        with closing(indices.connect(self._stack.settings)) as client:
            return int(client.count(index=self._stack.settings.events_index)["count"])


class Latencies:
    """Milliseconds of bulletins that come at `rate` a second: `topic` from text to last event, `found` from file to API."""

    def __init__(self, stack: Stack, rate: float, first: int, count: int) -> None:
        self._stack = stack
        self._rate = rate
        # Of every text the number of its events: the last of them ends the measurement.
        self._given = {text: len(extract(made(text)).events) for text in texts(first, count)}
        self.topic: list[float] = []
        self.found: list[float] = []

    def measure(self) -> None:
        with subscribed(self._stack.settings, {bulletin_id(text): events for text, events in self._given.items()}) as seen:
            self._save()
            wait_until(lambda: len(seen) == len(self._given), 0.1)
        self.topic = [milliseconds for milliseconds in seen if milliseconds is not None]

    def _save(self) -> None:
        [watched] = self._stack.settings.folders()
        begin = time.perf_counter()
        asking: list[threading.Thread] = []
        for number, text in enumerate(self._given):
            time.sleep(max(0.0, begin + number / self._rate - time.perf_counter()))
            path = watched / f"latency-{bulletin_id(text)}.txt"
            path.write_text(text, "utf-8")
            if number % ASKED_FOR == 0:
                asking.append(threading.Thread(target=self._ask, args=(bulletin_id(text), time.perf_counter())))
                asking[-1].start()
        for thread in asking:
            thread.join()

    def _ask(self, identity: str, saved: float) -> None:
        url = f"{self._stack.api.url}/v1/events?bulletin_id={identity}&limit=1&fields=event_id"
        deadline = saved + PATIENCE_SECONDS
        while time.perf_counter() < deadline:
            with urllib.request.urlopen(url, timeout=30) as reply:
                if json.load(reply)["items"]:
                    self.found.append((time.perf_counter() - saved) * 1000)
                    return
            time.sleep(POLL_SECONDS)


@contextmanager
def subscribed(settings: Settings, wanted: dict[str, int]) -> Iterator[list[float | None]]:
    """What a subscriber sees of the bulletins in `wanted` (id and number of events): for each the milliseconds from its text to its
    last event, None where the last event was delivered in the same breath as the text."""
    seen: list[float | None] = []
    over = threading.Event()
    begun: dict[str, float] = {}
    left = dict(wanted)
    names = [topics.load()["text"].name, *(topic.name for topic in topics.load().events())]

    def listen(consumer: KafkaConsumer) -> None:
        with closing(consumer):
            while not over.is_set():
                batches = consumer.poll(100)
                now = time.perf_counter()
                for record in (record for batch in batches.values() for record in batch):
                    if record.topic == names[0]:
                        begun.setdefault(record.key.decode(), now)
                        continue
                    identity = json.loads(record.value)["bulletin_id"]
                    left[identity] = left.get(identity, 0) - 1
                    if left[identity] == 0:
                        seen.append((now - begun[identity]) * 1000 if identity in begun else None)

    thread = threading.Thread(target=listen, args=(subscriber(settings, names),))
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def subscriber(settings: Settings, names: Sequence[str]) -> KafkaConsumer:
    """Of what comes from now on."""
    consumer = KafkaConsumer(*names, bootstrap_servers=settings.kafka_bootstrap, auto_offset_reset="latest", fetch_max_wait_ms=10)
    wait_until(lambda: consumer.poll(100) is not None and bool(consumer.assignment()), 0)
    for partition in consumer.assignment():
        consumer.position(partition)
    return consumer


def wait_until(done: Callable[[], bool], pause: float) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise RuntimeError("it does not come to an end; see the services' logs")
        time.sleep(pause)


def main() -> None:
    parser = options(__doc__, "pipeline")
    parser.add_argument("--bulletins", type=int, default=600, help="in one turn")
    parser.add_argument("--rate", type=float, default=10.0, help="bulletins a second, for the latency")
    parser.add_argument("--seconds", type=float, default=60.0, help="of that pace, in each run")
    arguments = parser.parse_args()
    with reachable_folder() as folder:
        settings = settings_for(f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}", folder)
        stack = Stack(settings, folder, say=lambda line: print(f"  {line}", file=sys.stderr))
        stack.start()
        try:
            rows = measure_latency(stack, arguments.rate, arguments.seconds, arguments.runs)
            rows.append(measure_rate(stack, arguments.bulletins, arguments.runs))
        finally:
            stack.stop()
    publish(rows, arguments.out)


def measure_rate(stack: Stack, count: int, runs: int) -> Row:
    """Both in turns, after one round that only warms the servers up."""
    rates = Rates(stack, count)
    pairs = []
    for turn in range(runs + 1):
        pair = rates.pipeline(), rates.extractor_alone()
        print(f"{pair[0]:.1f} and {pair[1]:.1f} bulletins/s{'' if turn else ' (warm-up)'}", file=sys.stderr)
        if turn:
            pairs.append(pair)
    return row("pipeline: file to index, against the extractor alone", "bulletins/s", *zip(*pairs, strict=True), digits=1)


def measure_latency(stack: Stack, rate: float, seconds: float, runs: int) -> list[Row]:
    """After ten seconds of the same pace that only warm the services up."""
    Latencies(stack, rate, 10_000_000, int(rate * 10)).measure()
    found = []
    for turn in range(runs):
        measured = Latencies(stack, rate, 20_000_000 + turn * 1_000_000, int(rate * seconds))
        measured.measure()
        found.append({"text to last event on the topics": measured.topic, "file saved to found by the API": measured.found})
    return [
        row(f"pipeline: {name}, {rate:g} bulletins/s, p{share}", "ms", [_percentile(run[name], share) for run in found])
        for name in found[0]
        for share in (50, 99)
    ]


def _percentile(values: Sequence[float], share: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * share // 100)]


if __name__ == "__main__":
    main()
