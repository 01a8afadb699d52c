"""Traces that follow one bulletin from its file to its documents, by OpenTelemetry; off unless a collector is named.

The trace goes along in the header `traceparent` (W3C Trace Context). Off, only that header is written, and nothing is collected:
whoever reads the topics can still join a bulletin's messages by it.

    watcher   publish           a file or page became a bulletin
    extractor extract           below it: the bulletin was read
    indexer   index             below that: an event or outcome was stored; the bulletin's text is stored below `publish`
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation import tracecontext

from services.settings import Settings

log = logging.getLogger(__name__)

Attributes = Mapping[str, str | int]
HEADER = "traceparent"
EXPORT_SECONDS = 5

_on = False


class TracingError(Exception):
    """Tracing is asked for and its packages are missing; the message says which."""


def configure(settings: Settings, service: str) -> None:
    """Send spans to the collector of the settings from now on; nothing where none is named. Raises TracingError."""
    global _on
    if settings.traces_endpoint is None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        raise TracingError(f"BULLETINS_TRACES_ENDPOINT: {error.name} is missing: pip install 'bulletins[traces]'") from error
    provider = TracerProvider(
        resource=Resource.create({SERVICE_NAME: f"bulletins-{service}"}),
        sampler=ParentBased(TraceIdRatioBased(settings.traces_ratio)),
    )
    # Batches go on a thread of their own; a collector that is away costs spans, never work.
    exporter = OTLPSpanExporter(endpoint=f"{settings.traces_endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    # Elasticsearch's client would add a trace for every request: a batch belongs to many bulletins, a probe to none.
    os.environ.setdefault("OTEL_PYTHON_INSTRUMENTATION_ELASTICSEARCH_ENABLED", "false")
    trace.set_tracer_provider(provider)
    _on = True


def is_on() -> bool:
    return _on


@contextmanager
def span(name: str, parent: str | None, attributes: Attributes, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[None]:
    """A span around the block, below the `traceparent` of the message that caused it (None: a new trace)."""
    if not _on:
        yield
        return
    with trace.get_tracer(__name__).start_as_current_span(name, _context(parent), kind, attributes):
        yield


def record(name: str, parent: str | None, begun_ns: int, attributes: Attributes) -> None:
    """A span from `begun_ns` (of the Unix clock) to now, for work that many messages shared."""
    if _on:
        trace.get_tracer(__name__).start_span(name, _context(parent), SpanKind.CONSUMER, attributes, start_time=begun_ns).end()


def traceparent() -> str | None:
    """The header for what the present span causes; None outside of one."""
    if not _on:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def ids() -> dict[str, str]:
    """The present trace and span for a log line; empty outside of one."""
    told = traceparent()
    if told is None:
        return {}
    _, trace_id, span_id, _ = told.split("-")
    return {"trace_id": trace_id, "span_id": span_id}


def _context(parent: str | None) -> Context:
    """Empty, which begins a new trace, also where `parent` is malformed."""
    return tracecontext.TraceContextTextMapPropagator().extract({HEADER: parent} if parent else {})
