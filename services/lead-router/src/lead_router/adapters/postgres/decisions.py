"""Decisions and their receipts in PostgreSQL. Rosters are kept once, under their digest."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from chassis.database import SqlRow, Transaction
from lead_router.adapters.postgres.columns import columns_of
from lead_router.application.decision_record import DecisionRecord
from lead_router.domain.ids import DecisionId, LeadId, RepId
from lead_router.domain.routing.canonical_json import digest
from lead_router.domain.routing.rep_table import Roster


class PostgresDecisions:
    """The decisions of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add_many(self, decisions: Sequence[DecisionRecord]) -> None:
        """Keeps decisions, and the rosters they speak of, where these are not kept yet."""
        if not decisions:
            return
        rosters = {one.roster.digest: one.roster for one in decisions if one.roster is not None}
        for key, roster in rosters.items():
            row = {"tenant": self._tenant_id, "digest": key, "rep_ids": list(roster.ids)}
            await self._connection.execute(_ADD_ROSTER, row)
        rows = columns_of([self._row(one) for one in decisions])
        await self._connection.execute(_ADD, rows | {"tenant": self._tenant_id})

    async def get(self, lead_id: LeadId, decision_id: DecisionId | None) -> DecisionRecord | None:
        """The decision asked for, or the last one about the lead; None where there is none."""
        wanted = {"lead": lead_id, "decision": decision_id}
        row = (await self._connection.execute(_GET, wanted)).one_or_none()
        return _record(row) if row else None

    async def decision_ids(self, lead_id: LeadId) -> Sequence[DecisionId]:
        """The decisions of a lead, oldest first."""
        rows = await self._connection.execute(_IDS, {"lead": lead_id})
        return [DecisionId(str(row.decision_id)) for row in rows]

    def _row(self, one: DecisionRecord) -> dict[str, Any]:
        return {
            "decision": one.decision_id,
            "lead": one.lead_id,
            "at": one.decided_at,
            "outcome": one.outcome,
            "rep": one.rep_id,
            "because": one.because,
            "note": one.note,
            "us": one.decision_us,
            "roster": one.roster.digest if one.roster else None,
            "document": one.content or None,
        }


def _record(row: SqlRow) -> DecisionRecord:
    content = bytes(row.document) if row.document else b""
    return DecisionRecord(
        decision_id=DecisionId(str(row.decision_id)),
        lead_id=LeadId(str(row.lead_id)),
        decided_at=row.decided_at,
        outcome=row.outcome,
        rep_id=RepId(str(row.rep_id)) if row.rep_id else None,
        because=row.because,
        note=row.note,
        decision_us=row.decision_us,
        document=json.loads(content) if content else None,
        content=content,
        digest=digest(content) if content else "",
        roster=Roster.of(RepId(str(rep)) for rep in row.rep_ids) if row.rep_ids else None,
    )


_ADD_ROSTER = text(
    "INSERT INTO roster (tenant_id, digest, rep_ids) VALUES (:tenant, :digest, CAST(:rep_ids AS uuid[]))"
    " ON CONFLICT DO NOTHING"
)
_ADD = text(
    "INSERT INTO receipt (tenant_id, decision_id, lead_id, decided_at, outcome, rep_id, because, note, decision_us,"
    " roster, document)"
    " SELECT CAST(:tenant AS uuid), d.* FROM unnest(CAST(:decision AS uuid[]), CAST(:lead AS uuid[]),"
    " CAST(:at AS timestamptz[]), CAST(:outcome AS text[]), CAST(:rep AS uuid[]), CAST(:because AS text[]),"
    " CAST(:note AS text[]), CAST(:us AS bigint[]), CAST(:roster AS text[]), CAST(:document AS bytea[])) AS d"
)
_GET = text(
    "SELECT d.*, r.rep_ids FROM receipt d LEFT JOIN roster r ON r.tenant_id = d.tenant_id AND r.digest = d.roster"
    " WHERE d.lead_id = :lead AND (CAST(:decision AS uuid) IS NULL OR d.decision_id = CAST(:decision AS uuid))"
    " ORDER BY d.decision_id DESC LIMIT 1"
)
_IDS = text("SELECT decision_id FROM receipt WHERE lead_id = :lead ORDER BY decision_id")
