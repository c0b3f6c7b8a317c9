"""Urgent leads in PostgreSQL."""

from sqlalchemy import delete, exists, select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Transaction
from collab.adapters.postgres.tables import urgent_lead as table
from collab.domain.ids import LeadId


class PostgresUrgentLeads:
    """Urgent leads of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, lead_id: LeadId) -> None:
        """Remembers that the lead is urgent."""
        kept = insert(table).values(tenant_id=self._tenant_id, lead_id=lead_id)
        await self._connection.execute(kept.on_conflict_do_nothing())

    async def includes(self, lead_id: LeadId) -> bool:
        """Whether it is."""
        return bool(await self._connection.scalar(select(exists().where(table.c.lead_id == lead_id))))

    async def remove(self, lead_id: LeadId) -> None:
        """Forgets a lead that has ended."""
        await self._connection.execute(delete(table).where(table.c.lead_id == lead_id))
