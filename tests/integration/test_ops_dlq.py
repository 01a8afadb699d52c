"""Dead letters on a real broker: listed, shown, sent again, dropped."""

from __future__ import annotations

from services import deadletter, topics
from services.ops import dlq
from services.ops.dlq import Filter, State
from services.settings import Settings
from tests.integration.test_ops import all_of, run, send

TEXT = topics.load()["text"]


def letter(
    settings: Settings,
    value: bytes = b"\xff\x1b[2J",
    error: Exception | None = None,
    headers: list[tuple[str, bytes]] | None = None,
    service: str = "extractor",
) -> None:
    told = deadletter.dead_letter(
        service=service,
        error=error or ValueError("no JSON\x1b[2J"),
        topic=TEXT.name,
        partition=0,
        offset=0,
        key=b"k",
        value=value,
        headers=headers,
    )
    send(settings, tuple(deadletter.to_record(told)))  # type: ignore[arg-type]


def test_are_listed_shown_and_sent_again_once(settings: Settings, empty_topics: None) -> None:
    letter(settings)
    send(settings, (topics.load()["outcome"].dead_letter, None, b"whence?", []))
    listed = run(settings, "dlq", "list").stdout.splitlines()
    assert len(listed) == 2
    assert all(line.isprintable() for line in listed)
    [address] = [line.split()[0] for line in listed if "ValueError: no JSON" in line]
    assert len(run(settings, "dlq", "list", "--type", "text").stdout.splitlines()) == 1

    shown = run(settings, "dlq", "show", address)
    assert shown.exit_code == 0
    assert "value: b'\\xff\\x1b[2J'" in shown.stdout
    assert "\x1b" not in shown.stdout

    assert run(settings, "dlq", "replay", "--all", "--dry-run").stdout.split() == [address]
    assert all_of(settings, "text") == []
    assert run(settings, "dlq", "replay", "--all").stdout.split() == [address]
    assert run(settings, "dlq", "replay", "--all").stdout.split() == []
    [sent] = all_of(settings, "text")
    assert (sent.key, sent.value) == (b"k", b"\xff\x1b[2J")
    assert dict(sent.headers) == {deadletter.ATTEMPTS: b"1"}

    assert run(settings, "dlq", "replay", address).stdout.split() == [address]
    assert len(all_of(settings, "text")) == 2


def test_are_chosen_by_topic_reason_range_and_time_and_dropped_ones_are_done_with(settings: Settings, empty_topics: None) -> None:
    for number in range(6):
        letter(settings, b"%d" % number, ValueError("no") if number % 2 else KeyError("no"))
    name = TEXT.dead_letter
    assert run(settings, "dlq", "drop", f"{name}:0:1-2", "--why", "known").stdout.split() == [f"{name}:0:1", f"{name}:0:2"]
    assert run(settings, "dlq", "drop", "--reason", "ValueError", "--type", "outcome").stdout == ""
    assert run(settings, "dlq", "replay", "--reason", "ValueError", "--rate", "1000").stdout.split() == [
        f"{name}:0:3",
        f"{name}:0:5",
    ]
    assert [entry.value for entry in all_of(settings, "text")] == [b"3", b"5"]
    assert run(settings, "dlq", "replay", "--all", "--until", "2001-01-01").exit_code == 2
    assert run(settings, "dlq", "replay", "--until", "2001-01-01").stdout == ""

    states = {found.entry.value: found.state for found in dlq.letters(settings)}
    opened, replayed, dropped = State.OPEN, State.REPLAYED, State.DROPPED
    assert states == {b"0": opened, b"1": dropped, b"2": dropped, b"3": replayed, b"4": opened, b"5": replayed}
    assert len(run(settings, "dlq", "list").stdout.splitlines()) == 2
    assert len(run(settings, "dlq", "list", "--state", "dropped", "--state", "replayed").stdout.splitlines()) == 4
    assert run(settings, "dlq", "drop", "--since", "2001-01-01T00:00", "--dry-run").stdout.split() == [
        f"{name}:0:0",
        f"{name}:0:4",
    ]


def test_a_file_that_was_turned_down_is_left_with_a_word_what_to_do(settings: Settings, empty_topics: None) -> None:
    letter(
        settings, b"%PDF", headers=[("ce_type", b"bulletins.rejected.v1.0"), ("ce_source", b"file:a/b.txt")], service="watcher"
    )
    letter(settings, b"{}")
    [file, message] = [found.address for found in dlq.letters(settings)]
    refused = run(settings, "dlq", "replay", f"{TEXT.dead_letter}:0:0-1")
    assert refused.exit_code == 1
    assert "it is no message but file:a/b.txt, which the watcher turned down" in refused.stderr
    assert all_of(settings, "text") == []
    sent = run(settings, "dlq", "replay", "--all")
    assert (sent.exit_code, sent.stdout.split()) == (0, [message])
    assert f"{file} is left: it is no message but file:a/b.txt" in sent.stderr
    assert [entry.value for entry in all_of(settings, "text")] == [b"{}"]
    assert run(settings, "dlq", "drop", file).exit_code == 0
    assert run(settings, "dlq", "replay", "--all").stderr.count("\n") == 1


def test_json_has_everything(settings: Settings, empty_topics: None) -> None:
    letter(settings)
    [found] = dlq.letters(settings, Filter(roles=["text"]))
    line = run(settings, "dlq", "list", "--json").stdout
    assert f'"address": "{found.address}", "state": "open"' in line
    assert '"value": "_xtbMko="' in line


def test_one_that_is_not_there_is_told(settings: Settings, empty_topics: None) -> None:
    address = f"{TEXT.dead_letter}:0:99"
    for command in ("show", "replay", "drop"):
        shown = run(settings, "dlq", command, address)
        assert shown.exit_code == 1
        assert f"there is no dead letter at {address}" in shown.stderr


def test_one_that_does_not_tell_its_topic_is_not_sent(settings: Settings, empty_topics: None) -> None:
    send(settings, (TEXT.dead_letter, None, b"whence?", []))
    shown = run(settings, "dlq", "replay", f"{TEXT.dead_letter}:0:0")
    assert shown.exit_code == 1
    assert "do not tell what failed" in shown.stderr
    assert all_of(settings, "text") == []
