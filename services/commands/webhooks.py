"""`bulletins webhooks`: who is sent new events by POST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from services.commands.columns import columns
from services.commands.common import EXIT_BAD_INPUT, fail, load_settings, write_lines

if TYPE_CHECKING:
    from services.api.webhooks.manage import Manager
    from services.api.webhooks.model import Webhook
    from services.settings import Settings

webhooks = typer.Typer(help="Webhooks: add, list, show, test, replay, enable, disable, rotate, remove.", no_args_is_help=True)
WebhookId = Annotated[str, typer.Argument(metavar="ID", help="As `bulletins webhooks list` shows it.")]
From = Annotated[str, typer.Option("--from", help="now, beginning, or a time (ISO 8601, with its zone).")]
Result = TypeVar("Result")


@webhooks.command()
def add(
    url: Annotated[str, typer.Argument(help="http or https; see BULLETINS_WEBHOOK_ALLOW for servers of one's own.")],
    given: Annotated[
        list[str] | None, typer.Option("--filter", "-f", metavar="NAME=VALUE", help="As for queries, for example stage=signed.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    start: From = "now",
) -> None:
    """Make a webhook, and print its id and its secret, which is not shown again."""
    filters = _filters(given or [])
    begin = _start(start)
    settings = load_settings()
    made = _run(lambda manager: manager.create(url, filters, description, begin), settings)
    if reminder := _reminder(url, settings):
        typer.echo(reminder, err=True)
    typer.echo(f"webhook {made.webhook_id} for {url}; its secret is not shown again:", err=True)
    write_lines([made.secrets[0].secret])


@webhooks.command("list")
def list_webhooks() -> None:
    """All webhooks."""
    found = _run(lambda manager: manager.store.listed())
    rows = [("ID", "STATE", "DELIVERED", "URL", "FILTER")]
    for webhook in found:
        rows.append((webhook.webhook_id, _state(webhook), str(webhook.now_at().delivered), webhook.url, webhook.filter))
    write_lines(columns(rows))


@webhooks.command()
def show(
    webhook_id: WebhookId,
    tries: Annotated[int, typer.Option(min=0, max=200, help="The last tries to deliver, too.")] = 10,
) -> None:
    """One webhook and its last tries, as JSON, one object a line."""
    import orjson

    from services.api.webhooks.routes import shown

    async def look(manager: Manager) -> tuple[Webhook, list[Any]]:
        webhook = await manager.store.get(webhook_id)
        return webhook, await manager.store.deliveries(webhook_id, tries, failed=False) if tries else []

    webhook, deliveries = _run(look)
    write_lines([orjson.dumps(shown(webhook)), *(orjson.dumps(one.model_dump(mode="json")) for one in deliveries)])


@webhooks.command()
def remove(webhook_id: WebhookId) -> None:
    """Delete a webhook."""
    _run(lambda manager: manager.store.delete(webhook_id))
    typer.echo(f"webhook {webhook_id} is removed", err=True)


@webhooks.command()
def replay(
    webhook_id: WebhookId,
    start: Annotated[str | None, typer.Option("--from", help="now, beginning, or a time (ISO 8601, with its zone).")] = None,
    after: Annotated[str | None, typer.Option(help="An id of the live stream: what follows that event.")] = None,
) -> None:
    """Deliver again what was published from a time on, or after an event."""
    if (start is None) == (after is None):
        fail("give either --from or --after", EXIT_BAD_INPUT)
    begin = None if start is None else _start(start)
    _run(lambda manager: manager.replay(webhook_id, begin, after))
    typer.echo(f"webhook {webhook_id} begins again", err=True)


@webhooks.command()
def enable(webhook_id: WebhookId) -> None:
    """Go on where it was, also after it was disabled."""
    _run(lambda manager: manager.change(webhook_id, enabled=True))
    typer.echo(f"webhook {webhook_id} is enabled", err=True)


@webhooks.command()
def disable(webhook_id: WebhookId) -> None:
    """Send nothing until it is enabled again; nothing is lost meanwhile."""
    _run(lambda manager: manager.change(webhook_id, enabled=False))
    typer.echo(f"webhook {webhook_id} is disabled", err=True)


@webhooks.command()
def rotate(
    webhook_id: WebhookId,
    grace_hours: Annotated[float, typer.Option(min=0, max=8760, help="So long messages are signed with both secrets.")] = 24.0,
) -> None:
    """Give a webhook a new secret and print it."""
    made = _run(lambda manager: manager.rotate(webhook_id, timedelta(hours=grace_hours)))
    typer.echo(f"webhook {webhook_id} has a new secret; it is not shown again:", err=True)
    write_lines([made.secrets[0].secret])


@webhooks.command()
def test(webhook_id: WebhookId) -> None:
    """Send one message of the type `test`; exits with 1 where it is not taken."""
    answer = _run(lambda manager: manager.test(webhook_id))
    if not answer.confirmed:
        fail(f"webhook {webhook_id}: {answer.error}")
    typer.echo(f"webhook {webhook_id}: status {answer.status} after {answer.seconds:.2f} s", err=True)


def _state(webhook: Webhook) -> str:
    if not webhook.enabled:
        return f"disabled: {webhook.disabled_reason}"
    progress = webhook.now_at()
    return "good" if progress.failing_since is None else f"failing since {progress.failing_since:%Y-%m-%d %H:%M}"


def _start(text: str) -> Any:
    if text in ("now", "beginning"):
        return text
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        fail(f"--from {text}: now, beginning, or a time with its zone, for example 2025-08-20T08:00+08:00", EXIT_BAD_INPUT)
    return found


def _filters(given: list[str]) -> Any:
    """The filter that NAME=VALUE pairs make; a name may come several times."""
    from pydantic import ValidationError

    from services.api.params import EventFilter

    several = {name for name, field in EventFilter.model_fields.items() if str(field.annotation).startswith("list")}
    values: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not equals:
            fail(f"--filter {pair}: write NAME=VALUE", EXIT_BAD_INPUT)
        if name in several:
            values.setdefault(name, []).append(value)
        else:
            values[name] = value
    try:
        return EventFilter.model_validate(values)
    except ValidationError as error:
        # What comes second is the place among values of the same name.
        first = error.errors()[0]
        fail(f"--filter {first['loc'][0]}: {first['msg'].removeprefix('Value error, ')}", EXIT_BAD_INPUT)


def _reminder(url: str, settings: Settings) -> str | None:
    """That the deliverer, too, has to be told of an address that is only good by the settings of this process."""
    from services.addresses import parse
    from services.api.webhooks import sender

    target = parse(url)
    if not sender.rule(settings).allows(target.host, target.port):
        return None
    return f"{target.host} is allowed by {sender.ALLOW} here; {sender.NEEDED_BY} need it"


def _run(action: Callable[[Manager], Awaitable[Result]], settings: Settings | None = None) -> Result:
    """Without `settings` they are loaded: by a command that has them already they would be complained of twice."""
    import asyncio

    from elastic_transport import TransportError
    from elasticsearch import ApiError, NotFoundError

    from services.api.index import Index
    from services.api.problems import GoneError, UnavailableError
    from services.api.webhooks.manage import Manager, RefusedError
    from services.api.webhooks.store import Store, UnknownWebhook

    settings = settings or load_settings()

    async def act() -> Result:
        index = Index(settings)
        try:
            return await action(Manager(settings, Store(index.client, settings)))
        finally:
            await index.close()

    try:
        return asyncio.run(act())
    except RefusedError as error:
        fail(f"{error.field}: {error}", EXIT_BAD_INPUT)
    except (UnknownWebhook, GoneError) as error:
        fail(str(error))
    except UnavailableError as error:
        fail(f"Kafka at {settings.kafka_bootstrap}: {error}")
    except NotFoundError as error:
        fail(f"Elasticsearch at {settings.elasticsearch_url}: {error}; `bulletins bootstrap` makes what is missing")
    except ApiError as error:
        fail(f"Elasticsearch at {settings.elasticsearch_url}: {error}")
    except TransportError as error:
        fail(f"Elasticsearch at {settings.elasticsearch_url} does not answer: {error}")
