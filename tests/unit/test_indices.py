from __future__ import annotations

import copy

from services import indices
from services.settings import Settings


def test_names_come_from_the_settings() -> None:
    settings = Settings(
        events_index="e", bulletins_index="b", states_index="s", keys_index="k", webhooks_index="w", deliveries_index="d"
    )
    found = indices.all_indices(settings)
    assert [(index.alias, index.first_name) for index in found] == [(name, f"{name}-v1") for name in "ebskwd"]
    assert [index.alias for index in indices.topic_indices(settings)] == ["e", "b", "s"]


def test_a_mapping_does_not_differ_from_itself() -> None:
    mapping = indices.mapping("bulletin-events")
    assert list(indices.differences(mapping, copy.deepcopy(mapping))) == []


def test_each_difference_is_named() -> None:
    wanted = indices.mapping("bulletin-events")
    found = copy.deepcopy(wanted)
    found["dynamic"] = "true"
    found["properties"]["amount"]["properties"]["value"]["type"] = "float"
    del found["properties"]["project"]["fields"]["text"]
    found["properties"]["extra"] = {"type": "keyword"}
    assert list(indices.differences(wanted, found)) == [
        "the mapping has dynamic='true', not 'strict'",
        "amount.value has type='float', not 'double'",
        "extra is unknown here",
        "project.text is missing",
    ]
