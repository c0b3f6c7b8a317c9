"""Pages of rows that several keys lead to: a walk along an index for each key, merged, instead of one through all rows.

"Mine, my teams', or nobody's, the newest first" has no single order in any index. PostgreSQL would either read every
row of the tenant until enough of them fit, or all that fit, to sort them: both grow with the table. So each key gets a
walk of its own that ends after a page, and the pages are merged: the cost grows with the number of keys alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, cast, func, select, true, union
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.authorization import Scope


@dataclass(frozen=True, slots=True)
class OneEach:
    """One walk for each of several values of a column."""

    column: ColumnElement[Any]
    values: Sequence[object]


Walk = ColumnElement[bool] | OneEach
"""Rows that fulfil a condition, which an index serves in the order of the page."""


def walks_of(scope: Scope, owner_id: ColumnElement[str | None], team_id: ColumnElement[str | None]) -> list[Walk]:
    """The walks that together show what `scope.where(owner_id, team_id)` shows.

    An index must begin with tenant and owner, and one with tenant and team, each followed by the order of the page.
    """
    if scope.kind != "team" or scope.person_id is None:
        return [scope.where(owner_id, team_id)]
    nobodys = and_(owner_id.is_(None), team_id.is_(None))
    return [owner_id == scope.person_id, OneEach(team_id, sorted(scope.team_ids)), nobodys]


def page_of(
    table: FromClause,
    walks: Sequence[Walk],
    where: Sequence[ColumnElement[bool]],
    *,
    order: Sequence[ColumnElement[Any]],
    size: int,
    is_descending: bool = False,
) -> Select[Any]:
    """The first rows that any of the walks leads to, each once, in order.

    Args:
        table: what is read.
        walks: at least one.
        where: holds for each row, whichever walk leads to it.
        order: columns of the table, the last of which names a row.
        size: most rows.
        is_descending: from the last to the first.
    """
    first = [column.desc() if is_descending else column for column in order]
    if len(walks) == 1 and not isinstance(walks[0], OneEach):
        return select(table).where(walks[0], *where).order_by(*first).limit(size)
    ordered = select(*order).select_from(table).where(*where).order_by(*first).limit(size)
    found = union(*(_places(ordered, walk) for walk in walks)).subquery("found")
    merged = [found.c[column.key or ""] for column in order]
    chosen = select(merged[-1]).order_by(*(each.desc() if is_descending else each for each in merged)).limit(size)
    return select(table).where(order[-1].in_(chosen)).order_by(*first)


def _places(ordered: Select[Any], walk: Walk) -> Select[Any]:
    """Where the first rows of a walk stand in the order."""
    if not isinstance(walk, OneEach):
        return select(ordered.where(walk).subquery())
    values = cast(list(walk.values), ARRAY(walk.column.type))
    asked = select(func.unnest(values).label("value")).subquery()
    of_each = ordered.where(walk.column == asked.c.value).lateral()
    return select(of_each).select_from(asked.join(of_each, true()))
