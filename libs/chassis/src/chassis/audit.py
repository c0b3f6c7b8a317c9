"""Who did what to which thing, before and after: one row in the transaction of the change, with its own hash.

`chassis.audit_chain` seals committed rows into blocks and verifies them.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import current_or_none
from chassis.ids import TenantId, new_id
from chassis.tables import metadata, moment, tenant_column

State = Mapping[str, object]

audit = Table(
    "audit",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    tenant_column(),
    moment("occurred_at"),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("decision", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("xid", BigInteger, nullable=False, server_default=text("pg_current_xact_id()::text::bigint")),
    Index("audit_tenant_resource_idx", "tenant_id", "resource", "id"),
    Index("audit_xid_idx", "xid"),
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row as it is hashed: all of its content but the hash itself."""

    id: str
    tenant_id: str
    occurred_at: datetime
    actor: str
    action: str
    resource: str
    before: str
    after: str
    decision: str
    origin: str

    def digest(self) -> bytes:
        """SHA-256 over the fields as a JSON array, so that no two different rows share an encoding."""
        fields = [
            self.id,
            self.tenant_id,
            self.occurred_at.timestamp().hex(),
            self.actor,
            self.action,
            self.resource,
            self.before,
            self.after,
            self.decision,
            self.origin,
        ]
        return hashlib.sha256(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()).digest()


class AuditTrail:
    """Audit rows of one transaction, written together just before it commits."""

    def __init__(self, connection: AsyncConnection, tenant_id: TenantId, now: datetime) -> None:
        self._connection = connection
        self._tenant_id = tenant_id
        self._now = now
        self._entries: list[AuditEntry] = []

    def record(
        self,
        *,
        action: str,
        resource: str,
        before: State | None = None,
        after: State | None = None,
        decision: str = "",
    ) -> None:
        """Adds a row about one change.

        Args:
            action: what was done, for example `lead.override`.
            resource: to which thing, as in its URL, for example `leads/0190f3c4-…`.
            before: what changes, as it was; None where there was nothing.
            after: what changes, as it is now; None where nothing is left.
            decision: rule and policy version that led to it; empty where none applies.
        """
        request = current_or_none()
        entry = AuditEntry(
            new_id(),
            self._tenant_id,
            self._now,
            request.principal.actor if request else "service:unknown",
            action,
            resource,
            _canonical(before),
            _canonical(after),
            decision,
            request.origin if request else "",
        )
        self._entries.append(entry)

    async def flush(self) -> None:
        """Writes the recorded rows in one statement."""
        if not self._entries:
            return
        entries, self._entries = self._entries, []
        columns = {name: [getattr(entry, name) for entry in entries] for name in _VARYING}
        hashes = [entry.digest() for entry in entries]
        await self._connection.execute(
            _INSERT, {"tenant": self._tenant_id, "occurred_at": self._now, "hashes": hashes, **columns}
        )


_VARYING = ("id", "actor", "action", "resource", "before", "after", "decision", "origin")
_INSERT = text(
    "INSERT INTO audit"
    " (tenant_id, occurred_at, xid, id, actor, action, resource, before, after, decision, origin, hash)"
    " SELECT CAST(:tenant AS uuid), :occurred_at,"
    " pg_current_xact_id()::text::bigint + (SELECT coalesce(max(xid_base), 0) FROM restoration), a.*"
    " FROM unnest(CAST(:id AS uuid[]), CAST(:actor AS text[]),"
    " CAST(:action AS text[]), CAST(:resource AS text[]), CAST(:before AS text[]), CAST(:after AS text[]),"
    " CAST(:decision AS text[]), CAST(:origin AS text[]), CAST(:hashes AS bytea[])) AS a"
)


def _canonical(state: State | None) -> str:
    return "" if state is None else json.dumps(state, ensure_ascii=False, sort_keys=True, default=str)
