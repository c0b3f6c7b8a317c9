"""Traces that only pass through: ids for logs and for whoever is called next, and nothing recorded here.

The SDK's own tracer marks what it does not record as not sampled, and every later hop would drop its part too. Here the
caller's choice goes on unchanged, so a trace keeps its other parts where only some services have a collector.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

_NOT_SAMPLED = trace.TraceFlags(trace.TraceFlags.RANDOM_TRACE_ID)
_SAMPLED = trace.TraceFlags(trace.TraceFlags.SAMPLED | trace.TraceFlags.RANDOM_TRACE_ID)


class PassingTracerProvider(trace.TracerProvider):
    """Gives tracers whose spans record nothing.

    Args:
        sampled_share: share of the traces that begin here which others are to record, in [0, 1].
    """

    def __init__(self, sampled_share: float = 1.0) -> None:
        self._tracer = _PassingTracer(sampled_share)

    def get_tracer(self, *_: Any, **__: Any) -> trace.Tracer:
        """The one tracer there is."""
        return self._tracer


class _PassingTracer(trace.Tracer):
    def __init__(self, sampled_share: float) -> None:
        self._ids = RandomIdGenerator()
        self._bound = TraceIdRatioBased(sampled_share).bound

    def start_span(self, name: str, context: Context | None = None, *_: Any, **__: Any) -> trace.Span:  # noqa: ARG002
        parent = trace.get_current_span(context).get_span_context()
        if parent.is_valid:
            trace_id, flags = parent.trace_id, parent.trace_flags
        else:
            trace_id = self._ids.generate_trace_id()
            flags = _SAMPLED if trace_id & TraceIdRatioBased.TRACE_ID_LIMIT < self._bound else _NOT_SAMPLED
        span_id = self._ids.generate_span_id()
        return trace.NonRecordingSpan(
            trace.SpanContext(trace_id, span_id, is_remote=False, trace_flags=flags, trace_state=parent.trace_state)
        )

    @contextmanager
    def start_as_current_span(  # type: ignore[override]  # the declared decorator serves coroutines too; it is not public
        self, name: str, context: Context | None = None, *_: Any, **__: Any
    ) -> Iterator[trace.Span]:
        with trace.use_span(self.start_span(name, context), record_exception=False) as span:
            yield span
