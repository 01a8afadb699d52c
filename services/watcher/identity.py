"""When a file's text is a new bulletin, a revision, or one that is known: pure decisions over what is remembered.

`revision` is 0 for an address whose text was never published from there because it already stood at another one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Known(NamedTuple):
    """What stood at an address when it was last read."""

    bulletin_id: str
    described: str
    revision: int
    supersedes: str | None


class Action(StrEnum):
    PUBLISH = "publish"
    REVISE = "revise"
    """Another text, or the same one described otherwise, stands at an address that was published from before."""
    NOTE = "note"
    """The text is published from another address: a second source."""
    NOTHING = "nothing"


class Decision(NamedTuple):
    action: Action
    revision: int = 0
    supersedes: str | None = None


def decide(
    known: Known | None, bulletin_id: str, described: str, *, published_elsewhere: bool, now_milliseconds: int
) -> Decision:
    """What to do with the text `bulletin_id` that now stands at an address.

    `described` is a digest of title, publisher, date and region. `published_elsewhere`: it was published from another address
    and still stands there. Revisions grow at an address also where the clock goes back or the memory was lost.
    """
    if known is None or known.revision == 0:
        return Decision(Action.NOTE) if published_elsewhere else Decision(Action.PUBLISH, now_milliseconds)
    revision = max(known.revision + 1, now_milliseconds)
    if known.bulletin_id != bulletin_id:
        # Published even where it stands elsewhere too: only a message from here takes back what stood here before.
        return Decision(Action.REVISE, revision, supersedes=known.bulletin_id)
    if known.described != described:
        return Decision(Action.REVISE, revision, supersedes=known.supersedes)
    return Decision(Action.NOTHING)
