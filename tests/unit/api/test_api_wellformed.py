"""Addresses that no route can judge."""

from __future__ import annotations

from typing import get_origin

import pytest

from services.api import params
from services.api.wellformed import faults


@pytest.mark.parametrize(
    ("path", "query", "pointers"),
    [
        (b"/v1/events", b"", []),
        (b"/v1/events", b"limit=1&q=%E5%8C%BA&stage=signed&stage=started&&", []),
        (b"/v1/projects/%E5%8C%BA/timeline", b"region_code=410000&region_code=420000", []),
        (b"/v1/projects/%FF/timeline", b"", ["#/path"]),
        (b"/v1/events", b"q=a&q=b", ["#/query/q"]),
        (b"/v1/events", b"limit=1&%6cimit=2", ["#/query/limit"]),
        (b"/v1/events", b"cursor&cursor=", ["#/query/cursor"]),
        (b"/v1/events", b"q=%C9%CF%BD%D6&stage=%FF", ["#/query/q", "#/query/stage"]),
        (b"/v1/events", b"a%FF=x&b+c=%ED%A0%80", ["#/query/a%EF%BF%BD", "#/query/b%20c"]),
    ],
)
def test_bytes_that_are_no_text_and_values_too_many_are_pointed_at(path: bytes, query: bytes, pointers: list[str]) -> None:
    assert [fault.pointer for fault in faults(path, query)] == pointers


def test_a_parameter_takes_several_values_everywhere_or_nowhere() -> None:
    queries = [params.EventQuery, params.ExportQuery, params.FacetQuery, params.BulletinQuery, params.TimelineQuery]
    several = params.several()
    assert {"stage", "region_code", "fields", "field", "project_exact"} <= several
    for query in queries:
        for name, field in query.model_fields.items():
            assert (get_origin(field.annotation) is list) == (name in several), name
