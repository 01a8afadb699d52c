"""Dead letters of the indexer: sent until the broker has confirmed them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services import broker, topics
from services.deadletter import DeadLetters, dead_letter
from services.indexer.intake import SERVICE
from services.indexer.messages import DocumentRejected, Record, Unreadable
from services.indexer.patience import Patience
from services.settings import Settings

log = logging.getLogger(__name__)

CONFIRM_SECONDS = 30.0
CLOSE_SECONDS = 1.0


# Topic, partition and offset.
Position = tuple[str, int, int]


class Letters:
    def __init__(self, settings: Settings, patience: Patience, known: Collection[Position] = ()) -> None:
        """`known`: messages that have their dead letters from an earlier reading, and get no other."""
        self._connection = broker.connection(settings)
        self._patience = patience
        self._known = known
        self._producer: KafkaProducer | None = None

    def send(self, failures: Sequence[tuple[Record, Unreadable]]) -> None:
        """Returns when each record is on its dead-letter topic. Raises Stopped."""
        letters = [
            dead_letter(
                service=SERVICE,
                error=error,
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                key=record.key,
                value=record.value,
                headers=record.headers,
            )
            for record, error in failures
            if is_ours(record, error) and (record.topic, record.partition, record.offset) not in self._known
        ]
        while letters:
            try:
                DeadLetters(self._connected(), CONFIRM_SECONDS).send(letters)
            except KafkaError as error:
                self._patience.wait(f"dead letters are not confirmed: {error!r}")
            else:
                for letter in letters:
                    where = {"messaging.destination.name": letter.topic, "messaging.kafka.offset": letter.offset}
                    log.warning("dead letter of %s: %s", letter.topic, letter.error_message, extra={"ids": where})
                self._patience.reset()
                return

    def close(self) -> None:
        if self._producer is not None:
            self._producer.close(timeout=CLOSE_SECONDS)

    def _connected(self) -> KafkaProducer:
        # Most indexers never send one.
        if self._producer is None:
            self._producer = KafkaProducer(
                **self._connection,
                client_id="bulletins-indexer",
                acks="all",
                max_request_size=max(topic.dead_letter_max_message_bytes for topic in topics.load().all()),
                max_block_ms=int(CONFIRM_SECONDS * 1000),
                delivery_timeout_ms=int(CONFIRM_SECONDS * 1000),
                request_timeout_ms=int(CONFIRM_SECONDS * 500),
                allow_auto_create_topics=False,
                reconnect_backoff_max_ms=1000,
            )
        return self._producer


def is_ours(record: Record, error: Unreadable) -> bool:
    """Whether this dead letter is for us to send.

    A record that nobody can read has one dead letter, from the first consumer that schemas/topics.yaml names for its topic.
    """
    return isinstance(error, DocumentRejected) or topics.load().named(record.topic).consumers[0] == SERVICE
