"""How much a caller may ask for: a token bucket, which allows bursts and holds a mean rate."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """What a bucket holds and how fast it fills."""

    per_s: float
    """Tokens that come back in a second; > 0."""
    burst: int
    """Most tokens it can hold; ≥ 1. A full bucket allows so many requests at once."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a request is told about its bucket."""

    is_allowed: bool
    limit: int
    """Size of the bucket."""
    remaining: int
    """Whole tokens left."""
    full_in_s: float
    """Seconds until the bucket is full again, if nothing is taken."""
    retry_after_s: float
    """Seconds until the next token; 0 where one is there."""


class TokenBucket:
    """One caller's bucket. It starts full and keeps no timer: what came back is worked out when somebody asks."""

    __slots__ = ("_filled_at", "_tokens", "rate")

    def __init__(self, rate: Rate, now: float) -> None:
        self.rate = rate
        self._tokens = float(rate.burst)
        self._filled_at = now

    def take(self, now: float) -> Allowance:
        """Takes one token, if there is one.

        Args:
            now: seconds on a clock that never runs back.
        """
        self._fill(now)
        is_allowed = self._tokens >= 1
        if is_allowed:
            self._tokens -= 1
        missing = self.rate.burst - self._tokens
        wait = 0.0 if is_allowed else (1 - self._tokens) / self.rate.per_s
        return Allowance(is_allowed, self.rate.burst, math.floor(self._tokens), missing / self.rate.per_s, wait)

    def give_back(self) -> None:
        """Returns a token that was taken for nothing."""
        self._tokens = min(self.rate.burst, self._tokens + 1)

    def is_full(self, now: float) -> bool:
        """Whether nothing is missing any more."""
        self._fill(now)
        return self._tokens >= self.rate.burst

    def _fill(self, now: float) -> None:
        earned = max(0.0, now - self._filled_at) * self.rate.per_s
        self._tokens = min(float(self.rate.burst), self._tokens + earned)
        self._filled_at = now
