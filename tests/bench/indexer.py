"""The indexer's stage, Kafka to Elasticsearch, beside raw bulk requests of the same documents on two connections.

`make bench-indexer` starts servers of its own, runs all in turns, prints a table and writes
`build/bench/indexer.json`. All write to fresh indices with the same mappings and settings, and start from a warm server. Where rsyslog with its
Kafka and Elasticsearch modules is installed, it does the same with the events.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import orjson

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services import indices
from services.contracts import BulletinState, Evidence, Place, Section, to_json
from services.ops.bootstrap import ensure_topics
from services.settings import PROJECT, Settings
from tests.bench import _rsyslog
from tests.bench._table import Row, options, publish, row
from tests.readings import Reading, Sent, bulletin, message, messages, read, send
from tests.servers import reachable_folder, settings_for

EVENTS_A_BULLETIN = 30
RAW_DOCUMENTS = 1000
TEXT = "截至6月底，全区153个重点项目完成投资66.4亿元，占年度计划的66.4%，同比增长16.5%。"
NAME = "奥克斯智能空调生产基地项目二期工程及配套基础设施"
# Each look has the indexer write its metrics, which takes a millisecond of it.
POLL_SECONDS = 0.1
RSYSLOG_ROW = "indexer: against rsyslog, imkafka to omelasticsearch"


class Load(NamedTuple):
    """Messages for the topics, and the documents that they end as: kind of index, id, JSON."""

    name: str
    messages: list[Sent]
    documents: list[tuple[str, str, bytes]]


Side = Callable[[Settings, Load], float]


def sample(number: int) -> Reading:
    """A bulletin of 10 kB with 30 events of about 1 kB."""
    source = bulletin(f"第{number}期 {NAME}{TEXT}" + TEXT * 75, uri=f"file:///bulletins/{number}.txt")
    told = {
        "source_title": f"上街区重点项目建设快报第{number}期",
        "publisher": "上街区融媒体中心",
        "section": Section(title="重点项目建设提速", department="区发改委"),
        "region": "上街区",
        "region_code": "410106",
        "evidence": Evidence(quote=source.text[:80], start=0, end=80),
    }
    reading = read(source, range(EVENTS_A_BULLETIN))
    return reading._replace(events=[event.model_copy(update=told) for event in reading.events])


def loads(bulletins: int) -> list[Load]:
    readings = [sample(number) for number in range(bulletins)]
    events = [(reading, event) for reading in readings for event in reading.events]
    only_events = Load(
        "indexer: events, against raw bulk requests on two connections",
        [message(event, reading.bulletin.revision) for reading, event in events],
        [("bulletin-events", event.event_id, to_json(event)) for _, event in events],
    )
    everything = Load(
        "indexer: all documents, against raw bulk requests on two connections",
        [item for reading in readings for item in messages(reading)],
        only_events.documents
        + [("bulletins", reading.bulletin.bulletin_id, to_json(reading.bulletin)) for reading in readings]
        + [("bulletin-states", reading.bulletin.bulletin_id, to_json(state(reading))) for reading in readings],
    )
    return [only_events, everything]


def state(reading: Reading) -> BulletinState:
    source = reading.bulletin
    place = Place(source_uri=source.source_uri, revision=source.revision)
    return BulletinState(bulletin_id=source.bulletin_id, places=[place], outcome=reading.outcome)


def raw(settings: Settings, load: Load) -> float:
    """Documents a second of raw bulk requests on two connections: dictionaries in memory, orjson, the standard HTTP client."""
    names = {index.kind: index.alias for index in indices.all_indices(settings)}
    documents = [(names[kind], document_id, orjson.loads(document)) for kind, document_id, document in load.documents]
    parts = [documents[at : at + RAW_DOCUMENTS] for at in range(0, len(documents), RAW_DOCUMENTS)]
    failures: list[bytes] = []

    def post(mine: Sequence[Sequence[tuple[str, str, Any]]]) -> None:
        connection = http.client.HTTPConnection(settings.elasticsearch_url.removeprefix("http://"))
        for part in mine:
            lines = []
            for alias, document_id, document in part:
                lines += orjson.dumps({"create": {"_index": alias, "_id": document_id}}), orjson.dumps(document)
            body = b"\n".join(lines) + b"\n"
            connection.request("POST", "/_bulk", body, {"Content-Type": "application/x-ndjson"})
            reply = connection.getresponse().read()
            if orjson.loads(reply)["errors"]:
                failures.append(reply)
        connection.close()

    threads = [threading.Thread(target=post, args=(parts[half::2],)) for half in (0, 1)]
    begin = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    if failures:
        raise RuntimeError(f"raw bulk failed: {failures[0][:300]!r}")
    return len(documents) / seconds


def ours(settings: Settings, load: Load) -> float:
    """Documents a second of the indexer's process, from its first stored batch to its last."""
    total = len(load.messages)
    with indexer(settings) as stored:
        # The clock starts with the first batch: joining the group is not part of the rate.
        while not (first := stored()):
            time.sleep(POLL_SECONDS)
        begin = time.perf_counter()
        while (done := stored()) < total:
            time.sleep(POLL_SECONDS)
        seconds = time.perf_counter() - begin
    if done != total:
        raise RuntimeError(f"{done} messages stored instead of {total}")
    return (total - first) / seconds * len(load.documents) / total


