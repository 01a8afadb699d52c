"""What a bulletin and an event take on the topics and in the index: the figures behind docs/capacity.md.

`python -m tests.bench.storage` reads the sample and the annotated bulletins, writes all their documents to an Elasticsearch of its own, merges
them, prints a table and writes `build/bench/storage.json`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from elasticsearch import Elasticsearch as Client
from elasticsearch.helpers import bulk
from pydantic import BaseModel

from deploy.local.elasticsearch import Elasticsearch
from deploy.local.preflight import free_port
from services import envelope, indices, topics
from services.contracts import Bulletin, BulletinState, Outcome, Place, bulletin_id, json_dict, to_json
from services.extractor.extract import extract
from services.extractor.records import Message, read
from services.settings import PROJECT, Settings
from tests.bench._table import Row, options, publish, row
from tests.servers import reachable_folder, settings_for

SETS = ("seeds/bulletins", "tests/gold/dev", "tests/gold/districts", "tests/gold/heldout")
# Of a record in Kafka's format, besides key, value and headers: lengths, offset and time as differences.
RECORD_BYTES = 12


def bulletins() -> list[Bulletin]:
    texts = {path.read_text("utf-8") for name in SETS for path in sorted((PROJECT / name).glob("*.txt"))}
    return [
        Bulletin(
            bulletin_id=bulletin_id(text),
            text=text,
            source_id="bench",
            source_uri=f"https://www.example.gov.cn/art/{number}.html",
        )
        for number, text in enumerate(sorted(texts))
    ]


def record_bytes(key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> int:
    return RECORD_BYTES + len(key or b"") + len(value or b"") + sum(len(name) + len(content) + 2 for name, content in headers)


def on_topics(items: list[Bulletin]) -> dict[str, tuple[int, int]]:
    """Messages and their bytes, without compression, by kind."""
    counted: defaultdict[str, list[int]] = defaultdict(list)
    for item in items:
        key, value, headers = item.bulletin_id.encode(), to_json(item), envelope.headers(item)
        counted["text"].append(record_bytes(key, value, headers))
        reading = read(Message(topics.load()["text"].name, 0, 0, key, value, headers))
        counted["events"] += [record_bytes(*record[1:]) for record in reading.events]
        counted["outcome"].append(record_bytes(*reading.end[1:]))
    return {kind: (len(sizes), sum(sizes)) for kind, sizes in counted.items()}


def documents(items: list[Bulletin], settings: Settings) -> Iterator[dict[str, Any]]:
    def action(alias: str, document_id: str, model: BaseModel) -> dict[str, Any]:
        return {"_index": alias, "_id": document_id, "_source": json_dict(model)}

    for item in items:
        found = extract(item)
        yield action(settings.bulletins_index, item.bulletin_id, item)
        for event in found.events:
            yield action(settings.events_index, event.event_id, event)
        message = Message(topics.load()["text"].name, 0, 0, item.bulletin_id.encode(), to_json(item), [])
        outcome = Outcome.model_validate_json(read(message).end.value or b"")
        state = BulletinState(
            bulletin_id=item.bulletin_id, places=[Place(source_uri=item.source_uri, revision=1)], outcome=outcome
        )
        yield action(settings.states_index, item.bulletin_id, state)


def in_index(client: Client, settings: Settings, items: list[Bulletin]) -> dict[str, int]:
    """Bytes of each index on disk, of its primary shards, merged to one segment."""
    indices.ensure_indices(client, settings)
    bulk(client, documents(items, settings))
    sizes = {}
    for index in indices.topic_indices(settings):
        client.indices.forcemerge(index=index.alias, max_num_segments=1)
        client.indices.flush(index=index.alias)
        stats = client.indices.stats(index=index.alias, metric="store")
        sizes[index.kind] = int(stats["_all"]["primaries"]["store"]["size_in_bytes"])
    return sizes


def line(name: str, value: float, unit: str) -> Row:
    return row(f"storage: {name}", unit, [value])


def main() -> None:
    arguments = options(__doc__, "storage", runs=1).parse_args()
    items = bulletins()
    sent = on_topics(items)
    with reachable_folder() as folder, Elasticsearch(folder, free_port()) as server:
        settings = settings_for("127.0.0.1:1", server.url, folder)
        with closing(indices.connect(settings)) as client:
            stored = in_index(client, settings, items)
    events, characters = sent["events"][0], sum(len(item.text) for item in items)
    rows = [
        line("bulletins", len(items), "bulletins"),
        line("characters a bulletin", characters / len(items), "characters"),
        line("events a bulletin, times 100", 100 * events / len(items), "events"),
        line("text message", sent["text"][1] / len(items), "bytes"),
        line("text message a character, times 100", 100 * sent["text"][1] / characters, "bytes"),
        line("event message", sent["events"][1] / events, "bytes"),
        line("outcome message", sent["outcome"][1] / len(items), "bytes"),
        line("event in the index", stored["bulletin-events"] / events, "bytes"),
        line("bulletin in the index", stored["bulletins"] / len(items), "bytes"),
        line("bulletin in the index a character, times 100", 100 * stored["bulletins"] / characters, "bytes"),
        line("state in the index", stored["bulletin-states"] / len(items), "bytes"),
    ]
    publish(rows, arguments.out)


if __name__ == "__main__":
    main()
