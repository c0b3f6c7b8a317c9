"""The event warehouse in PostgreSQL."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy.dialects.postgresql import insert

from chassis.database import Transaction
from scoring.adapters.postgres.tables import fact as table
from scoring.domain.fact import Fact
from scoring.domain.ids import EventId


class PostgresWarehouse:
    """The facts of the transaction's tenant. The database refuses to change or remove any."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def add(self, facts: Sequence[Fact]) -> AbstractSet[EventId]:
        """Keeps facts. Returns the ids of those that were not there already."""
        if not facts:
            return frozenset()
        added = await self._connection.scalars(_ADD, [self._row(fact) for fact in facts])
        return {EventId(str(event_id)) for event_id in added}

    def _row(self, fact: Fact) -> dict[str, object]:
        return {
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


_ADD = insert(table).on_conflict_do_nothing().returning(table.c.event_id)
