"""Alarms of the water lines in PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, Uuid, case, cast, func, null, select, text, true
from sqlalchemy.dialects.postgresql import insert

from chassis.authorization import Scope
from chassis.database import SqlRow, Transaction
from chassis.ids import TeamId
from chassis.pages import Cursor
from scoring.adapters.postgres.metric_tables import water_line_alarm as table
from scoring.application.water_line_ports import AlarmFilter
from scoring.domain.ids import AlarmId
from scoring.domain.periods import Month
from scoring.domain.water_line import Recovery, Subject, SubjectKind, WaterLineAlarm

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('water_line_alarm' || CAST(:tenant AS text), 0))")


class PostgresWaterLineAlarms:
    """The alarms of the transaction's tenant."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def hold(self) -> None:
        """Lets nobody else check until the transaction ends."""
        await self._connection.execute(_HOLD, {"tenant": self._tenant_id})

    async def of_month(self, month: Month) -> Sequence[WaterLineAlarm]:
        """All alarms over figures of the month, open or not."""
        return await self._all(select(table).where(table.c.month == str(month)))

    async def open_until(self, month: Month) -> Sequence[WaterLineAlarm]:
        """Alarms over figures of the month or of earlier ones that have not recovered."""
        is_open = table.c.recovered_at.is_(None)
        return await self._all(select(table).where(table.c.month <= str(month), is_open).order_by(table.c.id))

    async def save(self, alarm: WaterLineAlarm) -> None:
        """Keeps a new or changed alarm; only its recovery ever changes."""
        recovery = alarm.recovery
        recovered = {
            "recovered_at": recovery.at if recovery else None,
            "recovered_month": str(recovery.month) if recovery else None,
            "recovered_value": recovery.value if recovery else None,
        }
        row = {
            "tenant_id": self._tenant_id,
            "id": alarm.id,
            "metric_code": alarm.metric_code,
            "metric_version": alarm.metric_version,
            "subject_kind": alarm.subject.kind,
            "subject_id": alarm.subject.id,
            "team_id": alarm.team_id,
            "month": str(alarm.month),
            "numerator": alarm.numerator,
            "denominator": alarm.denominator,
            "value": alarm.value,
            "breached_at": alarm.breached_at,
        }
        upsert = insert(table).values({**row, **recovered})
        await self._connection.execute(upsert.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=recovered))

    async def page(
        self, wanted: AlarmFilter, scope: Scope, after: Cursor | None, size: int
    ) -> Sequence[WaterLineAlarm]:
        """Alarms that the scope includes, newest first, after the cursor, at most `size`."""
        query = select(table).where(_is_visible(scope))
        if wanted.metric_code:
            query = query.where(table.c.metric_code == wanted.metric_code)
        if wanted.month is not None:
            query = query.where(table.c.month == str(wanted.month))
        if wanted.open_only:
            query = query.where(table.c.recovered_at.is_(None))
        if after is not None:
            query = query.where(table.c.id < after.id)
        return await self._all(query.order_by(table.c.id.desc()).limit(size))

    async def _all(self, query: Select[Any]) -> Sequence[WaterLineAlarm]:
        return [_alarm(row) for row in await self._connection.execute(query)]


def _is_visible(scope: Scope) -> ColumnElement[bool]:
    if scope.kind == "all":
        return true()
    # What has neither owner nor team would count as waiting for every supervisor; the tenant's figures do not wait.
    is_rep = table.c.subject_kind == SubjectKind.REP
    owner_id = case((is_rep, cast(func.nullif(table.c.subject_id, ""), Uuid(as_uuid=False))), else_=null())
    return (table.c.subject_kind != SubjectKind.TENANT) & scope.where(owner_id, table.c.team_id)


def _alarm(row: SqlRow) -> WaterLineAlarm:
    recovery = None
    if row.recovered_at is not None:
        recovery = Recovery(row.recovered_at, Month.parse(row.recovered_month), row.recovered_value)
    return WaterLineAlarm(
        id=AlarmId(row.id),
        metric_code=row.metric_code,
        metric_version=row.metric_version,
        subject=Subject(SubjectKind(row.subject_kind), row.subject_id),
        team_id=TeamId(row.team_id) if row.team_id else None,
        month=Month.parse(row.month),
        numerator=row.numerator,
        denominator=row.denominator,
        value=row.value,
        breached_at=row.breached_at,
        recovery=recovery,
    )
