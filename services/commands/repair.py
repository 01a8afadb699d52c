"""`bulletins replay`, `reconcile` and `dlq`: the operator's tools over the topics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.commands.common import EXIT_BAD_INPUT, EXIT_DIFFERENCES, complain, fail, load_settings, quiet_kafka, write_lines

if TYPE_CHECKING:
    from services.ops.dlq import Letter

dlq = typer.Typer(help="Dead letters: messages that could not be handled.", no_args_is_help=True)
RETRY_SECONDS = 2.0


def replay(
    bulletin_ids: Annotated[list[str] | None, typer.Argument(metavar="[BULLETIN_ID]...", help="These bulletins.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="All bulletins of this source.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All bulletins.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print which ones.")] = False,
) -> None:
    """Send bulletins to the extractor once more; prints their ids. Nothing doubles: ids come from content."""
    settings = load_settings()
    if everything == bool(bulletin_ids or source):
        fail("say which: bulletin ids, --source SOURCE_ID, or --all alone", EXIT_BAD_INPUT)
    quiet_kafka()
    from services.ops.journal import JournalError
    from services.ops.replay import Selection
    from services.ops.replay import replay as send

    try:
        sent = send(settings, Selection(everything, frozenset(bulletin_ids or ()), frozenset(source or ())), dry_run=dry_run)
    except JournalError as error:
        fail(str(error))
    write_lines(sent)
    complain(f"{len(sent)} bulletins {'would be sent' if dry_run else 'sent'} again")
    if missing := sorted(set(bulletin_ids or ()) - set(sent)):
        fail(f"not on the text topic, or replaced at its source by a newer text: {', '.join(missing)}")


def reconcile(
    wait: Annotated[float, typer.Option(help="Compare again for so many seconds until nothing differs.", min=0, max=86400)] = 0.0,
) -> None:
    """Compare topics, outcomes, dead letters and the index; lists every difference and then exits with 1."""
    settings = load_settings()
    quiet_kafka()
    import time

    from elastic_transport import TransportError
    from elasticsearch import ApiError

    from services.ops.journal import JournalError
    from services.ops.reconcile import reconcile as compare

    deadline = time.monotonic() + wait
    try:
        while True:
            summary, differences = compare(settings)
            if not differences or time.monotonic() + RETRY_SECONDS > deadline:
                break
            time.sleep(RETRY_SECONDS)
    except JournalError as error:
        fail(str(error))
    except (ApiError, TransportError) as error:
        fail(f"Elasticsearch at {settings.elasticsearch_url}: {error}")
    write_lines(f"{difference.kind}  {difference.subject}  {difference.detail}" for difference in differences)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary._asdict().items())
    complain(f"{counts}: {f'{len(differences)} differences' if differences else 'nothing differs'}")
    if differences:
        raise typer.Exit(EXIT_DIFFERENCES)


@dlq.command("list")
def list_letters(
    role: Annotated[list[str] | None, typer.Option("--type", help="text, an event type, or outcome; default: all.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="NDJSON with everything, bytes in base64.")] = False,
) -> None:
    """One line a dead letter: address, when, service, attempts, reason."""
    settings = load_settings()
    quiet_kafka()
    from services.ops import dlq as ops
    from services.ops.journal import JournalError

    try:
        write_lines(_as_json(letter) if as_json else _as_line(letter) for letter in ops.letters(settings, role or ()))
    except JournalError as error:
        fail(str(error))
    except KeyError as error:
        fail(f"--type {error.args[0]}: there is no such topic", EXIT_BAD_INPUT)


@dlq.command("show")
def show(address: Annotated[str, typer.Argument(help="TOPIC:PARTITION:OFFSET, as `dlq list` prints it.")]) -> None:
    """All of one dead letter: what failed, and the message as it was."""
    settings = load_settings()
    quiet_kafka()
    from services.ops import dlq as ops
    from services.ops.journal import JournalError

    try:
        letter = ops.find(settings, address)
    except ValueError as error:
        fail(str(error), EXIT_BAD_INPUT)
    except JournalError as error:
        fail(str(error))
    write_lines(_described(letter))


@dlq.command("replay")
def replay_letters(
    addresses: Annotated[list[str] | None, typer.Argument(metavar="[TOPIC:PARTITION:OFFSET]...")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that no --all has sent before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print which ones.")] = False,
) -> None:
    """Send the messages of dead letters to their topics once more; prints the letters' addresses."""
    settings = load_settings()
    if everything == bool(addresses):
        fail("say which: addresses from `bulletins dlq list`, or --all", EXIT_BAD_INPUT)
    quiet_kafka()
    from services.ops import dlq as ops
    from services.ops.journal import JournalError

    try:
        if everything:
            sent = ops.replay_new(settings, dry_run=dry_run)
        else:
            letters = [ops.find(settings, address) for address in addresses or ()]
            sent = [letter.address for letter in letters] if dry_run else ops.replay(settings, letters)
    except ValueError as error:
        fail(str(error), EXIT_BAD_INPUT)
    except JournalError as error:
        fail(str(error))
    write_lines(sent)
    complain(f"{len(sent)} messages {'would be sent' if dry_run else 'sent'} again")


def _as_json(letter: Letter) -> str:
    told: dict[str, Any] = json.loads(letter.letter.model_dump_json()) if letter.letter else {"trouble": letter.trouble}
    return json.dumps({"address": letter.address, **told}, ensure_ascii=False)


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
