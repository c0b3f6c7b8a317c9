"""Outermost: turns every failure into a status. Left alone, gRPC would send an exception's text to the caller."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
from grpc_status import rpc_status
from opentelemetry import trace

from chassis import logs
from chassis.error_mapping import code_of, to_status
from chassis.interceptors.call import Call, Proceed

log = logs.logger(__name__)


class Errors:
    """Answers domain errors by their status; anything else is logged in full and answered by a fixed sentence."""

    async def around(self, proceed: Proceed, call: Call) -> Any:
        try:
            return await proceed(call)
        except (grpc.aio.AbortError, asyncio.CancelledError):
            raise  # The status is set already, or nobody waits for one.
        except Exception as error:  # the one place that must know every failure
            if code_of(error) is grpc.StatusCode.INTERNAL:
                with trace.use_span(call.span, end_on_exit=False, record_exception=False):
                    log.error("call_failed", method=call.method, exc_info=error)
            return await call.context.abort_with_status(rpc_status.to_status(to_status(error, call.locale)))
