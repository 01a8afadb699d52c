"""A caller's bucket: a minute's worth at once, then as it fills."""

from __future__ import annotations

from services import apikeys
from services.api.limits import MOST_CALLERS, Limits


def test_a_minutes_worth_may_come_at_once_and_then_as_the_bucket_fills() -> None:
    limits = Limits()
    assert [limits.take("a", 3, 0.0).left for _ in range(3)] == [2, 1, 0]
    refused = limits.take("a", 3, 0.0)
    assert (refused.left, refused.wait) == (0, 20.0)
    assert limits.exhausted("a", 3, 19.9)
    assert not limits.exhausted("a", 3, 20.1)
    assert limits.take("a", 3, 20.1).wait == 0
    assert limits.take("a", 3, 20.2).wait > 0
    assert limits.take("a", 3, 1000.0).left == 2


def test_callers_do_not_share() -> None:
    limits = Limits()
    assert limits.take("a", 1, 0.0).wait == 0
    assert limits.take("a", 1, 0.0).wait > 0
    assert limits.take("b", 1, 0.0).wait == 0


def test_what_is_told_is_as_the_draft_writes_it() -> None:
    limits = Limits()
    assert limits.take("a", 2, 0.0).headers() == {"RateLimit-Policy": '"default";q=2;w=60', "RateLimit": '"default";r=1;t=30'}
    limits.take("a", 2, 0.0)
    assert limits.take("a", 2, 0.0).headers()["RateLimit"] == '"default";r=0;t=30'


def test_no_more_callers_are_remembered_than_fit() -> None:
    limits = Limits()
    for number in range(MOST_CALLERS + 5):
        limits.take(str(number), 1, 0.0)
    assert len(limits._buckets) == MOST_CALLERS
    assert not limits.exhausted("0", 1, 0.0)
    assert limits.exhausted("9", 1, 0.0)


def test_a_key_is_recognised_by_its_form_alone() -> None:
    key_id, secret = apikeys.new_id(), apikeys.new_secret()
    assert apikeys.parts(apikeys.written(key_id, secret)) == (key_id, secret)
    for wrong in (
        "",
        "bulletins1_",
        f"bulletins2_{key_id}_{secret}",
        apikeys.written(key_id, secret) + "x",
        "bulletins1_../x_" + secret,
    ):
        assert apikeys.parts(wrong) is None
