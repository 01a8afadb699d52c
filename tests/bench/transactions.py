"""Publishing as the extractor does it, beside publishing in transactions, which would let read-committed subscribers see each
event once.

`make bench-transactions` starts a broker of its own, runs both in turns, prints a table and writes
`build/bench/transactions.json`. Both send the events and outcomes of bulletins, thirty events of 1 kB each, with the batches of
aiokafka; transactions also store the offset of what was read, which is what makes them exact. With one transactional producer a
partition, as a group needs them.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaProducer, TopicPartition

from deploy.local.kafka import Kafka
from deploy.local.preflight import free_port
from services import topics
from services.deadletter import Record
from services.extractor.pipeline import BATCHES_UNDER_WAY
from services.extractor.publisher import BATCH_BYTES, Publisher, _batches
from services.ops.bootstrap import ensure_topics
from tests.bench._table import Row, options, publish, row
from tests.servers import reachable_folder, settings_for

EVENTS_A_BULLETIN = 30
PARTITIONS = 4
BODY = b"x" * 1000
Group = tuple[int, list[Record], list[Record]]


def groups(bulletins: int, size: int) -> list[Group]:
    """What is published together: the input's partition, the events and the outcomes of `size` bulletins."""
    events, outcome = [topic.name for topic in topics.load().events()], topics.load()["outcome"].name
    made: list[Group] = []
    for number in range(bulletins // size):
        keys = [uuid.uuid4().bytes.hex().encode() for _ in range(size)]
        said = [Record(events[place % len(events)], key, BODY, []) for key in keys for place in range(EVENTS_A_BULLETIN)]
        made.append((number % PARTITIONS, said, [Record(outcome, key, BODY, []) for key in keys]))
    return made


async def as_we_do(bootstrap: str, work: Sequence[Group]) -> float:
    """Events, then outcomes; several groups under way. Seconds."""
    publisher = Publisher({"bootstrap_servers": bootstrap}, 1)
    under_way = asyncio.Semaphore(BATCHES_UNDER_WAY)

    async def publish(group: Group) -> None:
        async with under_way:
            for records in group[1:]:
                if await publisher.publish(records):  # type: ignore[arg-type]
                    raise RuntimeError("a record was refused")

    await publisher.publish(work[0][2])
    begin = time.perf_counter()
    await asyncio.gather(*(publish(group) for group in work))
    seconds = time.perf_counter() - begin
    await publisher.close()
    return seconds


async def in_transactions(bootstrap: str, work: Sequence[Group]) -> float:
    """A transaction a group, with its offset; those of one partition one after another. Seconds."""
    name = uuid.uuid4().hex
    producers = [
        AIOKafkaProducer(bootstrap_servers=bootstrap, transactional_id=f"{name}-{number}", max_batch_size=BATCH_BYTES)
        for number in range(PARTITIONS)
    ]
    for producer in producers:
        await producer.start()
    text = topics.load()["text"].name

    async def publish(number: int) -> None:
        producer = producers[number]
        for offset, (_, events, outcomes) in enumerate(group for group in work if group[0] == number):
            async with producer.transaction():
                records = [*events, *outcomes]
                for batch in await _batches(producer, records, list(range(len(records)))):
                    await producer.send_batch(batch.builder, batch.topic, partition=batch.partition)
                await producer.send_offsets_to_transaction({TopicPartition(text, number): offset + 1}, name)

    begin = time.perf_counter()
    await asyncio.gather(*(publish(number) for number in range(PARTITIONS)))
    seconds = time.perf_counter() - begin
    for producer in producers:
        await producer.stop()
    return seconds


def compare(bootstrap: str, size: int, bulletins: int, runs: int) -> Row:
    ways: list[Callable[[str, Sequence[Group]], Awaitable[float]]] = [as_we_do, in_transactions]
    pairs = []
    for _ in range(runs):
        work = groups(bulletins, size)
        count = len(work) * size * EVENTS_A_BULLETIN
        pairs.append([count / asyncio.run(way(bootstrap, work)) for way in ways])  # type: ignore[arg-type]
    name = f"publishing {size} bulletins together, against a transaction for them"
    return row(name, "events/s", [ours for ours, _ in pairs], [other for _, other in pairs])


def main() -> None:
    parser = options(__doc__, "transactions")
    parser.add_argument("--bulletins", type=int, default=2048)
    arguments = parser.parse_args()
    with reachable_folder() as folder, Kafka(folder, free_port()) as broker:
        ensure_topics(settings_for(broker.bootstrap, "http://127.0.0.1:9", folder))
        # A single bulletin in a transaction takes far longer: fewer of them.
        sizes = ((64, arguments.bulletins), (16, arguments.bulletins), (1, arguments.bulletins // 8))
        rows = [compare(broker.bootstrap, size, bulletins, arguments.runs) for size, bulletins in sizes]
    publish(rows, arguments.out)


if __name__ == "__main__":
    main()
