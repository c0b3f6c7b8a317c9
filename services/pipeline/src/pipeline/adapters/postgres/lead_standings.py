"""The read copy of leads in PostgreSQL."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import Transaction
from chassis.ids import PersonId, TeamId
from pipeline.adapters.postgres.tables import lead_standing as table
from pipeline.domain.ids import LeadId
from pipeline.domain.lead_standing import LeadStanding


class PostgresLeadStandings:
    """What the router's events told of the tenant's leads."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self, lead_id: LeadId) -> LeadStanding | None:
        """What is known of the lead, or None where its events have not arrived."""
        row = (await self._connection.execute(select(table).where(table.c.lead_id == lead_id))).one_or_none()
        if row is None:
            return None
        owner_id = PersonId(row.owner_id) if row.owner_id else None
        return LeadStanding(lead_id, row.state, owner_id, TeamId(row.team_id) if row.team_id else None)

    async def put(self, standing: LeadStanding, version: int) -> None:
        """Keeps what an event told, unless a newer one told more."""
        row = {
            "tenant_id": self._tenant_id,
            "lead_id": standing.lead_id,
            "state": standing.state,
            "owner_id": standing.owner_id,
            "team_id": standing.team_id,
            "version": version,
        }
        told = insert(table).values(row)
        newer = {name: told.excluded[name] for name in ("state", "owner_id", "team_id", "version")}
        await self._connection.execute(
            told.on_conflict_do_update(
                index_elements=["tenant_id", "lead_id"], set_=newer, where=table.c.version < told.excluded.version
            )
        )
