"""What is published, as what, and what it takes the place of."""

from __future__ import annotations

import pytest

from services.watcher.identity import Action, Decision, Known, decide

X, Y = "x", "y"
NOW = 5000


def decided(
    known: Known | None, bulletin_id: str = X, described: str = "d", *, elsewhere: bool = False, now: int = NOW
) -> Decision:
    return decide(known, bulletin_id, described, published_elsewhere=elsewhere, now_milliseconds=now)


@pytest.mark.parametrize(
    ("known", "decision"),
    [
        (None, Decision(Action.PUBLISH, NOW)),
        (Known(X, "d", 10, None), Decision(Action.NOTHING)),
        # Another text: the address's last bulletin is replaced.
        (Known(Y, "d", 10, None), Decision(Action.REVISE, NOW, Y)),
        # The same text, another title: nothing is replaced that was not replaced before.
        (Known(X, "old", 10, Y), Decision(Action.REVISE, NOW, Y)),
        (Known(X, "old", 10, None), Decision(Action.REVISE, NOW, None)),
        # It was only a second source, and the first now says something else.
        (Known(X, "d", 0, None), Decision(Action.PUBLISH, NOW)),
        (Known(Y, "d", 0, None), Decision(Action.PUBLISH, NOW)),
    ],
)
def test_a_text_that_stands_nowhere_else(known: Known | None, decision: Decision) -> None:
    assert decided(known) == decision


@pytest.mark.parametrize(
    ("known", "decision"),
    [
        (None, Decision(Action.NOTE)),
        (Known(X, "d", 0, None), Decision(Action.NOTE)),
        (Known(Y, "d", 0, None), Decision(Action.NOTE)),
        (Known(X, "d", 10, None), Decision(Action.NOTHING)),
        # What this address said before must be taken back, and only a message from here does that.
        (Known(Y, "d", 10, None), Decision(Action.REVISE, NOW, Y)),
    ],
)
def test_a_text_that_is_published_from_another_address(known: Known | None, decision: Decision) -> None:
    assert decided(known, elsewhere=True) == decision


def test_revisions_grow_also_when_the_clock_goes_back() -> None:
    assert decided(Known(Y, "d", 9000, None)).revision == 9001
    assert decided(Known(Y, "d", NOW, None)).revision == NOW + 1


def test_a_text_that_changes_back_is_a_revision_again() -> None:
    first = decided(None, X)
    second = decided(Known(X, "d", first.revision, first.supersedes), Y)
    third = decided(Known(Y, "d", second.revision, second.supersedes), X)
    assert (second.supersedes, third.supersedes) == (X, Y)
    assert first.revision < second.revision < third.revision
