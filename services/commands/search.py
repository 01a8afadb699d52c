"""`bulletins search`: ask the HTTP API."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from services.commands.common import EXIT_BAD_INPUT, Format, complain, fail, load_settings, write_lines

PAGE = 1000
TIMEOUT_SECONDS = 30


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
    api: Annotated[str | None, typer.Option(help="Address of the API; by default where the settings have it listen.")] = None,
) -> None:
    """Find events by the HTTP API."""
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
    given = {name: value for name, value in parameters.items() if value}
    found = _events(api or _address(), given, limit)
    if form is Format.TABLE:
        write_lines(present.table(list(found)))
    else:
        write_lines(json.dumps(event, ensure_ascii=False) for event in found)


def _address() -> str:
    settings = load_settings()
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.api_host, settings.api_host)
    return f"http://{host}:{settings.api_port}"


def _events(api: str, parameters: dict[str, Any], limit: int) -> Iterator[dict[str, Any]]:
    """Page by page, at most `limit`. Ends the command where the API cannot be asked or refuses; says how many more there are."""
    given = 0
    cursor: str | None = None
    while True:
        page = {"limit": min(limit - given, PAGE), **parameters, **({"cursor": cursor} if cursor else {})}
        reply = _get(f"{api.rstrip('/')}/v1/events?{urllib.parse.urlencode(page, doseq=True)}")
        yield from reply["items"]
        given += len(reply["items"])
        cursor = reply["next"]
        if cursor is None:
            return
        if given >= limit:
            complain(f"{given} of {reply['total']} events; more with --limit")
            return


def _get(url: str) -> Any:
    if not url.startswith(("http://", "https://")):
        fail(f"--api {url}: the address of the API begins with http:// or https://", EXIT_BAD_INPUT)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        fail(_problem(error), EXIT_BAD_INPUT if error.code == 422 else 1)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = getattr(error, "reason", error)
        fail(
            f"the API does not answer at {url.split('/v1/')[0]} ({reason}); start it (bulletins up, or bulletins api) or give --api"
        )
    except ValueError:
        fail(f"what answers at {url.split('/v1/')[0]} is not the API; give its address with --api")


def _problem(error: urllib.error.HTTPError) -> str:
    """What a problem document says, on one line."""
    try:
        problem = json.load(error)
        places = "; ".join(f"{item['pointer'].rsplit('/', 1)[-1]}: {item['detail']}" for item in problem["errors"])
        return f"the API says {error.code}: {places or problem['detail']}"
    except (ValueError, KeyError, TypeError):
        return f"the API says {error.code} {error.reason}"
