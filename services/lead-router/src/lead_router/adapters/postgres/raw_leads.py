"""Submissions as they were sent, in PostgreSQL."""

from sqlalchemy import text

from chassis.database import Transaction
from lead_router.application.read_raw_lead import RawLead
from lead_router.domain.ids import LeadId


class PostgresRawLeads:
    """The raw records of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection

    async def get(self, lead_id: LeadId) -> RawLead | None:
        """The raw record of a lead, or None."""
        row = (await self._connection.execute(_GET, {"id": lead_id})).one_or_none()
        if row is None:
            return None
        return RawLead(lead_id, row.door, row.submitter, row.received_at, bytes(row.submission))


_GET = text("SELECT door, submitter, received_at, submission FROM raw_intake WHERE lead_id = :id")
