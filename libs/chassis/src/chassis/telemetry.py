"""Traces and metrics: one setup per process, and the few helpers that carry a trace across outbox, timer and broker.

`tracer` and `meter` may be used from import on: until `start` has run they cost next to nothing and record nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import context, metrics, trace
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes
from prometheus_client import CollectorRegistry, start_http_server

from chassis import metric_names

SCOPE = "throughline"

tracer = trace.get_tracer(SCOPE, schema_url=metric_names.SEMANTIC_CONVENTIONS)
meter = metrics.get_meter(SCOPE, schema_url=metric_names.SEMANTIC_CONVENTIONS)

# W3C alone, whatever the environment says: other formats would part traces at our own borders.
_W3C = TraceContextTextMapPropagator()


@dataclass(slots=True)
class Telemetry:
    """The running telemetry of a process."""

    tracers: TracerProvider
    meters: MeterProvider
    metrics_port: int | None = None
    """Port of the Prometheus endpoint, if there is one."""
    _endpoint: Any = field(default=None, repr=False)

    def shutdown(self) -> None:
        """Sends what is left and ends all threads. Takes at most a few seconds when the collector is away."""
        if self._endpoint is not None:
            server, thread = self._endpoint
            server.shutdown()
            server.server_close()
            thread.join()
        self.tracers.shutdown()
        self.meters.shutdown()


def start(
    service: str,
    *,
    otlp_endpoint: str | None = None,
    metrics_listen: str | None = None,
    version: str = "",
    environment: str = "",
    sampled_share: float = 1.0,
) -> Telemetry:
    """Sets the process' tracer and meter providers up; once per process, before the first request.

    Args:
        service: `service.name` of the resource, for example `lead-router`.
        otlp_endpoint: `host:port` of an OTLP collector by plaintext gRPC (a node agent or sidecar); with None traces
            keep their ids, which logs and events carry, and nothing else of them is recorded here or further on.
        metrics_listen: `host:port` where Prometheus scrapes; port 0 picks a free one; None opens nothing.
        sampled_share: share of the traces that begin here to record, in [0, 1]; a caller's choice is followed.
    """
    resource = Resource.create(
        {"service.name": service, "service.version": version, "deployment.environment.name": environment}
    )
    processors = [_sending_to(otlp_endpoint)] if otlp_endpoint else []
    tracers = _tracer_provider(resource, processors, sampled_share)
    trace.set_tracer_provider(tracers)
    if metrics_listen is None:
        meters = _meter_provider(resource, [])
        metrics.set_meter_provider(meters)
        return Telemetry(tracers, meters)
    registry = CollectorRegistry()
    meters = _meter_provider(resource, [PrometheusMetricReader(scope_info_enabled=False, registry=registry)])
    metrics.set_meter_provider(meters)
    host, _, port = metrics_listen.rpartition(":")
    endpoint = start_http_server(int(port), addr=host, registry=registry)
    return Telemetry(tracers, meters, endpoint[0].server_port, endpoint)


def _sending_to(otlp_endpoint: str) -> SpanProcessor:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415 - 4 MB where nothing is sent
        OTLPSpanExporter,
    )

    return BatchSpanProcessor(OTLPSpanExporter(otlp_endpoint, insecure=True))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a test process has recorded."""

    spans: InMemorySpanExporter
    metrics: InMemoryMetricReader

    def points(self) -> dict[str, list[Any]]:
        """The data points of every metric by its name. Sums and counts are of the process so far, not of one test."""
        data = self.metrics.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        return {metric.name: list(metric.data.data_points) for scope in scopes for metric in scope.metrics}

    def clear(self) -> None:
        """Forgets what earlier tests have left."""
        self.spans.clear()
        self.metrics.get_metrics_data()


_recorded: Recorded | None = None


def record_for_tests() -> Recorded:
    """Records all spans and metrics of this process in memory; the same record at each call, emptied."""
    global _recorded  # noqa: PLW0603  # OpenTelemetry's providers are of the process, so is this
    if _recorded is None:
        _recorded = Recorded(InMemorySpanExporter(), InMemoryMetricReader())
        resource = Resource.create({"service.name": "tests"})
        trace.set_tracer_provider(_tracer_provider(resource, [SimpleSpanProcessor(_recorded.spans)], 1.0))
        metrics.set_meter_provider(_meter_provider(resource, [_recorded.metrics]))
    _recorded.clear()
    return _recorded


def inject() -> str:
    """`traceparent` of the running span (W3C Trace Context); empty outside of one."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent", "")


def inject_into(carrier: dict[str, str]) -> None:
    """Adds the running trace's headers to a mapping of headers."""
    _W3C.inject(carrier)


def span_context(traceparent: str) -> trace.SpanContext | None:
    """The span that a `traceparent` names; None where it is empty or damaged."""
    found = trace.get_current_span(_W3C.extract({"traceparent": traceparent})).get_span_context()
    return found if found.is_valid else None


@contextmanager
def continued_span(
    name: str,
    traceparent: str,
    *,
    kind: trace.SpanKind = trace.SpanKind.SERVER,
    attributes: Attributes = None,
) -> Iterator[trace.Span]:
    """A span below the one that `traceparent` names; a new trace where there is none. How it ended, the block says."""
    parent = _W3C.extract({"traceparent": traceparent}) if traceparent else None
    # `start_as_current_span` would add the exception's text, which may tell of a person, and costs twice as much.
    span = tracer.start_span(name, context=parent, kind=kind, attributes=attributes)
    mark = context.attach(trace.set_span_in_context(span))
    try:
        yield span
    finally:
        context.detach(mark)
        span.end()


@contextmanager
def linked_span(
    name: str,
    traceparent: str,
    *,
    kind: trace.SpanKind = trace.SpanKind.CONSUMER,
    attributes: Attributes = None,
) -> Iterator[trace.Span]:
    """A span in the trace of `traceparent` that also links to it: for work that runs long after what caused it.

    The link says that the two are parted in time; the shared trace keeps the way from browser to last consumer in one
    picture. An exception that leaves the block marks the span as failed, by its class alone.
    """
    origin = span_context(traceparent)
    links = [trace.Link(origin)] if origin else []
    parent = trace.set_span_in_context(trace.NonRecordingSpan(origin)) if origin else None
    with tracer.start_as_current_span(
        name,
        context=parent,
        kind=kind,
        links=links,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute(metric_names.ERROR_TYPE, type(error).__name__)
            span.set_status(trace.StatusCode.ERROR, type(error).__name__)
            raise


def _tracer_provider(resource: Resource, processors: Sequence[SpanProcessor], sampled_share: float) -> TracerProvider:
    # Spans that go nowhere cost each call ten times as much as their ids alone.
    sampler = ParentBased(TraceIdRatioBased(sampled_share)) if processors else ALWAYS_OFF
    provider = TracerProvider(resource=resource, sampler=sampler)
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


def _meter_provider(resource: Resource, readers: Sequence[MetricReader]) -> MeterProvider:
    bounds: Mapping[str, Sequence[float]] = {
        "*.duration": metric_names.DURATION_BUCKETS_S,
        metric_names.POOL_WAIT: metric_names.DURATION_BUCKETS_S,
        metric_names.TIMER_LATENESS: metric_names.LATENESS_BUCKETS_S,
    }
    views = [
        View(instrument_name=name, aggregation=ExplicitBucketHistogramAggregation(boundaries))
        for name, boundaries in bounds.items()
    ]
    # Exemplars are left out: no reader here passes them on.
    off = AlwaysOffExemplarFilter()
    return MeterProvider(metric_readers=readers, resource=resource, views=views, exemplar_filter=off)
