"""People in PostgreSQL."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId, is_id
from chassis.pages import Cursor
from collab.adapters.postgres.cursors import by_name
from collab.adapters.postgres.tables import person as table
from collab.application.ports import PeopleFilter
from collab.domain.names import sort_key
from collab.domain.person import Person

_CHANGING = (
    "employee_no",
    "name",
    "name_key",
    "subject",
    "email",
    "title",
    "team_id",
    "supervisor_id",
    "roles",
    "is_active",
    "version",
)


class PostgresPeople:
    """The people of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self, person_id: PersonId) -> Person | None:
        """The person, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == person_id))).one_or_none()
        return _person(row) if row else None

    async def get_many(self, person_ids: Collection[PersonId]) -> Sequence[Person]:
        """Those of the people that exist, in no order. An id that is no UUID is nobody's."""
        known = [person_id for person_id in person_ids if is_id(person_id)]
        rows = await self._connection.execute(select(table).where(table.c.id.in_(known)))
        return [_person(row) for row in rows]

    async def all(self) -> Sequence[Person]:
        """Everybody, active or not."""
        return [_person(row) for row in await self._connection.execute(select(table))]

    async def page(self, wanted: PeopleFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[Person]:
        """People that the scope includes, by name, after the cursor, at most `size`."""
        if wanted.team_id and not is_id(wanted.team_id):
            return []
        query = select(table).where(scope.where(table.c.id, table.c.team_id))
        if wanted.team_id:
            query = query.where(table.c.team_id == wanted.team_id)
        if wanted.role:
            query = query.where(table.c.roles.contains([wanted.role]))
        if after:
            query = query.where(tuple_(table.c.name_key, table.c.id) > by_name(after))
        rows = await self._connection.execute(query.order_by(table.c.name_key, table.c.id).limit(size))
        return [_person(row) for row in rows]

    async def after(self, person_id: str, size: int) -> Sequence[Person]:
        """People by id, after the given one, at most `size`; the first ones for an empty id."""
        query = select(table).order_by(table.c.id).limit(size)
        if person_id:
            query = query.where(table.c.id > person_id)
        return [_person(row) for row in await self._connection.execute(query)]

    async def save_many(self, people: Collection[Person]) -> None:
        """Keeps new and changed people."""
        if not people:
            return
        kept = insert(table)
        kept = kept.on_conflict_do_update(index_elements=["id"], set_={name: kept.excluded[name] for name in _CHANGING})
        await self._connection.execute(kept, [self._row(person) for person in people])

    def _row(self, person: Person) -> dict[str, object]:
        return {
            "id": person.id,
            "tenant_id": self._tenant_id,
            "employee_no": person.employee_no,
            "name": person.name,
            "name_key": sort_key(person.name),
            "subject": person.subject,
            "email": person.email,
            "title": person.title,
            "team_id": person.team_id,
            "supervisor_id": person.supervisor_id,
            "roles": sorted(person.roles),
            "is_active": person.is_active,
            "version": person.version,
        }


def _person(row: SqlRow) -> Person:
    return Person(
        id=PersonId(row.id),
        employee_no=row.employee_no,
        name=row.name,
        subject=row.subject,
        team_id=TeamId(row.team_id),
        roles=frozenset(row.roles),
        supervisor_id=PersonId(row.supervisor_id) if row.supervisor_id else None,
        email=row.email,
        title=row.title,
        is_active=row.is_active,
        version=row.version,
    )
