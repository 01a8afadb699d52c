"""The extraction keeps the level that it has reached on each set of annotated bulletins."""

from __future__ import annotations

import pytest
import yaml

from tests.eval import evaluate

FLOORS = yaml.safe_load(evaluate.FLOORS.read_text("utf-8"))


@pytest.mark.parametrize("name", evaluate.SETS)
def test_level_is_kept(name: str) -> None:
    f1, slots = evaluate.measure(name)
    assert (f1, slots) >= (FLOORS[name]["f1"], 0)
    assert slots >= FLOORS[name]["slots"]


def test_bulletins_without_events_give_hardly_any() -> None:
    empty = [
        file
        for name in ("districts", "dev")
        for file in (evaluate.GOLD / name).glob("*.jsonl")
        if len(file.read_text("utf-8").splitlines()) == 1
    ]
    assert len(empty) >= 8
    spurious = [event for file in empty for event in evaluate.evaluate(file)[3]]
    assert len(spurious) <= FLOORS["empty"]["spurious"], spurious
