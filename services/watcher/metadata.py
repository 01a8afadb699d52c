"""What is said about a bulletin beside its text: a YAML front matter, or a sidecar file `NAME.meta.yaml`."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final

import yaml
from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from services.contracts import RegionCode
from services.watcher.errors import InvalidMetadata
from services.watcher.masthead import find_date
from services.watcher.sources.region import known_code

SIDECAR_SUFFIX: Final = ".meta.yaml"
# Four short values.
MAX_METADATA_BYTES: Final = 16 * 1024
# PyYAML 6 takes time quadratic in the depth, 0.6 s for 3000 brackets, and then the interpreter's stack is used up.
_MAX_DEPTH: Final = 20
_FRONT_MATTER: Final = re.compile(r"---[ \t]*\n(?P<yaml>.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_NULLS: Final = frozenset({"", "~", "null"})


def _absent(value: object) -> object:
    return None if isinstance(value, str) and value.strip() in _NULLS else value


def _day(value: object) -> object:
    """A date in any form that a bulletin itself may have; a time of day behind it is dropped."""
    if not isinstance(value, str) or value.strip() in _NULLS:
        return _absent(value)
    day = find_date(value.strip(), whole=True)
    if day is None:
        raise ValueError("not a date such as 2024-11-29")
    return day


def _division(code: str | None) -> str | None:
    """An invented code would stand in every event of the bulletin, and no query for a place would find them."""
    return None if code is None else known_code(code)


class Metadata(BaseModel):
    """What a sidecar says. Every field may be missing; an unknown one is an error, so that a misspelt one is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: Annotated[str | None, BeforeValidator(_absent)] = Field(default=None, max_length=1000)
    publisher: Annotated[str | None, BeforeValidator(_absent)] = Field(default=None, max_length=500)
    published_on: Annotated[date | None, BeforeValidator(_day)] = Field(
        default=None, validation_alias=AliasChoices("published_on", "date")
    )
    region_code: Annotated[RegionCode | None, BeforeValidator(_absent), AfterValidator(_division)] = None


class FrontMatter(Metadata):
    """The same at the head of the text. Site generators put fields of their own there, so unknown ones are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def read_sidecar(raw: bytes, name: str) -> Metadata:
    """The metadata in the file `name`. Raises InvalidMetadata."""
    check_size(len(raw), name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidMetadata(f"{name} is not UTF-8 at byte {error.start}") from error
    data = _parsed(text, name)
    return Metadata() if data is None else _checked(Metadata, data, name)


def check_size(size: int, name: str) -> None:
    """Raises InvalidMetadata."""
    if size > MAX_METADATA_BYTES:
        raise InvalidMetadata(f"{name} has more than {MAX_METADATA_BYTES} bytes")


def split_front_matter(text: str) -> tuple[Metadata | None, str]:
    """The front matter and the text behind it, which alone is the bulletin. Raises InvalidMetadata.

    Two rules of dashes are no front matter unless a mapping stands between them.
    """
    if not text.startswith("---"):
        return None, text
    found = _FRONT_MATTER.match(text, 0, MAX_METADATA_BYTES)
    if found is None:
        return None, text
    data = _parsed(found["yaml"], "the front matter")
    if not isinstance(data, dict):
        return None, text
    return _checked(FrontMatter, data, "the front matter"), text[found.end() :]


def _parsed(text: str, where: str) -> Any:
    try:
        return yaml.load(text, Loader=_ShallowLoader)
    except yaml.YAMLError as error:
        raise InvalidMetadata(f"{where} is not YAML: {_one_line(error)}") from error


class _ShallowLoader(yaml.BaseLoader):
    """Makes text of every scalar: safe as SafeLoader, and 410106 stays a code, and 2024-13-45 gets our message."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.YAMLError(f"nested more than {_MAX_DEPTH} deep")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _checked(model: type[Metadata], data: object, where: str) -> Metadata:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Metadata.model_fields)
        raise InvalidMetadata(f"{where}: {field or 'value'}: {first['msg']}; the fields are {known}") from error


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
