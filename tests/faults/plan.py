"""What goes wrong, and when: a function of the seed alone."""

from __future__ import annotations

import random
from typing import Literal, NamedTuple

Action = Literal["kill", "freeze", "429", "503", "read-only"]
SERVERS = ("broker", "index")
WORKERS = ("worker-a", "worker-b")
SERVICES = ("watcher", *WORKERS, "indexer", "api")
# No fault before there is work for everybody.
QUIET_SECONDS = 4.0
# Between two kills that are to be recovered from by themselves; before the first of them all that came earlier has to be over.
ALONE_SECONDS = 30.0


class Fault(NamedTuple):
    """`at` seconds after the beginning `action` happens to `target`; what has a length lasts `seconds`."""

    at: float
    target: str
    action: Action
    seconds: float = 0.0


class Scale(NamedTuple):
    """How much goes wrong. `gap_seconds` is between two kills of the same kind of service. At the end `alone` more kills of workers
    come one by one, with nothing else wrong: these show how long a recovery takes."""

    length_seconds: float
    kills: int
    gap_seconds: float
    servers: tuple[tuple[str, Action, float], ...]
    alone: int = 0

    @property
    def total_seconds(self) -> float:
        return self.length_seconds + self.alone * ALONE_SECONDS


FULL = Scale(
    length_seconds=420.0,
    kills=10,
    gap_seconds=16.0,
    servers=(
        ("broker", "kill", 10.0),
        ("index", "kill", 10.0),
        ("broker", "freeze", 30.0),
        ("index", "freeze", 30.0),
        ("index", "429", 15.0),
        ("index", "503", 15.0),
        ("index", "read-only", 15.0),
    ),
    alone=4,
)
SHORT = Scale(
    length_seconds=30.0,
    kills=1,
    gap_seconds=8.0,
    servers=(("broker", "kill", 4.0), ("index", "429", 3.0), ("index", "503", 3.0), ("index", "read-only", 3.0)),
)


def plan(seed: int, scale: Scale) -> list[Fault]:
    """All faults in the order of their times.

    Each service is killed as often as `scale` says; the workers take turns, so that not both are away for long at a time. Faults of
    servers follow one another. Whatever else may come together does.
    """
    dice = random.Random(seed)
    faults: list[Fault] = []
    for targets in (("watcher",), WORKERS, ("indexer",), ("api",)):
        order = [target for target in targets for _ in range(scale.kills)]
        dice.shuffle(order)
        times = _times(dice, [scale.gap_seconds] * len(order), scale.length_seconds)
        faults += [Fault(at, target, "kill") for at, target in zip(times, order, strict=True)]
    servers = list(scale.servers)
    dice.shuffle(servers)
    times = _times(dice, [seconds for _, _, seconds in servers], scale.length_seconds)
    faults += [Fault(at, target, action, seconds) for at, (target, action, seconds) in zip(times, servers, strict=True)]
    faults += [
        Fault(scale.length_seconds + ALONE_SECONDS * number, WORKERS[number % 2], "kill") for number in range(1, scale.alone + 1)
    ]
    return sorted(faults)


def _times(dice: random.Random, lengths: list[float], total: float) -> list[float]:
    """A random time for each, in order, with room for its length behind it. Raises ValueError where they do not fit."""
    room = total - QUIET_SECONDS - sum(lengths)
    if room < 0:
        raise ValueError(f"{len(lengths)} faults of {sum(lengths):.0f} s do not fit into {total:.0f} s")
    gaps = sorted(dice.uniform(0, room) for _ in lengths)
    times, used = [], QUIET_SECONDS
    for gap, length in zip(gaps, lengths, strict=True):
        times.append(round(used + gap, 2))
        used += length
    return times
