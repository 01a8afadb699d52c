"""Takes out of the index the events of a bulletin that no longer hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from services.indexer import states
from services.indexer.metrics import RETRACTED
from services.indexer.sink import CONFLICT, NOT_FOUND, Operation, Sink
from services.indexer.states import Indexed
from services.indexer.statestore import StateStore


class Sweep:
    def __init__(self, sink: Sink, states_of: StateStore, events_alias: str) -> None:
        self._sink = sink
        self._states = states_of
        self._alias = events_alias

    def run(self, ids: Collection[str]) -> None:
        """Retract what does not hold of these bulletins, and return when the index shows none of it."""
        waiting = set(ids)
        while waiting:
            waiting = self._pass(waiting)

    def _pass(self, ids: set[str]) -> set[str]:
        """Gives the bulletins where somebody else wrote at the same time, which have to be looked at again.

        The events are read before the state: one that is indexed after we looked has another seq_no and is not deleted by us, and
        whoever indexed it had written into the state, before, why it holds.
        """
        events = self._events(ids)
        known = self._states.load(ids)
        fallen = {bulletin_id: states.fallen(stored.state, events[bulletin_id]) for bulletin_id, stored in known.items()}
        # Written down before they are deleted: after a crash in between they are still found, and written down once.
        now = datetime.now(UTC)
        told = {
            bulletin_id: known[bulletin_id]._replace(state=states.retracting(known[bulletin_id].state, gone, now))
            for bulletin_id, gone in fallen.items()
            if gone
        }
        known |= (saved := self._states.save(told.values()))
        again = told.keys() - saved.keys()
        again |= self._delete([(bulletin_id, event) for bulletin_id in saved for event in fallen[bulletin_id]], known)
        pending = [known[bulletin_id] for bulletin_id in ids - again if known[bulletin_id].state.sweep_pending]
        done = self._states.save(
            stored._replace(state=stored.state.model_copy(update={"sweep_pending": False})) for stored in pending
        )
        return again | ({stored.state.bulletin_id for stored in pending} - done.keys())

    def _delete(self, events: list[tuple[str, Indexed]], known: dict[str, Any]) -> set[str]:
        """Gives the bulletins of events that have been written since we read them."""
        verdicts = self._sink.bulk([self._deletion(event) for _, event in events])
        again = set()
        for (bulletin_id, _), verdict in zip(events, verdicts, strict=True):
            if verdict.status == CONFLICT:
                again.add(bulletin_id)
            elif verdict.stored:
                RETRACTED.labels("reread" if known[bulletin_id].state.stands else "superseded").inc()
            elif verdict.status != NOT_FOUND:
                raise RuntimeError(f"an event of bulletin {bulletin_id} cannot be deleted: {verdict.reason}")
        return again

    def _deletion(self, event: Indexed) -> Operation:
        meta = {"_index": self._alias, "_id": event.event_id, "if_seq_no": event.seq_no, "if_primary_term": event.primary_term}
        return Operation.of(event.event_id, {"delete": meta})

    def _events(self, ids: Collection[str]) -> defaultdict[str, list[Indexed]]:
        """All events of these bulletins in the index, by bulletin."""
        found: defaultdict[str, list[Indexed]] = defaultdict(list)
        query = {"terms": {"bulletin_id": sorted(ids)}}
        for hit in self._sink.search(self._alias, query, sort="event_id", source=["bulletin_id", "event_type", "extractor"]):
            source = hit["_source"]
            found[source["bulletin_id"]].append(
                Indexed(hit["_id"], source["event_type"], source["extractor"], hit["_seq_no"], hit["_primary_term"])
            )
        return found
