"""Tables of search keys: rows of tenant, key and the thing that the key leads to, in the order of a plain B-tree.

What a key is, `matching.search_keys` says. Things come in the order of their keys: where the query is a
whole name, that comes first, and reading ends as soon as there are enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, FromClause, Table, Text, any_, cast, delete, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import Invalid, Violation
from chassis.ids import TenantId

_BEHIND_ALL = "\U0010ffff"
_FEW = 2000
"""Things whose keys are read one after another in the time that some ten thousand keys take to be looked through."""
_PLACES = 4
"""A query may be found in so many places of one name; names that repeat themselves more are rare."""


def require_beginning(beginning: str, field: str = "query") -> str:
    """What keys must begin with, as it is.

    Raises:
        Invalid: it is empty: the field of the request says nothing.
    """
    if not beginning:
        raise Invalid([Violation(field, "query.empty", "must hold a letter, a digit or a Chinese character")])
    return beginning


@dataclass(frozen=True, slots=True)
class Within:
    """The things that a caller may see.

    Where they are few, their own keys are read, by an index of the table of keys by thing. Where they are many, every
    key that begins so is: it leads soon enough to a thing that may be seen. Neither does for the other: of the words
    that all names share, a rep would read everybody's keys to find that hardly any lead to a thing of the rep's.

    Attributes:
        id: of a thing.
        condition: under which it may be seen.
        beside_key: the same id in the table of keys.
    """

    id: ColumnElement[str]
    condition: ColumnElement[bool]
    beside_key: Column[str]

    async def few(self, connection: AsyncConnection) -> list[str] | None:
        """Their ids; None where they are many."""
        found = await connection.scalars(select(self.id).where(self.condition).limit(_FEW + 1))
        ids = [str(each) for each in found]
        return ids if len(ids) <= _FEW else None


class SearchIndex:
    """One table of keys.

    Args:
        table: with the columns `tenant_id` and `key`, and others.
        thing: the column that holds the thing's id.
    """

    def __init__(self, table: Table, thing: Column[Any]) -> None:
        self._table = table
        self._thing = thing

    async def replace(
        self, connection: AsyncConnection, tenant_id: TenantId, thing_id: str, keys: Iterable[str], **beside: object
    ) -> None:
        """Sets the keys of a thing, with equal values in further columns."""
        await self.clear(connection, tenant_id, thing_id)
        await self.add(connection, tenant_id, thing_id, keys, **beside)

    async def add(
        self, connection: AsyncConnection, tenant_id: TenantId, thing_id: str, keys: Iterable[str], **beside: object
    ) -> None:
        """Adds keys of a thing, with equal values in further columns; those that are there stay."""
        fixed: Mapping[str, object] = {"tenant_id": tenant_id, self._thing.name: thing_id, **beside}
        # One array, not one row of values for each key: of these the statement would be another each time.
        key = func.unnest(cast(literal(sorted(keys), ARRAY(Text)), ARRAY(Text))).column_valued("key")
        types = {name: self._table.c[name].type for name in fixed}
        values = [cast(literal(value, types[name]), types[name]) for name, value in fixed.items()]
        added = insert(self._table).from_select(["key", *fixed], select(key, *values))
        await connection.execute(added.on_conflict_do_nothing())

    async def clear(self, connection: AsyncConnection, tenant_id: TenantId, thing_id: str) -> None:
        """Removes the keys of a thing."""
        own = (self._table.c.tenant_id == tenant_id, self._thing == thing_id)
        await connection.execute(delete(self._table).where(*own))

    def found_by(self, tenant_id: TenantId, beginning: str) -> ColumnElement[bool]:
        """The condition under which a key is found."""
        # The tenant is named although row-level security sees to it, so that the index is entered at tenant and key.
        key = self._table.c.key
        return (self._table.c.tenant_id == tenant_id) & (key >= beginning) & (key < beginning + _BEHIND_ALL)

    async def nearest(
        self,
        connection: AsyncConnection,
        tenant_id: TenantId,
        beginning: str,
        *,
        among: tuple[FromClause, ColumnElement[bool]],
        where: ColumnElement[bool],
        size: int,
        within: Within | None = None,
    ) -> list[str]:
        """Ids of the things found, those with the shortest rest of a name first, each once, at most `size`.

        Args:
            connection: of a transaction of the tenant.
            tenant_id: the tenant.
            beginning: what a key must begin with.
            among: the table of the things, and how it is joined to the keys.
            where: which of them the caller may see.
            size: most of them.
            within: what of `where` may leave but few things; None where the caller may see all.
        """
        things, joined = among
        query = (
            select(self._thing)
            .join_from(self._table, things, joined)
            .where(self.found_by(tenant_id, beginning), where)
            .order_by(self._table.c.key, self._thing)
            .limit(size * _PLACES)
        )
        if within is not None and (few := await within.few(connection)) is not None:
            query = query.where(within.beside_key == any_(cast(few, ARRAY(within.beside_key.type))))
        found = (str(row[0]) for row in await connection.execute(query))
        return list(dict.fromkeys(found))[:size]
