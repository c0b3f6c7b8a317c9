"""Offers that wait for an answer, in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import DateTime, Uuid, column, select, table, tuple_

from chassis.authorization import Scope
from chassis.database import Transaction
from chassis.pages import Cursor
from lead_router.adapters.postgres.leads import stored_lead
from lead_router.application.stored_lead import StoredLead

_UUID = Uuid(as_uuid=False)
_LEAD = table(
    "lead",
    *(column(name, _UUID) for name in ("id", "offered_to_id", "offered_team_id")),
    column("offer_expires_at", DateTime(timezone=True)),
    *map(column, ("version", "is_urgent", "worth", "received_at", "document")),
)


class PostgresOffers:
    """The open offers of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection

    async def page(self, scope: Scope, after: Cursor | None, size: int) -> Sequence[StoredLead]:
        """Offered leads that the scope includes, by expiry and id, after the cursor, at most `size`."""
        lead = _LEAD.c
        query = select(_LEAD).where(
            lead.offered_to_id.is_not(None), scope.where(lead.offered_to_id, lead.offered_team_id)
        )
        if after:
            query = query.where(tuple_(lead.offer_expires_at, lead.id) > tuple_(after.moment, after.id))
        rows = await self._connection.execute(query.order_by(lead.offer_expires_at, lead.id).limit(size))
        return [stored_lead(row) for row in rows]
