"""Bounded work: what the process cannot take now is refused at once with a hint, instead of making everything late."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

from chassis import metric_names as names
from chassis import telemetry
from chassis.errors import Exhausted, Unreachable
from chassis.interceptors.call import Call

_shed = telemetry.meter.create_counter(names.SHED_REQUESTS, description="Calls refused for want of room")
_running = telemetry.meter.create_up_down_counter(names.RUNNING_REQUESTS, description="Calls that run now")

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

    @property
    def running(self) -> int:
        """Calls that run now, open streams among them."""
        return sum(self._counts.values())

    def end_streams(self) -> None:
        """Ends all open streams of answers with UNAVAILABLE: this process is about to stop."""
        now = asyncio.get_running_loop().time()
        while self._open:
            self._open.pop().reschedule(now)

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        is_stream = call.rule.server_streams
        labels = {names.RPC_METHOD: call.method.lstrip("/")}
        if self._counts[is_stream] >= self._limits[is_stream] and not call.rule.service.startswith(CRITICAL):
            _shed.add(1, labels)
            # Spread, so that all who were refused together do not come back together.
            raise Exhausted(round(random.uniform(0.1, 1.0), 2))
        self._counts[is_stream] += 1
        _running.add(1)
        try:
            async with self._endable() if is_stream else nullcontext():
                yield
        finally:
            self._counts[is_stream] -= 1
            _running.add(-1)

    @asynccontextmanager
    async def _endable(self) -> AsyncIterator[None]:
        scope = asyncio.timeout(None)
        try:
            async with scope:
                self._open.add(scope)
                yield
        except TimeoutError:
            if scope.expired():
                raise Unreachable("this replica", retry_after_s=0.1) from None
            raise
        finally:
            self._open.discard(scope)
