"""Customers in PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from chassis.authorization import Scope
from chassis.database import Transaction
from chassis.ids import PersonId, TeamId
from chassis.merged_walks import page_of, walks_of
from chassis.pages import Cursor
from chassis.search_index import SearchIndex
from collab.adapters.postgres.cursors import by_name
from collab.adapters.postgres.customer_rows import customer_of, row_of
from collab.adapters.postgres.customer_tables import customer as table
from collab.adapters.postgres.customer_tables import customer_search_key as search
from collab.application.customer_ports import CompletenessCount, CompletenessGroup, CustomerFilter
from collab.domain.completeness import Completeness
from collab.domain.customer import Customer
from collab.domain.ids import CustomerId
from collab.domain.names import sort_key

SEARCH = SearchIndex(search, search.c.customer_id)
_FEW = 5000
"""Keys that are followed one by one. Where there are more, a walk in the order of the list soon finds a page."""
_PRESENT_ID = func.coalesce(table.c.survivor_id, table.c.id)
_UNCHANGING = frozenset({"id", "tenant_id", "created_at"})


class PostgresCustomers:
    """The customers of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self, customer_id: CustomerId) -> Customer | None:
        """The customer, or None."""
        return await self._one(select(table).where(table.c.id == customer_id))

    async def lock(self, customer_id: CustomerId) -> Customer | None:
        """The customer, held until the transaction ends, or None."""
        return await self._one(select(table).where(table.c.id == customer_id).with_for_update())

    async def get_many(self, customer_ids: Collection[CustomerId]) -> Sequence[Customer]:
        """Those that exist, in no order."""
        return await self._all(select(table).where(table.c.id.in_(customer_ids))) if customer_ids else []

    async def with_credit_code(self, credit_code: str) -> CustomerId | None:
        """The customer, archived or not, that has the credit code; of one that was merged, its survivor."""
        query = select(_PRESENT_ID).where(table.c.credit_code == credit_code, table.c.credit_code != "")
        found = await self._connection.scalar(query.order_by(table.c.merged_into.is_not(None)).limit(1))
        return CustomerId(found) if found else None

    async def survivors(self, customer_ids: Collection[CustomerId]) -> Mapping[CustomerId, CustomerId]:
        """Under which customer each of those that were merged goes on; others are left out."""
        if not customer_ids:
            return {}
        query = select(table.c.id, table.c.survivor_id).where(
            table.c.id.in_(customer_ids), table.c.survivor_id.is_not(None)
        )
        rows = await self._connection.execute(query)
        return {CustomerId(row.id): CustomerId(row.survivor_id) for row in rows}

    async def family(self, survivor_id: CustomerId) -> Sequence[CustomerId]:
        """The customer and all that were merged into it, directly or not."""
        merged = select(table.c.id).where(table.c.tenant_id == self._tenant_id, table.c.survivor_id == survivor_id)
        return [survivor_id, *(CustomerId(each) for each in await self._connection.scalars(merged))]

    async def lock_families(self, survivor_ids: Collection[CustomerId]) -> Sequence[Customer]:
        """The customers with all that were merged into them, held, by id, so that rivals cannot deadlock."""
        members = or_(table.c.id.in_(survivor_ids), table.c.survivor_id.in_(survivor_ids))
        query = select(table).where(table.c.tenant_id == self._tenant_id, members).order_by(table.c.id)
        # Who joins or leaves a family holds its survivor. So the second look, with the survivor held, sees all of it.
        await self._connection.execute(query.with_for_update())
        return await self._all(query.with_for_update())

    async def set_survivor(self, customer_ids: Collection[CustomerId], survivor_id: CustomerId | None) -> None:
        """Keeps under which customer these go on; None for those that stand for themselves."""
        changed = update(table).where(table.c.id.in_(customer_ids)).values(survivor_id=survivor_id)
        await self._connection.execute(changed)

    async def page(self, wanted: CustomerFilter, scope: Scope, after: Cursor | None, size: int) -> Sequence[Customer]:
        """Customers that the scope includes, by the sound of their names, after the cursor, at most `size`."""
        walks = walks_of(scope, table.c.owner_id, table.c.team_id)
        conditions = [table.c.merged_into.is_(None), *_conditions(wanted)]
        if wanted.search and (found := await self._found_by(wanted.search)) is not None:
            walks = [and_(_in_scope(scope), _is_one_of(found))]
        elif wanted.search:
            conditions.append(self._is_found_by(wanted.search))
        if after:
            conditions.append(tuple_(table.c.name_key, table.c.id) > by_name(after))
        return await self._all(page_of(table, walks, conditions, order=[table.c.name_key, table.c.id], size=size))

    async def after(self, customer_id: str, size: int) -> Sequence[Customer]:
        """Customers by id, after the given one, at most `size`, held; the first ones for an empty id."""
        query = select(table).order_by(table.c.id).limit(size).with_for_update()
        return await self._all(query.where(table.c.id > customer_id) if customer_id else query)

    async def count_completeness(self, group: CompletenessGroup, scope: Scope) -> Sequence[CompletenessCount]:
        """Customers in use that the scope includes, counted by owner or team."""
        by_owner = group is CompletenessGroup.OWNER
        grouped = table.c.owner_id if by_owner else table.c.team_id
        query = (
            select(
                (grouped if by_owner else null()).label("owner_id"),
                (null() if by_owner else grouped).label("team_id"),
                func.count().label("customers"),
                func.count().filter(func.cardinality(table.c.missing_fields) == 0).label("complete"),
                func.sum(func.cardinality(table.c.missing_fields)).label("missing"),
            )
            .where(_in_scope(scope), table.c.is_archived.is_(False), table.c.merged_into.is_(None))
            .group_by(grouped)
        )
        return [_count(row) for row in await self._connection.execute(query)]

    async def save(self, customer: Customer) -> None:
        """Keeps a new or changed customer."""
        row = {**row_of(customer), "tenant_id": self._tenant_id, "name_key": sort_key(customer.profile.name)}
        kept = insert(table).values(row)
        changing = {name: kept.excluded[name] for name in row if name not in _UNCHANGING}
        await self._connection.execute(kept.on_conflict_do_update(index_elements=["id"], set_=changing))

    async def set_completeness(self, figures: Sequence[tuple[CustomerId, Completeness]]) -> None:
        """Sets completeness that was reckoned anew; a derived figure, so versions stay."""
        changed = update(table).where(table.c.id == bindparam("customer"))
        rows = [
            {"customer": customer_id, "completeness_pct": reckoned.percent, "missing_fields": list(reckoned.missing)}
            for customer_id, reckoned in figures
        ]
        if rows:
            await self._connection.execute(changed, rows)

    async def _found_by(self, beginning: str) -> list[str] | None:
        """Customers with a key that begins so, and those into which such were merged; None where they are many."""
        keys = select(search.c.customer_id).where(SEARCH.found_by(self._tenant_id, beginning)).limit(_FEW + 1)
        ids = [str(each) for each in await self._connection.scalars(keys)]
        if len(ids) > _FEW:
            return None
        merged = select(table.c.survivor_id).where(
            table.c.tenant_id == self._tenant_id, table.c.survivor_id.is_not(None), _is_one_of(ids)
        )
        return [*ids, *(str(each) for each in await self._connection.scalars(merged))]

    def _is_found_by(self, beginning: str) -> ColumnElement[bool]:
        """The same as a question to one customer, for walks that find enough of them soon."""
        named = table.alias("named")
        keys = select(search.c.customer_id).where(SEARCH.found_by(self._tenant_id, beginning))
        own = keys.where(search.c.customer_id == table.c.id)
        merged = select(named.c.id).where(
            named.c.tenant_id == self._tenant_id,
            named.c.survivor_id == table.c.id,
            _exists(keys.where(search.c.customer_id == named.c.id), named),
        )
        return or_(_exists(own, table), _exists(merged, table))

    async def _one(self, query: Select[Any]) -> Customer | None:
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return customer_of(row) if row else None

    async def _all(self, query: Select[Any]) -> list[Customer]:
        return [customer_of(row) for row in (await self._connection.execute(query)).mappings()]


