"""What the sender makes of answers, over real connections to a receiver on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from services.addresses import AddressRule
from services.api.webhooks.sender import MAX_RETRY_AFTER, MOST_BYTES, Answer, Sender
from tests.integration.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def post(receiver: Receiver) -> Answer:
    sender = Sender(AddressRule(["127.0.0.1"], "BULLETINS_WEBHOOK_ALLOW"))
    return sender.post(f"{receiver.url}/hook", {"webhook-id": "x"}, b"{}")


def date(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [
        ("7", 7, 7),
        ("999999999999", MAX_RETRY_AFTER, MAX_RETRY_AFTER),
        (date(3000), 1000, 3000),
        (date(100_000), MAX_RETRY_AFTER, MAX_RETRY_AFTER),
        (date(-60), 0, 0),
        ("Fri, 31 Dec 9999 23:59:59 -2359", MAX_RETRY_AFTER, MAX_RETRY_AFTER),
        ("soon", 0, 0),
        ("-5", 0, 0),
        ("", 0, 0),
    ],
)
def test_what_a_receiver_asks_to_wait_is_read_and_bounded(receiver: Receiver, asked: str, least: float, most: float) -> None:
    receiver.status, receiver.headers = 503, {"Retry-After": asked}
    answer = post(receiver)
    assert (answer.status, answer.confirmed) == (503, False)
    assert least <= answer.wait <= most


def test_an_answer_that_is_too_long_is_no_confirmation_and_names_no_setting(receiver: Receiver) -> None:
    receiver.headers = {"X-Long": "x" * (MOST_BYTES + 1000)}
    answer = post(receiver)
    assert (answer.status, answer.error) == (None, f"ReplyTooLarge: the answer has more than {MOST_BYTES} bytes")
    receiver.headers = {"X-Long": "x" * (MOST_BYTES // 2)}
    assert post(receiver).confirmed
