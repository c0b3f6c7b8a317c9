"""How customers stand and how complete their files are, in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, Text, and_, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import distinct_on, insert

from chassis.database import Transaction, execute_all
from scoring.adapters.postgres.customer_tables import customer_completeness, customer_standing
from scoring.application.ports import Viewpoint
from scoring.domain.customer_progress import CustomerProgress, CustomerRow
from scoring.domain.funnel import FunnelQuestion, Grouping


class PostgresCustomers:
    """The customers of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def note(self, told: Sequence[CustomerProgress]) -> None:
        """Adds what facts tell. Order and repetition make no difference."""
        told = sorted(told, key=lambda each: each.customer_id)  # rows are locked in one order by all who write
        complete = [{**self._version(each), "completeness_pct": each.completeness_pct} for each in told]
        standing = [{**self._version(each), **asdict(each.standing)} for each in told if each.standing is not None]
        await execute_all(self._connection, _NOTE_COMPLETENESS, complete)
        await execute_all(self._connection, _NOTE_STANDING, standing)

    def _version(self, told: CustomerProgress) -> dict[str, object]:
        """What names a version of a customer, and when it was known."""
        return {
            "tenant_id": self._tenant_id,
            "customer_id": told.customer_id,
            "version": told.version,
            "recorded_at": told.recorded_at,
        }

    async def count(self, question: FunnelQuestion, view: Viewpoint) -> Sequence[CustomerRow]:
        """Groups of the customers in use at the end of the span that the scope includes, in no order."""
        rows = await self._connection.execute(_count(question, view))
        return [CustomerRow(**row) for row in rows.mappings()]


def _count(question: FunnelQuestion, view: Viewpoint) -> Select[Any]:
    standing = _newest(customer_standing, question, view).subquery("standing")
    complete = _newest(customer_completeness, question, view).subquery("complete")
    is_same = and_(complete.c.tenant_id == standing.c.tenant_id, complete.c.customer_id == standing.c.customer_id)
    column: dict[Grouping, ColumnElement[Any]] = {
        Grouping.REP: standing.c.owner_id,
        Grouping.TEAM: standing.c.team_id,
        Grouping.SOURCE: standing.c.source,
        Grouping.REGION: standing.c.region,
    }
    group = func.coalesce(cast(column.get(question.group_by, literal("")), Text), "")
    points = func.coalesce(func.sum(complete.c.completeness_pct), 0)
    return (
        select(group.label("group"), func.count().label("customers"), points.label("completeness_points"))
        .select_from(standing.join(complete, is_same))
        .where(~standing.c.is_archived, view.scope.where(standing.c.owner_id, standing.c.team_id))
        .group_by(group)
    )


def _newest(table: Table, question: FunnelQuestion, view: Viewpoint) -> Select[Any]:
    """The newest that was recorded of each customer before the end of the span."""
    told = table.alias()
    known = told.c.recorded_at < question.known_at if question.known_at else true()
    return (
        select(told)
        .ext(distinct_on(told.c.customer_id))
        .where(told.c.recorded_at < (question.received_before or view.now), known)
        .order_by(told.c.customer_id, told.c.version.desc(), told.c.recorded_at.desc())
    )


_NOTE_COMPLETENESS = insert(customer_completeness).on_conflict_do_nothing()
_NOTE_STANDING = insert(customer_standing).on_conflict_do_nothing()
