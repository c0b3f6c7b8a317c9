"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

A_TUESDAY_MORNING = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)
"""09:30 on a working day in Asia/Shanghai, the default start of a `FakeClock`."""


class FakeClock:
    """Calling it, or `now()`, gives its time (aware, UTC), so it fits where a `Callable[[], datetime]` is asked for."""

    def __init__(self, start: datetime = A_TUESDAY_MORNING) -> None:
        if start.tzinfo is None:
            message = f"A clock needs an aware time, not {start}."
            raise ValueError(message)
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The time it shows."""
        return self._now

    __call__ = now

    def forward(self, by: timedelta) -> datetime:
        """Moves it on (back with a negative span) and returns the new time."""
        self._now += by
        return self._now

    def set(self, to: datetime) -> datetime:
        """Puts it to a moment and returns that in UTC."""
        self._now = to.astimezone(UTC)
        return self._now
