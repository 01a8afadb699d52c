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
        """Note in the states of the others, at the addresses of these bulletins, that they were replaced; gives those states, and
        those of others there that were replaced before and are not swept yet: whoever noted it was killed.

        The states of `bulletins` are written already. Of two workers that write rivals at the same time, the one that looks second
        sees both.
        """
        addresses = {bulletin.source_uri for bulletin in bulletins}
        if not addresses:
            return {}
        found = self._found(addresses)
        losers = losing([(bulletin_id, places) for bulletin_id, places, _ in found], addresses)

        def change(state: BulletinState) -> BulletinState:
            for source_uri, successor in losers[state.bulletin_id].items():
                state = states.replaced(state, source_uri, successor)
            return state

        left = {bulletin_id for bulletin_id, _, pending in found if pending} - losers.keys()
        return self._states.load(left) | self._states.change(losers, change)

    def _found(self, addresses: set[str]) -> list[tuple[str, list[Place], bool]]:
        """Bulletins that were found at one of these addresses and stand somewhere or wait for their sweep: with all their places,
        and whether they wait."""
        either = [{"term": {"stands": True}}, {"term": {"sweep_pending": True}}]
        query = {
            "bool": {
                "filter": [{"terms": {"places.source_uri": sorted(addresses)}}],
                "should": either,
                "minimum_should_match": 1,
            }
        }
        hits = self._sink.search(self._alias, query, sort="bulletin_id", source=["places", "sweep_pending"])
        sources = [(hit["_id"], hit["_source"]) for hit in hits]
        return [
            (name, [Place.model_validate(place) for place in said["places"]], said["sweep_pending"]) for name, said in sources
        ]


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
