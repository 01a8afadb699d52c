"""The indices: their aliases, their strict mappings (`schemas/index/`), and making the ones that are missing.

Everybody reads and writes by alias. Behind the alias `bulletin-events` stands the index `bulletin-events-v1`; a new mapping is a
new number, built beside the old one and swapped by alias.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch
from elasticsearch.serializer import OrjsonSerializer

from services.settings import PROJECT, Settings

MAPPINGS = PROJECT / "schemas" / "index"
FIRST = "-v1"


class IndexMismatch(Exception):
    """An index is there but is not the one that this version writes; the message says where they differ and what to do."""


@dataclass(frozen=True, slots=True)
class Index:
    """One kind of index. `kind` is the name of its mapping's file, `alias` what the settings call it."""

    kind: str
    alias: str

    @property
    def first_name(self) -> str:
        return self.alias + FIRST

    @property
    def mapping(self) -> dict[str, Any]:
        return mapping(self.kind)


def topic_indices(settings: Settings) -> list[Index]:
    """Those that hold what the topics say, and can be built anew from them."""
    return [
        Index("bulletin-events", settings.events_index),
        Index("bulletins", settings.bulletins_index),
        Index("bulletin-states", settings.states_index),
    ]


def all_indices(settings: Settings) -> list[Index]:
    return [*topic_indices(settings), Index("bulletin-keys", settings.keys_index)]


@lru_cache
def mapping(kind: str) -> dict[str, Any]:
    """The mapping of a kind of index, as it is put. Raises FileNotFoundError for an unknown kind."""
    loaded: dict[str, Any] = json.loads((MAPPINGS / f"{kind}.json").read_text("utf-8"))
    return loaded


def connect(settings: Settings, **options: Any) -> Elasticsearch:
    """A client by the settings, without retries of its own; `options` go to the client (`request_timeout` in seconds)."""
    password = settings.elasticsearch_password
    if settings.elasticsearch_username is not None and password is not None:
        options["basic_auth"] = (settings.elasticsearch_username, password.get_secret_value())
    # The standard library's JSON takes a quarter of the time of a bulk reply.
    return Elasticsearch(
        settings.elasticsearch_url, **{"request_timeout": 30, "max_retries": 0, "serializer": OrjsonSerializer(), **options}
    )


def ensure_indices(client: Elasticsearch, settings: Settings) -> list[str]:
    """Make the indices that are missing, each behind its alias, and check those that are there; gives the names of the new ones.

    Safe to run again and at the same time elsewhere. Raises IndexMismatch, and the client's errors where it does not answer.
    """
    return [index.first_name for index in all_indices(settings) if _ensure(client, index, settings)]


def _ensure(client: Elasticsearch, index: Index, settings: Settings) -> bool:
    created = False
    if not client.indices.exists_alias(name=index.alias):
        created = _create(client, index, settings)
    for name, found in client.indices.get_mapping(index=index.alias).items():
        problems = list(differences(index.mapping, found["mappings"]))
        if problems:
            raise IndexMismatch(
                f"index {name} behind the alias {index.alias} has another mapping than schemas/index/{index.kind}.json: "
                f"{'; '.join(problems[:5])}. `bulletins reindex` builds the next number beside it from the "
                f"topics and swaps the alias."
            )
    return created


def _create(client: Elasticsearch, index: Index, settings: Settings) -> bool:
    """True if the index was made now. Raises IndexMismatch where a name is taken."""
    try:
        client.indices.create(
            index=index.first_name,
            mappings=index.mapping,
            aliases={index.alias: {"is_write_index": True}},
            # One node holds what it has; with more, each shard has a copy.
            settings={"number_of_shards": settings.index_shards, "auto_expand_replicas": "0-1"},
        )
    except BadRequestError as error:
        # Another process made it between our look and our try.
        if error.error == "resource_already_exists_exception" and client.indices.exists_alias(name=index.alias):
            return False
        raise IndexMismatch(
            f"index {index.first_name} with the alias {index.alias} cannot be made: {error.message}: {_reason(error)}. "
            f"Give the alias to the index that is there, or delete it and have it filled again from the topics."
        ) from error
    return True


def _reason(error: BadRequestError) -> str:
    body = error.body
    return str(body.get("error", {}).get("reason", "")) if isinstance(body, dict) else ""


def differences(wanted: dict[str, Any], found: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where two mappings differ, a line each; none if they are the same."""
    for key in sorted({*wanted, *found} - {"properties", "fields"}):
        if wanted.get(key) != found.get(key):
            yield f"{path or 'the mapping'} has {key}={found.get(key)!r}, not {wanted.get(key)!r}"
    for group in ("properties", "fields"):
        ours, theirs = wanted.get(group, {}), found.get(group, {})
        for name in sorted({*ours, *theirs}):
            field = f"{path}.{name}" if path else name
            if name not in theirs:
                yield f"{field} is missing"
            elif name not in ours:
                yield f"{field} is unknown here"
            else:
                yield from differences(ours[name], theirs[name], field)
