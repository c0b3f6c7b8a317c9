"""Work by key that recurs when there is some: told of by whoever makes it, found again by a look around.

What a process forgets when it ends, the next look finds. Of one key there is never more than one run at a time in a
process; between processes, what is worked on is claimed in the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from datetime import timedelta
from typing import Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from chassis.errors import Unreachable
from chassis.logs import logger

K = TypeVar("K", bound=Hashable)

log = logger(__name__)

_PAUSE_AFTER_FAULT_S = 5.0


class Rounds(Generic[K]):
    """Knows the keys with something to do.

    Args:
        look: finds all of them.
        name: how logs call the work.
        look_every_s: seconds between two looks.
        abreast: how many keys are worked on at the same time.
    """

    def __init__(
        self, look: Callable[[], Awaitable[Iterable[K]]], *, name: str, look_every_s: float = 60.0, abreast: int = 1
    ) -> None:
        self._look = look
        self._name = name
        self._look_every_s = look_every_s
        self._abreast = abreast
        self._waiting: asyncio.Queue[K] = asyncio.Queue()
        self._queued: set[K] = set()
        self._running: set[K] = set()
        self._again: set[K] = set()

    def wake(self, key: K) -> None:
        """There is something to do for the key. To be called on the event loop of `run`."""
        if key in self._running:
            self._again.add(key)  # it may have come too late for the run that is under way
        elif key not in self._queued:
            self._queued.add(key)
            self._waiting.put_nowait(key)

    async def run(self, work: Callable[[K], Awaitable[timedelta | None]]) -> None:
        """Works until cancelled.

        Args:
            work: does what there is to do for a key and says when to come again; None for not by itself.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_looking())
            for _ in range(self._abreast):
                group.create_task(self._keep_working(work))

    async def _keep_looking(self) -> None:
        while True:
            try:
                for key in await self._look():
                    self.wake(key)
            except (Unreachable, DBAPIError) as fault:
                log.warning("rounds.look_interrupted", rounds=self._name, fault=type(fault).__name__)
            await asyncio.sleep(self._look_every_s)

    async def _keep_working(self, work: Callable[[K], Awaitable[timedelta | None]]) -> None:
        while True:
            key = await self._waiting.get()
            self._queued.discard(key)
            self._running.add(key)
            again_s = await self._work_on(key, work)
            self._running.discard(key)
            if key in self._again:
                self._again.discard(key)
                self.wake(key)
            # What is due after the next look is left to that look.
            elif again_s is not None and again_s < self._look_every_s:
                asyncio.get_running_loop().call_later(again_s, self.wake, key)

    async def _work_on(self, key: K, work: Callable[[K], Awaitable[timedelta | None]]) -> float | None:
        try:
            due_in = await work(key)
        except Exception as fault:  # logged in full: one key's fault must not stop the others
            log.warning("rounds.interrupted", rounds=self._name, fault=type(fault).__name__, exc_info=fault)
            return _PAUSE_AFTER_FAULT_S
        return None if due_in is None else due_in.total_seconds()
