"""Leads in PostgreSQL: the whole aggregate as a document, the columns beside it for queries."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, Uuid, column, literal_column, table, text

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.merged_walks import OneEach, page_of, walks_of
from chassis.pages import Cursor
from lead_router.adapters.postgres.columns import columns_of
from lead_router.adapters.postgres.lead_document import from_document, to_document
from lead_router.application.stored_lead import Intake, LeadFilter, StoredLead
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_state import LeadState

# `json.dumps` with any option would build an encoder for each document.
_ENCODER = json.JSONEncoder(ensure_ascii=False)
_UUID = Uuid(as_uuid=False)
_LEAD = table(
    "lead",
    *(column(name, _UUID) for name in ("id", "owner_id", "team_id")),
    column("state", Text),
    *map(column, ("version", "waiting_reason", "to_be_activated", "is_urgent", "source", "worth")),
    *map(column, ("received_at", "document")),
)
# As the partial index has it: few leads are qualified, so the rest costs it nothing.
_IS_QUALIFIED = literal_column("document #>> '{qualification,qualified_at}' IS NOT NULL", Boolean)


class PostgresLeads:
    """The leads of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add_many(self, intakes: Sequence[Intake]) -> None:
        """Keeps new leads with their raw submissions, identities and keys."""
        if not intakes:
            return
        tenant = {"tenant_id": self._tenant_id}
        leads = columns_of([self._row(intake.stored) for intake in intakes])
        await self._connection.execute(_INSERT, leads | tenant)
        rows = [
            {
                "lead_id": intake.stored.lead.id,
                "received_at": intake.stored.lead.received_at,
                "door": intake.door,
                "submitter": intake.submitter,
                "submission": intake.submission,
                "normalised": _ENCODER.encode(intake.identity.to_dict()),
            }
            for intake in intakes
        ]
        await self._connection.execute(_INSERT_INTAKE, columns_of(rows) | tenant)

    async def get(self, lead_id: LeadId) -> StoredLead | None:
        """The lead, or None."""
        row = (await self._connection.execute(_GET, {"id": lead_id})).one_or_none()
        return stored_lead(row) if row else None

    async def get_many(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, StoredLead]:
        """Those of the leads that exist."""
        rows = await self._connection.execute(_GET_MANY, {"ids": list(lead_ids)})
        return {LeadId(str(row.id)): stored_lead(row) for row in rows}

    async def lock(self, lead_id: LeadId) -> StoredLead | None:
        """The lead, held until the transaction ends, or None."""
        row = (await self._connection.execute(_LOCK, {"id": lead_id})).one_or_none()
        return stored_lead(row) if row else None

    async def lock_many(self, lead_ids: Iterable[LeadId]) -> Mapping[LeadId, StoredLead]:
        """Those of the leads that exist, held until the transaction ends; locked in the order of their ids."""
        wanted = sorted(set(lead_ids))
        if not wanted:
            return {}
        rows = await self._connection.execute(_LOCK_MANY, {"ids": wanted})
        return {LeadId(str(row.id)): stored_lead(row) for row in rows}

    async def save(self, stored: StoredLead) -> None:
        """Writes a lead that was locked in this transaction."""
        await self.save_many([stored])

    async def save_many(self, stored: Sequence[StoredLead]) -> None:
        """Writes leads that were locked in this transaction."""
        if stored:
            rows = [{"tenant_id": self._tenant_id, **self._row(one)} for one in stored]
            await self._connection.execute(_UPDATE, rows)

    async def page(self, wanted: LeadFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Leads that the scope includes, newest first, after the cursor, at most `size`."""
        conditions, walks = _conditions(wanted), walks_of(scope, _LEAD.c.owner_id, _LEAD.c.team_id)
        if after:
            conditions.append(_LEAD.c.id < after.id)
        if wanted.states and scope.kind == "all":
            walks = [OneEach(_LEAD.c.state, wanted.states)]
        elif wanted.states:
            conditions.append(_LEAD.c.state.in_(list(wanted.states)))
        query = page_of(_LEAD, walks, conditions, order=[_LEAD.c.id], size=size, is_descending=True)
        return [stored_lead(row) for row in await self._connection.execute(query)]

    async def lock_waiting(self, due_by: datetime, most: int) -> Sequence[StoredLead]:
        """Waiting leads whose time has come, or that have none, and that nobody else holds; urgent ones first."""
        rows = await self._connection.execute(_LOCK_WAITING, {"due": due_by, "most": most})
        return [stored_lead(row) for row in rows]

    async def counts(self) -> Mapping[LeadState, int]:
        """Leads by state."""
        return {LeadState(row.state): int(row.leads) for row in await self._connection.execute(_COUNTS)}

    async def received(self) -> int:
        """All submissions taken in, counted from the raw intake."""
        return int(await self._connection.scalar(_RECEIVED) or 0)

    async def to_be_activated(self) -> int:
        """Owned leads that are 待激活."""
        return int(await self._connection.scalar(_TO_BE_ACTIVATED) or 0)

    async def qualified(self) -> int:
        """Leads that have all qualifying documents, each counted once, wherever it stands now."""
        return int(await self._connection.scalar(_QUALIFIED) or 0)

    def _row(self, stored: StoredLead) -> dict[str, Any]:
        lead, standing = stored.lead, stored.lead.standing
        profile = lead.details.profile
        return {
            "id": lead.id,
            "version": lead.version,
            "state": standing.state.value,
            "waiting_reason": standing.waiting_reason.value if standing.waiting_reason else None,
            "look_again_at": standing.look_again_at,
            "owner_id": standing.owner.rep_id if standing.owner else None,
            "team_id": standing.owner.team_id if standing.owner else None,
            "merged_into": standing.merged_into,
            "to_be_activated": lead.clocks.to_be_activated and standing.state is LeadState.ASSIGNED,
            "fell_silent": lead.clocks.fell_silent,
            "is_urgent": lead.is_urgent,
            "source": lead.details.origin.source,
            "region": profile.region,
            "segment": profile.segment,
            "worth": stored.worth,
            "received_at": lead.received_at,
            "assigned_at": standing.assigned_at,
            "first_touched_at": lead.clocks.first_touched_at,
            "pool_id": standing.pool_id,
            "pooled_at": standing.pooled_at,
            "offered_to_id": standing.offered_to.rep_id if standing.offered_to else None,
            "offered_team_id": (standing.offered_to.team_id or None) if standing.offered_to else None,
            "offer_expires_at": standing.offer_expires_at,
            "document": _ENCODER.encode({**to_document(lead), **_beside(stored)}),
        }


def _conditions(wanted: LeadFilter) -> list[ColumnElement[bool]]:
    """All that narrows but the states, of which each has an order of its own."""
    conditions: list[ColumnElement[bool]] = []
    conditions += [_LEAD.c[name] == getattr(wanted, name) for name in ("owner_id", "team_id") if getattr(wanted, name)]
    if wanted.source:
        conditions.append(_LEAD.c.source == wanted.source)
    if wanted.waiting_reason:
        conditions.append(_LEAD.c.waiting_reason == wanted.waiting_reason)
    if wanted.to_be_activated:
        conditions.append(_LEAD.c.to_be_activated.is_(True))
    if wanted.qualified:
        conditions.append(_IS_QUALIFIED)
    return conditions


def stored_lead(row: SqlRow) -> StoredLead:
    """A row with id, version, is_urgent, worth, received_at and document."""
    document = row.document if isinstance(row.document, dict) else json.loads(row.document)
    lead = from_document(
        str(row.id), document, version=row.version, is_urgent=row.is_urgent, received_at=row.received_at
    )
    due = [datetime.fromisoformat(text) if text else None for text in document["due"]]
    return StoredLead(lead, row.worth, tuple(document["warnings"]), *due)


def _beside(stored: StoredLead) -> dict[str, Any]:
    """What is kept with the lead without being part of it."""
    due = [moment.isoformat() if moment else None for moment in (stored.response_due_at, stored.follow_up_due_at)]
    return {"warnings": list(stored.warnings), "due": due}


_INSERT = text(
    "INSERT INTO lead (tenant_id, id, version, state, waiting_reason, look_again_at, owner_id, team_id, merged_into,"
    " to_be_activated, fell_silent, is_urgent, source, region, segment, worth, received_at, assigned_at,"
    " first_touched_at, pool_id, pooled_at, offered_to_id, offered_team_id, offer_expires_at, document)"
    " SELECT CAST(:tenant_id AS uuid), l.* FROM unnest(CAST(:id AS uuid[]), CAST(:version AS bigint[]),"
    " CAST(:state AS text[]), CAST(:waiting_reason AS text[]), CAST(:look_again_at AS timestamptz[]),"
    " CAST(:owner_id AS uuid[]), CAST(:team_id AS uuid[]), CAST(:merged_into AS uuid[]),"
    " CAST(:to_be_activated AS boolean[]), CAST(:fell_silent AS boolean[]), CAST(:is_urgent AS boolean[]),"
    " CAST(:source AS text[]),"
    " CAST(:region AS text[]), CAST(:segment AS text[]), CAST(:worth AS bigint[]),"
    " CAST(:received_at AS timestamptz[]), CAST(:assigned_at AS timestamptz[]),"
    " CAST(:first_touched_at AS timestamptz[]), CAST(:pool_id AS uuid[]), CAST(:pooled_at AS timestamptz[]),"
    " CAST(:offered_to_id AS uuid[]), CAST(:offered_team_id AS uuid[]), CAST(:offer_expires_at AS timestamptz[]),"
    " CAST(:document AS jsonb[])) AS l"
)
_INSERT_INTAKE = text(
    "WITH taken AS (SELECT * FROM unnest(CAST(:lead_id AS uuid[]), CAST(:received_at AS timestamptz[]),"
    " CAST(:door AS text[]), CAST(:submitter AS text[]), CAST(:submission AS bytea[]), CAST(:normalised AS jsonb[]))"
    " AS t (lead_id, received_at, door, submitter, submission, normalised)),"
    " raw AS (INSERT INTO raw_intake (tenant_id, lead_id, received_at, door, submitter, submission)"
    " SELECT CAST(:tenant_id AS uuid), lead_id, received_at, door, submitter, submission FROM taken)"
    " INSERT INTO lead_identity (tenant_id, lead_id, normalised)"
    " SELECT CAST(:tenant_id AS uuid), lead_id, normalised FROM taken"
)
_UPDATE = text(
    "UPDATE lead SET version = :version, state = :state, waiting_reason = :waiting_reason,"
    " look_again_at = :look_again_at, owner_id = :owner_id, team_id = :team_id, merged_into = :merged_into,"
    " to_be_activated = :to_be_activated, fell_silent = :fell_silent, is_urgent = :is_urgent, source = :source,"
    " region = :region, segment = :segment, worth = :worth, received_at = :received_at, assigned_at = :assigned_at,"
    " first_touched_at = :first_touched_at, pool_id = :pool_id, pooled_at = :pooled_at,"
    " offered_to_id = :offered_to_id, offered_team_id = :offered_team_id, offer_expires_at = :offer_expires_at,"
    " document = CAST(:document AS jsonb)"
    " WHERE tenant_id = :tenant_id AND id = :id"
)
_GET = text("SELECT id, version, is_urgent, worth, received_at, document FROM lead WHERE id = :id")
_GET_MANY = text(
    "SELECT id, version, is_urgent, worth, received_at, document FROM lead WHERE id = ANY(CAST(:ids AS uuid[]))"
)
_LOCK = text("SELECT id, version, is_urgent, worth, received_at, document FROM lead WHERE id = :id FOR UPDATE")
_LOCK_MANY = text(
    "SELECT id, version, is_urgent, worth, received_at, document FROM lead"
    " WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"
)
_LOCK_WAITING = text(
    "SELECT id, version, is_urgent, worth, received_at, document FROM lead WHERE state = 'waiting'"
    " AND (look_again_at IS NULL OR look_again_at <= :due) ORDER BY is_urgent DESC, received_at"
    " LIMIT :most FOR UPDATE SKIP LOCKED"
)
_COUNTS = text("SELECT state, count(*) AS leads FROM lead GROUP BY state")
_RECEIVED = text("SELECT count(*) FROM raw_intake")
_QUALIFIED = text("SELECT count(*) FROM lead WHERE document #>> '{qualification,qualified_at}' IS NOT NULL")
_TO_BE_ACTIVATED = text("SELECT count(*) FROM lead WHERE state = 'assigned' AND to_be_activated")
