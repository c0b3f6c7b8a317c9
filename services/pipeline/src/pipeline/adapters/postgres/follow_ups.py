"""Follow-ups in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId
from chassis.pages import Cursor
from pipeline.adapters.postgres.customer_merges import PostgresCustomerMerges
from pipeline.adapters.postgres.tables import follow_up as table
from pipeline.application.ports import FollowUpFilter
from pipeline.domain.follow_up import FollowUp, NextAction
from pipeline.domain.ids import CustomerId, FollowUpId, LeadId


class PostgresFollowUps:
    """The follow-ups of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id
        self._merges = PostgresCustomerMerges(transaction)

    async def add(self, follow_up: FollowUp) -> None:
        """Keeps a new follow-up."""
        step = follow_up.next_action
        row = {
            "id": follow_up.id,
            "tenant_id": self._tenant_id,
            "lead_id": follow_up.lead_id,
            "customer_id": follow_up.customer_id,
            "person_id": follow_up.person_id,
            "team_id": follow_up.team_id,
            "channel": follow_up.channel,
            "tags": list(follow_up.tags),
            "summary": follow_up.summary,
            "next_action": step.text if step else None,
            "next_action_at": step.due_at if step else None,
            "occurred_at": follow_up.occurred_at,
            "recorded_at": follow_up.recorded_at,
            "custom": dict(follow_up.custom),
            "version": follow_up.version,
        }
        await self._connection.execute(insert(table), row)

    async def get(self, follow_up_id: FollowUpId) -> FollowUp | None:
        """The follow-up, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == follow_up_id))).one_or_none()
        return _follow_up(row) if row else None

    async def page(self, wanted: FollowUpFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[FollowUp]:
        """Follow-ups that the scope includes, newest first, after the cursor, at most `size`."""
        query = select(table).where(scope.where(table.c.person_id, table.c.team_id))
        if wanted.lead_id:
            query = query.where(table.c.lead_id == wanted.lead_id)
        if wanted.customer_id:
            query = query.where(table.c.customer_id.in_(await self._merges.family(wanted.customer_id)))
        if wanted.person_id:
            query = query.where(table.c.person_id == wanted.person_id)
        if after:
            query = query.where(table.c.id < after.id)
        rows = await self._connection.execute(query.order_by(table.c.id.desc()).limit(size))
        return [_follow_up(row) for row in rows]

    async def first_since(self, lead_id: LeadId, since: datetime) -> FollowUp | None:
        """The earliest follow-up of the lead at or after a moment, or None."""
        query = select(table).where(table.c.lead_id == lead_id, table.c.occurred_at >= since)
        row = (await self._connection.execute(query.order_by(table.c.occurred_at).limit(1))).one_or_none()
        return _follow_up(row) if row else None


def _follow_up(row: SqlRow) -> FollowUp:
    return FollowUp(
        id=FollowUpId(row.id),
        lead_id=LeadId(row.lead_id) if row.lead_id else None,
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        person_id=PersonId(row.person_id),
        team_id=TeamId(row.team_id) if row.team_id else None,
        channel=row.channel,
        tags=tuple(row.tags),
        summary=row.summary,
        next_action=NextAction(row.next_action, row.next_action_at) if row.next_action else None,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        custom=row.custom,
        version=row.version,
    )
