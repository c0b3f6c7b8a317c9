"""Merges of customers in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.dialects.postgresql import insert

from chassis.database import SqlRow, Transaction
from chassis.ids import PersonId, TeamId
from chassis.pages import Cursor
from collab.adapters.postgres.customer_tables import customer_merge as table
from collab.domain.customer import CustomerOwner
from collab.domain.customer_fields import OWNER, Value
from collab.domain.customer_merge import Change, CustomerMerge, NamesTaken
from collab.domain.customer_profile import CustomKind, CustomValue
from collab.domain.ids import CustomerId, MergeId

_CHANGING = ("changes", "names", "undone_at", "undone_by", "undo_reason")


class PostgresCustomerMerges:
    """The merges of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self, merge_id: MergeId) -> CustomerMerge | None:
        """The merge, or None."""
        row = (await self._connection.execute(select(table).where(table.c.id == merge_id))).one_or_none()
        return _merge(row) if row else None

    async def among(self, customer_ids: Collection[CustomerId]) -> Sequence[CustomerMerge]:
        """Merges in force between these customers."""
        in_force = and_(
            table.c.tenant_id == self._tenant_id, table.c.merged_id.in_(customer_ids), table.c.undone_at.is_(None)
        )
        return [_merge(row) for row in await self._connection.execute(select(table).where(in_force))]

    async def page(
        self, customer_ids: Collection[CustomerId], after: Cursor | None, size: int
    ) -> Sequence[CustomerMerge]:
        """Merges of any of the customers, newest first, after the cursor, at most `size`."""
        concerned = or_(table.c.survivor_id.in_(customer_ids), table.c.merged_id.in_(customer_ids))
        query = select(table).where(table.c.tenant_id == self._tenant_id, concerned)
        if after:
            query = query.where(table.c.id < after.id)
        return [_merge(row) for row in await self._connection.execute(query.order_by(table.c.id.desc()).limit(size))]

    async def save(self, merge: CustomerMerge) -> None:
        """Keeps a new or changed merge."""
        names = merge.names
        row = {
            "id": merge.id,
            "tenant_id": self._tenant_id,
            "survivor_id": merge.survivor_id,
            "merged_id": merge.merged_id,
            "survivor_version": merge.survivor_version,
            "reason": merge.reason,
            "merged_by": merge.merged_by,
            "merged_at": merge.merged_at,
            "changes": {name: [_json(each.before), _json(each.after)] for name, each in merge.changes.items()},
            "names": [list(names.before), list(names.after), sorted(names.brought)],
            "undone_at": merge.undone_at,
            "undone_by": merge.undone_by,
            "undo_reason": merge.undo_reason,
        }
        kept = insert(table).values(row)
        changing = {name: kept.excluded[name] for name in _CHANGING}
        await self._connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_=changing))


def _merge(row: SqlRow) -> CustomerMerge:
    before, after, brought = row.names
    return CustomerMerge(
        id=MergeId(row.id),
        survivor_id=CustomerId(row.survivor_id),
        merged_id=CustomerId(row.merged_id),
        survivor_version=row.survivor_version,
        reason=row.reason,
        merged_by=row.merged_by,
        merged_at=row.merged_at,
        changes=_changes(row.changes),
        names=NamesTaken(tuple(before), tuple(after), frozenset(brought)),
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        undo_reason=row.undo_reason,
    )


def _changes(document: Mapping[str, Any]) -> dict[str, Change]:
    return {name: Change(_value(name, before), _value(name, after)) for name, (before, after) in document.items()}


def _json(value: Value) -> str | list[str | float] | None:
    match value:
        case CustomerOwner(person_id, team_id):
            return [person_id, team_id]
        case CustomValue(kind, content):
            return [kind.value, content]
        case _:
            return value


def _value(name: str, stored: Any) -> Value:
    if not isinstance(stored, list):
        return stored  # type: ignore[no-any-return]  # a text, or nothing
    first, second = stored
    return CustomerOwner(PersonId(first), TeamId(second)) if name == OWNER else CustomValue(CustomKind(first), second)
