"""The documents of bulletin states: read as they are now, written only if nobody else wrote in between."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from services.contracts import BulletinState, to_json
from services.indexer.sink import CONFLICT, Operation, Sink

NEVER = -1


class Stored(NamedTuple):
    """A state and which write of it this is; `seq_no` is NEVER for a bulletin that is not in the index."""

    state: BulletinState
    seq_no: int = NEVER
    primary_term: int = NEVER


class StateStore:
    def __init__(self, sink: Sink, alias: str) -> None:
        self._sink = sink
        self._alias = alias

    def change(self, ids: Collection[str], change: Callable[[BulletinState], BulletinState]) -> dict[str, Stored]:
        """Apply `change` to the states of these bulletins and give them as they are stored then.

        Where somebody else wrote in between, it is applied again to what they wrote.
        """
        done: dict[str, Stored] = {}
        waiting = set(ids)
        while waiting:
            loaded = self.load(waiting)
            changed = {}
            for bulletin_id, known in loaded.items():
                new = change(known.state)
                if new == known.state:
                    done[bulletin_id] = known
                else:
                    changed[bulletin_id] = known._replace(state=new)
            saved = self.save(changed.values())
            done |= saved
            waiting = changed.keys() - saved.keys()
        return done

    def load(self, ids: Collection[str]) -> dict[str, Stored]:
        """The states of all of these; a bulletin without a document has an empty one."""
        documents = self._sink.get(self._alias, list(ids))
        return {
            bulletin_id: (
                Stored(BulletinState.model_validate(found["_source"]), found["_seq_no"], found["_primary_term"])
                if (found := documents.get(bulletin_id))
                else Stored(BulletinState(bulletin_id=bulletin_id))
            )
            for bulletin_id in ids
        }

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
        return saved

    def unmoved(self, states: Iterable[Stored]) -> set[str]:
        """The ids of those that nobody wrote since."""
        expected = {stored.state.bulletin_id: stored.seq_no for stored in states}
        found = self._sink.get(self._alias, list(expected), source=False)
        return {bulletin_id for bulletin_id, document in found.items() if document["_seq_no"] == expected[bulletin_id]}

    def _operation(self, stored: Stored) -> Operation:
        meta: dict[str, object] = {"_index": self._alias, "_id": stored.state.bulletin_id}
        if stored.seq_no == NEVER:
            action = {"create": meta}
        else:
            action = {"index": meta | {"if_seq_no": stored.seq_no, "if_primary_term": stored.primary_term}}
        return Operation.of(stored.state.bulletin_id, action, to_json(stored.state))
