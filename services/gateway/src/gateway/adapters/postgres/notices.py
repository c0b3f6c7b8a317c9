"""The notices of the last 24 hours, for clients that resume."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import text

from chassis.database import Database, current_transaction, execute_all
from chassis.event_headers import Event
from chassis.ids import TenantId, is_id
from chassis.retention import tenants_of
from gateway.adapters.notice_rendering import NoticeRendering
from gateway.application.watch_notices import MARGIN
from gateway.domain.notice import SentNotice
from throughline.common.v1.notice_pb2 import Notice

KEEP = timedelta(hours=24)


class PostgresNotices:
    """Written by the worker's consumer, read by the streams of every process."""

    def __init__(self, database: Database, rendering: NoticeRendering) -> None:
        self._database = database
        self._rendering = rendering

    async def keep(self, events: Sequence[Event[Notice]]) -> None:
        """Keeps notices, in the transaction of their events."""
        transaction = current_transaction()
        if transaction is None:
            raise LookupError("notices are kept inside the transaction of their events")
        rows = [
            {
                "tenant": event.tenant_id,
                "id": event.id,
                "recorded": event.recorded_at,
                "payload": event.message.SerializeToString(),
            }
            for event in events
        ]
        await execute_all(transaction.connection, _KEEP, rows)

    async def since(self, tenant_id: str, notice_id: str, *, most: int) -> Sequence[SentNotice]:
        """Those recorded since that one less a margin, itself included, oldest first; none where it is not known."""
        if not is_id(notice_id):
            return []
        wanted = {"id": notice_id, "margin": MARGIN, "most": most}
        async with self._database.transaction(TenantId(tenant_id)) as transaction:
            rows = (await transaction.connection.execute(_SINCE, wanted)).all()
        return [
            self._rendering.sent(str(row.event_id), tenant_id, row.recorded_at, Notice.FromString(row.payload))
            for row in rows
        ]

    async def trim(self) -> int:
        """Deletes what is older than 24 hours of business time, tenant by tenant; returns how many rows."""
        trimmed = 0
        for tenant_id in await tenants_of(self._database):
            async with self._database.transaction(tenant_id) as transaction:
                before = {"before": transaction.now - KEEP}
                trimmed += int((await transaction.connection.execute(_TRIM, before)).rowcount)
        return trimmed


_KEEP = text(
    "INSERT INTO notice (tenant_id, event_id, recorded_at, payload) VALUES (:tenant, :id, :recorded, :payload)"
    " ON CONFLICT DO NOTHING"
)
_SINCE = text(
    "SELECT n.event_id, n.recorded_at, n.payload FROM notice seen"
    " JOIN notice n ON n.tenant_id = seen.tenant_id AND n.recorded_at >= seen.recorded_at - CAST(:margin AS interval)"
    " WHERE seen.event_id = :id ORDER BY n.recorded_at, n.event_id LIMIT :most"
)
_TRIM = text(
    "DELETE FROM notice WHERE event_id IN"
    " (SELECT event_id FROM notice WHERE recorded_at < :before ORDER BY recorded_at LIMIT 5000)"
)
