"""How a page is set changes few events: the layouts of tests/eval/layouts.py that have a floor."""

from __future__ import annotations

import yaml

from tests.eval import layouts
from tests.eval.evaluate import FLOORS, SETS


def test_events_stay_as_they_are_in_other_layouts() -> None:
    floors = yaml.safe_load(FLOORS.read_text("utf-8"))["layouts"]
    shares = layouts.measure(list(floors), list(SETS))
    assert {layout: share for layout, share in shares.items() if share < floors[layout]} == {}
