"""`bulletins replay` and `reconcile`: read bulletins again, prove that nothing is missing, send what is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.common import EXIT_BAD_INPUT, EXIT_DIFFERENCES, complain, fail, load_settings, quiet_kafka, write_lines
from services.commands.times import SINCE, UNTIL, in_utc

if TYPE_CHECKING:
    from services.ops.ledger import Ledger
    from services.ops.reconcile import Difference
    from services.settings import Settings

RETRY_SECONDS = 2.0
# What is sent again takes a while to arrive; and may show a further difference, which is mended in its turn.
PROOF_SECONDS = 60.0
REPAIRS = 3


def replay(
    bulletin_ids: Annotated[list[str] | None, typer.Argument(metavar="[BULLETIN_ID]...", help="These bulletins.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="All bulletins of this source.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All bulletins.")] = False,
    since: SINCE = None,
    until: UNTIL = None,
    rate: Annotated[float | None, typer.Option("--rate", help="At most so many a second.", min=0.001)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print which ones.")] = False,
) -> None:
    """Send bulletins to the extractor once more; prints their ids. Nothing doubles: ids come from content."""
    settings = load_settings()
    if everything == bool(bulletin_ids or source or since or until):
        fail("say which: bulletin ids, --source SOURCE_ID, --since and --until; or --all alone", EXIT_BAD_INPUT)
    if bulletin_ids and source:
        fail("bulletin ids or --source, not both", EXIT_BAD_INPUT)
    quiet_kafka()
    from services.ops.journal import JournalError
    from services.ops.replay import Selection
    from services.ops.replay import replay as send

    try:
        selection = Selection(everything, frozenset(bulletin_ids or ()), frozenset(source or ()), in_utc(since), in_utc(until))
        sent = send(settings, selection, rate=rate, dry_run=dry_run)
    except JournalError as error:
        fail(str(error))
    write_lines(sent)
    complain(f"{len(sent)} bulletins {'would be sent' if dry_run else 'sent'} again")
    if missing := sorted(set(bulletin_ids or ()) - set(sent)):
        fail(f"not on the text topic then, or replaced at its source by a newer text: {', '.join(missing)}")


def reconcile(
    wait: Annotated[float, typer.Option(help="Compare again for so many seconds until nothing differs.", min=0, max=86400)] = 0.0,
    repair: Annotated[bool, typer.Option("--repair", help="Send what is missing again, then prove that it arrived.")] = False,
) -> None:
    """Compare topics, outcomes, dead letters and the index; lists every difference and then exits with 1."""
    settings = load_settings()
    quiet_kafka()
    from elastic_transport import TransportError
    from elasticsearch import ApiError

    from services.ops.journal import JournalError
    from services.ops.reconcile import summary

    try:
        ledger, found = compare(settings, wait)
        for _ in range(REPAIRS if repair else 0):
            if not found or not _mend(settings, ledger, found):
                break
            ledger, found = compare(settings, max(wait, PROOF_SECONDS))
    except JournalError as error:
        fail(str(error))
    except (ApiError, TransportError) as error:
        fail(f"Elasticsearch at {settings.elasticsearch_url}: {error}")
    write_lines(f"{difference.kind}  {difference.subject}  {difference.detail}" for difference in found)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in summary(ledger)._asdict().items())
    complain(f"{counts}: {f'{len(found)} differences' if found else 'nothing differs'}")
    if found:
        raise typer.Exit(EXIT_DIFFERENCES)


def compare(settings: Settings, seconds: float) -> tuple[Ledger, list[Difference]]:
    """Again and again until nothing differs or the time is over."""
    from services.ops.ledger import gather
    from services.ops.reconcile import differences

    deadline = time.monotonic() + seconds
    while True:
        ledger = gather(settings)
        found = list(differences(ledger))
        if not found or time.monotonic() + RETRY_SECONDS > deadline:
            return ledger, found
        time.sleep(RETRY_SECONDS)


def _mend(settings: Settings, ledger: Ledger, found: list[Difference]) -> bool:
    """Whether anything could be done about the differences."""
    from services.indexer.retract import retract
    from services.lifecycle import StopFlag
    from services.ops.repair import send_missing, wanted

    want = wanted(ledger, found)
    if not any(want):
        return False
    sent = send_missing(settings, want)
    if want.sweeps:
        retract(settings, want.sweeps, StopFlag())
    complain(f"{len(found)} differences: {sent} messages sent again, {len(want.sweeps)} bulletins' events in the index looked at")
    return True
