"""Hold the events that are in the index against what their bulletins say now, without a message that asks for it."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

from services import indices
from services.indexer.patience import Patience
from services.indexer.sink import Sink
from services.indexer.statestore import StateStore
from services.indexer.sweep import Sweep
from services.lifecycle import StopFlag
from services.settings import Settings


def retract(settings: Settings, bulletin_ids: Collection[str], stop: StopFlag) -> None:
    """Take events of these bulletins out of the index that do not hold, also while indexers run. Raises Stopped."""
    with closing(indices.connect(settings)) as client:
        sink = Sink(client, Patience(stop, settings.retry_max_seconds))
        Sweep(sink, StateStore(sink, settings.states_index), settings.events_index).run(bulletin_ids)