@contextmanager
def indexer(settings: Settings) -> Iterator[Callable[[], int]]:
    """The indexer as a process of its own; gives a function that tells how many messages it has stored."""
    values = {f"BULLETINS_{name.upper()}": str(value) for name, value in settings.shown().items() if value is not None}
    process = subprocess.Popen([sys.executable, "-m", "services.cli", "index"], env={**os.environ, **values}, cwd=PROJECT)

    def stored() -> int:
        if process.poll() is not None:
            raise RuntimeError(f"the indexer ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{settings.indexer_health_port}/metrics", timeout=5) as reply:
                text = reply.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return 0
        counts = [line for line in text.splitlines() if line.startswith("indexer_messages_total{")]
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in counts if 'verdict="stored"' in line)

    try:
        yield stored
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def fresh(settings: Settings) -> Settings:
    """The same servers with new indices and a new group."""
    own = uuid.uuid4().hex[:8]
    new = settings.model_copy(
        update={
            "events_index": f"{own}-events",
            "bulletins_index": f"{own}-bulletins",
            "states_index": f"{own}-states",
            "indexer_group": own,
            "indexer_health_port": free_port(),
        }
    )
    client = indices.connect(new)
    indices.ensure_indices(client, new)
    client.close()
    return new


def drop(settings: Settings) -> None:
    client = indices.connect(settings)
    client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])
    client.close()


def through_rsyslog(settings: Settings, load: Load) -> float:
    """Documents a second of rsyslog, which takes the events only."""
    with reachable_folder() as folder:
        return _rsyslog.rate(settings, sorted({sent.topic for sent in load.messages}), len(load.documents), folder)


def references(load: Load) -> dict[str, Side]:
    """What the indexer is measured against, by the name of the row."""
    found: dict[str, Side] = {load.name: raw}
    if all(kind == "bulletin-events" for kind, _, _ in load.documents):
        if _rsyslog.program():
            found[RSYSLOG_ROW] = through_rsyslog
        else:
            print(f"{RSYSLOG_ROW}: left out; to have it, {_rsyslog.INSTALL}", file=sys.stderr)
    return found


def compare(settings: Settings, load: Load, runs: int) -> list[Row]:
    """The indexer and its references in turns, after one round that only warms the server up; a row for each reference."""
    others = references(load)
    figures: list[list[float]] = []
    for turn in range(runs + 1):
        figures.append([])
        for side in (ours, *others.values()):
            own = fresh(settings)
            figures[-1].append(side(own, load))
            drop(own)
        told = ", ".join(f"{figure:,.0f}" for figure in figures[-1])
        print(f"indexer, {', '.join(others)}: {told} documents/s{'' if turn else ' (warm-up)'}", file=sys.stderr)
    mine, *theirs = (list(column) for column in zip(*figures[1:], strict=True))
    return [row(name, "documents/s", mine, reference) for name, reference in zip(others, theirs, strict=True)]


def main() -> None:
    parser = options(__doc__, "indexer")
    parser.add_argument("--bulletins", type=int, default=5000)
    arguments = parser.parse_args()
    rows: list[Row] = []
    for load in loads(arguments.bulletins):
        with (
            reachable_folder() as folder,
            Kafka(folder, free_port()) as broker,
            Elasticsearch(folder, free_port(), heap="1g") as server,
        ):
            settings = settings_for(broker.bootstrap, server.url, folder)
            ensure_topics(settings)
            send(settings.kafka_bootstrap, load.messages)
            rows += compare(settings, load, arguments.runs)
    publish(rows, arguments.out)


if __name__ == "__main__":
    main()
