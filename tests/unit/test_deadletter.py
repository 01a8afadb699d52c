"""Dead letters keep the original whole and tell what went wrong."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from services import deadletter, topics
from services.contracts import DeadLetter

TEXT = topics.load()["text"]
ORIGINAL_HEADERS: list[tuple[str, bytes]] = [("ce_id", b"abc"), ("traceparent", b"00-1-2-01"), ("ce_id", b"said twice")]


def poison(**changes: object) -> DeadLetter:
    fields: dict[str, object] = {
        "service": "extractor",
        "error": ValueError("not JSON"),
        "topic": TEXT.name,
        "partition": 3,
        "offset": 0,
        "key": b"key",
        "value": b"\xff not UTF-8",
        "headers": ORIGINAL_HEADERS,
        **changes,
    }
    return deadletter.dead_letter(**fields)  # type: ignore[arg-type]


def read_back(letter: DeadLetter) -> DeadLetter:
    record = deadletter.to_record(letter)
    return deadletter.from_record(record.key, record.value, record.headers)


def test_the_original_is_untouched() -> None:
    record = deadletter.to_record(poison())
    assert record.topic == TEXT.dead_letter
    assert (record.key, record.value) == (b"key", b"\xff not UTF-8")
    assert record.headers[: len(ORIGINAL_HEADERS)] == ORIGINAL_HEADERS


def test_the_reason_stands_in_the_headers() -> None:
    headers = dict(deadletter.to_record(poison()).headers)
    assert headers["__connect.errors.topic"] == TEXT.name.encode()
    assert headers["__connect.errors.partition"] == b"3"
    assert headers["__connect.errors.offset"] == b"0"
    assert headers["__connect.errors.exception.class.name"] == b"ValueError"
    assert headers["__connect.errors.exception.message"] == b"not JSON"
    assert headers["__connect.errors.connector.name"] == b"extractor"
    assert headers["__connect.errors.attempts"] == b"1"


def test_reading_a_letter_back_gives_the_same() -> None:
    letter = poison()
    again = read_back(letter)
    assert again.failed_at is not None
    assert letter.failed_at is not None
    assert again.model_copy(update={"failed_at": None}) == letter.model_copy(update={"failed_at": None})
    assert abs((again.failed_at - letter.failed_at).total_seconds()) < 0.001


def test_an_empty_message_stays_empty_and_not_absent() -> None:
    assert read_back(poison(key=b"", value=b"")).value == b""
    assert read_back(poison(key=None, value=None)).value is None


def test_a_file_that_never_was_on_a_topic_has_no_partition() -> None:
    letter = poison(partition=None, offset=None, headers=None)
    assert "__connect.errors.partition" not in dict(deadletter.to_record(letter).headers)
    assert read_back(letter).partition is None
    assert read_back(letter).offset is None


def test_a_replayed_letter_that_fails_again_counts_its_attempts() -> None:
    letter = poison()
    for attempts in (2, 3, 4):
        replayed = deadletter.to_replay(letter)
        assert replayed.topic == TEXT.name
        assert (replayed.key, replayed.value) == (letter.key, letter.value)
        letter = poison(headers=replayed.headers)
        assert letter.attempts == attempts
        assert letter.headers == ORIGINAL_HEADERS


@pytest.mark.parametrize("nonsense", [b"", b"many", b"-5", b"9" * 5000, "３".encode()])
def test_a_nonsense_count_of_attempts_counts_as_none(nonsense: bytes) -> None:
    assert poison(headers=[(deadletter.ATTEMPTS, nonsense)]).attempts == 1


def test_a_long_error_message_is_cut_between_characters() -> None:
    letter = poison(error=ValueError("坏" * 100_000))
    assert len(letter.error_message.encode()) <= deadletter.MAX_ERROR_BYTES
    assert set(letter.error_message) == {"坏"}
    added = deadletter.to_record(letter).headers[len(ORIGINAL_HEADERS) :]
    assert sum(len(name) + len(content) for name, content in added) < topics.DEAD_LETTER_EXTRA_BYTES


def test_an_error_message_with_half_a_surrogate_pair_can_be_sent() -> None:
    assert dict(deadletter.to_record(poison(error=ValueError("\ud83d"))).headers)[deadletter.ERROR_MESSAGE] == b"?"


def test_a_null_header_becomes_an_empty_one() -> None:
    assert poison(headers=[("x", None)]).headers == [("x", b"")]


def test_a_message_of_a_dead_letter_topic_without_a_reason_is_refused() -> None:
    with pytest.raises(ValidationError, match="error_class"):
        deadletter.from_record(b"k", b"v", [(deadletter.TOPIC, TEXT.name.encode())])


def test_an_unknown_topic_has_no_dead_letters() -> None:
    with pytest.raises(KeyError, match="someone.elses"):
        deadletter.to_record(poison(topic="someone.elses"))
