"""Waits for a condition instead of sleeping for a guessed time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
_FIRST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.1


class NeverHappened(AssertionError):
    """The condition did not hold in time; the message shows what was seen last."""


def eventually(predicate: Callable[[], T], timeout_s: float = 10.0, *, what: str = "") -> T:
    """Calls `predicate` until it gives a true value, and returns that value.

    An `AssertionError` counts as "not yet", so the predicate may assert. Other exceptions pass: they are no condition.

    Args:
        predicate: cheap and free of side effects; it is called at growing intervals of 5 to 100 ms.
        timeout_s: seconds of real time.
        what: what is waited for, for the failure message.
    Raises:
        NeverHappened: from the predicate's last AssertionError, when there was one.
    """
    patience = _Patience(timeout_s, what or _name(predicate))
    while True:
        try:
            if value := predicate():
                return value
            patience.saw(value)
        except AssertionError as error:
            patience.saw(error)
        time.sleep(patience.pause_s())


async def eventually_async(predicate: Callable[[], Awaitable[T]], timeout_s: float = 10.0, *, what: str = "") -> T:
    """As `eventually`, for a coroutine function; other tasks run while it waits."""
    patience = _Patience(timeout_s, what or _name(predicate))
    while True:
        try:
            if value := await predicate():
                return value
            patience.saw(value)
        except AssertionError as error:
            patience.saw(error)
        await asyncio.sleep(patience.pause_s())


class _Patience:
    def __init__(self, timeout_s: float, what: str) -> None:
        self._timeout_s = timeout_s
        self._what = what
        self._deadline = time.monotonic() + timeout_s
        self._pause_s = _FIRST_PAUSE_S
        self._last: object = None

    def saw(self, last: object) -> None:
        self._last = last
        if time.monotonic() > self._deadline:
            cause = last if isinstance(last, AssertionError) else None
            message = f"{self._what}: not within {self._timeout_s} s; the last attempt gave {last!r}"
            raise NeverHappened(message) from cause

    def pause_s(self) -> float:
        self._pause_s = min(self._pause_s * 1.5, _LONGEST_PAUSE_S)
        return self._pause_s


def _name(predicate: Callable[..., object]) -> str:
    return getattr(predicate, "__qualname__", repr(predicate))
