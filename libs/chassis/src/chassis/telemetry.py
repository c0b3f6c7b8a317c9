"""Traces and metrics: one setup per process, and the few helpers that carry a trace across outbox, timer and broker.

`tracer` may be used and instruments made from import on: until `start` has run they cost next to nothing and record
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import context, metrics, trace
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider, TraceBasedExemplarFilter
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes
from prometheus_client import CollectorRegistry, start_http_server

from chassis import metric_names
from chassis.metric_names import Kind, Metric
from chassis.metrics_page import Page, PageReader
from chassis.passing_traces import PassingTracerProvider

SCOPE = "throughline"

tracer = trace.get_tracer(SCOPE, schema_url=metric_names.SEMANTIC_CONVENTIONS)
_meter = metrics.get_meter(SCOPE, schema_url=metric_names.SEMANTIC_CONVENTIONS)

Observe = Callable[[metrics.CallbackOptions], Iterable[metrics.Observation]]
"""What a gauge says when somebody asks."""

# W3C alone, whatever the environment says: other formats would part traces at our own borders.
_W3C = TraceContextTextMapPropagator()


def counter(metric: Metric) -> metrics.Counter:
    """The instrument that counts what `metric` declares."""
    return _meter.create_counter(_of(metric, Kind.COUNTER), unit=metric.unit, description=metric.about)


def histogram(metric: Metric) -> metrics.Histogram:
    """The instrument that measures what `metric` declares."""
    return _meter.create_histogram(
        _of(metric, Kind.HISTOGRAM),
        unit=metric.unit,
        description=metric.about,
        explicit_bucket_boundaries_advisory=metric.bounds,
    )


def gauge(metric: Metric, observe: Observe) -> None:
    """Tells of what `metric` declares whenever somebody asks."""
    _meter.create_observable_gauge(_of(metric, Kind.GAUGE), [observe], unit=metric.unit, description=metric.about)


def _of(metric: Metric, kind: Kind) -> str:
    if metric.kind is not kind:
        raise TypeError(f"{metric} is declared as a {metric.kind}")
    return str(metric)


@dataclass(slots=True)
class Telemetry:
    """The running telemetry of a process."""

    tracers: TracerProvider | None
    """None where spans go nowhere."""
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
        if self.tracers is not None:
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
            pass through: logs and events carry their ids, the next hop is told what the caller chose, and nothing is
            recorded here.
        metrics_listen: `host:port` where Prometheus scrapes; port 0 picks a free one; None opens nothing.
        sampled_share: share of the traces that begin here to record, in [0, 1]; a caller's choice is followed.
    """
    resource = Resource.create(
        {
            metric_names.SERVICE_NAME: service,
            metric_names.SERVICE_VERSION: version,
            metric_names.ENVIRONMENT: environment,
        }
    )
    tracers = _tracer_provider(resource, [_sending_to(otlp_endpoint)], sampled_share) if otlp_endpoint else None
    # Spans that go nowhere would cost each call ten times as much as their ids alone.
    trace.set_tracer_provider(tracers or PassingTracerProvider(sampled_share))
    if metrics_listen is None:
        meters = _meter_provider(resource, [])
        metrics.set_meter_provider(meters)
        return Telemetry(tracers, meters)
    reader = PageReader()
    # An exemplar names a trace to look at: there are none where no trace is kept.
    meters = _meter_provider(resource, [reader], has_exemplars=tracers is not None)
    metrics.set_meter_provider(meters)
    registry = CollectorRegistry()
    registry.register(Page(reader))
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
    provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(sampled_share)))
    for processor in processors:
        provider.add_span_processor(processor)
    return provider


def _meter_provider(
    resource: Resource, readers: Sequence[MetricReader], *, has_exemplars: bool = False
) -> MeterProvider:
    chosen = TraceBasedExemplarFilter() if has_exemplars else AlwaysOffExemplarFilter()
    return MeterProvider(metric_readers=readers, resource=resource, exemplar_filter=chosen)
