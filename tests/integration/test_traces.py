"""One bulletin's trace, from its file to its documents, as a collector receives it; and the logs that name it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from services import indices
from services.settings import Settings
from tests.integration.extractor_process import Worker
from tests.integration.indexer_process import Indexer, uncommitted
from tests.integration.service_process import wait_for
from tests.integration.watcher_process import Watcher, wait_until_published, write

TEXT = "2025年上街区重点工作简报\n总投资3.5亿元的示例智能装备产业园项目正式开工。\n"


class Span(NamedTuple):
    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, str]


class Collector:
    """Takes what OTLP over HTTP brings to /v1/traces."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                collector.take(ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, request: ExportTraceServiceRequest) -> None:
        for group in request.resource_spans:
            [service] = [item.value.string_value for item in group.resource.attributes if item.key == "service.name"]
            for scope in group.scope_spans:
                for span in scope.spans:
                    told = {item.key: item.value.string_value for item in span.attributes}
                    found = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    self.spans.append(Span(service, span.name, *found, told))

    def of(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.server.shutdown()
    collector.server.server_close()


def test_a_trace_goes_from_the_file_to_every_document(
    settings: Settings, empty_topics: None, collector: Collector, tmp_path: Path
) -> None:
    traced = settings.model_copy(update={"traces_endpoint": collector.url, "log_format": "json", "log_level": "DEBUG"})
    with closing(indices.connect(traced)) as client:
        indices.ensure_indices(client, traced)
    with Watcher(traced, tmp_path) as watcher, Worker(traced, tmp_path), Indexer(traced, tmp_path):
        write(traced, "one.txt", TEXT)
        [bulletin] = wait_until_published(traced, 1)
        # The text, two events and the outcome.
        wait_for(lambda: len(collector.of("index")) == 4, "spans of all documents")
        wait_for(lambda: uncommitted(traced) == 0, "all to be acknowledged")
    [publish], [extract] = collector.of("publish"), collector.of("extract")
    stored = collector.of("index")
    assert (publish.service, extract.service) == ("bulletins-watcher", "bulletins-extractor")
    assert {span.service for span in stored} == {"bulletins-indexer"}
    assert {span.trace_id for span in collector.spans} == {publish.trace_id}
    assert (publish.parent_id, extract.parent_id) == ("", publish.span_id)
    parents = {span.attributes["messaging.destination.name"]: span.parent_id for span in stored}
    assert parents == {
        "bulletins.text.v1": publish.span_id,
        "bulletins.event.investment-report.v1": extract.span_id,
        "bulletins.event.project-milestone.v1": extract.span_id,
        "bulletins.outcome.v1": extract.span_id,
    }
    assert {span.attributes["bulletin_id"] for span in collector.spans} == {bulletin.bulletin_id}
    lines = [json.loads(line) for line in watcher.log.read_text("utf-8").splitlines()]
    [told] = [line for line in lines if line.get("bulletin_id") == bulletin.bulletin_id]
    assert (told["trace_id"], told["span_id"]) == (publish.trace_id, publish.span_id)
    with closing(indices.connect(traced)) as client:
        client.indices.delete(index=[index.first_name for index in indices.all_indices(traced)])
