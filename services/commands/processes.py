"""The long-running services and the one-shot bootstrap, as commands."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated

import typer

from services.commands.common import fail, read_settings
from services.settings import Settings, misspelt


def _run(service: Callable[[Settings], int], settings: Settings) -> None:
    raise typer.Exit(service(settings))


def _start(service: str) -> Settings:
    import logging

    from services import tracing
    from services.telemetry import configure_logging

    settings = read_settings()
    configure_logging(settings.log_level, settings.log_format)
    for sentence in misspelt(os.environ):
        logging.getLogger(__name__).warning(sentence)
    try:
        tracing.configure(settings, service)
    except tracing.TracingError as error:
        fail(str(error))
    return settings


def watch(
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Only these, by their ids.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End when all files that are there now are confirmed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would be published and why, one JSON object a file or page.")
    ] = False,
    pages: Annotated[int, typer.Option(help="With --dry-run: pages of each site, at most.", min=1)] = 20,
) -> None:
    """Watch folders and sites, and publish new and changed bulletins."""
    settings = _start("watcher")
    from services.watcher.main import run

    raise typer.Exit(run(settings, once=once, dry_run=dry_run, sources=sources or (), most_pages=pages))


def worker() -> None:
    """Read bulletins from Kafka and emit their events."""
    settings = _start("extractor")
    from services.extractor.worker import run

    _run(run, settings)


def index() -> None:
    """Write events, bulletins and outcomes to Elasticsearch."""
    settings = _start("indexer")
    from services.indexer.main import run

    _run(run, settings)


def api() -> None:
    """Serve the HTTP API."""
    settings = _start("api")
    from services.api.main import run

    _run(run, settings)


def deliver() -> None:
    """Deliver new events to webhooks."""
    settings = _start("deliverer")
    from services.api.webhooks.deliverer import run

    _run(run, settings)


def bootstrap(
    wait: Annotated[float, typer.Option(help="Seconds to wait for each server.", min=0, max=3600)] = 60.0,
) -> None:
    """Make the topics and indices that are missing. Safe to run again at any time."""
    settings = _start("bootstrap")
    from services.ops.bootstrap import BootstrapError
    from services.ops.bootstrap import bootstrap as make

    try:
        make(settings, wait)
    except BootstrapError as error:
        fail(str(error))
