"""Imports in PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text

from chassis.database import SqlRow, Transaction
from lead_router.domain.ids import ImportId, LeadId
from lead_router.domain.lead_import import ImportRow, ImportState, LeadImport, RowCounts, RowOutcome


class PostgresImports:
    """The imports of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def find(self, digest: str, dry_run: bool) -> LeadImport | None:
        """The import of the same file under the same mapping that was not undone, or None."""
        row = (await self._connection.execute(_FIND, {"digest": digest, "dry_run": dry_run})).one_or_none()
        return _import(row) if row else None

    async def add(self, one: LeadImport) -> bool:
        """Keeps a new import; False where a rival opened the same one first."""
        return bool((await self._connection.execute(_ADD, self._row(one))).rowcount)

    async def get(self, import_id: ImportId) -> LeadImport | None:
        """The import, or None."""
        row = (await self._connection.execute(_GET, {"id": import_id})).one_or_none()
        return _import(row) if row else None

    async def lock(self, import_id: ImportId) -> LeadImport | None:
        """The import, held until the transaction ends, or None."""
        row = (await self._connection.execute(_LOCK, {"id": import_id})).one_or_none()
        return _import(row) if row else None

    async def save(self, one: LeadImport) -> None:
        """Writes an import that was locked in this transaction."""
        await self._connection.execute(_SAVE, self._row(one))

    async def rows(self, import_id: ImportId, numbers: Sequence[int]) -> Mapping[int, ImportRow]:
        """Those of the rows that have an outcome."""
        rows = await self._connection.execute(_ROWS, {"id": import_id, "numbers": list(numbers)})
        return {row.row_number: _row(row) for row in rows}

    async def add_rows(self, import_id: ImportId, rows: Sequence[ImportRow]) -> None:
        """Keeps outcomes."""
        if rows:
            values = [
                {
                    "tenant": self._tenant_id,
                    "id": import_id,
                    "number": row.row_number,
                    "hash": row.content_hash,
                    "outcome": row.outcome.value,
                    "submission": row.submission_id,
                    "lead": row.lead_id,
                    "reason": row.reason,
                    "detail": row.detail,
                }
                for row in rows
            ]
            await self._connection.execute(_ADD_ROW, values)

    async def counts(self, import_id: ImportId) -> RowCounts:
        """Rows by outcome, and where to go on."""
        row = (await self._connection.execute(_COUNT, {"id": import_id})).one()
        return RowCounts(row.created, row.joined, row.rejected, row.next_row, row.highest)

    async def page(self, import_id: ImportId, outcome: str, after: int, size: int) -> Sequence[ImportRow]:
        """Rows after `after` by number, at most `size`; an empty outcome is any."""
        wanted = {"id": import_id, "outcome": outcome, "after": after, "size": size}
        return [_row(row) for row in await self._connection.execute(_PAGE, wanted)]

    def _row(self, one: LeadImport) -> dict[str, Any]:
        return {
            "tenant": self._tenant_id,
            "id": one.id,
            "file_name": one.file_name,
            "digest": one.digest,
            "dry_run": one.dry_run,
            "state": one.state.value,
            "started_by": one.started_by,
            "started_at": one.started_at,
            "undone": one.undone,
            "kept": one.kept,
        }


def _import(row: SqlRow) -> LeadImport:
    return LeadImport(
        ImportId(str(row.id)),
        row.file_name,
        row.digest,
        row.dry_run,
        row.started_by,
        row.started_at,
        ImportState(row.state),
        row.undone,
        row.kept,
    )


def _row(row: SqlRow) -> ImportRow:
    return ImportRow(
        row.row_number,
        bytes(row.content_hash),
        RowOutcome(row.outcome),
        LeadId(str(row.submission_id)) if row.submission_id else None,
        LeadId(str(row.lead_id)) if row.lead_id else None,
        row.reason,
        row.detail,
    )


_FIND = text("SELECT * FROM lead_import WHERE digest = :digest AND dry_run = :dry_run AND state <> 'undone'")
_ADD = text(
    "INSERT INTO lead_import (tenant_id, id, file_name, digest, dry_run, state, started_by, started_at, undone, kept)"
    " VALUES (:tenant, :id, :file_name, :digest, :dry_run, :state, :started_by, :started_at, :undone, :kept)"
    " ON CONFLICT DO NOTHING"
)
_GET = text("SELECT * FROM lead_import WHERE id = :id")
_LOCK = text("SELECT * FROM lead_import WHERE id = :id FOR UPDATE")
_SAVE = text(
    "UPDATE lead_import SET state = :state, undone = :undone, kept = :kept WHERE tenant_id = :tenant AND id = :id"
)
_ROWS = text("SELECT * FROM import_row WHERE import_id = :id AND row_number = ANY(CAST(:numbers AS bigint[]))")
_ADD_ROW = text(
    "INSERT INTO import_row (tenant_id, import_id, row_number, content_hash, outcome, submission_id, lead_id, reason,"
    " detail) VALUES (:tenant, :id, :number, :hash, :outcome, :submission, :lead, :reason, :detail)"
)
_COUNT = text(
    "SELECT count(*) FILTER (WHERE outcome = 'created') AS created,"
    " count(*) FILTER (WHERE outcome = 'joined') AS joined,"
    " count(*) FILTER (WHERE outcome = 'rejected') AS rejected, coalesce(max(row_number), 0) AS highest,"
    " CASE WHEN count(*) = coalesce(max(row_number), 0) THEN count(*) + 1"
    " ELSE min(place) FILTER (WHERE row_number <> place) END AS next_row"
    " FROM (SELECT outcome, row_number, row_number() OVER (ORDER BY row_number) AS place FROM import_row"
    " WHERE import_id = :id) AS numbered"
)
_PAGE = text(
    "SELECT * FROM import_row WHERE import_id = :id AND (:outcome = '' OR outcome = :outcome) AND row_number > :after"
    " ORDER BY row_number LIMIT :size"
)
