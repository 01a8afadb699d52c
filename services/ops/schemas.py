"""`python -m services.ops.schemas` writes schemas/jsonschema and schemas/asyncapi.yaml from the models and the topic list."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter

from services import contracts
from services.ops import asyncapi
from services.settings import PROJECT

DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS = PROJECT / "schemas"
GENERATED = "# Written by `python -m services.ops.schemas` from schemas/topics.yaml and services/contracts.py: change those.\n"
# A file's name without its ending, and the model whose JSON it tells.
MODELS: dict[str, type[BaseModel] | TypeAdapter[Any]] = {
    "bulletin": contracts.Bulletin,
    "investment_report": contracts.InvestmentReport,
    "project_milestone": contracts.ProjectMilestone,
    "accolade": contracts.Accolade,
    "event": contracts.EVENT_ADAPTER,
    "outcome": contracts.Outcome,
    "dead_letter": contracts.DeadLetter,
}


def json_schema(name: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a message as it is written. Raises KeyError for an unknown name."""
    model = MODELS[name]
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    schema = adapter.json_schema(mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        _require_constants(part)
    return {"$schema": DIALECT, "$id": f"urn:bulletins:v{contracts.SCHEMA_VERSION}:{name}", **schema}


def _require_constants(schema: dict[str, Any]) -> None:
    """The discriminator and the version have a default in Python, but a message without them cannot be told apart."""
    constants = [name for name, field in schema.get("properties", {}).items() if "const" in field]
    if constants:
        schema["required"] = sorted({*schema.get("required", ()), *constants}, key=list(schema["properties"]).index)


def files() -> dict[Path, str]:
    """Every generated file, by its path below schemas/, with its whole content."""
    generated = {
        Path("jsonschema") / f"{name}.json": json.dumps(json_schema(name), ensure_ascii=False, indent=2) + "\n" for name in MODELS
    }
    generated[Path("asyncapi.yaml")] = GENERATED + yaml.dump(
        asyncapi.document(), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=130
    )
    return generated


class _Dumper(yaml.SafeDumper):
    """Paragraphs as block text, and no anchors: AsyncAPI tools read references of their own."""

    def ignore_aliases(self, _data: object) -> bool:
        return True

    def text(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _Dumper.text)


def write(folder: Path = SCHEMAS) -> list[Path]:
    """Write every generated file below `folder`; gives those whose content changed."""
    changed = []
    for path, content in files().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_text("utf-8") != content:
            target.write_text(content, "utf-8")
            changed.append(target)
    return changed


if __name__ == "__main__":
    for path in write():
        print(f"wrote {path}", file=sys.stderr)
