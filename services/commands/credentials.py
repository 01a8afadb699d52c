"""`bulletins credentials`: certificates and passwords for a stack on one host, once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.commands.common import complain, fail


def credentials(
    folder: Annotated[Path, typer.Argument(help="Gets a folder for each of those that use them.")],
    roles: Annotated[Path, typer.Option(help="Elasticsearch's roles.", exists=True, dir_okay=False)],
    host: Annotated[list[str], typer.Option(help="A name or address that Elasticsearch is reached by.")] = [  # noqa: B006
        "elasticsearch",
        "localhost",
        "127.0.0.1",
    ],
) -> None:
    """Make certificates, passwords and tokens at the first start; later starts change nothing. Empty the folder for new ones."""
    try:
        from services.ops.credentials import make
    except ImportError as error:
        fail(f"{error.name} is missing: pip install 'bulletins[credentials]'")
    try:
        made = make(folder, roles, host)
    except OSError as error:
        fail(f"cannot write credentials: {error}")
    complain(f"credentials: {'made in' if made else 'are there already in'} {folder}")
