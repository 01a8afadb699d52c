"""`bulletins keys`: who may use the API where it listens beyond loopback."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer

from services.apikeys import Scope
from services.commands.columns import columns
from services.commands.common import fail, load_settings, write_lines

keys = typer.Typer(help="API keys: create, list, revoke, rotate.", no_args_is_help=True)
KeyId = Annotated[str, typer.Argument(metavar="ID", help="As `bulletins keys list` shows it.")]
Result = TypeVar("Result")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose it is.")],
    scope: Annotated[list[Scope], typer.Option(help="What it is good for; several may be given.")] = [Scope.READ],  # noqa: B006
    rate: Annotated[int, typer.Option(min=1, max=1_000_000, help="Requests a minute.")] = 600,
) -> None:
    """Make a key and print it. It is not shown again."""
    from services import keystore as store

    settings = load_settings()
    key, written = _told(lambda: store.create(settings, name, scope, rate))
    typer.echo(f"key {key.key_id} for {name} ({', '.join(key.scopes)}); it is not shown again:", err=True)
    write_lines([written])


@keys.command("list")
def list_keys() -> None:
    """All keys, without their secrets."""
    from services import keystore as store

    settings = load_settings()
    found = _told(lambda: store.listed(settings))
    rows = [("ID", "NAME", "SCOPES", "RATE", "MADE", "STATE")]
    for key in found:
        state = "good" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}"
        rows.append((key.key_id, key.name, ",".join(key.scopes), str(key.rate_per_minute), f"{key.created_at:%Y-%m-%d}", state))
    write_lines(columns(rows))


@keys.command()
def revoke(key_id: KeyId) -> None:
    """Make a key good for nothing, within seconds."""
    from services import keystore as store

    settings = load_settings()
    _told(lambda: store.revoke(settings, key_id))
    typer.echo(f"key {key_id} is revoked", err=True)


@keys.command()
def rotate(
    key_id: KeyId,
    grace_hours: Annotated[float, typer.Option(min=0, max=8760, help="So long the secret before stays good.")] = 24.0,
) -> None:
    """Give a key a new secret and print it."""
    from services import keystore as store

    settings = load_settings()
    _, written = _told(lambda: store.rotate(settings, key_id, timedelta(hours=grace_hours)))
    typer.echo(f"key {key_id} has a new secret, the one before is good for {grace_hours:g} h; it is not shown again:", err=True)
    write_lines([written])


def _told(action: Callable[[], Result]) -> Result:
    from services.keystore import KeysError

    try:
        return action()
    except KeysError as error:
        fail(str(error))
