"""Without a collector nothing of tracing is loaded, and the header is written all the same."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services import envelope, tracing
from services.settings import PROJECT, Settings

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_off_there_is_no_span_and_the_header_goes_on() -> None:
    tracing.configure(Settings(), "extractor")
    with tracing.span("extract", PARENT, {}):
        assert tracing.traceparent() is None
        assert tracing.ids() == {}
        assert envelope.child_traceparent(PARENT).split("-")[1] == PARENT.split("-")[1]


def test_off_the_packages_of_tracing_are_not_loaded() -> None:
    code = "import sys; from services import tracing; from services.settings import Settings; tracing.configure(Settings(), 'x')"
    code += "; print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    run = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    with pytest.raises(tracing.TracingError, match=r"pip install 'bulletins\[traces\]'"):
        tracing.configure(Settings(traces_endpoint="http://127.0.0.1:4318"), "extractor")


@pytest.mark.parametrize("parent", [None, "", "nonsense", "00-0-0-01"])
def test_on_spans_are_joined_by_the_header_and_a_malformed_one_begins_a_trace(
    parent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(tracing, "_on", True)
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    with tracing.span("publish", parent, {"bulletin_id": "x"}):
        header = envelope.child_traceparent(None)
    with tracing.span("extract", header, {}):
        below = envelope.child_traceparent(header)
    tracing.record("index", below, 0, {})
    publish, extract, index = kept.get_finished_spans()
    assert publish.parent is None
    assert extract.parent is not None
    assert index.parent is not None
    assert [extract.parent.span_id, index.parent.span_id] == [publish.context.span_id, extract.context.span_id]
    assert len({span.context.trace_id for span in (publish, extract, index)}) == 1
