"""How long the running request may still take; calls it makes take no longer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)


def remaining_s() -> float | None:
    """Seconds left, never negative; None where nothing limits the work."""
    ends_at = _ends_at.get()
    return None if ends_at is None else max(0.0, ends_at - time.monotonic())


@contextmanager
def limited(seconds: float | None) -> Iterator[None]:
    """Limits the work inside the block; never lengthens a limit that is there already."""
    left = remaining_s()
    if seconds is None or (left is not None and left <= seconds):
        yield
        return
    mark = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(mark)
