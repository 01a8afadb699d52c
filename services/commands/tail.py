"""`bulletins tail`: events as they are published."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer

from services.commands.common import EXIT_BAD_INPUT, complain, fail, load_settings, quiet_kafka, write_lines
from services.commands.regions import codes
from services.places import below
from services.settings import Settings


class LineFormat(StrEnum):
    NDJSON = "ndjson"
    LINE = "line"


def tail(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="TYPE", help="investment_report, project_milestone, accolade, outcome, text; `events` for the first three."
        ),
    ],
    region: Annotated[
        str | None, typer.Option(help="A division with everything below, by name or six-digit code; or part of a place's name.")
    ] = None,
    stage: Annotated[str | None, typer.Option(help="Of project milestones, for example operational.")] = None,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Everything on the topic first.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Stop after so many.")] = None,
    form: Annotated[LineFormat, typer.Option("--format", help="line: short lines for people.")] = LineFormat.NDJSON,
) -> None:
    """Print messages of a topic as they come, until Ctrl-C."""
    import orjson

    from services.commands import present
    from services.contracts import Stage

    settings = load_settings()
    if stage is not None and stage not in list(Stage):
        fail(f"--stage {stage}: there is no such stage; there are {', '.join(Stage)}", EXIT_BAD_INPUT)
    quiet_kafka()
    shown = 0

    def lines() -> Iterator[str | bytes]:
        nonlocal shown
        for value in _messages(settings, _names(kind), from_beginning):
            try:
                message: Any = orjson.loads(value)
            except orjson.JSONDecodeError as error:
                complain(f"left out a message that is no JSON: {error}")
                continue
            if isinstance(message, dict) and passes(message, region, stage):
                yield value if form is LineFormat.NDJSON else present.line(message)
                shown += 1
                if shown == limit:
                    return

    write_lines(lines())


def passes(message: dict[str, Any], region: str | None, stage: str | None) -> bool:
    """Whether a message is asked for."""
    if stage is not None and message.get("stage") != stage:
        return False
    if region is None or region in str(message.get("region") or ""):
        return True
    code = str(message.get("region_code") or "")
    return any(code.startswith(below(one)) for one in codes(region))


def _names(kind: str) -> list[str]:
    from services import topics

    listed = topics.load()
    if kind == "events":
        return [topic.name for topic in listed.events()]
    if kind not in listed.by_role:
        fail(f"there is no type {kind!r}; there are events, {', '.join(listed.by_role)}", EXIT_BAD_INPUT)
    return [listed[kind].name]


def _messages(settings: Settings, names: list[str], from_beginning: bool) -> Iterator[bytes]:
    """The values of these topics until the stop flag is set."""
    from services.lifecycle import StopFlag
    from services.ops import journal

    stop = StopFlag().install()
    try:
        client = journal.consumer(settings)
        try:
            partitions = journal.partitions(client, names)
            client.assign(partitions)
            (client.seek_to_beginning if from_beginning else client.seek_to_end)(*partitions)
            while not stop:
                for records in client.poll(timeout_ms=200).values():
                    yield from (record.value for record in records if record.value is not None)
        finally:
            client.close(autocommit=False)
    except journal.JournalError as error:
        fail(str(error))
