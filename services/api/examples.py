"""Examples for the OpenAPI document."""

from __future__ import annotations

import json
from typing import Any

from services.settings import PROJECT

EXAMPLES = PROJECT / "schemas" / "examples"


def messages(role: str) -> list[dict[str, Any]]:
    """The real example messages of a topic."""
    return [json.loads(path.read_text("utf-8")) for path in sorted((EXAMPLES / role).glob("*.json"))]


def content(values: dict[str, Any]) -> dict[str, Any]:
    """Named examples of a reply."""
    return {"content": {"application/json": {"examples": {name: {"value": value} for name, value in values.items()}}}}
