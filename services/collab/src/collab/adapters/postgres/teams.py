"""Teams in PostgreSQL."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId
from chassis.pages import Cursor
from collab.adapters.postgres.cursors import by_name
from collab.adapters.postgres.tables import team as table
from collab.domain.names import sort_key
from collab.domain.team import Team


class PostgresTeams:
    """The teams of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def all(self) -> Sequence[Team]:
        """Every team."""
        return [_team(row) for row in await self._connection.execute(select(table))]

    async def page(self, after: Cursor | None, size: int) -> Sequence[Team]:
        """Teams by name, after the cursor, at most `size`."""
        query = select(table)
        if after:
            query = query.where(tuple_(table.c.name_key, table.c.id) > by_name(after))
        rows = await self._connection.execute(query.order_by(table.c.name_key, table.c.id).limit(size))
        return [_team(row) for row in rows]

    async def after(self, team_id: str, size: int) -> Sequence[Team]:
        """Teams by id, after the given one, at most `size`; the first ones for an empty id."""
        query = select(table).order_by(table.c.id).limit(size)
        if team_id:
            query = query.where(table.c.id > team_id)
        return [_team(row) for row in await self._connection.execute(query)]

    async def save_many(self, teams: Collection[Team]) -> None:
        """Keeps new and changed teams."""
        if not teams:
            return
        kept = insert(table)
        changing = ("name", "name_key", "kind", "parent_id", "leader_id", "version")
        kept = kept.on_conflict_do_update(index_elements=["id"], set_={name: kept.excluded[name] for name in changing})
        await self._connection.execute(kept, [self._row(team) for team in teams])

    def _row(self, team: Team) -> dict[str, object]:
        return {
            "id": team.id,
            "tenant_id": self._tenant_id,
            "name": team.name,
            "name_key": sort_key(team.name),
            "kind": team.kind,
            "parent_id": team.parent_id,
            "leader_id": team.leader_id,
            "version": team.version,
        }


def _team(row: SqlRow) -> Team:
    return Team(
        id=TeamId(row.id),
        name=row.name,
        kind=row.kind,
        parent_id=TeamId(row.parent_id) if row.parent_id else None,
        leader_id=PersonId(row.leader_id) if row.leader_id else None,
        version=row.version,
    )
