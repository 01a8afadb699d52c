"""API keys in the index: made, listed, revoked, rotated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from elastic_transport import TransportError
from elasticsearch import ApiError, ConflictError, Elasticsearch, NotFoundError

from services import apikeys, indices
from services.apikeys import ApiKey, Scope
from services.settings import Settings

MOST_KEYS = 10_000


class KeysError(Exception):
    """The index does not answer, or there is no such key; the message says what to do."""


def create(settings: Settings, name: str, scopes: list[Scope], rate_per_minute: int) -> tuple[ApiKey, str]:
    """A new key, and how its owner writes it: it cannot be shown again. Raises KeysError."""
    secret = apikeys.new_secret()
    key = ApiKey(
        key_id=apikeys.new_id(),
        name=name,
        digest=apikeys.digest(secret),
        scopes=sorted(set(scopes)),
        rate_per_minute=rate_per_minute,
        created_at=datetime.now(UTC),
    )
    with _client(settings) as client:
        indices.ensure_indices(client, settings)
        client.create(index=settings.keys_index, id=key.key_id, document=_document(key), refresh=True)
    return key, apikeys.written(key.key_id, secret)


def listed(settings: Settings) -> list[ApiKey]:
    """All keys, revoked ones too, the oldest first. Raises KeysError."""
    with _client(settings) as client:
        answer = client.search(index=settings.keys_index, size=MOST_KEYS, sort=[{"created_at": "asc"}])
        return [ApiKey.model_validate(hit["_source"]) for hit in answer["hits"]["hits"]]


def revoke(settings: Settings, key_id: str) -> ApiKey:
    """Good no more; a running API knows within seconds. Raises KeysError."""
    return _change(settings, key_id, revoked_at=datetime.now(UTC))


def rotate(settings: Settings, key_id: str, grace: timedelta) -> tuple[ApiKey, str]:
    """A new secret for a key; the one before stays good for `grace`. Raises KeysError."""
    secret = apikeys.new_secret()
    with _client(settings) as client:
        before = ApiKey.model_validate(_stored(client, settings, key_id)["_source"])
    if before.revoked_at is not None:
        raise KeysError(f"key {key_id} was revoked; make a new one")
    changed = _change(
        settings,
        key_id,
        digest=apikeys.digest(secret),
        previous_digest=before.digest,
        previous_until=datetime.now(UTC) + grace,
    )
    return changed, apikeys.written(key_id, secret)


def any_good(settings: Settings) -> bool | None:
    """Whether there is a key that is not revoked; None where the index does not answer."""
    try:
        return any(key.revoked_at is None for key in listed(settings))
    except KeysError:
        return None


def _change(settings: Settings, key_id: str, **changes: Any) -> ApiKey:
    with _client(settings) as client:
        stored = _stored(client, settings, key_id)
        key = ApiKey.model_validate({**stored["_source"], **changes})
        try:
            client.index(
                index=settings.keys_index,
                id=key_id,
                document=_document(key),
                if_seq_no=stored["_seq_no"],
                if_primary_term=stored["_primary_term"],
                refresh=True,
            )
        except ConflictError as error:
            raise KeysError(f"key {key_id} was changed at the same time; look at `bulletins keys list` and try again") from error
    return key


def _stored(client: Elasticsearch, settings: Settings, key_id: str) -> Any:
    try:
        return client.get(index=settings.keys_index, id=key_id)
    except NotFoundError as error:
        raise KeysError(f"there is no key {key_id}; `bulletins keys list` shows all") from error


def _document(key: ApiKey) -> dict[str, Any]:
    return key.model_dump(mode="json")


@contextmanager
def _client(settings: Settings) -> Iterator[Elasticsearch]:
    client = indices.connect(settings)
    try:
        yield client
    except NotFoundError as error:
        raise KeysError(f"the index {settings.keys_index} does not exist; `bulletins bootstrap` makes it") from error
    except (ApiError, TransportError, indices.IndexMismatch) as error:
        raise KeysError(f"Elasticsearch at {settings.elasticsearch_url}: {error}") from error
    finally:
        client.close()
