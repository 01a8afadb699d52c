"""`bulletins backup` and `restore`: the indices as Elasticsearch's snapshots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from services.commands.common import EXIT_BAD_INPUT, complain, fail, load_settings, write_lines

Result = TypeVar("Result")


def backup(
    name: Annotated[str | None, typer.Argument(help="Of the snapshot; by default bulletins-DATE-TIME.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Only show what is there.")] = False,
) -> None:
    """Snapshot all indices while everything goes on; prints the snapshot's name."""
    if name and show:
        fail("a name or --list, not both", EXIT_BAD_INPUT)
    settings = load_settings()
    from services.ops import snapshots

    if show:
        found = _told(lambda: snapshots.snapshots(settings))
        write_lines(f"{item.name}  {item.state}  {item.started:%Y-%m-%dT%H:%M:%SZ}  {','.join(item.indices)}" for item in found)
        return
    made = _told(lambda: snapshots.backup(settings, name, complain))
    write_lines([made.name])


def restore(
    name: Annotated[str, typer.Argument(help="As `bulletins backup --list` shows it.")],
    with_keys: Annotated[
        bool,
        typer.Option(
            "--with-keys", help="Also API keys and webhooks that are there: one that was revoked or removed since is good again."
        ),
    ] = False,
) -> None:
    """Restore a snapshot beside what serves, then point the aliases at it; prints a line for each. Queries go on.

    The indices that served before stay, read-only.
    """
    settings = load_settings()
    from services.ops import snapshots

    swaps = _told(lambda: snapshots.restore(settings, name, complain, with_keys=with_keys))
    write_lines(f"{swap.alias}  {','.join(swap.old) or '(none)'} -> {swap.new}" for swap in swaps)
    complain("what came after the snapshot is sent again by `bulletins reconcile --repair`")


def _told(action: Callable[[], Result]) -> Result:
    from services.ops.snapshots import SnapshotError

    try:
        return action()
    except SnapshotError as error:
        fail(str(error))
