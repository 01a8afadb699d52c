"""Notices topics that were deleted and made anew: their offsets begin at 0 again.

A consumer goes on from where it was, and what the new topic holds below that would be lost.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future, wait

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from services import broker
from services.indexer.lane import Lane
from services.settings import Settings

log = logging.getLogger(__name__)

# How soon a topic that was made anew is noticed.
LOOK_SECONDS = 10.0
CALL_SECONDS = 5.0
CLOSE_SECONDS = 1.0

Ids = Mapping[str, object]
"""Of each topic that is there, what the broker calls it besides its name: another id, another topic."""


class TopicIds:
    """Use from one thread. It asks on another one, so that a broker that does not answer keeps nobody waiting.

    By kafka-python: aiokafka 0.14 does not read the ids.
    """

    def __init__(self, names: Iterable[str], settings: Settings) -> None:
        self._names = sorted(names)
        self._connection = broker.connection(settings)
        self._lane = Lane("topic-ids")
        self._admin: KafkaAdminClient | None = None
        self._begun: dict[str, object] = {}
        self._present: dict[str, object] = {}
        self._looking: Future[Ids] | None = None
        self._looked_at = time.monotonic()

    def begin(self) -> set[str]:
        """The names of the topics that are not there; those that are count as read from their beginning.

        Raises KafkaError or OSError where the broker does not tell.
        """
        self._present = dict(self._lane.submit(self._look).result())
        self.restart(self._present)
        return set(self._names) - set(self._present)

    def changed(self) -> set[str]:
        """Topics that are not those any more which were begun."""
        self._catch_up()
        return {name for name, topic_id in self._present.items() if topic_id != self._begun.get(name, topic_id)}

    def restart(self, names: Collection[str]) -> None:
        """These are read from their beginning again."""
        self._begun |= {name: self._present[name] for name in names}

    def close(self) -> None:
        wait([self._lane.submit(self._close)], CLOSE_SECONDS)

    def _catch_up(self) -> None:
        if self._looking is None:
            if time.monotonic() - self._looked_at > LOOK_SECONDS:
                self._looking = self._lane.submit(self._look)
        elif self._looking.done():
            looked, self._looking, self._looked_at = self._looking, None, time.monotonic()
            try:
                self._present |= looked.result()
            except (KafkaError, OSError) as error:
                log.info("the broker does not tell the topics' ids: %r", error)

    def _look(self) -> Ids:
        try:
            if self._admin is None:
                broker.probe(self._connection["bootstrap_servers"], CALL_SECONDS)
                self._admin = KafkaAdminClient(
                    **self._connection,
                    client_id="bulletins-indexer",
                    bootstrap_timeout_ms=int(CALL_SECONDS * 1000),
                    request_timeout_ms=int(CALL_SECONDS * 1000),
                )
            return {
                topic["name"]: topic["topic_id"] for topic in self._admin.describe_topics(self._names) if not topic["error_code"]
            }
        except (KafkaError, OSError):
            self._close()
            raise

    def _close(self) -> None:
        if self._admin is not None:
            self._admin.close()
            self._admin = None
