"""Which topics there have to be, and what makes one that is there unfit."""

from __future__ import annotations

import pytest

from services import topics
from services.ops.bootstrap import TopicSpec, differences, wanted_topics

SPEC = TopicSpec("t", 4, {"cleanup.policy": "delete", "retention.ms": "-1", "max.message.bytes": "1000"})


def test_every_topic_has_its_dead_letter_twin_with_room_for_the_reason() -> None:
    specs = {spec.name: spec for spec in wanted_topics()}
    listed = topics.load()
    assert len(specs) == 2 * len(listed.all())
    for topic in listed.all():
        assert specs[topic.name].partitions == topic.partitions
        assert specs[topic.dead_letter].partitions == listed.dead_letter_partitions
        assert int(specs[topic.dead_letter].configs["max.message.bytes"]) > int(specs[topic.name].configs["max.message.bytes"])


def test_a_topic_as_listed_differs_in_nothing() -> None:
    assert differences(SPEC, 4, dict(SPEC.configs)) == ([], [])


@pytest.mark.parametrize(
    ("partitions", "changed", "said"),
    [
        (1, {}, "has 1 partition(s), schemas/topics.yaml wants 4"),
        (4, {"max.message.bytes": "999"}, "--add-config max.message.bytes=1000"),
        (4, {"cleanup.policy": "compact"}, "cleanup.policy=compact"),
        (4, {"cleanup.policy": "compact,delete"}, "cleanup.policy=compact,delete"),
    ],
)
def test_what_would_lose_messages_is_a_problem(partitions: int, changed: dict[str, str], said: str) -> None:
    [problem], warnings = differences(SPEC, partitions, {**SPEC.configs, **changed})
    assert said in problem
    assert warnings == []


@pytest.mark.parametrize(
    ("partitions", "changed"),
    [(8, {}), (4, {"retention.ms": "86400000"}), (4, {"max.message.bytes": "2000"})],
)
def test_what_an_operator_may_have_meant_is_only_told(partitions: int, changed: dict[str, str]) -> None:
    problems, warnings = differences(SPEC, partitions, {**SPEC.configs, **changed})
    assert problems == []
    assert len(warnings) == 1
