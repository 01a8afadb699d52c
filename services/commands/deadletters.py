"""`bulletins dlq`: messages that could not be handled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.commands.common import EXIT_BAD_INPUT, complain, fail, load_settings, quiet_kafka, write_lines
from services.commands.times import SINCE, UNTIL, in_utc

if TYPE_CHECKING:
    from services.ops.dlq import Filter, Letter
    from services.settings import Settings

dlq = typer.Typer(help="Dead letters: messages that could not be handled.", no_args_is_help=True)

Addresses = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TOPIC:PARTITION:OFFSET[-OFFSET]]...", help="As `dlq list` prints them; or a range of offsets."),
]
Roles = Annotated[list[str] | None, typer.Option("--type", help="text, an event type, or outcome.")]
Reasons = Annotated[list[str] | None, typer.Option("--reason", help="The error's name, for example MalformedMessage.")]
Services = Annotated[list[str] | None, typer.Option("--service", help="Who gave up: watcher, extractor, indexer.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print which ones.")]


@dlq.command("list")
def list_letters(
    role: Roles = None,
    reason: Reasons = None,
    service: Services = None,
    since: SINCE = None,
    until: UNTIL = None,
    state: Annotated[list[str] | None, typer.Option("--state", help="open, replayed, dropped; default: open.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="NDJSON with everything, bytes in base64.")] = False,
) -> None:
    """One line a dead letter: address, when, service, attempts, reason."""
    settings = load_settings()
    quiet_kafka()
    from services.ops import dlq as ops
    from services.ops.journal import JournalError

    try:
        states = [ops.State(one) for one in state or ["open"]]
    except ValueError:
        fail(f"--state: there are {', '.join(ops.State)}", EXIT_BAD_INPUT)
    chosen = _filter(role, reason, service, since, until)._replace(states=states)
    try:
        listed = Counted(_as_json(letter) if as_json else _as_line(letter) for letter in ops.letters(settings, chosen))
        write_lines(listed)
    except JournalError as error:
        fail(str(error))
    if not listed.count:
        asked = " that is asked for" if any(chosen._replace(states=())) else ""
        complain(f"no dead letter{asked} is {' or '.join(states)}")


@dlq.command("show")
def show(address: Annotated[str, typer.Argument(help="TOPIC:PARTITION:OFFSET, as `dlq list` prints it.")]) -> None:
    """All of one dead letter: what failed, and the message as it was."""
    settings = load_settings()
    quiet_kafka()
    write_lines(line for letter in _found(settings, [address]) for line in _described(letter))


@dlq.command("replay")
def replay_letters(
    addresses: Addresses = None,
    role: Roles = None,
    reason: Reasons = None,
    service: Services = None,
    since: SINCE = None,
    until: UNTIL = None,
    everything: Annotated[bool, typer.Option("--all", help="All open ones.")] = False,
    rate: Annotated[float | None, typer.Option("--rate", help="At most so many a second.", min=0.001)] = None,
    dry_run: DryRun = False,
) -> None:
    """Send the messages of open dead letters to their topics once more; prints the letters' addresses."""
    settings = load_settings()
    chosen = _filter(role, reason, service, since, until)
    _check_choice(addresses, chosen, everything)
    quiet_kafka()
    from services.ops import dlq as ops
    from services.ops.journal import JournalError

    try:
        found = _chosen(settings, addresses, chosen)
        if addresses and (refused := [letter for letter in found if letter.unsendable]):
            fail("; ".join(f"{letter.address}: {letter.unsendable}" for letter in refused))
        left: list[Letter] = []
        sendable = _sendable(found, left)
        sent = Counted(letter.address for letter in sendable) if dry_run else Counted(ops.replay(settings, sendable, rate))
        write_lines(sent)
    except JournalError as error:
        fail(str(error))
    for letter in left:
        complain(f"{letter.address} is left: {letter.unsendable}; `bulletins dlq drop {letter.address}` once it is dealt with")
    complain(f"{sent.count} messages {'would be sent' if dry_run else 'sent'} again")


