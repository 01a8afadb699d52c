"""The `bulletins` command. Each command lives in services/commands and imports what it needs when it runs."""

from __future__ import annotations

import typer

from services.commands import (
    credentials,
    deadletters,
    extract,
    keys,
    processes,
    reindex,
    repair,
    search,
    snapshots,
    sources,
    stack,
    status,
    tail,
    webhooks,
)

app = typer.Typer(
    name="bulletins",
    help="Turns the bulletins of district governments into typed events that point at their words.",
    no_args_is_help=True,
    add_completion=False,
    # A traceback is for a defect; it must be complete and must not print local variables, which may hold secrets.
    pretty_exceptions_enable=False,
)
READ = "Read"
STACK = "Local stack"
SERVICES = "Services"
REPAIR = "Operate"
app.command(rich_help_panel=READ)(extract.extract)
app.command(rich_help_panel=READ)(search.search)
app.command(rich_help_panel=READ)(tail.tail)
app.command(rich_help_panel=STACK)(stack.up)
app.command(rich_help_panel=STACK)(stack.down)
app.command(rich_help_panel=STACK)(status.status)
app.command(rich_help_panel=SERVICES)(processes.watch)
app.command(rich_help_panel=SERVICES)(processes.worker)
app.command(rich_help_panel=SERVICES)(processes.index)
app.command(rich_help_panel=SERVICES)(processes.api)
app.command(rich_help_panel=SERVICES)(processes.deliver)
app.command(rich_help_panel=SERVICES)(processes.bootstrap)
app.command(rich_help_panel=SERVICES)(credentials.credentials)
app.command(rich_help_panel=REPAIR)(sources.sources)
app.command(rich_help_panel=REPAIR)(repair.replay)
app.command(rich_help_panel=REPAIR)(repair.reconcile)
app.command(rich_help_panel=REPAIR)(reindex.reindex)
app.command(rich_help_panel=REPAIR)(snapshots.backup)
app.command(rich_help_panel=REPAIR)(snapshots.restore)
app.add_typer(keys.keys, name="keys", rich_help_panel=REPAIR)
app.add_typer(webhooks.webhooks, name="webhooks", rich_help_panel=REPAIR)
app.add_typer(deadletters.dlq, name="dlq", rich_help_panel=REPAIR)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
