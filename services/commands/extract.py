"""`bulletins extract`: events of files, without any server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.commands.common import EXIT_BAD_INPUT, Format, complain, write_lines

if TYPE_CHECKING:
    from services.contracts import Bulletin


def extract(
    names: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="Text, Markdown, HTML, PDF or Word (.docx); - is standard input.")
    ],
    form: Annotated[Format, typer.Option("--format")] = Format.NDJSON,
    explain: Annotated[bool, typer.Option("--explain", help="Say for each sentence why it gave what it gave.")] = False,
) -> None:
    """Print the events of bulletins, one JSON object a line. Needs no server."""
    unusable: list[str] = []
    bulletins = _bulletins(names, unusable)
    if explain:
        write_lines(_explained(bulletins))
    elif form is Format.TABLE:
        from services.commands import present

        read = [_events(bulletin) for bulletin in bulletins]
        # Headings alone say that a bulletin has no event: not where none could be read.
        write_lines(present.table([event for events in read for event in events]) if read else ())
    else:
        import orjson

        write_lines(orjson.dumps(event) for bulletin in bulletins for event in _events(bulletin))
    if unusable:
        raise typer.Exit(EXIT_BAD_INPUT)


def _bulletins(names: list[str], unusable: list[str]) -> Iterator[Bulletin]:
    """Those that can be read; the others are told on standard error and added to `unusable`."""
    from services.commands.files import UnusableFile, bulletin_of

    for name in names:
        try:
            yield bulletin_of(name)
        except UnusableFile as error:
            complain(f"{name}: {error}")
            unusable.append(name)


def _events(bulletin: Bulletin) -> list[dict[str, Any]]:
    from services.contracts import json_dict
    from services.extractor.extract import extract as read

    return [json_dict(event) for event in read(bulletin).events]


def _explained(bulletins: Iterator[Bulletin]) -> Iterator[str]:
    from services.extractor.explain import explain

    for bulletin in bulletins:
        yield bulletin.source_uri
        yield from explain(bulletin)
