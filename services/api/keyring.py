"""The API's look at the keys: by id, remembered for some seconds."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

from elasticsearch import AsyncElasticsearch, NotFoundError

from services.apikeys import ApiKey

# So long a revoked key may still work, and an unknown one is not asked for again.
REMEMBER_SECONDS: Final = 10.0
MOST_REMEMBERED: Final = 10_000


class Keyring:
    def __init__(self, client: AsyncElasticsearch, index: str) -> None:
        self._client = client
        self._index = index
        self._seen: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()

    async def find(self, key_id: str) -> ApiKey | None:
        """The key with this id. Raises what the client raises where the index does not answer."""
        now = time.monotonic()
        seen = self._seen.get(key_id)
        if seen is not None and now - seen[0] < REMEMBER_SECONDS:
            return seen[1]
        try:
            found = ApiKey.model_validate((await self._client.get(index=self._index, id=key_id))["_source"])
        except NotFoundError:
            # No such key, or no such index: either way it is good for nothing.
            found = None
        self._seen[key_id] = (now, found)
        self._seen.move_to_end(key_id)
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        return found
