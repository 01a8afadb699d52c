"""One batch of messages into the index. The steps, and why they are safe: docs/indexer.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from services.contracts import Bulletin, Outcome, to_json, version_order
from services.indexer import states
from services.indexer.batch import Batch
from services.indexer.messages import DocumentRejected, Event, Message
from services.indexer.sink import CONFLICT, Operation, Sink
from services.indexer.statestore import StateStore, Stored
from services.indexer.sweep import Sweep
from services.settings import Settings


class Result(NamedTuple):
    """What became of a message: `stored`, `superseded`, or `rejected` with the reason."""

    verdict: str
    error: DocumentRejected | None = None


STORED = Result("stored")
SUPERSEDED = Result("superseded")


class Store:
    """Writes to the aliases that the settings name, through `sink`."""

    def __init__(self, sink: Sink, settings: Settings) -> None:
        self._sink = sink
        self._events = settings.events_index
        self._bulletins = settings.bulletins_index
        self._states = StateStore(sink, settings.states_index)
        self._sweep = Sweep(sink, self._states, self._events)

    def save(self, messages: Sequence[Message]) -> list[Result]:
        """Store all of them; a result each, in the same order. When this returns, all that was stored is durable.

        Raises Stopped.
        """
        batch = Batch(messages)
        known = self._states.change(batch.bulletins, batch.apply)
        results = self._write(messages, known)
        self._sweep.run(self._unsettled(messages, results, known))
        return results

    def _write(self, messages: Sequence[Message], known: Mapping[str, Stored]) -> list[Result]:
        """The documents of bulletins and of events that hold. An outcome is part of its bulletin's state."""
        results = [STORED] * len(messages)
        operations: dict[int, Operation] = {}
        holding: dict[tuple[str, str], bool] = {}
        for at, (_, body, _) in enumerate(messages):
            if isinstance(body, Bulletin):
                operations[at] = self._bulletin(body)
            elif not isinstance(body, Outcome):
                reading = body.bulletin_id, body.extractor
                if reading not in holding:
                    holding[reading] = states.with_events(known[body.bulletin_id].state, body.extractor) is not None
                if holding[reading]:
                    operations[at] = self._event("create", body.event_id, to_json(body))
                else:
                    results[at] = SUPERSEDED
        conflicts = self._send(operations, results)
        # A bulletin in conflict is there already, at this revision or a later one.
        self._overwrite({at: body for at in conflicts if isinstance(body := messages[at].body, Event)}, results)
        return results

    def _overwrite(self, events: dict[int, Event], results: list[Result]) -> None:
        """Events whose id is in the index already: replace what an older reading wrote, or an equal one in other words."""
        while events:
            found = self._sink.get(self._events, [event.event_id for event in events.values()])
            operations: dict[int, Operation] = {}
            for at, event in events.items():
                source = to_json(event)
                known = found.get(event.event_id)
                if known is None:
                    operations[at] = self._event("create", event.event_id, source)
                elif version_order(known["_source"]["extractor"]) > version_order(event.extractor):
                    results[at] = SUPERSEDED
                elif known["_source"] != orjson.loads(source):
                    condition = {"if_seq_no": known["_seq_no"], "if_primary_term": known["_primary_term"]}
                    operations[at] = self._event("index", event.event_id, source, condition)
            events = {at: events[at] for at in self._send(operations, results)}

    def _send(self, operations: Mapping[int, Operation], results: list[Result]) -> list[int]:
        """Fills in what was rejected; gives the places of those that another write came before."""
        conflicts = []
        for at, verdict in zip(operations, self._sink.bulk(list(operations.values())), strict=True):
            if verdict.status == CONFLICT:
                conflicts.append(at)
            elif not verdict.stored:
                results[at] = Result("rejected", DocumentRejected(verdict.reason))
        return conflicts

    def _unsettled(self, messages: Sequence[Message], results: Sequence[Result], known: Mapping[str, Stored]) -> set[str]:
        """Bulletins that may have events in the index which do not hold."""
        pending = {bulletin_id for bulletin_id, stored in known.items() if stored.state.sweep_pending}
        events = [(result, body) for result, (_, body, _) in zip(results, messages, strict=True) if isinstance(body, Event)]
        written = {event.bulletin_id for result, event in events if result is STORED}
        # Somebody else may have changed a state (another worker replaced the text) after we judged by it, before we wrote.
        moved = written - self._states.unmoved(known[bulletin_id] for bulletin_id in written)
        late = {event.event_id: event.bulletin_id for result, event in events if result is SUPERSEDED}
        return pending | moved | self._left_over(late, known)

    def _left_over(self, events: Mapping[str, str], known: Mapping[str, Stored]) -> set[str]:
        """Bulletins of superseded events (ids by event) that are in the index all the same: whoever wrote them was killed."""
        left = set()
        for event_id, document in self._sink.get(self._events, list(events), ["event_type", "extractor"]).items():
            source = document["_source"]
            event = states.Indexed(event_id, source["event_type"], source["extractor"], -1, -1)
            if states.fallen(known[events[event_id]].state, [event]):
                left.add(events[event_id])
        return left

    def _bulletin(self, bulletin: Bulletin) -> Operation:
        # The highest revision wins by itself: bulletins are never deleted, so their versions never start anew.
        meta = {
            "_index": self._bulletins,
            "_id": bulletin.bulletin_id,
            "version": bulletin.revision,
            "version_type": "external",
        }
        return Operation(bulletin.bulletin_id, orjson.dumps({"index": meta}), to_json(bulletin))

    def _event(self, action: str, event_id: str, source: bytes, condition: Mapping[str, int] | None = None) -> Operation:
        meta = {"_index": self._events, "_id": event_id, **(condition or {})}
        return Operation(event_id, orjson.dumps({action: meta}), source)
