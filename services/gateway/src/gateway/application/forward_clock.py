"""Moves the business clock of all services on together, so that whatever falls due on the way happens in its order.

From one due time to the next, half a minute at least (longer where the caller says so) and a day at most: timers are
held everywhere while the clocks move one by one, then they run, and the suite comes to rest before the clocks move
again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chassis.errors import InFlight, Refused, ThroughlineError
from gateway.application.ports import Rest, Suite
from gateway.application.settle import Settle, look

SHORTEST_STEP = timedelta(seconds=30)
"""Deadlines closer together than this run in one step, each in its order and at most so much late."""
LONGEST_SHORTEST_STEP = timedelta(hours=1)
"""To which a caller may raise it."""
LONGEST_STEP = timedelta(days=1)
LONGEST_MOVE = timedelta(days=400)


class ClockStopped(Refused):
    """The clock was moved only part of the way. A repeat would move it by the whole span again."""

    reason = "CLOCK_STOPPED"

    def __init__(self, moved: timedelta, cause: ThroughlineError) -> None:
        moved_s = moved.total_seconds()
        message = f"The clock stopped after {moved_s:g} s: {cause.message}"
        super().__init__(message, moved_s=f"{moved_s:g}", cause=cause.message)


@dataclass(frozen=True, slots=True)
class Moved:
    """How far the clock has come."""

    business_now: datetime
    moved: timedelta
    steps: int


@dataclass(frozen=True, slots=True)
class ForwardClock:
    """Moves the clocks. One move at a time."""

    suite: Suite
    settle: Settle
    real_now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _running: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __call__(self, by: timedelta, shortest: timedelta = SHORTEST_STEP) -> AsyncGenerator[Moved, None]:
        """Moves on by a span and tells of each step; the last one is the whole way.

        Args:
            shortest: step; deadlines closer together run in one, each in its order and at most so much late.

        Raises:
            InFlight: another move is under way.
            ClockStopped: something failed on the way.
            Unreachable, NotSettled: before anything was moved.
        """
        if self._running.locked():
            raise InFlight("clock:forward")
        async with self._running:
            asked_at = self.real_now()
            rests: Mapping[str, Rest] = await look(self.suite)
            # A service read its clock after it was asked, so this is no less than its offset, by as much as that took.
            start = max(timedelta(), *(rest.business_now - asked_at for rest in rests.values()))
            offset, steps = start, 0
            while offset < start + by:
                next_offset = min(offset + next_step(rests.values(), shortest), start + by)
                try:
                    async with self._held(next_offset):
                        pass
                    rests = await self.settle()
                except ThroughlineError as cause:
                    raise ClockStopped(offset - start, cause) from cause
                offset, steps = next_offset, steps + 1
                yield Moved(max(rest.business_now for rest in rests.values()), offset - start, steps)

    @asynccontextmanager
    async def _held(self, offset: timedelta) -> AsyncGenerator[None, None]:
        """Moves all clocks while no timer runs anywhere; lets timers go on whatever happens."""
        try:
            await self._move(offset, hold_timers=True)
            yield
        finally:
            await self._move(offset, hold_timers=False)

    async def _move(self, offset: timedelta, *, hold_timers: bool) -> None:
        moves = (self.suite.move_clock(service, offset, hold_timers=hold_timers) for service in self.suite.services)
        # All are tried even if one fails: none may be left holding its timers.
        failures = [done for done in await asyncio.gather(*moves, return_exceptions=True) if done is not None]
        for failure in failures:
            raise failure


def next_step(rests: Iterable[Rest], shortest: timedelta = SHORTEST_STEP) -> timedelta:
    """How far to the next due time of any service, within the shortest and the longest step."""
    spans = [rest.next_timer_at - rest.business_now for rest in rests if rest.next_timer_at is not None]
    return max(min([*spans, LONGEST_STEP]), shortest)
