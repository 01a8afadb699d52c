"""`bulletins status`: what runs on this machine, what waits and since when, what was given up, what the sources brought."""

from __future__ import annotations

import time
from collections import defaultdict

import typer

from services import broker
from services.commands.columns import columns, moment
from services.commands.common import complain, load_settings, quiet_kafka, write_lines
from services.settings import Settings

PROBE_SECONDS = 2.0


def status() -> None:
    """What runs, the lag, the oldest bulletin that waits, dead letters, sources; exits with 1 unless everything is ready."""
    settings = load_settings()
    quiet_kafka()
    ready = _programs(settings)
    ready = _progress(settings) and ready
    _sources(settings)
    if not ready:
        raise typer.Exit(1)


def _programs(settings: Settings) -> bool:
    """Whether all programs of the local stack are ready; servers elsewhere are none of its."""
    try:
        from deploy.local import stack
        from deploy.local.errors import StackError
    except ImportError:
        return True
    try:
        programs = stack.status(settings=settings)
    except StackError:
        complain(f"the servers are elsewhere: {settings.kafka_bootstrap}, {settings.elasticsearch_url}")
        return True
    rows = [("PROGRAM", "PID", "STATE", "ADDRESS", "LOG")]
    for program in programs:
        state = "ready" if program.ready else "stopped" if program.pid is None else "not ready"
        rows.append((program.name, str(program.pid or "-"), state, program.address, str(program.log)))
    write_lines(columns(rows))
    return all(program.ready for program in programs)


def _progress(settings: Settings) -> bool:
    from services.ops.journal import JournalError
    from services.ops.progress import progress

    if not _listens(settings):
        complain(f"no broker listens at {settings.kafka_bootstrap}")
        return False
    try:
        found = progress(settings)
    except JournalError as error:
        complain(str(error))
        return False
    now = time.time()
    rows = [("GROUP", "TOPIC", "WAITING", "OLDEST")]
    for item in found.waiting:
        rows.append((item.group, item.topic, str(item.messages), _ago(now - item.oldest) if item.oldest else "-"))
    write_lines(["", *columns(rows)])
    by_state: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (service, topic, reason, state), number in sorted(found.dead.items()):
        by_state[service, topic, reason].append(f"{number} {state}")
    letters = [("DEAD LETTERS OF", "TOPIC", "REASON", "STATE")]
    letters += [(*key, ", ".join(states)) for key, states in by_state.items()] or [("none", "", "", "")]
    write_lines(["", *columns(letters)])
    return True


def _listens(settings: Settings) -> bool:
    """Whether any of the brokers takes a connection: the client would wait ten seconds for one that is stopped."""
    try:
        broker.probe(settings.kafka_bootstrap.split(","), PROBE_SECONDS)
    except OSError:
        return False
    return True


def _sources(settings: Settings) -> None:
    from services.watcher.errors import ConfigurationError, StateUnusable
    from services.watcher.sources.catalogue import load
    from services.watcher.sources.overview import overview
    from services.watcher.state import STATE_FILE

    if not (settings.state_dir / STATE_FILE).exists():
        return
    try:
        found = overview(load(settings), settings, time.time())
    except (ConfigurationError, StateUnusable) as error:
        complain(str(error))
        return
    rows = [("SOURCE", "LAST READ", "LAST NEW", "NEEDS A LOOK")]
    for report, _ in found:
        rows.append(
            (
                report.source_id,
                moment(report.last_success) or "never",
                moment(report.last_new) or "never",
                ", ".join(report.alarms) or "-",
            )
        )
    write_lines(["", *columns(rows)])


def _ago(seconds: float) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{max(0, seconds):.0f} s"
