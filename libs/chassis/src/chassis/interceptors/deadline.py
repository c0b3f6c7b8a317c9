"""No call without a deadline: the caller's, or a default one; what the servicer calls in turn gets no more."""

from __future__ import annotations

import asyncio
from typing import Any

from chassis import deadlines
from chassis.errors import DeadlineExceeded
from chassis.interceptors.call import Call, Proceed

DEFAULT_S = 30.0
"""For a call whose caller set no deadline; streams of answers may stay open without one."""


class Deadline:
    """Ends the work when its time is over."""

    def __init__(self, default_s: float = DEFAULT_S) -> None:
        self._default_s = default_s

    async def around(self, proceed: Proceed, call: Call) -> Any:
        limit_s = self._limit_s(call)
        if limit_s is None:
            return await proceed(call)
        if limit_s <= 0:
            raise DeadlineExceeded
        scope = asyncio.timeout(limit_s)
        try:
            with deadlines.limited(limit_s):
                async with scope:
                    return await proceed(call)
        except TimeoutError:
            if scope.expired():
                raise DeadlineExceeded from None
            raise

    def _limit_s(self, call: Call) -> float | None:
        remaining: float | None = call.context.time_remaining()
        if remaining is not None:
            return remaining
        return None if call.rule.server_streams or call.rule.client_streams else self._default_s
