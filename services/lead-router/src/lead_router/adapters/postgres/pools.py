"""Public pools in PostgreSQL: rules, tallies of the day, and who left which lead."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

from chassis.database import SqlRow, Transaction
from chassis.pages import Cursor
from lead_router.adapters.postgres.leads import stored_lead
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId, PoolId, RepId
from lead_router.domain.lead_ending import LeadQuality
from lead_router.domain.pool import Departure, Pool, PoolRules, RecycleAfter, RecycleRule

_TALLIES_KEPT = timedelta(days=7)
"""Tallies of days before are of no use; they go when the rep's next one is written."""
_DEPARTURES_KEPT = 50
"""Reps remembered for a lead, those who left it last; it had to have as many owners before one is forgotten."""
_LIMITS = (
    *("claims_per_day", "views_per_day", "cool_down_days", "protection_days", "extension_days", "most_extensions"),
    *("newcomer_hours", "newcomer_days", "rotate_after_days"),
)


class PostgresPools:
    """The pools of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def all(self) -> Sequence[Pool]:
        """All pools by name, without counts."""
        return [_pool(row) for row in await self._connection.execute(_ALL)]

    async def counted(self) -> Sequence[Pool]:
        """All pools by name, with how many leads are in each."""
        return [_pool(row, row.leads) for row in await self._connection.execute(_COUNTED)]

    async def get(self, pool_id: PoolId) -> Pool | None:
        """The pool, or None."""
        row = (await self._connection.execute(_GET, {"id": pool_id})).one_or_none()
        return _pool(row) if row else None

    async def hold(self) -> None:
        """Lets nobody else change pools until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def put(self, pool: Pool) -> None:
        """Keeps a pool in place of an earlier version."""
        row: dict[str, Any] = {
            "tenant": self._tenant_id,
            "id": pool.id,
            "version": pool.version,
            "name": pool.rules.name,
            "rules": json.dumps(_document(pool.rules), ensure_ascii=False),
        }
        await self._connection.execute(_PUT, row)

    async def leads(self, pool_id: PoolId, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Leads of a pool by the time they came and id, after the cursor, at most `size`."""
        place = {"since": after.moment if after else None, "id": after.id if after else None}
        rows = await self._connection.execute(_LEADS, {"pool": pool_id, "size": size, **place})
        return [stored_lead(row) for row in rows]

    async def owned_after(self, after: LeadId | None, size: int) -> Sequence[StoredLead]:
        """Owned leads by id, after one, at most `size`."""
        return [stored_lead(row) for row in await self._connection.execute(_OWNED, {"after": after, "size": size})]

    async def count_claim(self, pool_id: PoolId, rep_id: RepId, day: date, limit: int) -> int | None:
        """Counts one more claim of that day; None where that would pass the limit. The row's lock orders rivals."""
        place = self._place(pool_id, rep_id, day)
        await self._connection.execute(_FORGET, {"pool": pool_id, "rep": rep_id, "before": day - _TALLIES_KEPT})
        claims = await self._connection.scalar(_CLAIM, place | {"limit": limit})
        return None if claims is None else int(claims)

    async def count_view(self, pool_id: PoolId, rep_id: RepId, lead_id: LeadId, day: date, limit: int) -> int | None:
        """As `count_claim` for looking at a lead, which counts once a day."""
        if not limit:
            return 0
        place = self._place(pool_id, rep_id, day)
        await self._connection.execute(_FORGET, {"pool": pool_id, "rep": rep_id, "before": day - _TALLIES_KEPT})
        views = await self._connection.scalar(_VIEW, place | {"limit": limit, "lead": lead_id})
        return None if views is None else int(views)

    async def departed(self, departure: Departure) -> None:
        """Remembers that a rep left a lead; an earlier time is replaced."""
        row = {"lead": departure.lead_id, "rep": departure.rep_id, "at": departure.left_at}
        await self._connection.execute(_DEPARTED, row | {"tenant": self._tenant_id})
        await self._connection.execute(_FORGET_DEPARTED, {"lead": departure.lead_id, "most": _DEPARTURES_KEPT})

    async def left_at(self, lead_id: LeadId, rep_id: RepId) -> datetime | None:
        """When the rep last left the lead to a pool; None where that never happened."""
        found: datetime | None = await self._connection.scalar(_LEFT_AT, {"lead": lead_id, "rep": rep_id})
        return found

    def _place(self, pool_id: PoolId, rep_id: RepId, day: date) -> dict[str, Any]:
        return {"tenant": self._tenant_id, "pool": pool_id, "rep": rep_id, "day": day}


def _document(rules: PoolRules) -> dict[str, Any]:
    return {
        **{name: getattr(rules, name) for name in _LIMITS},
        "team_ids": sorted(rules.team_ids),
        "next_pool_id": rules.next_pool_id,
        "recycle_rules": [
            {
                "id": rule.id,
                "after": rule.after.value,
                "days": rule.days,
                "grades": sorted(rule.grades),
                "product_lines": sorted(rule.product_lines),
                "segments": sorted(rule.segments),
            }
            for rule in rules.recycle_rules
        ],
    }


def _pool(row: SqlRow, leads: int = 0) -> Pool:
    document = row.rules if isinstance(row.rules, dict) else json.loads(row.rules)
    next_pool_id = document["next_pool_id"]
    rules = PoolRules(
        name=row.name,
        team_ids=frozenset(document["team_ids"]),
        next_pool_id=PoolId(next_pool_id) if next_pool_id else None,
        recycle_rules=tuple(_rule(rule) for rule in document["recycle_rules"]),
        **{name: document[name] for name in _LIMITS},
    )
    return Pool(id=PoolId(str(row.id)), rules=rules, version=row.version, leads=leads)


def _rule(document: dict[str, Any]) -> RecycleRule:
    return RecycleRule(
        id=document["id"],
        after=RecycleAfter(document["after"]),
        days=document["days"],
        grades=frozenset(map(LeadQuality, document["grades"])),
        product_lines=frozenset(document["product_lines"]),
        segments=frozenset(document["segments"]),
    )


_LEAD = "SELECT id, version, is_urgent, worth, received_at, document FROM lead"
_ALL = text("SELECT id, version, name, rules FROM pool ORDER BY name, id")
_COUNTED = text(
    "SELECT id, version, name, rules, (SELECT count(*) FROM lead WHERE pool_id = pool.id) AS leads"
    " FROM pool ORDER BY name, id"
)
_GET = text("SELECT id, version, name, rules FROM pool WHERE id = :id")
_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('pool' || CAST(:tenant AS text), 0))")
_PUT = text(
    "INSERT INTO pool (tenant_id, id, version, name, rules)"
    " VALUES (:tenant, :id, :version, :name, CAST(:rules AS jsonb))"
    " ON CONFLICT ON CONSTRAINT pool_pkey"
    " DO UPDATE SET version = excluded.version, name = excluded.name, rules = excluded.rules"
)
_LEADS = text(
    f"{_LEAD} WHERE pool_id = :pool AND (CAST(:since AS timestamptz) IS NULL"
    " OR (pooled_at, id) > (CAST(:since AS timestamptz), CAST(:id AS uuid))) ORDER BY pooled_at, id LIMIT :size"
)
_OWNED = text(
    f"{_LEAD} WHERE state = 'assigned' AND (CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid))"
    " ORDER BY id LIMIT :size"
)
_FORGET = text("DELETE FROM pool_tally WHERE pool_id = :pool AND rep_id = :rep AND day < :before")
_CLAIM = text(
    "INSERT INTO pool_tally AS t (tenant_id, pool_id, rep_id, day, claims) VALUES (:tenant, :pool, :rep, :day, 1)"
    " ON CONFLICT ON CONSTRAINT pool_tally_pkey DO UPDATE SET claims = t.claims + 1"
    " WHERE :limit = 0 OR t.claims < :limit RETURNING claims"
)
_VIEW = text(
    "INSERT INTO pool_tally AS t (tenant_id, pool_id, rep_id, day, seen)"
    " VALUES (:tenant, :pool, :rep, :day, ARRAY[CAST(:lead AS uuid)])"
    " ON CONFLICT ON CONSTRAINT pool_tally_pkey DO UPDATE SET seen ="
    " CASE WHEN CAST(:lead AS uuid) = ANY(t.seen) THEN t.seen ELSE t.seen || CAST(:lead AS uuid) END"
    " WHERE CAST(:lead AS uuid) = ANY(t.seen) OR cardinality(t.seen) < :limit"
    " RETURNING cardinality(seen)"
)
_DEPARTED = text(
    "INSERT INTO pool_departure (tenant_id, lead_id, rep_id, left_at) VALUES (:tenant, :lead, :rep, :at)"
    " ON CONFLICT ON CONSTRAINT pool_departure_pkey DO UPDATE SET left_at = excluded.left_at"
)
_FORGET_DEPARTED = text(
    "DELETE FROM pool_departure WHERE lead_id = :lead AND rep_id IN (SELECT rep_id FROM pool_departure"
    " WHERE lead_id = :lead ORDER BY left_at DESC, rep_id OFFSET :most)"
)
_LEFT_AT = text("SELECT left_at FROM pool_departure WHERE lead_id = :lead AND rep_id = :rep")
