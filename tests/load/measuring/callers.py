"""Callers that each wait for their answer before they call again."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import grpc


@dataclass(slots=True)
class Load:
    """What a stretch of calls came to."""

    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    """Refused calls by status; a measurement with any is no measurement of the rest."""

    @property
    def rate(self) -> float:
        """Answered calls a second."""
        return len(self.latencies_s) / self.seconds if self.seconds else 0.0

    def quantile_ms(self, share: float) -> float:
        """Latency below which so large a share of the calls lies, in milliseconds."""
        ordered = sorted(self.latencies_s)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def call_for(seconds: float, callers: int, call: Callable[[], Awaitable[object]]) -> Load:
    """Lets so many callers call, again and again, for so many seconds."""
    load = Load()
    began = time.perf_counter()
    until = began + seconds

    async def caller() -> None:
        while (at := time.perf_counter()) < until:
            try:
                await call()
            except grpc.aio.AioRpcError as fault:
                kind = f"{fault.code().name}: {fault.details()}"
                load.faults[kind] = load.faults.get(kind, 0) + 1
            else:
                load.latencies_s.append(time.perf_counter() - at)

    await asyncio.gather(*(caller() for _ in range(callers)))
    load.seconds = time.perf_counter() - began
    return load


def median_of(values: list[float]) -> float:
    """The middle one, so that one stretch in which the machine was busy with others does not count."""
    return statistics.median(values)
