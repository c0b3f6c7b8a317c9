"""A server span and a duration for every call, with its status whichever way it ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import grpc
from opentelemetry import trace

from chassis import metric_names as names
from chassis import telemetry
from chassis.error_mapping import code_of
from chassis.errors import ThroughlineError
from chassis.interceptors.call import Call, Proceed

_duration = telemetry.histogram(names.RPC_SERVER_CALL_DURATION)


class Telemetry:
    """Continues the caller's trace and measures the call."""

    async def around(self, proceed: Proceed, call: Call) -> Any:
        began, code = time.perf_counter(), grpc.StatusCode.OK
        name, traceparent = call.method[1:], call.metadata.get("traceparent", "")
        with telemetry.continued_span(name, traceparent, attributes=_attributes(name)) as span:
            call.span = span
            try:
                return await proceed(call)
            except asyncio.CancelledError:
                code = grpc.StatusCode.CANCELLED
                raise
            except grpc.aio.AbortError:
                code = _aborted_with(call)
                raise
            except Exception as error:
                code = code_of(error)
                _describe(span, error, code)
                raise
            finally:
                labels = _labels(name, code)
                if span.is_recording():
                    span.set_attributes(labels)
                _duration.record(time.perf_counter() - began, labels)


@cache
def _attributes(method: str) -> Mapping[str, str]:
    return MappingProxyType({names.RPC_SYSTEM: "grpc", names.RPC_METHOD: method})


@cache
def _labels(method: str, code: grpc.StatusCode) -> Mapping[str, str]:
    return MappingProxyType({**_attributes(method), names.RPC_STATUS: code.name})


def _aborted_with(call: Call) -> grpc.StatusCode:
    known = call.context.code()
    # gRPC keeps the number of an aborted call, not the member of the enumeration.
    return next((code for code in grpc.StatusCode if known in (code, code.value[0])), grpc.StatusCode.UNKNOWN)


def _describe(span: trace.Span, error: Exception, code: grpc.StatusCode) -> None:
    """Names the failure on the span; its text stays out, for it may tell of a person."""
    reason = error.reason if isinstance(error, ThroughlineError) else "INTERNAL"
    span.set_attributes({names.ERROR_TYPE: type(error).__name__, names.ERROR_REASON: reason})
    is_ours = code in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
    if is_ours:
        span.set_status(trace.StatusCode.ERROR, reason)
