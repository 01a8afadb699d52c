"""A short run under faults, and that its proof would notice what it is there to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services import topics
from services.contracts import json_dict
from services.deadletter import dead_letter, to_record
from services.ops.journal import Entry
from tests.faults.load import Poison, Write, oracle, poison, standing, writes
from tests.faults.plan import FULL, SHORT, WORKERS, plan
from tests.faults.proof import Evidence, Losses, judge
from tests.faults.run import run, table
from tests.readings import bulletin, message, read


def test_killed_frozen_and_refused_the_services_lose_nothing_and_repeat_nothing(server_folder: Path) -> None:
    result = run(server_folder, 240, 3, SHORT, print, session_timeout_seconds=6)
    print("\n".join(table(result)))
    assert [check for check in result.checks if not check.holds] == []
    assert result.facts["kills"] == {"watcher": 1, "worker-a": 1, "worker-b": 1, "indexer": 1, "api": 1}
    assert result.facts["events"] > 240


def test_a_plan_is_a_function_of_its_seed() -> None:
    assert plan(1, FULL) == plan(1, FULL) != plan(2, FULL)
    for target in ("watcher", *WORKERS, "indexer", "api"):
        kills = [fault for fault in plan(1, FULL) if (fault.target, fault.action) == (target, "kill")]
        assert sum(fault.at < FULL.length_seconds for fault in kills) == 10
    assert len([fault for fault in plan(1, FULL) if fault.at > FULL.length_seconds]) == FULL.alone
    assert writes(50, 1) == writes(50, 1) != writes(50, 2)


def test_every_bulletin_is_its_own_and_some_are_revised() -> None:
    load = writes(200, 1)
    assert len(standing(load)) == 200 < len(load)
    assert len({write.content for write in load}) == len(load)


READING = read(bulletin("上街区重点项目开工。"))
EXPECTED = {found.event_id: json_dict(found) for found in READING.events}
[POISON] = [item for item in poison(1) if item.mark == b"poison-text-0-0"]


def entry(topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]], offset: int = 0) -> Entry:
    return Entry(topic, 0, offset, 0, key, value, headers)


def letter_of(item: Poison) -> Entry:
    assert item.message is not None
    told = dead_letter(service="extractor", error=ValueError("no"), topic=item.message.topic, key=item.mark, value=b"x")
    return entry(*to_record(told))


def evidence() -> Evidence:
    """As it has to be."""
    sent: dict[str, list[Entry]] = {topic.role: [] for topic in topics.load().all()}
    for body in (READING.bulletin, *READING.events, READING.outcome):
        made = message(body)
        sent[topics.load().named(made.topic).role].append(entry(made.topic, made.key, made.value, made.headers))
    return Evidence(list(EXPECTED.values()), sent, [letter_of(POISON)])


def broken(found: Evidence, losses: Losses) -> list[str]:
    return [check.name for check in judge(found, EXPECTED, [POISON], losses) if not check.holds]


def test_the_proof_holds_where_all_is_well() -> None:
    assert broken(evidence(), Losses(0, 0)) == []


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (lambda found: replace(found, documents=found.documents[1:]), ["events lost"]),
        (lambda found: replace(found, documents=[*found.documents, found.documents[0]]), ["events twice in the index"]),
        (
            lambda found: replace(found, documents=[*found.documents, {**found.documents[0], "event_id": "other"}]),
            ["events that nobody said"],
        ),
        (
            lambda found: replace(found, documents=[{**found.documents[0], "rule": "other"}, *found.documents[1:]]),
            ["events with other fields"],
        ),
        (lambda found: replace(found, dead_letters=[]), ["poison that is no dead letter"]),
        (
            lambda found: replace(found, dead_letters=[*found.dead_letters, found.dead_letters[0]._replace(key=b"good")]),
            ["dead letters of good messages"],
        ),
        (lambda found: again(found, "text"), ["texts on their topic again, bytes"]),
        (lambda found: again(found, "outcome"), ["outcomes on their topic again"]),
        (lambda found: again(found, "accolade"), ["one event on its topic again, times"]),
    ],
)
def test_the_proof_names_what_is_broken(spoil: Callable[[Evidence], Evidence], names: list[str]) -> None:
    assert broken(spoil(evidence()), Losses(0, 0)) == names


def again(found: Evidence, role: str) -> Evidence:
    return replace(found, messages={**found.messages, role: [*found.messages[role], *found.messages[role]]})


def test_what_a_lost_process_may_repeat_is_within_the_bounds() -> None:
    assert broken(again(again(again(evidence(), "text"), "outcome"), "accolade"), Losses(1, 1)) == []


def test_the_oracle_is_of_the_texts_that_stand_at_the_end() -> None:
    load = writes(21, 1)
    first = oracle(load)
    # Some of the annotated texts tell of no event.
    one, other, *_ = [write for write in load if ids_at(first, write.name)]
    revised = Write(one.name, other.content + "修订".encode())
    last = oracle([*load, revised])
    at_address = [ids_at(events, one.name) for events in (first, last)]
    assert at_address[0]
    assert at_address[1]
    assert at_address[0].isdisjoint(at_address[1])
    assert first.keys() - at_address[0] == last.keys() - at_address[1]


def ids_at(events: dict[str, dict[str, Any]], name: str) -> set[str]:
    return {event_id for event_id, event in events.items() if event["source_uri"].endswith(name)}
