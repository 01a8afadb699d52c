"""`bulletins reindex`: new indices from the topics, swapped in while queries go on."""

from __future__ import annotations

from typing import Annotated

import typer

from services.commands.common import EXIT_DIFFERENCES, complain, fail, load_settings, quiet_kafka, write_lines
from services.commands.repair import PROOF_SECONDS, compare


def reindex(
    delete_old: Annotated[bool, typer.Option("--delete-old", help="Delete the old indices once nothing differs.")] = False,
) -> None:
    """Build the indices anew from the topics, beside those that serve, and swap them by alias; then compare as `reconcile` does.

    Queries and indexers go on. The old indices stay, read-only. Prints a line for each alias.
    """
    settings = load_settings()
    quiet_kafka()
    from elastic_transport import TransportError
    from elasticsearch import ApiError
    from kafka.errors import KafkaError

    from services.indexer.rebuild import RebuildError, rebuild, remove
    from services.lifecycle import StopFlag
    from services.ops import dlq
    from services.ops.journal import JournalError

    try:
        swaps = rebuild(settings, dlq.positions(settings), StopFlag().install())
        write_lines(f"{swap.alias}  {','.join(swap.old)} -> {swap.new}" for swap in swaps)
        _, found = compare(settings, PROOF_SECONDS)
        if delete_old and not found:
            remove(settings, swaps)
    except (RebuildError, JournalError) as error:
        fail(str(error))
    except (KafkaError, ApiError, TransportError) as error:
        fail(f"{type(error).__name__}: {error}; the indices that the aliases name serve on")
    write_lines(f"{difference.kind}  {difference.subject}  {difference.detail}" for difference in found)
    complain(f"{len(found)} differences" if found else "nothing differs")
    if found:
        raise typer.Exit(EXIT_DIFFERENCES)
