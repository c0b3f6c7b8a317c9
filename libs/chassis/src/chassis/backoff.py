"""Waiting times that grow, with full jitter so that those who failed together do not come back together.

Source: Brooker (2015), "Exponential Backoff and Jitter", AWS Architecture Blog.
"""

import random


class Backoff:
    """Waiting times between tries of one thing."""

    def __init__(self, *, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._tries = 0

    def next_s(self) -> float:
        """Seconds to wait before the next try."""
        waited = backoff_s(self._tries, first_s=self._first_s, most_s=self._most_s)
        self._tries += 1
        return waited

    def reset(self) -> None:
        """Starts over: the last try worked."""
        self._tries = 0


def backoff_s(tries: int, *, first_s: float, most_s: float) -> float:
    """Seconds to wait after `tries` failures: between half and all of the doubled bound, never over `most_s`."""
    bound = min(most_s, first_s * 2.0 ** min(tries, 30))
    return random.uniform(bound / 2, bound)
