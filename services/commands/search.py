"""`bulletins search`: ask the HTTP API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from services.commands.common import EXIT_BAD_INPUT, Format, complain, fail, load_settings, write_lines

if TYPE_CHECKING:
    from services.client import Client

# The most that the API gives at once.
PAGE = 1000
# Who waits at a terminal would rather be told.
RETRIES = 1
# Parameters of the API whose option is called otherwise; the others are written with hyphens.
OPTIONS = {"q": "WORDS", "event_type": "--type", "region_code": "--region"}


def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words of the quote; all must occur.")] = None,
    event_type: Annotated[
        list[str] | None, typer.Option("--type", help="investment_report, project_milestone, accolade.")
    ] = None,
    stage: Annotated[list[str] | None, typer.Option(help="Of project milestones.")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Of investment reports.")] = None,
    level: Annotated[list[str] | None, typer.Option(help="Of accolades.")] = None,
    status: Annotated[str | None, typer.Option(help="actual or planned.")] = None,
    region: Annotated[
        str | None, typer.Option(help="A division with everything below, by name or six-digit code; or words of a place's name.")
    ] = None,
    project: Annotated[str | None, typer.Option(help="Words of the project's name.")] = None,
    organization: Annotated[str | None, typer.Option(help="Words of the builder's or owner's name.")] = None,
    recipient: Annotated[str | None, typer.Option(help="Words of the name of who was honoured.")] = None,
    bulletin_id: Annotated[str | None, typer.Option(help="Of one bulletin.")] = None,
    amount_min: Annotated[float | None, typer.Option(help="Yuan.")] = None,
    amount_max: Annotated[float | None, typer.Option(help="Yuan.")] = None,
    period_from: Annotated[str | None, typer.Option(help="YYYY-MM-DD; the fact's time reaches this day.")] = None,
    period_to: Annotated[str | None, typer.Option(help="YYYY-MM-DD; the fact's time begins before or on this day.")] = None,
    published_from: Annotated[str | None, typer.Option(help="YYYY-MM-DD.")] = None,
    published_to: Annotated[str | None, typer.Option(help="YYYY-MM-DD.")] = None,
    sort: Annotated[
        str | None, typer.Option(help="published_on, amount, period_end (- before it: descending), position.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many events.")] = 20,
    form: Annotated[Format, typer.Option("--format")] = Format.NDJSON,
    api: Annotated[
        str | None, typer.Option(help="Address of the API; by default BULLETINS_API_URL, or where the settings have it listen.")
    ] = None,
) -> None:
    """Find events by the HTTP API. Where it asks for a key, set BULLETINS_API_KEY."""
    from services.commands import present
    from services.commands.regions import codes

    divisions = codes(region) if region else []
    parameters = {
        "q": " ".join(words or []) or None,
        "event_type": event_type,
        "stage": stage,
        "metric": metric,
        "level": level,
        "status": status,
        "region_code": divisions,
        "region": None if divisions else region,
        "project": project,
        "organization": organization,
        "recipient": recipient,
        "bulletin_id": bulletin_id,
        "amount_min": amount_min,
        "amount_max": amount_max,
        "period_from": period_from,
        "period_to": period_to,
        "published_from": published_from,
        "published_to": published_to,
        "sort": sort,
    }
    given = {name: value for name, value in parameters.items() if value not in (None, [])}
    with _client(api) as client:
        found = _events(client, given, limit)
        if form is Format.TABLE:
            write_lines(present.table(list(found)))
        else:
            write_lines(json.dumps(event, ensure_ascii=False) for event in found)


def _client(api: str | None) -> Client:
    """By the settings; ends the command where they or the address given make no sense."""
    from services.client import Client

    settings = load_settings()
    if api is not None:
        settings = settings.model_copy(update={"api_url": api})
    try:
        return Client.from_settings(settings, retries=RETRIES)
    except ValueError as error:
        fail(f"{error}; look at --api, BULLETINS_API_URL and BULLETINS_API_KEY", EXIT_BAD_INPUT)


def _option(parameter: str) -> str:
    return OPTIONS.get(parameter, f"--{parameter.replace('_', '-')}")


def _events(client: Client, parameters: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    """At most `limit`. Ends the command where the API cannot be asked or refuses; says how many more there are."""
    from services.client import ApiError, ApiProblem, UnreachableError
    from services.client.errors import name
    from services.contracts import json_dict

    given = 0
    try:
        for page in client.events(page_size=min(limit, PAGE), **parameters).pages():
            events = page.items[: limit - given]
            yield from map(json_dict, events)
            given += len(events)
            if given >= limit:
                if page.total > given:
                    complain(f"{given} of {page.total} events; more with --limit")
                return
    except ApiProblem as problem:
        if problem.status == 422 and problem.errors:
            wrong = "; ".join(f"{_option(name(error))}: {error.detail}" for error in problem.errors)
            fail(f"the API says {problem.status} {problem.title}: {wrong}", EXIT_BAD_INPUT)
        hint = "; set BULLETINS_API_KEY" if problem.status == 401 else ""
        fail(f"the API says {problem}{hint}", EXIT_BAD_INPUT if problem.status == 422 else 1)
    except UnreachableError as error:
        fail(f"{error}; start it (bulletins up, or bulletins api) or give --api")
    except ApiError as error:
        fail(f"{error}; give its address with --api")
