"""The Faust app: it reads the text topic and shares it with the group's other workers. Offsets are committed by us, not by Faust."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Set
from typing import Any, Protocol

import faust
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faust.types import TP
from faust.types.auth import CredentialsT

from services import broker
from services.extractor.records import Message
from services.settings import Settings
from services.topics import Topic

log = logging.getLogger(__name__)

# Messages that Faust holds ready. It counts them, not their bytes, and a bulletin may have megabytes.
BUFFERED_MESSAGES = 64
# A message is delivered anew after a rebalance; what does not come back within this time, the watchdog sees.
CALL_SECONDS = 60
PROBE_SECONDS = 10


class Taker(Protocol):
    """Where the stream's messages go."""

    async def take(self, message: Message) -> None: ...
    async def assigned(self, partitions: Set[int]) -> None: ...
    async def revoked(self) -> None: ...
    def fail(self, error: Exception) -> None: ...


class _App(faust.App):
    logger = logging.getLogger("faust.app")

    def _create_directories(self) -> None:
        """None: without tables there is nothing to keep on disk, which may be read-only."""


def build(settings: Settings, topic: Topic, taker: Taker) -> faust.App:
    """An app that is not started yet. Call with a running event loop.

    Faust's acknowledgements are off (`acks=False`): it commits past a message still in work where it acknowledges what it
    skipped in a rebalance, and past the first one on a fresh partition. It has no tables, no leader topic, no web server.
    """
    app = _App(
        settings.extractor_group,
        broker=[f"kafka://{server}" for server in settings.kafka_bootstrap.split(",")],
        broker_credentials=_credentials(settings),
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=settings.session_timeout_seconds,
        broker_heartbeat_interval=settings.session_timeout_seconds / 5,
        broker_request_timeout=max(90.0, settings.session_timeout_seconds),
        broker_max_poll_records=BUFFERED_MESSAGES,
        stream_buffer_maxsize=BUFFERED_MESSAGES,
        stream_wait_empty=False,
        key_serializer="raw",
        value_serializer="raw",
    )
    source = app.topic(topic.name, key_type=bytes, value_type=bytes, acks=False, partitions=topic.partitions)

    @app.agent(source, name="extract")
    async def extract_bulletins(stream: Any) -> None:
        async for event in stream.noack().events():
            received = event.message
            if received.generation_id != app.consumer_generation_id:
                continue
            where = (received.topic, received.partition, received.offset)
            try:
                await taker.take(Message(*where, received.key, received.value, list(received.headers or ())))
            except Exception as error:  # noqa: BLE001 - Faust would restart the agent without this message; the process must end
                taker.fail(error)

    @app.on_partitions_revoked.connect(weak=False)
    async def on_revoked(_app: Any, _revoked: set[TP], **_: Any) -> None:
        await taker.revoked()

    @app.on_partitions_assigned.connect(weak=False)
    async def on_assigned(_app: Any, assigned: set[TP], **_: Any) -> None:
        partitions = {tp.partition for tp in assigned}
        log.info("assigned partitions: %s", sorted(partitions) or "none, the group's other workers have them")
        await taker.assigned(partitions)

    return app


def _credentials(settings: Settings) -> CredentialsT | None:
    """What `broker.connection` says, in Faust's words."""
    given = broker.connection(settings)
    if "sasl_mechanism" in given:
        return faust.SASLCredentials(
            username=given["sasl_plain_username"],
            password=given["sasl_plain_password"],
            mechanism=given["sasl_mechanism"],
            ssl_context=given.get("ssl_context"),
        )
    return faust.SSLCredentials(given["ssl_context"]) if "ssl_context" in given else None


class GroupOffsets:
    """The group's offsets, by the aiokafka consumer that Faust runs in a thread of its own."""

    def __init__(self, settings: Settings, topic: str) -> None:
        self._settings = settings
        self._topic = topic
        self._app: faust.App | None = None

    def attach(self, app: faust.App) -> None:
        self._app = app

    async def commit(self, offsets: Mapping[int, int]) -> bool:
        """Store the next offset of each partition. False where the partitions have gone elsewhere. Waits for an absent broker."""
        by_partition = {TopicPartition(self._topic, partition): offset for partition, offset in offsets.items()}
        try:
            await self._call("commit", by_partition)
        except (CommitFailedError, IllegalStateError) as error:
            log.info("not committed, the group has rebalanced: %s", error)
            return False
        return True

    async def committed(self, partition: int) -> int:
        """The first offset that is not committed; 0 where none ever was."""
        offset = await self._call("committed", TopicPartition(self._topic, partition))
        return offset or 0

    async def first_from(self, partition: int, offset: int) -> int | None:
        """The offset of the first message at `offset` or later; None where the broker does not tell within PROBE_SECONDS."""
        where = TopicPartition(self._topic, partition)
        # A consumer of its own, outside the group: what Faust's consumer has ready is exactly what is in doubt.
        consumer = AIOKafkaConsumer(**broker.connection(self._settings), enable_auto_commit=False, auto_offset_reset="earliest")
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                await consumer.start()
                consumer.assign([where])
                consumer.seek(where, offset)
                record = await consumer.getone()
        except (KafkaError, TimeoutError) as error:
            log.warning("partition %d: cannot see what follows offset %d: %r", partition, offset, error)
            return None
        finally:
            await consumer.stop()
        return int(record.offset)

    async def seek(self, partition: int, offset: int) -> None:
        """Have Faust read from `offset` again."""
        assert self._app is not None
        await asyncio.wait_for(self._app.consumer.seek_wait({TP(self._topic, partition): offset}), CALL_SECONDS)

    async def _call(self, method: str, *arguments: object) -> Any:
        assert self._app is not None
        # Faust's own Consumer.commit() ends the app on any error, and its thread runs two calls at a time, one of them a fetch
        # that waits; so this goes to the aiokafka consumer on the thread's loop directly.
        consumer: Any = self._app.consumer
        thread = consumer._thread
        call = getattr(thread._ensure_consumer(), method)(*arguments)
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(call, thread.thread_loop))
