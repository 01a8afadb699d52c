"""The documents of bulletin states: written only if nobody else wrote in between."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import Final, NamedTuple

from services.contracts import BulletinState, to_json
from services.indexer.sink import CONFLICT, Operation, Sink

NEVER: Final = -1
# The events of one bulletin come in several batches, because each type has its topic. A state takes about 5 kB.
REMEMBERED: Final = 4000


class Stored(NamedTuple):
    """A state and which write of it this is; `seq_no` is NEVER for a bulletin that is not in the index."""

    state: BulletinState
    seq_no: int = NEVER
    primary_term: int = NEVER


class StateStore:
    """Remembers the states that it read and wrote last. Whoever acts on a remembered one has to ask afterwards whether it was
    still right (`unmoved`); writing over one fails where it was not."""

    def __init__(self, sink: Sink, alias: str) -> None:
        self._sink = sink
        self._alias = alias
        self._recent: OrderedDict[str, Stored] = OrderedDict()
        self._lock = threading.Lock()

    def change(self, ids: Collection[str], change: Callable[[BulletinState], BulletinState]) -> dict[str, Stored]:
        """Apply `change` to the states of these bulletins, as far as we remember them, and give them as they are then.

        Where somebody else wrote in between, it is applied again to what they wrote.
        """
        done: dict[str, Stored] = {}
        remembered = self._remembered(ids)
        loaded = remembered | self.load(set(ids) - remembered.keys())
        while loaded:
            changed = {}
            for bulletin_id, known in loaded.items():
                new = change(known.state)
                if new == known.state:
                    done[bulletin_id] = known
                else:
                    changed[bulletin_id] = known._replace(state=new)
            saved = self.save(changed.values())
            done |= saved
            loaded = self.load(changed.keys() - saved.keys())
        return done

    def load(self, ids: Collection[str]) -> dict[str, Stored]:
        """The states of all of these as they are now; a bulletin without a document has an empty one."""
        documents = self._sink.get(self._alias, list(ids))
        loaded = {
            bulletin_id: (
                Stored(BulletinState.model_validate(found["_source"]), found["_seq_no"], found["_primary_term"])
                if (found := documents.get(bulletin_id))
                else Stored(BulletinState(bulletin_id=bulletin_id))
            )
            for bulletin_id in ids
        }
        self._remember(loaded)
        return loaded

    def _remembered(self, ids: Iterable[str]) -> dict[str, Stored]:
        with self._lock:
            return {bulletin_id: self._recent[bulletin_id] for bulletin_id in ids if bulletin_id in self._recent}

    def _remember(self, states: dict[str, Stored]) -> None:
        with self._lock:
            for bulletin_id, stored in states.items():
                self._recent[bulletin_id] = stored
                self._recent.move_to_end(bulletin_id)
            while len(self._recent) > REMEMBERED:
                self._recent.popitem(last=False)

    def save(self, states: Iterable[Stored]) -> dict[str, Stored]:
        """Write each over the write that it came from; gives those that were, the others have been written by somebody else.

        Raises RuntimeError where one is refused for ever: what can be refused was sorted out before.
        """
        waiting = list(states)
        verdicts = self._sink.bulk([self._operation(stored) for stored in waiting], sequence=True)
        saved = {}
        for stored, verdict in zip(waiting, verdicts, strict=True):
            if verdict.stored:
                saved[stored.state.bulletin_id] = Stored(stored.state, verdict.seq_no, verdict.primary_term)
            elif verdict.status != CONFLICT:
                raise RuntimeError(f"state of bulletin {stored.state.bulletin_id} was refused: {verdict.reason}")
        self._remember(saved)
        return saved

    def unmoved(self, states: Iterable[Stored]) -> set[str]:
        """The ids of those that nobody wrote since."""
        expected = {stored.state.bulletin_id: (stored.seq_no, stored.primary_term) for stored in states}
        found = self._sink.get(self._alias, list(expected), source=False)
        return {
            bulletin_id
            for bulletin_id, document in found.items()
            if (document["_seq_no"], document["_primary_term"]) == expected[bulletin_id]
        }

    def _operation(self, stored: Stored) -> Operation:
        meta: dict[str, object] = {"_index": self._alias, "_id": stored.state.bulletin_id}
        if stored.seq_no == NEVER:
            action = {"create": meta}
        else:
            action = {"index": meta | {"if_seq_no": stored.seq_no, "if_primary_term": stored.primary_term}}
        return Operation.of(stored.state.bulletin_id, action, to_json(stored.state))
