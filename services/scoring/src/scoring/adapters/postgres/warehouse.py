"""The event warehouse in PostgreSQL."""

from sqlalchemy.dialects.postgresql import insert

from chassis.database import Transaction
from scoring.adapters.postgres.tables import fact as table
from scoring.domain.fact import Fact


class PostgresWarehouse:
    """The facts of the transaction's tenant. The database refuses to change or remove any."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, fact: Fact) -> bool:
        """Keeps a fact. False where it is there already."""
        row = {
            "tenant_id": self._tenant_id,
            "recorded_at": fact.recorded_at,
            "event_id": fact.event_id,
            "type": fact.type,
            "aggregate_id": fact.aggregate_id,
            "aggregate_version": fact.aggregate_version,
            "occurred_at": fact.occurred_at,
            "actor": fact.actor,
            "lead_id": fact.lead_id,
            "owner_id": fact.owner_id,
            "person_id": fact.person_id,
            "team_id": fact.team_id,
            "source": fact.source,
            "payload": dict(fact.payload),
        }
        added = await self._connection.execute(_ADD, row)
        return bool(added.rowcount)


_ADD = insert(table).on_conflict_do_nothing()
