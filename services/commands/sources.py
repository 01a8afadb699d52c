"""`bulletins sources`: what each source brought, and which need a look."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from services.commands.columns import columns, moment
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
        write_lines(columns(list(_rows([report for report, _ in found]))))
    if any(report.alarms for report, _ in found):
        raise typer.Exit(EXIT_DIFFERENCES)


def _object(report: Report, failing: list[tuple[str, str]]) -> dict[str, object]:
    told = report._asdict()
    for name in ("last_visit", "last_success", "last_new"):
        told[name] = moment(told[name])
    return {**told, "alarms": dict(report.alarms), "pages": [{"source_uri": uri, "problem": problem} for uri, problem in failing]}


def _rows(reports: list[Report]) -> Iterator[tuple[str, ...]]:
    yield ("SOURCE", "LAST READ", "LAST NEW", "NEW/EXPECTED", "FAILING", "NEEDS A LOOK")
    for report in reports:
        counted = "-" if report.expected is None else f"{report.new_in_period}/{report.expected} in {_days(report)} d"
        yield (
            report.source_id,
            moment(report.last_success) or "never",
            moment(report.last_new) or "never",
            counted,
            str(report.failing_pages),
            "; ".join(f"{name}: {reason}" for name, reason in report.alarms.items()) or report.problem or "-",
        )


def _days(report: Report) -> str:
    return f"{(report.period_seconds or 0) / 86400:g}"
