"""Seals committed audit rows into blocks, one chain per tenant, and verifies them.

A block lists its rows in order and hashes them together with the block before. Only rows of transactions older than
every running one are sealed, so a late commit cannot slip in behind a sealed block: a row that belongs behind it and
stands in no block was inserted later. Heads are logged, which anchors them outside of the database.
"""

import asyncio
import hashlib
from dataclasses import dataclass

import structlog
from sqlalchemy import ARRAY, BigInteger, Column, Index, LargeBinary, PrimaryKeyConstraint, Table, Uuid, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.audit import AuditEntry
from chassis.database import Database, SqlRow, Transaction
from chassis.errors import Unreachable
from chassis.failpoints import failpoints
from chassis.leadership import leadership
from chassis.tables import metadata, moment, tenant_column

log = structlog.get_logger(__name__)

_EVERY_S = 1.0
_MOST_ROWS = 10_000
_NO_BLOCK = bytes(32)

audit_block = Table(
    "audit_block",
    metadata,
    tenant_column(),
    Column("number", BigInteger, nullable=False),
    Column("audit_ids", ARRAY(Uuid(as_uuid=False)), nullable=False),
    Column("below_xid", BigInteger, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("head", LargeBinary, nullable=False),
    moment("sealed_at"),
    PrimaryKeyConstraint("tenant_id", "number"),
    Index("audit_block_below_idx", "below_xid"),
)


def head_hash(previous: bytes, number: int, below_xid: int, rows: list[tuple[str, bytes]]) -> bytes:
    """SHA-256 of a block: the head before, its number and bound, and the id and content hash of each row in order."""
    digest = hashlib.sha256(previous + number.to_bytes(8, "big") + below_xid.to_bytes(8, "big"))
    for audit_id, content in rows:
        digest.update(audit_id.encode() + content)
    return digest.digest()


class AuditSealer:
    """Seals the audit rows of one service: one leader, every second."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Seals while this process leads. Ends by cancellation."""
        while True:
            try:
                async with leadership(self._database, "audit_sealer") as connection:
                    while connection is not None:
                        await self.seal(connection)
                        await asyncio.sleep(_EVERY_S)
            except (Unreachable, DBAPIError, OSError) as error:
                log.warning("audit.sealer_interrupted", fault=type(error).__name__)
            await asyncio.sleep(_EVERY_S)

    async def seal(self, connection: AsyncConnection) -> int:
        """Seals all rows that are old enough, a block per tenant, in one transaction; returns how many blocks."""
        horizon = await connection.scalar(_HORIZON)
        rows = (await connection.execute(_UNSEALED, {"horizon": horizon, "most": _MOST_ROWS})).all()
        if len(rows) >= _MOST_ROWS:  # cut off after a whole transaction: what lies above is sealed next time
            horizon = rows[-1].xid + 1
        by_tenant: dict[str, list[SqlRow]] = {}
        for row in sorted(rows, key=lambda row: (row.xid, str(row.id))):
            by_tenant.setdefault(str(row.tenant_id), []).append(row)
        for tenant_id, unsealed in by_tenant.items():
            await self._append_block(connection, tenant_id, unsealed, horizon)
        failpoints.reach("sealer.before_commit")
        await connection.commit()
        return len(by_tenant)

    async def _append_block(
        self, connection: AsyncConnection, tenant_id: str, rows: list[SqlRow], horizon: int
    ) -> None:
        last = (await connection.execute(_LAST_BLOCK, {"tenant": tenant_id})).one_or_none()
        number, previous = (last.number + 1, bytes(last.head)) if last else (1, _NO_BLOCK)
        head = head_hash(previous, number, horizon, [(str(row.id), bytes(row.hash)) for row in rows])
        block = {
            "tenant": tenant_id,
            "number": number,
            "ids": [str(row.id) for row in rows],
            "below": horizon,
            "previous": previous,
            "head": head,
        }
        await connection.execute(_APPEND, block)
        log.info("audit.sealed", tenant=tenant_id, block=number, rows=len(rows), head=head.hex())


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found."""

    sealed_rows: int
    unsealed_rows: int
    blocks: int
    first_bad: str = ""
    """First bad row or block, as `audit/<id>` or `blocks/<number>`; empty where all fit."""
    fault: str = ""
    """`ALTERED`, `MISSING`, `INSERTED` or `CHAIN_BROKEN`; empty where all fit."""

    @property
    def is_valid(self) -> bool:
        """Whether every sealed row and every block fits."""
        return not self.fault


async def verify(transaction: Transaction) -> Verification:
    """Recomputes the chain of the transaction's tenant and names the first row or block that does not fit."""
    blocks = (await transaction.connection.execute(_BLOCKS)).all()
    rows = {str(row.id): row for row in await transaction.connection.execute(_ROWS)}
    sealed: set[str] = set()
    previous, below = _NO_BLOCK, 0
    rows_sealed = 0

    def found(unsealed_rows: int, first_bad: str = "", fault: str = "") -> Verification:
        return Verification(rows_sealed, unsealed_rows, len(blocks), first_bad, fault)

    for expected, block in enumerate(blocks, start=1):
        ids = [str(audit_id) for audit_id in block.audit_ids]
        sealed.update(ids)
        rows_sealed += len(ids)
        bad = _first_bad_row(ids, rows)
        if not bad and (block.number != expected or bytes(block.previous) != previous):
            bad = (f"blocks/{block.number}", "CHAIN_BROKEN")
        if not bad and bytes(block.head) != _head_of(block, previous, rows):
            bad = (f"blocks/{block.number}", "CHAIN_BROKEN")
        if bad:
            return found(len(rows.keys() - sealed), *bad)
        previous, below = bytes(block.head), max(below, block.below_xid)
    unsealed = [row for audit_id, row in rows.items() if audit_id not in sealed]
    for row in unsealed:
        if row.xid < below:
            return found(len(unsealed), f"audit/{row.id}", "INSERTED")
        if bytes(row.hash) != _content_hash(row):
            return found(len(unsealed), f"audit/{row.id}", "ALTERED")
    return found(len(unsealed))


def _head_of(block: SqlRow, previous: bytes, rows: dict[str, SqlRow]) -> bytes:
    ids = [str(audit_id) for audit_id in block.audit_ids]
    return head_hash(previous, block.number, block.below_xid, [(i, bytes(rows[i].hash)) for i in ids])


def _first_bad_row(ids: list[str], rows: dict[str, SqlRow]) -> tuple[str, str] | None:
    for audit_id in ids:
        if audit_id not in rows:
            return f"audit/{audit_id}", "MISSING"
        if bytes(rows[audit_id].hash) != _content_hash(rows[audit_id]):
            return f"audit/{audit_id}", "ALTERED"
    return None


def _content_hash(row: SqlRow) -> bytes:
    return AuditEntry(
        str(row.id),
        str(row.tenant_id),
        row.occurred_at,
        row.actor,
        row.action,
        row.resource,
        row.before,
        row.after,
        row.decision,
        row.origin,
    ).digest()


_HORIZON = text(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    " + (SELECT coalesce(max(xid_base), 0) FROM restoration)"
)
# Every sealing takes the rows of all tenants below its horizon, so the highest bound of any tenant holds for all.
_UNSEALED = text(
    "SELECT id, tenant_id, hash, xid FROM audit WHERE xid < :horizon"
    " AND xid >= coalesce((SELECT max(below_xid) FROM audit_block), 0)"
    " ORDER BY xid FETCH FIRST :most ROWS WITH TIES"
)
_LAST_BLOCK = text("SELECT number, head FROM audit_block WHERE tenant_id = :tenant ORDER BY number DESC LIMIT 1")
_APPEND = text(
    "INSERT INTO audit_block (tenant_id, number, audit_ids, below_xid, previous, head, sealed_at)"
    " VALUES (:tenant, :number, CAST(:ids AS uuid[]), :below, :previous, :head, clock_timestamp())"
)
_BLOCKS = text("SELECT number, audit_ids, below_xid, previous, head FROM audit_block ORDER BY number")
_ROWS = text(
    "SELECT id, tenant_id, occurred_at, actor, action, resource, before, after, decision, origin, hash, xid FROM audit"
)
