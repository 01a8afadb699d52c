"""Build new indices from the topics beside those that serve, then swap them by alias, while queries and indexers go on.

1. Make the next number of each index behind an alias `…-building`, and fill them with an indexer of our own, in a group of its own.
2. When it has nearly caught up, block the writing to the old indices. Running indexers wait, as they do with any read-only index.
   What the old indices show was on the topics before: once our indexer has come to the topics' ends, the new ones show all of it.
3. Swap all aliases in one request. The waiting indexers write on, to the new indices.

API keys are on no topic: their index is left as it is.

Until 3 nothing has changed for anybody; whatever breaks before, the block is taken away again. The old indices stay, read-only.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from typing import Any

from elasticsearch import Elasticsearch
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from services import broker, indices, topics
from services.indexer.intake import SERVICE
from services.indexer.lane import Lane
from services.indexer.letters import Position
from services.indexer.main import Indexer
from services.indices import Index, Swap
from services.lifecycle import StopFlag
from services.settings import Settings

log = logging.getLogger(__name__)

BUILDING = "-building"
# So much may be left to be read when the old indices are blocked: less than a second's work.
NEARLY = 2000
LOOK_SECONDS = 0.2
END_SECONDS = 30.0


class RebuildError(Exception):
    """The message says what happened and what to do; the old indices serve on."""


def rebuild(settings: Settings, known_letters: Collection[Position], stop: StopFlag) -> list[Swap]:
    """Returns when the aliases name the new indices. `known_letters`: messages that have their dead letters already.

    Raises RebuildError, and the clients' errors.
    """
    building = settings.model_copy(
        update={
            **{name: getattr(settings, name) + BUILDING for name in ("events_index", "bulletins_index", "states_index")},
            "indexer_group": f"{settings.indexer_group}-rebuild-{uuid.uuid4().hex[:12]}",
        }
    )
    with closing(indices.connect(settings)) as client:
        swaps = [_make_beside(client, index, settings) for index in indices.topic_indices(settings)]
        for swap in swaps:
            indices.outrank(client, swap)
        with _filling(building, known_letters, stop) as progress:
            progress.wait_for_rest(NEARLY)
            with _blocked(client, [name for swap in swaps for name in swap.old]):
                progress.wait_for_rest(0)
                for swap in swaps:
                    indices.outrank(client, swap)  # an old index may have moved to another node meanwhile
                client.indices.refresh(index=[swap.new for swap in swaps])
                indices.swap(client, swaps, BUILDING)
        log.info("the aliases name the new indices: %s", swaps)
    return swaps


def remove(settings: Settings, swaps: Collection[Swap]) -> None:
    """Delete the indices that served before."""
    with closing(indices.connect(settings)) as client:
        for swap in swaps:
            client.indices.delete(index=swap.old)


def _make_beside(client: Elasticsearch, index: Index, settings: Settings) -> Swap:
    """The next number of an index, empty, behind the alias for building. What an interrupted rebuild left is deleted."""
    serving = indices.serving(client, index.alias)
    if not serving:
        raise RebuildError(f"there is no alias {index.alias}; `bulletins bootstrap` makes it and its index")
    alias = index.alias + BUILDING
    if client.indices.exists_alias(name=alias):
        for left in set(client.indices.get_alias(name=alias)) - set(serving):
            log.info("deleting %s, which an interrupted rebuild left", left)
            client.indices.delete(index=left)
    # One that was killed while it had the old indices blocked has left them so.
    client.indices.put_settings(index=serving, settings={"index.blocks.write": None})
    name = indices.next_name(client, index.alias)
    client.indices.create(
        index=name,
        mappings=index.mapping,
        aliases={alias: {"is_write_index": True}},
        settings={"number_of_shards": settings.index_shards, "auto_expand_replicas": "0-1"},
    )
    return Swap(index.alias, serving, name)


@contextmanager
def _blocked(client: Elasticsearch, names: list[str]) -> Iterator[None]:
    """Nothing is written to these; for good, unless the block is left by an error."""
    client.indices.put_settings(index=names, settings={"index.blocks.write": True})
    try:
        yield
    except BaseException:
        client.indices.put_settings(index=names, settings={"index.blocks.write": None})
        raise


class _Progress:
    """How far the filling has come."""

    def __init__(self, consumer: KafkaConsumer, filling: Future[None], stop: StopFlag) -> None:
        self._consumer = consumer
        self._filling = filling
        self._stop = stop
        names = [topic.name for topic in topics.load().consumed_by(SERVICE)]
        self._partitions = [
            TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name) or ()
        ]

    def wait_for_rest(self, most: int) -> None:
        """Return when at most so many of the messages that are on the topics now are left. Raises RebuildError."""
        ends = self._consumer.end_offsets(self._partitions)
        while self._left(ends) > most:
            if self._filling.done():
                raise RebuildError("the filling of the new indices ended; the old ones serve on") from self._filling.exception()
            if self._stop.wait(LOOK_SECONDS):
                raise RebuildError("stopped; the old indices serve on, and the next rebuild begins anew")

    def _left(self, ends: Mapping[TopicPartition, int]) -> int:
        committed = {partition: self._consumer.committed(partition) or 0 for partition in ends}
        return sum(max(0, end - committed[partition]) for partition, end in ends.items())


@contextmanager
def _filling(building: Settings, known_letters: Collection[Position], stop: StopFlag) -> Iterator[_Progress]:
    """An indexer that fills the new indices for the length of the block."""
    done = StopFlag()
    filling = Lane("rebuild").submit(Indexer(building, done, known_letters).run)
    connection = broker.connection(building)
    try:
        consumer = KafkaConsumer(**connection, group_id=building.indexer_group, enable_auto_commit=False)
        with closing(consumer):
            yield _Progress(consumer, filling, stop)
    finally:
        done.set()
        wait([filling], END_SECONDS)
        _forget_group(connection, building.indexer_group)


def _forget_group(connection: Mapping[str, Any], group: str) -> None:
    try:
        with closing(KafkaAdminClient(**connection)) as admin:
            admin.delete_groups([group])
    except KafkaError as error:
        # The broker forgets it by itself, a week after its last member left.
        log.warning("the group %s is left behind: %r", group, error)
