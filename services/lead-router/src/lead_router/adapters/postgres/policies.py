"""Routing policies in PostgreSQL: versions that are only ever added."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from chassis.database import SqlRow, Transaction
from lead_router.application.published_policy import PublishedPolicy


class PostgresPolicies:
    """The policy versions of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def active(self) -> PublishedPolicy | None:
        """The newest version, which is the one that routes; None where there is none yet."""
        row = (await self._connection.execute(_ACTIVE)).one_or_none()
        return _policy(row) if row else None

    async def version(self) -> int:
        """Number of the newest version; 0 where there is none yet."""
        return int(await self._connection.scalar(_VERSION) or 0)

    async def page(self, before: int, size: int) -> Sequence[PublishedPolicy]:
        """Versions below `before`, newest first, at most `size`; 0 for all."""
        rows = await self._connection.execute(_PAGE, {"before": before, "size": size})
        return [_policy(row) for row in rows]

    async def hold(self) -> None:
        """Lets nobody else publish until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def add(self, policy: PublishedPolicy) -> None:
        """Keeps a new version."""
        row: dict[str, Any] = {
            "tenant": self._tenant_id,
            "version": policy.version,
            "id": policy.policy_id,
            "document": json.dumps(policy.document, ensure_ascii=False),
            "published_at": policy.published_at,
            "published_by": policy.published_by,
            "note": policy.note,
        }
        await self._connection.execute(_ADD, row)


def _policy(row: SqlRow) -> PublishedPolicy:
    document = row.document if isinstance(row.document, dict) else json.loads(row.document)
    return PublishedPolicy(str(row.id), row.version, document, row.published_at, row.published_by, row.note)


_ACTIVE = text("SELECT * FROM routing_policy ORDER BY version DESC LIMIT 1")
_VERSION = text("SELECT max(version) FROM routing_policy")
_PAGE = text("SELECT * FROM routing_policy WHERE (:before = 0 OR version < :before) ORDER BY version DESC LIMIT :size")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('routing_policy' || CAST(:tenant AS text), 0))")
_ADD = text(
    "INSERT INTO routing_policy (tenant_id, version, id, document, published_at, published_by, note)"
    " VALUES (:tenant, :version, :id, CAST(:document AS jsonb), :published_at, :published_by, :note)"
)
