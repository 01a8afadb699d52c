"""Facts across bulletins: groups of short bulletins as data in specs/fact_groups.yaml."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.contracts import Bulletin, bulletin_id, json_dict
from services.extractor.extract import extract

GROUPS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "specs" / "fact_groups.yaml").read_text("utf-8"))
TYPES = {"milestone": "project_milestone", "money": "investment_report", "honour": "accolade"}
NAMES = [f"{number}: {group['family']}" for number, group in enumerate(GROUPS, 1)]


def events(telling: dict[str, Any], group: dict[str, Any]) -> list[dict[str, Any]]:
    text = telling["text"]
    bulletin = Bulletin(
        bulletin_id=bulletin_id(text),
        text=text,
        source_id="test",
        source_uri="test:1",
        published_on=telling["day"],
        region_code=telling.get("region", group.get("region")),
    )
    return [json_dict(event) for event in extract(bulletin).events]


def says(event: dict[str, Any], kind: str, first: str | float, second: str) -> bool:
    """Whether an event is the one that a group's data name."""
    if event["event_type"] != TYPES[kind]:
        return False
    if kind == "milestone":
        return first in event["project"] and second == event["stage"]
    if kind == "honour":
        return first in (event["recipient"] or "") and second in event["honor"]
    told = (event["amount"] or {}).get("text", "") if isinstance(first, str) else event["change_percent"]
    return second == event["metric"] and (first in told if isinstance(first, str) else first == told)


def labelled(group: dict[str, Any]) -> dict[tuple[str, str], set[str]]:
    """The fact ids of each (type, label) of a group."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for telling in group["tellings"]:
        read = events(telling, group)
        for label, (kind, first, second, *times) in telling["facts"].items():
            ids = [event["fact_id"] for event in read if says(event, kind, first, second)]
            assert len(ids) == (times[0] if times else 1), f"{label}: {len(ids)} events in {telling['text']}"
            found[kind, label] |= set(ids)
    return found


@pytest.mark.parametrize("group", GROUPS, ids=NAMES)
def test_a_label_is_one_fact_and_two_labels_are_two(group: dict[str, Any]) -> None:
    found = labelled(group)
    torn = [label for label, ids in found.items() if len(ids) > 1]
    mixed = [(a, b) for a, b in combinations(found, 2) if a[0] == b[0] and found[a] & found[b]]
    assert (torn, mixed) == ([], [])
