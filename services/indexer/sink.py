"""Requests to Elasticsearch that are tried for as long as it is away, and a verdict on each document.

Bulk requests are built from bytes: the client's helpers reach 0.28 (`helpers.bulk`) and 0.46 (`parallel_bulk`) of what raw
requests on two connections do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import orjson
from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch

from services.indexer.metrics import BULK_SECONDS
from services.indexer.patience import Patience

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# One request holds at most this much; Elasticsearch takes 100 MB, but works best below 15 and must hold each in its heap.
REQUEST_BYTES: Final = 5 * 1024 * 1024
REPLY: Final = ["errors", "items.*._id", "items.*.status", "items.*.error"]
REPLY_SEQUENCE: Final = [*REPLY, "items.*._seq_no", "items.*._primary_term"]
PAGE: Final = 5000
CONFLICT: Final = 409
REJECTED: Final = 400
TOO_LARGE: Final = 413
NOT_FOUND: Final = 404


class Operation(NamedTuple):
    """One item of a bulk request. `lines` are its action and, unless it deletes, its document, each with its line end."""

    document_id: str
    lines: bytes

    @classmethod
    def of(cls, document_id: str, action: Mapping[str, Any], source: bytes | None = None) -> Operation:
        head = orjson.dumps(action) + b"\n"
        return cls(document_id, head if source is None else head + source + b"\n")


class Verdict(NamedTuple):
    """What became of an operation. `status` is 2xx, 404 (nothing to delete), 409 (another version stands there) or 400 (never)."""

    status: int
    seq_no: int = -1
    primary_term: int = -1
    reason: str = ""

    @property
    def stored(self) -> bool:
        return self.status < 300


WRITTEN: Final = Verdict(200)


class Away(Exception):
    """Elasticsearch cannot do it now; the same request may succeed later."""


class Sink:
    """`patience` decides how long to wait between tries; it raises Stopped when the service is to end."""

    def __init__(self, client: Elasticsearch, patience: Patience) -> None:
        self._client = client
        self._patience = patience

    def bulk(self, operations: Sequence[Operation], sequence: bool = False) -> list[Verdict]:
        """Write all of them; a verdict each, in the same order, and with its sequence number where that is asked for.

        Raises Stopped.
        """
        verdicts = [WRITTEN] * len(operations)
        waiting: Sequence[int] = range(len(operations))
        while waiting:
            with BULK_SECONDS.time():
                answers = self._send([operations[at] for at in waiting], REPLY_SEQUENCE if sequence else REPLY)
            again = []
            for at, answer in zip(waiting, answers, strict=True):
                if isinstance(answer, Verdict):
                    verdicts[at] = answer
                else:
                    again.append(at)
            waiting = again
            if waiting:
                reason = next(str(answer) for answer in answers if isinstance(answer, Away))
                self._patience.wait(f"{len(waiting)} documents wait: {reason}")
        self._patience.reset()
        return verdicts

    def ask(self, request: Callable[[Elasticsearch], Answer]) -> Answer:
        """The answer to any other request. Raises Stopped, and BadRequestError where the request itself is wrong."""
        while True:
            try:
                answer = request(self._client)
            except (ApiError, TransportError, Away) as error:
                if isinstance(error, ApiError) and error.meta.status == REJECTED and not _is_closed(error.body):
                    raise
                self._patience.wait(_told(error))
            else:
                self._patience.reset()
                return answer

    def get(self, index: str, ids: Sequence[str], source: bool | list[str] = True) -> dict[str, dict[str, Any]]:
        """The documents that are there, by id, as they are now (also what no refresh has shown yet). Raises Stopped."""
        if not ids:
            return {}

        def request(client: Elasticsearch) -> dict[str, dict[str, Any]]:
            reply = client.mget(index=index, ids=list(ids), source=source)
            for item in reply["docs"]:
                if "error" in item:
                    raise Away(f"{item['error']['type']}: {item['error']['reason']}")
            return {item["_id"]: item for item in reply["docs"] if item["found"]}

        return self.ask(request)

    def search(self, index: str, query: dict[str, Any], *, sort: str, source: list[str]) -> Iterator[dict[str, Any]]:
        """All hits, also of what was written just before, by a field that is unique; with their sequence numbers.

        Raises Stopped.
        """
        self.ask(lambda client: client.indices.refresh(index=index))
        after: list[Any] | None = None
        while True:
            page = self.ask(partial(_page, index=index, query=query, sort=sort, source=source, after=after))
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]["sort"]

    def _send(self, operations: list[Operation], reply: list[str]) -> list[Verdict | Away]:
        answers: list[Verdict | Away] = []
        for request in _requests(operations):
            answers += self._request(request, reply)
        return answers

    def _request(self, operations: list[Operation], reply: list[str]) -> list[Verdict | Away]:
        body: Any = b"".join([operation.lines for operation in operations])
        try:
            # Without require_alias a missing index would be made on the fly, with a mapping that is guessed.
            answer = self._client.bulk(operations=body, require_alias=True, filter_path=reply)
        except ApiError as error:
            if error.meta.status in (REJECTED, TOO_LARGE) and not _is_closed(error.body):
                return self._divide(operations, reply, error)
            return [Away(_told(error))] * len(operations)
        except TransportError as error:
            return [Away(_told(error))] * len(operations)
        if reply is REPLY and answer["errors"] is False:
            return [WRITTEN] * len(operations)
        return _verdicts(operations, answer["items"])

    def _divide(self, operations: list[Operation], reply: list[str], error: ApiError) -> list[Verdict | Away]:
        """The request as a whole was refused: find the operation that is to blame, so that it costs only itself."""
        if len(operations) == 1:
            return [Verdict(REJECTED, reason=_told(error))]
        half = len(operations) // 2
        return self._request(operations[:half], reply) + self._request(operations[half:], reply)


def _page(
    client: Elasticsearch, *, index: str, query: dict[str, Any], sort: str, source: list[str], after: list[Any] | None
) -> list[dict[str, Any]]:
    reply = client.search(
        index=index,
        query=query,
        sort=[{sort: "asc"}],
        search_after=after,
        size=PAGE,
        source_includes=source,
        seq_no_primary_term=True,
        track_total_hits=False,
        allow_partial_search_results=False,
    )
    hits: list[dict[str, Any]] = reply["hits"]["hits"]
    return hits


def _requests(operations: list[Operation]) -> Iterator[list[Operation]]:
    """Cut so that no request is over REQUEST_BYTES, unless a single document is."""
    begin = size = 0
    for at, operation in enumerate(operations):
        length = len(operation.lines)
        if size and size + length > REQUEST_BYTES:
            yield operations[begin:at]
            begin, size = at, 0
        size += length
    yield operations[begin:]


def _verdicts(operations: list[Operation], items: list[dict[str, Any]]) -> list[Verdict | Away]:
    named = [next(iter(item.values())) for item in items]
    if [item["_id"] for item in named] != [operation.document_id for operation in operations]:
        return [Away("the reply to a bulk request does not name what was sent")] * len(operations)
    return [_verdict(item) for item in named]


def _verdict(item: dict[str, Any]) -> Verdict | Away:
    status: int = item["status"]
    error = item.get("error")
    if error is None:
        return Verdict(status, item.get("_seq_no", -1), item.get("_primary_term", -1))
    reason = f"{error['type']}: {error.get('reason', '')}"
    if status == CONFLICT or (status == REJECTED and not _is_closed({"error": error})):
        return Verdict(status, reason=reason)
    return Away(reason)


def _is_closed(body: Any) -> bool:
    """Whether a 400 speaks of the index and not of the document: closed, or an alias in the middle of being moved."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return False
    kind, reason = error.get("type"), str(error.get("reason"))
    moving = ("no write index is defined for alias", "has more than one index associated with it")
    return kind == "index_closed_exception" or (kind == "illegal_argument_exception" and any(part in reason for part in moving))


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
