"""Which text stands at an address: of all that were ever found there, the one with the highest revision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from services.contracts import Bulletin, BulletinState, Place, Successor
from services.indexer import states
from services.indexer.sink import Sink
from services.indexer.statestore import StateStore, Stored


class Rivals:
    """`supersedes` in a message is not enough: a watcher that lost its memory does not know what stood there before."""

    def __init__(self, sink: Sink, states_of: StateStore, states_alias: str) -> None:
        self._sink = sink
        self._states = states_of
        self._alias = states_alias

    def settle(self, bulletins: Iterable[Bulletin]) -> dict[str, Stored]:
        """Note in the states of the others, at the addresses of these bulletins, that they were replaced; gives those states.

        The states of `bulletins` are written already. Of two workers that write rivals at the same time, the one that looks second
        sees both.
        """
        addresses = {bulletin.source_uri for bulletin in bulletins}
        if not addresses:
            return {}
        losers = losing(self._standing(addresses), addresses)

        def change(state: BulletinState) -> BulletinState:
            for source_uri, successor in losers[state.bulletin_id].items():
                state = states.replaced(state, source_uri, successor)
            return state

        return self._states.change(losers, change)

    def _standing(self, addresses: set[str]) -> list[tuple[str, list[Place]]]:
        """Bulletins that stand somewhere and were found at one of these addresses, with all their places."""
        query = {
            "bool": {"filter": [{"terms": {"places.source_uri": sorted(addresses)}}, {"term": {"stands": True}}]},
        }
        hits = self._sink.search(self._alias, query, sort="bulletin_id", source=["places"])
        return [(hit["_id"], [Place.model_validate(place) for place in hit["_source"]["places"]]) for hit in hits]


def losing(standing: Iterable[tuple[str, list[Place]]], addresses: set[str]) -> dict[str, dict[str, Successor]]:
    """By bulletin and address, who took its place. Pure."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for bulletin_id, places in standing:
        for place in places:
            if place.source_uri in addresses and states.is_current(place):
                found[place.source_uri].append((place.revision, bulletin_id))
    losers: defaultdict[str, dict[str, Successor]] = defaultdict(dict)
    for source_uri, candidates in found.items():
        revision, winner = max(candidates)
        for _, bulletin_id in candidates:
            if bulletin_id != winner:
                losers[bulletin_id][source_uri] = Successor(bulletin_id=winner, revision=revision)
    return losers