def _is_one_of(customer_ids: Sequence[str]) -> ColumnElement[bool]:
    # One array: of thousands of values each, the statement would be another each time.
    return table.c.id == any_(cast(list(customer_ids), ARRAY(table.c.id.type)))


def _exists(query: Select[Any], outer: FromClause) -> ColumnElement[bool]:
    # An offset keeps PostgreSQL from answering the question for all customers at once, which takes a walk through all
    # keys.
    return query.correlate(outer).offset(literal_column("0")).exists()


def _in_scope(scope: Scope) -> ColumnElement[bool]:
    return scope.where(table.c.owner_id, table.c.team_id)


def _conditions(wanted: CustomerFilter) -> list[ColumnElement[bool]]:
    exact = {"owner_id": wanted.owner_id, "grade": wanted.grade, "kind": wanted.kind, "region": wanted.region}
    found = [table.c[name] == value for name, value in exact.items() if value]
    if wanted.is_archived is not None:
        found.append(table.c.is_archived.is_(wanted.is_archived))
    if wanted.is_incomplete:
        found.append(table.c.completeness_pct < 100)
    return found


def _count(row: Row[Any]) -> CompletenessCount:
    return CompletenessCount(
        PersonId(row.owner_id) if row.owner_id else None,
        TeamId(row.team_id) if row.team_id else None,
        row.customers,
        row.complete,
        row.missing,
    )
