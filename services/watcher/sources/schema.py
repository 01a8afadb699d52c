"""`python -m services.watcher.sources.schema` writes schemas/sources.json, with which editors check a file of sources."""

from __future__ import annotations

import json
import sys
from typing import Final

from services.settings import PROJECT
from services.watcher.sources.model import Sources

FILE: Final = PROJECT / "schemas" / "sources.json"


def content() -> str:
    schema = Sources.model_json_schema(mode="validation")
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:bulletins:sources", **schema}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(content(), "utf-8")
    print(f"wrote {FILE}", file=sys.stderr)
