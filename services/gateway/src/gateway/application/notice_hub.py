"""Hands each notice, as it comes in, to the connections of this process that may see it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from chassis.errors import Exhausted
from gateway.domain.notice import SentNotice
from gateway.domain.notice_audience import Viewer

MOST_WAITING = 256
MOST_CONNECTIONS_EACH = 20
MOST_RECENT = 20_000
_TRY_AGAIN_S = 5.0


@dataclass(slots=True, eq=False)
class Connection:
    """One open stream. What its viewer may see waits in `waiting` until it is fetched."""

    tenant_id: str
    viewer: Viewer
    """Replaced when the directory changes."""
    waiting: asyncio.Queue[SentNotice] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    is_over: bool = False
    """Nothing more comes: the client was too slow, or the process stops."""

    def offer(self, notice: SentNotice) -> None:
        """Lets the notice wait if the viewer sees it. A full queue ends the connection: a gap must not go unseen."""
        if self.is_over or not self.viewer.sees(notice):
            return
        try:
            self.waiting.put_nowait(notice)
        except asyncio.QueueFull:
            self.is_over = True

    async def fetch(self, timeout_s: float) -> list[SentNotice]:
        """What waits; when nothing does, what comes next, or nothing after `timeout_s`."""
        if self.waiting.empty() and not self.is_over:
            try:
                first = await asyncio.wait_for(self.waiting.get(), timeout_s)
            except TimeoutError:
                return []
            return [first, *self._all()]
        return self._all()

    def _all(self) -> list[SentNotice]:
        return [self.waiting.get_nowait() for _ in range(self.waiting.qsize())]


class NoticeHub:
    """The open connections by tenant, and the notices of the last while, for those who resume."""

    def __init__(self) -> None:
        self._connections: dict[str, set[Connection]] = {}
        self._recent: deque[SentNotice] = deque(maxlen=MOST_RECENT)

    def publish(self, notices: Iterable[SentNotice]) -> None:
        """Offers notices to all connections of their tenants."""
        for notice in notices:
            self._recent.append(notice)
            for connection in self._connections.get(notice.tenant_id, ()):
                connection.offer(notice)

    def recent(self, tenant_id: str) -> list[SentNotice]:
        """The last notices of a tenant that came in live, oldest first: those the worker may not have kept yet."""
        return [notice for notice in self._recent if notice.tenant_id == tenant_id]

    @contextmanager
    def connection(self, tenant_id: str, viewer: Viewer) -> Iterator[Connection]:
        """An open connection.

        Raises:
            Exhausted: the person has too many already.
        """
        connections = self._connections.setdefault(tenant_id, set())
        of_person = sum(each.viewer.person_id == viewer.person_id for each in connections)
        if of_person >= MOST_CONNECTIONS_EACH:
            raise Exhausted(_TRY_AGAIN_S)
        connection = Connection(tenant_id, viewer)
        connections.add(connection)
        try:
            yield connection
        finally:
            connections.discard(connection)
            if not connections:
                self._connections.pop(tenant_id, None)

    def close(self) -> None:
        """Ends all connections, for the process stops."""
        for connections in self._connections.values():
            for connection in connections:
                connection.is_over = True
