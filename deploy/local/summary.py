"""What `make demo` tells at its end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from deploy.local.errors import StackError
from deploy.local.stack import Stack
from services.contracts import EVENT_TYPES

EXAMPLES = 3
QUOTE_CHARACTERS = 70

Get = Callable[..., dict[str, Any] | None]
# What makes a type's first events worth a look: the largest sums, the newest milestones and honours.
ORDER = {"investment_report": "-amount"}


def of_events(get: Get) -> str:
    """Events by type, and a few of each with what was read and the words it was read from."""
    lines = ["", "Events by type"]
    for kind in EVENT_TYPES:
        # Counted apart from the examples: sorted by amount, the list leaves out what has none.
        lines.append(f"  {kind:<20}{found(get, event_type=kind, limit=1)['total']:>5}")
    for kind in EVENT_TYPES:
        page = found(get, event_type=kind, limit=100, sort=ORDER.get(kind, "-published_on"))
        examples = list(different(page["items"]))[:EXAMPLES]
        lines += ["", f"Some of type {kind}"] if examples else []
        for event in examples:
            lines += [f"  {headline(event)}", f"      “{shortened(event['evidence']['quote'])}”"]
    return "\n".join(lines)


def found(get: Get, **parameters: str | int) -> dict[str, Any]:
    page = get("/v1/events", **parameters)
    if page is None:
        raise StackError("the API has no /v1/events: what answers there is not this project's API")
    return page


def different(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One event a fact: a bulletin tells the same in its headline, its lead and its article."""
    seen = set()
    for event in events:
        if event["fact_id"] not in seen:
            seen.add(event["fact_id"])
            yield event


def headline(event: dict[str, Any]) -> str:
    """The main fields of an event on one line."""
    match event["event_type"]:
        case "investment_report":
            amount = event["amount"]["text"] if event["amount"] else None
            parts = [amount, event["metric"], event["subject"]]
        case "project_milestone":
            count = f"{event['project_count']} projects" if event["project_count"] else None
            parts = [event["stage"], event["project"], count]
        case _:
            parts = [event["level"], event["honor"], event["rank"], event["recipient"]]
    when = (event["period"] or {}).get("text")
    return " · ".join(one_line(part) for part in (*parts, when, event["status"]) if part)


def one_line(text: str) -> str:
    return re.sub(r"\s+", "", text) if re.search(r"[一-鿿]", text) else text


def shortened(quote: str) -> str:
    text = one_line(quote)
    return text if len(text) <= QUOTE_CHARACTERS else text[: QUOTE_CHARACTERS - 1] + "…"


def where_things_are(stack: Stack) -> str:
    """Addresses, logs, and what to try next."""
    api = stack.api.url
    rows = [
        ("Query", f"curl '{api}/v1/events?event_type=project_milestone&stage=operational'"),
        ("Explore page", f"{api}/"),
        ("API documentation", f"{api}/docs"),
        ("Kafka", stack.kafka.bootstrap),
        ("Elasticsearch", stack.elasticsearch.url),
        ("Metrics", "  ".join(f"{service.name} {service.address}/metrics" for service in stack.services)),
        ("Logs", str(stack.watcher.process.log.parent)),
        ("Add a bulletin", f"put a .txt file into {stack.settings.folders()[0]}"),
    ]
    return "\n" + "\n".join(f"{name:<18} {value}" for name, value in rows)