@dlq.command("drop")
def drop_letters(
    addresses: Addresses = None,
    role: Roles = None,
    reason: Reasons = None,
    service: Services = None,
    since: SINCE = None,
    until: UNTIL = None,
    everything: Annotated[bool, typer.Option("--all", help="All open ones.")] = False,
    why: Annotated[str | None, typer.Option("--why", help="Kept beside the letter.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Mark open dead letters as dealt with: they are neither listed nor sent any more. They stay on their topic."""
    settings = load_settings()
    chosen = _filter(role, reason, service, since, until)
    _check_choice(addresses, chosen, everything)
    quiet_kafka()
    from services.ops import dlq as ops
    from services.ops.journal import JournalError

    try:
        found = _chosen(settings, addresses, chosen)
        dropped = Counted((letter.address for letter in found) if dry_run else ops.drop(settings, found, why))
        write_lines(dropped)
    except JournalError as error:
        fail(str(error))
    complain(f"{dropped.count} dead letters {'would be dropped' if dry_run else 'dropped'}")


class Counted:
    """An iterator that knows how much came out of it."""

    def __init__(self, items: Iterator[str]) -> None:
        self._items = items
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        for item in self._items:
            self.count += 1
            yield item


def _filter(
    roles: list[str] | None,
    reasons: list[str] | None,
    services: list[str] | None,
    since: datetime | None,
    until: datetime | None,
) -> Filter:
    from services import topics
    from services.ops.dlq import Filter

    for role in roles or ():
        if role not in topics.load().by_role:
            fail(f"--type {role}: there is no such topic; there are {', '.join(topics.load().by_role)}", EXIT_BAD_INPUT)
    return Filter(roles=roles or (), reasons=reasons or (), services=services or (), since=in_utc(since), until=in_utc(until))


def _check_choice(addresses: list[str] | None, chosen: Filter, everything: bool) -> None:
    ways = [bool(addresses), any(chosen), everything]
    if sum(ways) != 1:
        fail(
            "say which: addresses from `bulletins dlq list`; or --type, --reason, --service, --since, --until; or --all alone",
            EXIT_BAD_INPUT,
        )


def _chosen(settings: Settings, addresses: list[str] | None, chosen: Filter) -> Iterator[Letter] | list[Letter]:
    """Letters by their addresses, whatever was done with them; else the open ones."""
    from services.ops import dlq as ops

    if addresses:
        return _found(settings, addresses)
    return ops.letters(settings, chosen._replace(states=[ops.State.OPEN]))


def _found(settings: Settings, addresses: list[str]) -> list[Letter]:
    from services.ops import dlq as ops
    from services.ops.journal import JournalError

    try:
        return ops.find_all(settings, addresses)
    except ValueError as error:
        fail(str(error), EXIT_BAD_INPUT)
    except JournalError as error:
        fail(str(error))


def _sendable(found: Iterator[Letter] | list[Letter], left: list[Letter]) -> Iterator[Letter]:
    """Those that can be sent; the others go to `left`."""
    for letter in found:
        if letter.unsendable:
            left.append(letter)
        else:
            yield letter


def _as_json(letter: Letter) -> str:
    told: dict[str, Any] = json.loads(letter.letter.model_dump_json()) if letter.letter else {"trouble": letter.trouble}
    return json.dumps({"address": letter.address, "state": letter.state, **told}, ensure_ascii=False)


def _as_line(letter: Letter) -> str:
    from services.commands.present import clean

    when = datetime.fromtimestamp(letter.entry.timestamp_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
    if letter.letter is None:
        return f"{letter.address}  {when}  {letter.trouble}"
    told = letter.letter
    return f"{letter.address}  {when}  {told.service}  {told.attempts}×  {told.error_class}: {clean(told.error_message)[:200]}"


def _described(letter: Letter) -> Iterator[str]:
    entry = letter.entry
    yield _as_line(letter)
    if letter.letter is not None:
        yield f"from {letter.letter.topic} partition {letter.letter.partition} offset {letter.letter.offset}"
    for name, value in entry.headers:
        yield f"{name}: {_text(value)}"
    yield f"key: {_text(entry.key)}"
    yield f"value: {_text(entry.value)}"


def _text(value: bytes | None) -> str:
    """Bytes as text where they are text, else as Python writes bytes; either way nothing that steers a terminal."""
    if value is None:
        return "null"
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return repr(value)
    return "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in text)
