"""The indices: their aliases, their strict mappings (`schemas/index/`), and making the ones that are missing.

Everybody reads and writes by alias. Behind the alias `bulletin-events` stands the index `bulletin-events-v1`; a new mapping is a
new number, built beside the old one and swapped by alias.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

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


class Swap(NamedTuple):
    """An alias, the indices that it named and the one that it names now."""

    alias: str
    old: list[str]
    new: str


def topic_indices(settings: Settings) -> list[Index]:
    """Those that hold what the topics say, and can be built anew from them."""
    return [
        Index("bulletin-events", settings.events_index),
        Index("bulletins", settings.bulletins_index),
        Index("bulletin-states", settings.states_index),
    ]


def kept_indices(settings: Settings) -> list[Index]:
    """Those whose documents are on no topic."""
    return [
        Index("bulletin-keys", settings.keys_index),
        Index("bulletin-webhooks", settings.webhooks_index),
        Index("bulletin-deliveries", settings.deliveries_index),
    ]


def all_indices(settings: Settings) -> list[Index]:
    return [*topic_indices(settings), *kept_indices(settings)]


@lru_cache
def mapping(kind: str) -> dict[str, Any]:
    """The mapping of a kind of index, as it is put. Raises FileNotFoundError for an unknown kind."""
    loaded: dict[str, Any] = json.loads((MAPPINGS / f"{kind}.json").read_text("utf-8"))
    return loaded


def connect(settings: Settings, **options: Any) -> Elasticsearch:
    """A client by the settings, without retries of its own; `options` go to the client (`request_timeout` in seconds)."""
    return Elasticsearch(settings.elasticsearch_url, **{"request_timeout": 30, **client_options(settings), **options})


def client_options(settings: Settings) -> dict[str, Any]:
    """What every client is made with: login, whom to trust, no retries of its own."""
    # The standard library's JSON takes a quarter of the time of a bulk reply.
    options: dict[str, Any] = {"max_retries": 0, "serializer": OrjsonSerializer()}
    if settings.elasticsearch_password is not None:
        options["basic_auth"] = (settings.elasticsearch_username, settings.elasticsearch_password.get_secret_value())
    if settings.elasticsearch_api_key is not None:
        options["api_key"] = settings.elasticsearch_api_key.get_secret_value()
    if settings.elasticsearch_ca is not None:
        options["ca_certs"] = str(settings.elasticsearch_ca)
    return options


def ensure_indices(client: Elasticsearch, settings: Settings, wanted: Sequence[Index] | None = None) -> list[str]:
    """Make the indices that are missing, each behind its alias, and check those that are there; gives the names of the new ones.

    `wanted`: those alone; by default all. Safe to run again and at the same time elsewhere. Raises IndexMismatch, and the client's
    errors where it does not answer.
    """
    wanted = all_indices(settings) if wanted is None else wanted
    return [index.first_name for index in wanted if _ensure(client, index, settings)]


def next_name(client: Elasticsearch, alias: str) -> str:
    """The name of the next number of an index, after all that are there."""
    taken = [name.rpartition("-v")[2] for name in client.indices.get(index=f"{alias}-v*", expand_wildcards="all")]
    return f"{alias}-v{max((int(text) for text in taken if text.isdigit()), default=0) + 1}"


def serving(client: Elasticsearch, alias: str) -> list[str]:
    """The indices that an alias names; none where there is no such alias."""
    return sorted(client.indices.get_alias(name=alias)) if client.indices.exists_alias(name=alias) else []


def outrank(client: Elasticsearch, swap: Swap) -> None:
    """Give the new index a primary term that is higher than any of the old ones.

    An indexer that runs on writes only over what it read, named by sequence number and primary term. What it read before the swap
    must never be taken for the write that has the same number in the new index. Opening an index makes its term grow.
    """
    while swap.old and min(_terms(client, [swap.new])) <= max(_terms(client, swap.old)):
        client.indices.close(index=swap.new)
        client.indices.open(index=swap.new)


def _terms(client: Elasticsearch, names: list[str]) -> list[int]:
    """The primary terms of all shards of these indices."""
    state = client.cluster.state(metric="metadata", index=names, filter_path="metadata.indices.*.primary_terms")
    return [int(term) for found in state["metadata"]["indices"].values() for term in found["primary_terms"].values()]


def swap(client: Elasticsearch, swaps: Iterable[Swap], building: str = "") -> None:
    """Point every alias at its new index, all in one request. `building`: the suffix of an alias that the new ones lose by it."""
    actions: list[dict[str, dict[str, object]]] = []
    for alias, old, new in swaps:
        actions += [{"remove": {"index": name, "alias": alias}} for name in old]
        if building:
            actions.append({"remove": {"index": new, "alias": alias + building}})
        actions.append({"add": {"index": new, "alias": alias, "is_write_index": True}})
    client.indices.update_aliases(actions=actions)


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
