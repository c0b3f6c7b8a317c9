"""Pairs of leads that may be one customer, in PostgreSQL."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Uuid, and_, column, or_, select, table, text

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.pages import Cursor
from lead_router.application.duplicate_ports import DuplicateFilter
from lead_router.domain.ids import DuplicateId, LeadId, PersonId
from lead_router.domain.lead_duplicate import DuplicateState, Finding, LeadDuplicate
from matching.identity import NormalisedIdentity

MOST_CANDIDATES = 100
MOST_PER_KEY = 50
"""Common brands cannot flood a look-up; measured recall with it is 0.99."""

_UUID = Uuid(as_uuid=False)
_PAIR = table(
    "lead_duplicate",
    *(column(name, _UUID) for name in ("tenant_id", "id", "lead_id", "other_id", "settled_by")),
    *map(column, ("state", "is_shown", "finding", "suspected_at", "settled_at")),
)
_LEAD = table("lead", *(column(name, _UUID) for name in ("tenant_id", "id", "owner_id", "team_id")))


class PostgresLeadDuplicates:
    """The pairs of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def alike(self, lead_id: LeadId, keys: Iterable[int]) -> Mapping[LeadId, Sequence[NormalisedIdentity]]:
        """Other leads that carry one of its keys, those with most keys in common first, with all that they unite."""
        wanted = {
            "tenant": self._tenant_id,
            "lead": lead_id,
            "keys": list(keys),
            "per_key": MOST_PER_KEY,
            "most": MOST_CANDIDATES,
        }
        found: defaultdict[LeadId, list[NormalisedIdentity]] = defaultdict(list)
        for row in await self._connection.execute(_ALIKE, wanted):
            found[LeadId(str(row.root_id))].append(NormalisedIdentity.from_dict(json.loads(row.normalised)))
        return found

    async def identities(self, lead_id: LeadId) -> Sequence[NormalisedIdentity]:
        """How the lead itself is known."""
        rows = await self._connection.execute(_IDENTITY, {"tenant": self._tenant_id, "lead": lead_id})
        return [NormalisedIdentity.from_dict(json.loads(row.normalised)) for row in rows]

    async def known(self, lead_id: LeadId) -> frozenset[LeadId]:
        """Leads that stand in a pair with it already."""
        rows = await self._connection.execute(_KNOWN, {"tenant": self._tenant_id, "lead": lead_id})
        return frozenset(LeadId(str(row.id)) for row in rows)

    async def add(self, pair: LeadDuplicate) -> bool:
        """Keeps a new pair; False where it is there, which stays as it is."""
        return await self._connection.scalar(_ADD, self._row(pair)) is not None

    async def lock(self, duplicate_id: DuplicateId) -> LeadDuplicate | None:
        """The pair, held until the transaction ends, or None."""
        row = (await self._connection.execute(_LOCK, {"id": duplicate_id})).one_or_none()
        return _duplicate(row) if row else None

    async def save(self, duplicate: LeadDuplicate) -> None:
        """Writes what was decided."""
        await self._connection.execute(_SAVE, self._row(duplicate))

    async def page(
        self, wanted: DuplicateFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[LeadDuplicate]:
        """Pairs with a lead that the scope includes, newest first, after the cursor, at most `size`."""
        query = select(_PAIR).where(_PAIR.c.tenant_id == self._tenant_id)
        if scope.kind != "all":
            visible = scope.where(_LEAD.c.owner_id, _LEAD.c.team_id)
            either = or_(_LEAD.c.id == _PAIR.c.lead_id, _LEAD.c.id == _PAIR.c.other_id)
            seen = select(_LEAD.c.id).where(and_(_LEAD.c.tenant_id == _PAIR.c.tenant_id, either, visible))
            query = query.where(seen.exists())
        if wanted.lead_id:
            query = query.where(or_(_PAIR.c.lead_id == wanted.lead_id, _PAIR.c.other_id == wanted.lead_id))
        if wanted.state:
            query = query.where(_PAIR.c.state == wanted.state.value)
        if after:
            query = query.where(_PAIR.c.id < after.id)
        rows = await self._connection.execute(query.order_by(_PAIR.c.id.desc()).limit(size))
        return [_duplicate(row) for row in rows]

    def _row(self, pair: LeadDuplicate) -> dict[str, Any]:
        return {
            "tenant": self._tenant_id,
            "id": pair.id,
            "lead": pair.lead_id,
            "other": pair.other_id,
            "state": pair.state.value,
            "is_shown": pair.is_shown,
            "finding": json.dumps(asdict(pair.finding)),
            "suspected_at": pair.suspected_at,
            "settled_at": pair.settled_at,
            "settled_by": pair.settled_by,
        }


def _duplicate(row: SqlRow) -> LeadDuplicate:
    finding = row.finding if isinstance(row.finding, dict) else json.loads(row.finding)
    return LeadDuplicate(
        id=DuplicateId(str(row.id)),
        lead_id=LeadId(str(row.lead_id)),
        other_id=LeadId(str(row.other_id)),
        finding=Finding.from_document(finding),
        is_shown=row.is_shown,
        suspected_at=row.suspected_at,
        state=DuplicateState(row.state),
        settled_at=row.settled_at,
        settled_by=PersonId(str(row.settled_by)) if row.settled_by else None,
    )


# A key leads to so many leads at the most; those with most keys in common are compared.
_ALIKE = text(
    "WITH hit AS (SELECT k.lead_id, count(*) AS shared FROM unnest(CAST(:keys AS bigint[])) own (key)"
    " CROSS JOIN LATERAL"
    " (SELECT lead_id FROM lead_key WHERE tenant_id = CAST(:tenant AS uuid) AND key = own.key"
    " ORDER BY lead_id DESC LIMIT :per_key) k WHERE k.lead_id <> CAST(:lead AS uuid)"
    " GROUP BY k.lead_id ORDER BY shared DESC, k.lead_id DESC LIMIT :most),"
    " root AS (SELECT DISTINCT coalesce(l.merged_into, l.id) AS id FROM hit JOIN lead l"
    " ON l.tenant_id = CAST(:tenant AS uuid) AND l.id = hit.lead_id),"
    " united AS (SELECT root.id AS root_id, root.id AS lead_id FROM root UNION ALL"
    " SELECT root.id, l.id FROM root JOIN lead l ON l.tenant_id = CAST(:tenant AS uuid) AND l.merged_into = root.id)"
    " SELECT united.root_id, CAST(i.normalised AS text) AS normalised FROM united"
    " JOIN lead_identity i ON i.tenant_id = CAST(:tenant AS uuid) AND i.lead_id = united.lead_id"
    " WHERE united.root_id <> CAST(:lead AS uuid)"
)
_IDENTITY = text(
    "SELECT CAST(normalised AS text) AS normalised FROM lead_identity"
    " WHERE tenant_id = CAST(:tenant AS uuid) AND lead_id = CAST(:lead AS uuid)"
)
_KNOWN = text(
    "SELECT other_id AS id FROM lead_duplicate WHERE tenant_id = CAST(:tenant AS uuid)"
    " AND lead_id = CAST(:lead AS uuid) UNION ALL"
    " SELECT lead_id FROM lead_duplicate WHERE tenant_id = CAST(:tenant AS uuid) AND other_id = CAST(:lead AS uuid)"
)
_ADD = text(
    "INSERT INTO lead_duplicate (tenant_id, id, lead_id, other_id, state, is_shown, finding, suspected_at)"
    " VALUES (:tenant, :id, :lead, :other, :state, :is_shown, CAST(:finding AS jsonb), :suspected_at)"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_LOCK = text("SELECT * FROM lead_duplicate WHERE id = :id FOR UPDATE")
_SAVE = text(
    "UPDATE lead_duplicate SET state = :state, settled_at = :settled_at, settled_by = :settled_by WHERE id = :id"
)
