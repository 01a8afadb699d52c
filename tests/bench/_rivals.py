"""What a user would pick in place of the extractor's worker, doing the same job: each bulletin becomes thirty events of 1 kB and an
outcome, all confirmed by the broker before the bulletin counts as read.

    python tests/bench/_rivals.py NAME BOOTSTRAP COUNT TEXT_TOPIC OUTCOME_TOPIC EVENT_TOPIC...

prints bulletins a second, from the first one read to the last one confirmed. It runs in an environment of its own
(requirements/rivals.in), so nothing of the services is imported here.
"""

from __future__ import annotations

import argparse
import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import Any, NamedTuple

EVENTS_A_BULLETIN = 30
EVENT = b"x" * 1000
BATCH = 100
BATCH_BYTES = 512 * 1024


class Job(NamedTuple):
    bootstrap: str
    count: int
    texts: str
    outcomes: str
    events: Sequence[str]

    def targets(self) -> list[str]:
        """The topics of a bulletin's events, in their order."""
        return [self.events[number % len(self.events)] for number in range(EVENTS_A_BULLETIN)]


def aiokafka_loop(job: Job) -> float:
    """What one would write by hand with aiokafka: read a batch, send its events, wait, send its outcomes, wait, commit."""
    return asyncio.run(_aiokafka_loop(job))


async def _aiokafka_loop(job: Job) -> float:
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

    consumer = AIOKafkaConsumer(
        job.texts,
        bootstrap_servers=job.bootstrap,
        group_id=uuid.uuid4().hex,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=job.bootstrap, acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES)
    done, begin = 0, 0.0
    async with consumer, producer:
        while done < job.count:
            batches = await consumer.getmany(timeout_ms=1000, max_records=BATCH)
            begin = begin or time.perf_counter()
            keys = [record.key for batch in batches.values() for record in batch]
            for targets in (job.targets(), [job.outcomes]):
                await asyncio.gather(*[await producer.send(name, EVENT, key) for key in keys for name in targets])
            await consumer.commit()
            done += len(keys)
        return done / (time.perf_counter() - begin)


def faststream(job: Job) -> float:
    """FastStream with batches of 100, acknowledged after the handler, which waits for what it sent."""
    return asyncio.run(_faststream(job))


async def _faststream(job: Job) -> float:
    from faststream import AckPolicy
    from faststream.kafka import KafkaBroker, KafkaMessage

    broker = KafkaBroker(job.bootstrap, acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES, logger=None)
    done, begin, over = 0, 0.0, asyncio.Event()

    @broker.subscriber(
        job.texts,
        batch=True,
        max_records=BATCH,
        group_id=uuid.uuid4().hex,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
    )
    async def handle(body: Any, message: KafkaMessage) -> None:
        nonlocal done, begin
        begin = begin or time.perf_counter()
        keys = [record.key for record in message.raw_message]
        for targets in (job.targets(), [job.outcomes]):
            await asyncio.gather(
                *[await broker.publish(EVENT, name, key=key, no_confirm=True) for key in keys for name in targets]
            )
        done += len(keys)
        if done >= job.count:
            over.set()

    async with broker:
        await broker.start()
        await over.wait()
        return done / (time.perf_counter() - begin)


def quix_streams(job: Job) -> float:
    """Quix Streams, which processes one message after another, waits every five seconds for what it sent, and commits then."""
    from quixstreams import Application

    app = Application(
        job.bootstrap,
        consumer_group=uuid.uuid4().hex,
        auto_offset_reset="earliest",
        producer_extra_config={"enable.idempotence": True, "batch.size": BATCH_BYTES},
        auto_create_topics=False,
        loglevel="WARNING",
    )
    names = [*job.targets(), job.outcomes]
    targets = {name: app.topic(name, value_serializer="bytes", key_serializer="bytes") for name in set(names)}
    order = cycle([targets[name] for name in names])
    done, begin = 0, 0.0

    def read(_: bytes) -> list[bytes]:
        nonlocal done, begin
        begin = begin or time.perf_counter()
        done += 1
        return [EVENT] * len(names)

    texts = app.dataframe(app.topic(job.texts, value_deserializer="bytes", key_deserializer="bytes"))
    texts.apply(read, expand=True).to_topic(lambda *_: next(order))
    # It counts what it sends, and returns when all are confirmed and the group is left.
    app.run(count=job.count * len(names))
    if done != job.count:
        raise RuntimeError(f"{done} bulletins read instead of {job.count}")
    return job.count / (time.perf_counter() - begin)


RIVALS: dict[str, Callable[[Job], float]] = {
    "aiokafka": aiokafka_loop,
    "faststream": faststream,
    "quix": quix_streams,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("name", choices=RIVALS)
    parser.add_argument("bootstrap")
    parser.add_argument("count", type=int)
    parser.add_argument("texts")
    parser.add_argument("outcomes")
    parser.add_argument("events", nargs="+")
    given = vars(parser.parse_args())
    print(RIVALS[given.pop("name")](Job(**given)))


if __name__ == "__main__":
    main()
