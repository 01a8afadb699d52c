"""One article on several sites, with other words around it: recognised by its sentences, and linked to the one that came first.

Monthly reports differ in their figures alone. So whole sentences are compared, where another figure makes another sentence, and not
runs of characters, of which such reports share nearly all. Of each text a MinHash of 96 numbers is kept, and 16 hashes of three of
these each to find it by (locality-sensitive hashing, Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, chapter 3).
"""

from __future__ import annotations

from array import array
from operator import eq
from typing import Final, NamedTuple

from rensa import RMinHash

from services.watcher.state import State

# Of the sentences that either text has, both have as many. One more sentence of the frame in ten, and one that was edited, pass.
LEAST_SHARED: Final = 0.6
# Too few sentences tell nothing: two notices of one line may differ in the day alone.
_FEWEST_SENTENCES: Final = 3
_SHORTEST_SENTENCE: Final = 8
_NUMBERS: Final = 96
_SEED: Final = 1
_BANDS: Final = 16
_ROWS: Final = 3
_MOST_CANDIDATES: Final = 20
_MASK: Final = (1 << 63) - 1
_WANTED: Final = ", ".join("?" * _BANDS)
_CANDIDATES: Final = (
    "SELECT bulletin_id, numbers FROM likeness_bands JOIN likenesses USING (likeness_id)"
    f" WHERE band IN ({_WANTED}) GROUP BY likeness_id ORDER BY count(*) DESC, likeness_id LIMIT {_MOST_CANDIDATES}"
)


class Sketch(NamedTuple):
    """What is kept of a text's sentences."""

    numbers: bytes
    bands: list[int]


def sketch(text: str) -> Sketch | None:
    """None of a text with too few sentences. Line ends are not looked at: one source wraps lines, another does not."""
    joined = "".join(text.split())
    for mark in "！？；!?;":
        joined = joined.replace(mark, "。")
    sentences = [sentence for sentence in joined.split("。") if len(sentence) >= _SHORTEST_SENTENCE]
    if len(sentences) < _FEWEST_SENTENCES:
        return None
    minhash = RMinHash(num_perm=_NUMBERS, seed=_SEED)
    minhash.update(sentences)
    numbers = minhash.digest()
    bands = [
        (band * 0x9E3779B97F4A7C15 ^ numbers[at] * 0xBF58476D1CE4E5B9 ^ numbers[at + 1] * 0x94D049BB133111EB ^ numbers[at + 2])
        & _MASK
        for band, at in enumerate(range(0, _BANDS * _ROWS, _ROWS))
    ]
    return Sketch(array("I", numbers).tobytes(), bands)


class Likenesses:
    """The texts that came first, in the state. All methods are to be called within a transaction."""

    def __init__(self, state: State) -> None:
        self._state = state

    def find(self, bulletin_id: str, wanted: Sketch | None, *, besides: str | None) -> str | None:
        """The bulletin that this one is nearly the same as: as it was when it was first kept, else the most alike.

        `besides` is the text that it replaces at its address.
        """
        known = self._state.execute("SELECT near_duplicate_of FROM likenesses WHERE bulletin_id = ?", (bulletin_id,)).fetchone()
        if known is not None or wanted is None:
            return known[0] if known is not None else None
        best, found = LEAST_SHARED, None
        for candidate, numbers in self._state.execute(_CANDIDATES, wanted.bands):
            share = _shared(wanted.numbers, numbers)
            if candidate != besides and share >= best and (found is None or share > best):
                best, found = share, candidate
        return found

    def keep(self, bulletin_id: str, near_duplicate_of: str | None, kept: Sketch | None) -> None:
        """Only a text that is like no earlier one is found by later ones: all links lead to the first of its kind."""
        if kept is None:
            return
        numbers = kept.numbers if near_duplicate_of is None else None
        row = self._state.execute(
            "INSERT OR IGNORE INTO likenesses (bulletin_id, near_duplicate_of, numbers) VALUES (?, ?, ?)",
            (bulletin_id, near_duplicate_of, numbers),
        )
        if row.rowcount and near_duplicate_of is None:
            bands = [(band, row.lastrowid) for band in set(kept.bands)]
            self._state.execute_many("INSERT INTO likeness_bands VALUES (?, ?)", bands)

    def forget(self, bulletin_id: str) -> None:
        """A text that stands nowhere any more is nothing to link to."""
        row = self._state.execute("DELETE FROM likenesses WHERE bulletin_id = ? RETURNING likeness_id", (bulletin_id,)).fetchone()
        if row is not None:
            self._state.execute("DELETE FROM likeness_bands WHERE likeness_id = ?", row)


def _shared(some: bytes, others: bytes) -> float:
    equal: int = sum(map(eq, array("I", some), array("I", others)))
    return equal / _NUMBERS
