"""Waits until the suite is at rest: two quiet rounds over all services, with nothing moved in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.errors import Refused
from gateway.application.ports import Rest, Suite
from gateway.domain.stillness import consumers_behind, left_to_do, progress_of


class NotSettled(Refused):
    """Work is left that no longer moves, or does not come to an end. Says what is left."""

    reason = "CLOCK_NOT_SETTLED"

    def __init__(self, left: list[str], business_now: datetime) -> None:
        words = "; ".join(left) or "something still moves"
        now = business_now.isoformat()
        super().__init__(f"The suite has not come to rest at {now}: {words}.", left=words, business_now=now)


@dataclass(frozen=True, slots=True)
class Settle:
    """Watches the services."""

    suite: Suite
    patience_s: float = 60.0
    """How long to wait while nothing moves."""
    longest_s: float = 1800.0
    """How long to wait at the most, as after an import of many leads."""
    shortest_pause_s: float = 0.01
    """Between the first two rounds; twice as long after each round, for what takes longer is looked at less often."""
    longest_pause_s: float = 0.05
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def __call__(self) -> Mapping[str, Rest]:
        """What each service says once all is at rest.

        Raises:
            NotSettled: it did not come to rest in time.
            Unreachable: a service does not answer.
        """
        begun_at = moved_at = self.clock()
        pause_s = self.shortest_pause_s
        before: tuple[tuple[str, int], ...] | None = None
        was_left = True
        awaited: Mapping[str, Sequence[str]] = {}
        while True:
            rests = await look(self.suite, awaited)
            left, awaited = left_to_do(rests), consumers_behind(rests)
            now = progress_of(rests)
            if now == before and not left and not was_left:
                return rests
            if now != before:
                moved_at = self.clock()
            if self.clock() > min(moved_at + self.patience_s, begun_at + self.longest_s):
                raise NotSettled(left, max(rest.business_now for rest in rests.values()))
            before, was_left = now, bool(left)
            await self.sleep(pause_s)
            pause_s = min(2 * pause_s, self.longest_pause_s)


async def look(suite: Suite, awaited: Mapping[str, Sequence[str]] | None = None) -> dict[str, Rest]:
    """One round over all services; the consumers awaited, by service, look for records at once."""
    waited_for = awaited or {}
    rests = await asyncio.gather(*(suite.rest_of(service, waited_for.get(service, ())) for service in suite.services))
    return dict(zip(suite.services, rests, strict=True))
