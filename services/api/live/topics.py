"""The event topics as the live stream reads them: which partitions there are, and what a record says."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from prometheus_client import Counter
from pydantic import ValidationError

from services import broker, contracts, topics
from services.api.live.log import Message
from services.api.problems import GoneError, UnavailableError
from services.contracts import to_json
from services.settings import Settings

log = logging.getLogger(__name__)

CALL_SECONDS: Final = 10.0
CLIENT: Final = "bulletins-api-stream"
UNREADABLE = Counter("stream_unreadable", "Records of the event topics that are no events, and were left out of the stream.")


class Layout:
    """The partitions of the event topics, in a fixed order."""

    def __init__(self, shape: Sequence[int]) -> None:
        """`shape`: how many partitions each topic has, in the order of the topic list."""
        listed = topics.load().events()
        self.shape = tuple(shape)
        self.partitions = [
            TopicPartition(topic.name, number) for topic, count in zip(listed, shape, strict=True) for number in range(count)
        ]
        self.place = {partition: place for place, partition in enumerate(self.partitions)}

    def message(self, record: ConsumerRecord[Any, Any]) -> Message | None:
        """None for what is no event; the indexer makes a dead letter of it."""
        place = self.place[TopicPartition(record.topic, record.partition)]
        model, role = _model(record.topic)
        try:
            event = model.model_validate_json(record.value or b"")
        except ValidationError as error:
            UNREADABLE.inc()
            log.warning("left out %s:%d:%d: %s", record.topic, record.partition, record.offset, str(error)[:200])
            return None
        # Written anew: only the fields of the contract, in one line.
        return Message(place, record.offset, role, to_json(event), event.event_id, record.timestamp)


@lru_cache
def _model(name: str) -> tuple[Any, str]:
    topic = topics.load().named(name)
    return getattr(contracts, topic.model), topic.role


async def layout(settings: Settings) -> Layout:
    """As the broker tells it now. Raises UnavailableError."""
    names = [topic.name for topic in topics.load().events()]
    admin = AIOKafkaAdminClient(**broker.connection(settings), client_id=CLIENT)
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await admin.start()
            described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics(names)}
    except (KafkaError, TimeoutError, OSError) as error:
        log.warning("Kafka at %s does not answer: %r", settings.kafka_bootstrap, error)
        raise UnavailableError("The event topics cannot be read now; try again later.") from error
    finally:
        with suppress(KafkaError, TimeoutError, OSError):
            await asyncio.wait_for(admin.close(), CALL_SECONDS)
    if not all(described.get(name) for name in names):
        raise UnavailableError("The event topics do not exist yet; try again later.")
    return Layout([len(described[name]) for name in names])


@asynccontextmanager
async def consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer[Any, Any]]:
    """A consumer without a group, which commits nothing. Raises UnavailableError."""
    client: AIOKafkaConsumer[Any, Any] = AIOKafkaConsumer(
        **broker.connection(settings),
        client_id=CLIENT,
        group_id=None,
        enable_auto_commit=False,
        # An offset that is not there is told, not replaced by another.
        auto_offset_reset="none",
        isolation_level="read_committed",
    )
    try:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await client.start()
        except (KafkaError, TimeoutError, OSError) as error:
            log.warning("Kafka at %s does not answer: %r", settings.kafka_bootstrap, error)
            raise UnavailableError("The event topics cannot be read now; try again later.") from error
        yield client
    finally:
        with suppress(KafkaError, TimeoutError, OSError):
            await asyncio.wait_for(client.stop(), CALL_SECONDS)


async def bounds(client: AIOKafkaConsumer[Any, Any], where: Layout) -> tuple[list[int], list[int]]:
    """The first and the next offset of each partition now. Raises UnavailableError."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            begin = await client.beginning_offsets(where.partitions)
            end = await client.end_offsets(where.partitions)
    except (KafkaError, TimeoutError, OSError) as error:
        raise UnavailableError("The event topics cannot be read now; try again later.") from error
    return [begin[partition] for partition in where.partitions], [end[partition] for partition in where.partitions]


async def check(client: AIOKafkaConsumer[Any, Any], where: Layout, offsets: Sequence[int]) -> None:
    """Raises GoneError where the topics do not have all that follows these offsets, UnavailableError."""
    begin, end = await bounds(client, where)
    if any(offset > last for offset, last in zip(offsets, end, strict=True)):
        raise GoneError("The topics were made anew since that id was given: subscribe without one.")
    if any(offset < first for offset, first in zip(offsets, begin, strict=True)):
        raise GoneError("Messages after that id are no longer kept: subscribe without one, and query for what is older.")


def assign(client: AIOKafkaConsumer[Any, Any], where: Layout, offsets: Sequence[int]) -> None:
    client.assign(where.partitions)
    for partition, offset in zip(where.partitions, offsets, strict=True):
        client.seek(partition, offset)


async def batch(client: AIOKafkaConsumer[Any, Any], where: Layout, seconds: float) -> list[tuple[int, int, Message | None]]:
    """What comes next within `seconds`: place, following offset and message of each record, in the order of its partition; and of
    partitions where something else was passed (the mark of a transaction) the following offset alone. Raises KafkaError."""
    found: list[tuple[int, int, Message | None]] = []
    for records in (await client.getmany(timeout_ms=int(seconds * 1000), max_records=500)).values():
        for record in records:
            message = where.message(record)
            found.append((where.place[TopicPartition(record.topic, record.partition)], record.offset + 1, message))
    for place, partition in enumerate(where.partitions):
        found.append((place, await client.position(partition), None))
    return found
