"""`python -m services.api.openapi` writes schemas/openapi.json: what the API says of itself at /openapi.json."""

from __future__ import annotations

import json
from pathlib import Path

from services.api.app import create_app
from services.settings import PROJECT, Settings

FILE = PROJECT / "schemas" / "openapi.json"


def text() -> str:
    """The whole file. The document does not depend on the settings."""
    return json.dumps(create_app(Settings()).openapi(), ensure_ascii=False, indent=1) + "\n"


def write(file: Path = FILE) -> None:
    file.write_text(text(), "utf-8")


if __name__ == "__main__":
    write()
