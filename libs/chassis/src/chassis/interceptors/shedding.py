"""Bounded work: what the process cannot take now is refused at once with a hint, instead of making everything late."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Any
from weakref import WeakSet

from opentelemetry.metrics import CallbackOptions, Observation

from chassis import metric_names as names
from chassis import telemetry
from chassis.errors import Exhausted, Unreachable
from chassis.interceptors.call import Call, Proceed

_shed = telemetry.counter(names.SHED_REQUESTS)
_sheddings: WeakSet[Shedding] = WeakSet()

CRITICAL = "throughline.operations."
"""Whoever sets an overloaded service right must get through to it."""
STREAMS_PER_CALL = 5
"""An open answer stream mostly waits, so so many of them may be open for each call that may run."""


class Shedding:
    """Counts running calls and refuses those beyond the limit."""

    def __init__(self, limit: int) -> None:
        self._limits = {False: limit, True: limit * STREAMS_PER_CALL}
        self._counts = {False: 0, True: 0}
        self._open: set[asyncio.Timeout] = set()
        _sheddings.add(self)

    @property
    def running(self) -> int:
        """Calls that run now, open streams among them."""
        return sum(self._counts.values())

    def end_streams(self) -> None:
        """Ends all open streams of answers with UNAVAILABLE: this process is about to stop."""
        now = asyncio.get_running_loop().time()
        while self._open:
            self._open.pop().reschedule(now)

    async def around(self, proceed: Proceed, call: Call) -> Any:
        is_stream = call.rule.server_streams
        if self._counts[is_stream] >= self._limits[is_stream] and not call.rule.service.startswith(CRITICAL):
            _shed.add(1, {names.RPC_METHOD: call.method.lstrip("/")})
            # Spread, so that all who were refused together do not come back together.
            raise Exhausted(round(random.uniform(0.1, 1.0), 2))
        self._counts[is_stream] += 1
        try:
            return await (self._endable(proceed, call) if is_stream else proceed(call))
        finally:
            self._counts[is_stream] -= 1

    async def _endable(self, proceed: Proceed, call: Call) -> Any:
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._open.add(scope)
                return await proceed(call)
        except TimeoutError:
            if scope.expired():
                raise Unreachable("this replica", retry_after_s=0.1) from None
            raise
        finally:
            self._open.discard(scope)


def _count_running(_options: CallbackOptions) -> Iterable[Observation]:
    return [Observation(sum(shedding.running for shedding in _sheddings))]


# Read when somebody asks: to count each call up and down would cost every call more than the counting is worth.
telemetry.gauge(names.RUNNING_REQUESTS, _count_running)
