"""One batch of messages into the index. The steps, and why they are safe: docs/indexer.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson

from services.contracts import Bulletin
from services.indexer import states
from services.indexer.batch import Batch
from services.indexer.messages import DocumentRejected, Message, Told
from services.indexer.rivals import Rivals
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
        self._create_head = orjson.dumps({"create": {"_index": self._events, "_id": ""}}).removesuffix(b'"}}')
        self._states = StateStore(sink, settings.states_index)
        self._rivals = Rivals(sink, self._states, settings.states_index)
        self._sweep = Sweep(sink, self._states, self._events)

    def save(self, messages: Sequence[Message]) -> list[Result]:
        """Store all of them; a result each, in the same order. When this returns, all that was stored is durable.

        Raises Stopped.
        """
        batch = Batch(messages)
        known = self._states.change(batch.bulletins, batch.apply)
        known |= self._rivals.settle(batch.texts)
        results = self._write(messages, known)
        self._sweep.run(self._unsettled(messages, results, known))
        return results

    def _write(self, messages: Sequence[Message], known: Mapping[str, Stored]) -> list[Result]:
        """The documents of bulletins and of events that hold. An outcome is part of its bulletin's state."""
        results = [STORED] * len(messages)
        operations: dict[int, Operation] = {}
        reading, holds = ("", ""), False
        for at, message in enumerate(messages):
            body = message.body
            if isinstance(body, Told):
                if reading != (body.bulletin_id, body.extractor):
                    reading = body.bulletin_id, body.extractor
                    holds = states.with_events(known[body.bulletin_id].state, body.extractor) is not None
                if holds:
                    operations[at] = self._create(body.event_id, message.document)
                else:
                    results[at] = SUPERSEDED
            elif isinstance(body, Bulletin):
                operations[at] = self._bulletin(body, message.document)
        conflicts = self._send(operations, results)
        # A bulletin in conflict is there already, at this revision or a later one.
        self._overwrite({at: messages[at] for at in conflicts if isinstance(messages[at].body, Told)}, known, results)
        return results

    def _overwrite(self, events: dict[int, Message], known: Mapping[str, Stored], results: list[Result]) -> None:
        """Events whose ids are in the index already: the newer reading replaces the older one, and of two readings by the same
        extractor the one of the later revision."""
        while events:
            ids = {at: body.event_id for at, message in events.items() if isinstance(body := message.body, Told)}
            there = self._sink.get(self._events, list(ids.values()))
            operations: dict[int, Operation] = {}
            for at, event_id in ids.items():
                message, found = events[at], there.get(event_id)
                state = known[message.body.bulletin_id].state
                if found is None:
                    operations[at] = self._create(event_id, message.document)
                elif found["_source"] == orjson.loads(message.document) and not state.sweep_pending:
                    # During a sweep it has to be written: another worker may be about to delete what it saw.
                    continue
                elif states.is_newer(state, message, found["_source"]):
                    meta = {"_index": self._events, "_id": event_id}
                    meta |= {"if_seq_no": found["_seq_no"], "if_primary_term": found["_primary_term"]}
                    operations[at] = Operation.of(event_id, {"index": meta}, message.document)
                else:
                    results[at] = SUPERSEDED
            events = {at: events[at] for at in self._send(operations, results)}

    def _send(self, operations: Mapping[int, Operation], results: list[Result]) -> list[int]:
        """Fills in what was rejected; gives the places of those that another write came before."""
        conflicts = []
        for at, verdict in zip(operations, self._sink.bulk(list(operations.values())), strict=True):
            if verdict.stored:
                continue
            if verdict.status == CONFLICT:
                conflicts.append(at)
            else:
                results[at] = Result("rejected", DocumentRejected(verdict.reason))
        return conflicts

    def _unsettled(self, messages: Sequence[Message], results: Sequence[Result], known: Mapping[str, Stored]) -> set[str]:
        """Bulletins that may have events in the index which do not hold."""
        pending = {bulletin_id for bulletin_id, stored in known.items() if stored.state.sweep_pending}
        events = [(result, body) for result, (_, body, _) in zip(results, messages, strict=True) if isinstance(body, Told)]
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

    def _bulletin(self, bulletin: Bulletin, document: bytes) -> Operation:
        # The highest revision wins by itself: bulletins are never deleted, so their versions never start anew.
        meta = {
            "_index": self._bulletins,
            "_id": bulletin.bulletin_id,
            "version": bulletin.revision,
            "version_type": "external",
        }
        return Operation.of(bulletin.bulletin_id, {"index": meta}, document)

    def _create(self, event_id: str, document: bytes) -> Operation:
        # By hand, in a third of the time: an id needs no escapes.
        return Operation(event_id, b'%b%b"}}\n%b\n' % (self._create_head, event_id.encode(), document))
