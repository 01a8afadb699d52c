"""How replies of Elasticsearch are read; the replies are real ones, shortened."""

from __future__ import annotations

from typing import Any

import pytest

from services.indexer.lane import Lane
from services.indexer.patience import Patience, Stopped
from services.indexer.sink import REQUEST_BYTES, Away, Operation, Verdict, _requests, _verdicts
from services.lifecycle import StopFlag


def failed(status: int, kind: str, reason: str = "") -> dict[str, Any]:
    return {"create": {"_id": "1", "status": status, "error": {"type": kind, "reason": reason}}}


def verdict(item: dict[str, Any]) -> Verdict | Away:
    return _verdicts([Operation("1", b"")], [item])[0]


def test_a_stored_document_tells_its_sequence_number() -> None:
    item = {"index": {"_id": "1", "status": 201, "_seq_no": 5, "_primary_term": 2}}
    assert verdict(item) == Verdict(201, 5, 2)


def test_a_conflict_is_a_verdict() -> None:
    answer = verdict(failed(409, "version_conflict_engine_exception"))
    assert isinstance(answer, Verdict)
    assert answer.status == 409


def test_nothing_to_delete_is_a_verdict() -> None:
    assert verdict({"delete": {"_id": "1", "status": 404}}) == Verdict(404)


@pytest.mark.parametrize("kind", ["document_parsing_exception", "strict_dynamic_mapping_exception", "illegal_argument_exception"])
def test_a_document_that_never_fits_is_rejected(kind: str) -> None:
    answer = verdict(failed(400, kind, "failed to parse field [project_count] of type [integer]"))
    assert isinstance(answer, Verdict)
    assert answer.status == 400
    assert "project_count" in answer.reason


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (429, "es_rejected_execution_exception", "rejected execution of coordinating operation"),
        (429, "cluster_block_exception", "disk usage exceeded flood-stage watermark, index has read-only-allow-delete block"),
        (403, "cluster_block_exception", "index blocked by: [FORBIDDEN/5/index read-only (api)]"),
        (403, "security_exception", "action [indices:data/write/bulk] is unauthorized"),
        (503, "unavailable_shards_exception", "primary shard is not active"),
        (404, "index_not_found_exception", "no such index"),
        (400, "index_closed_exception", "closed"),
        (400, "illegal_argument_exception", "no write index is defined for alias [bulletin-events]. The write index may be …"),
    ],
)
def test_what_speaks_of_the_server_and_not_of_the_document_is_tried_again(status: int, kind: str, reason: str) -> None:
    assert isinstance(verdict(failed(status, kind, reason)), Away)


def test_a_reply_that_names_other_documents_is_not_believed() -> None:
    operations = [Operation("1", b""), Operation("2", b"")]
    items = [{"create": {"_id": "2", "status": 201}}, {"create": {"_id": "1", "status": 201}}]
    assert all(isinstance(answer, Away) for answer in _verdicts(operations, items))


def test_requests_are_cut_by_size() -> None:
    half = Operation("1", b"x" * (REQUEST_BYTES // 2))
    large = Operation("2", b"x" * (REQUEST_BYTES * 2))
    assert [len(part) for part in _requests([half, half, half, large, half])] == [2, 1, 1, 1]


def test_an_action_and_its_document_are_a_line_each() -> None:
    assert Operation.of("1", {"index": {"_id": "1"}}, b"{}").lines == b'{"index":{"_id":"1"}}\n{}\n'
    assert Operation.of("1", {"delete": {"_id": "1"}}).lines == b'{"delete":{"_id":"1"}}\n'


def test_patience_tells_what_it_waits_for_and_ends_with_the_service() -> None:
    stop = StopFlag()
    patience = Patience(stop, longest=0.01)
    patience.wait("the disk is full")
    assert patience.reason == "the disk is full"
    patience.reset()
    assert patience.reason is None
    stop.set()
    with pytest.raises(Stopped):
        patience.wait("the disk is full")


def test_a_lane_gives_results_and_errors_to_who_asked() -> None:
    lane = Lane("test")
    assert lane.submit(lambda: 1 + 1).result(timeout=30) == 2
    with pytest.raises(ZeroDivisionError):
        lane.submit(lambda: 1 // 0).result(timeout=30)
    assert lane.submit(lambda: "goes on").result(timeout=30) == "goes on"
