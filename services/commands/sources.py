"""`bulletins sources`: what each source brought, and which need a look."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.common import EXIT_BAD_INPUT, EXIT_DIFFERENCES, fail, load_settings, write_lines

if TYPE_CHECKING:
    from services.watcher.sources.health import Report


def sources(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a source, with the pages that cannot be read.")
    ] = False,
) -> None:
    """Show when each source was last read, what it brought against what is expected, and alarms. Exit code 1 if there is any."""
    settings = load_settings()
    from services.watcher.errors import ConfigurationError, StateUnusable
    from services.watcher.sources.catalogue import load
    from services.watcher.sources.overview import overview

    try:
        found = overview(load(settings), settings, time.time())
    except ConfigurationError as error:
        fail(str(error), EXIT_BAD_INPUT)
    except StateUnusable as error:
        fail(str(error))
    if as_json:
        write_lines(json.dumps(_object(report, failing), ensure_ascii=False) for report, failing in found)
    else:
        _print_table([report for report, _ in found])
    if any(report.alarms for report, _ in found):
        raise typer.Exit(EXIT_DIFFERENCES)


def _object(report: Report, failing: list[tuple[str, str]]) -> dict[str, object]:
    told = report._asdict()
    for name in ("last_visit", "last_success", "last_new"):
        told[name] = _moment(told[name])
    return {**told, "alarms": dict(report.alarms), "pages": [{"source_uri": uri, "problem": problem} for uri, problem in failing]}


def _print_table(reports: list[Report]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("source", "last read", "last new", "new / expected", "failing pages", "needs a look")
    for report in reports:
        counted = "" if report.expected is None else f"{report.new_in_period} / {report.expected} in {_days(report)} d"
        alarms = "; ".join(f"{name}: {reason}" for name, reason in report.alarms.items()) or report.problem or ""
        table.add_row(
            escape(report.source_id),
            _moment(report.last_success) or "never",
            _moment(report.last_new) or "never",
            counted,
            str(report.failing_pages),
            escape("".join(character if character.isprintable() else " " for character in alarms)),
        )
    Console().print(table)


def _days(report: Report) -> str:
    return f"{(report.period_seconds or 0) / 86400:g}"


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
