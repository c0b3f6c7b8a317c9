"""What one person sees happen: what came since the last visit, then live, each notice once."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from chassis.errors import PersonUnknown
from gateway.application.notice_hub import Connection, NoticeHub
from gateway.application.ports import Notices, Viewers
from gateway.domain.notice import SentNotice

REFRESH_S = 2.0
"""How often the viewer's rights are looked at again; with the directory's own 2 s, a revocation takes effect in 5 s."""
MOST_RESUMED = 5_000
"""Rather than send more than this again, the client is told to load anew."""
MARGIN = timedelta(seconds=60)
"""Notices do not come in the order they were recorded; this far back, all are sent again."""


class Sign(Enum):
    """What is not a notice."""

    OPENED = auto()
    """The stream is open: from here on nothing is missed."""
    RESET = auto()
    """There may be a gap: the client should load anew what it shows."""


@dataclass(frozen=True, slots=True)
class WatchNotices:
    """Streams of notices."""

    hub: NoticeHub
    notices: Notices
    viewers: Viewers
    clock: Callable[[], float] = time.time

    async def __call__(
        self, tenant_id: str, person_id: str, *, until: float, last_id: str = ""
    ) -> AsyncGenerator[SentNotice | Sign, None]:
        """Notices as they come, until the person's access or token ends or the client is too slow.

        Args:
            tenant_id: tenant of the person.
            person_id: who watches.
            until: when the token expires, in seconds since 1970.
            last_id: last notice that the client has seen; empty for live ones only.
        Raises:
            PersonUnknown: the person has no access.
            Exhausted: too many connections of one person.
            Unreachable: database or directory do not answer.
        """
        viewer = await self.viewers.viewer(tenant_id, person_id)
        if viewer is None:
            raise PersonUnknown(person_id)
        with self.hub.connection(tenant_id, viewer) as connection:
            missed = await self._missed(connection, last_id) if last_id else []
            yield Sign.OPENED
            if missed is None:
                yield Sign.RESET
            for notice in missed or ():
                yield notice
            async for step in self._live(connection, until, {notice.id for notice in missed or ()}):
                yield step

    async def _live(
        self, connection: Connection, until: float, sent: set[str]
    ) -> AsyncGenerator[SentNotice | Sign, None]:
        forget_at = self.clock() + MARGIN.total_seconds()
        while self.clock() < until:
            for notice in await connection.fetch(REFRESH_S):
                if notice.id not in sent:
                    yield notice
            if self.clock() > forget_at:
                sent.clear()  # what was sent again has come in live as well by now
            if connection.is_over:
                yield Sign.RESET
                return
            if not await self._refresh(connection):
                return

    async def _missed(self, connection: Connection, last_id: str) -> list[SentNotice] | None:
        """What was recorded since the last one seen, less a margin: kept notices, and live ones that are not kept yet.

        None where that cannot be told, or is too much to send.
        """
        kept = await self.notices.since(connection.tenant_id, last_id, most=MOST_RESUMED + 1)
        known = {notice.id: notice for notice in [*kept, *self.hub.recent(connection.tenant_id)]}
        seen = known.pop(last_id, None)
        if seen is None or len(kept) > MOST_RESUMED:
            return None
        since = seen.recorded_at - MARGIN
        missed = [notice for notice in known.values() if notice.recorded_at >= since and connection.viewer.sees(notice)]
        return sorted(missed, key=lambda notice: (notice.recorded_at, notice.id))

    async def _refresh(self, connection: Connection) -> bool:
        viewer = await self.viewers.viewer(connection.tenant_id, connection.viewer.person_id)
        if viewer is None:
            return False
        connection.viewer = viewer
        return True
