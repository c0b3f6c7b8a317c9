"""The tenant's working calendar in PostgreSQL."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from chassis.chinese_holidays import CalendarDay
from chassis.database import SqlRow, Transaction
from chassis.errors import NotFound
from chassis.shifts import DayKind
from collab.adapters.postgres.tables import work_calendar as table
from collab.domain.work_calendar import WorkCalendar, WorkingHours


class PostgresCalendars:
    """Row-level security shows one row at the most."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection
        self._tenant_id = transaction.tenant_id

    async def get(self) -> WorkCalendar | None:
        """The calendar, or None where the tenant was never made."""
        row = (await self._connection.execute(select(table))).one_or_none()
        return _calendar(row) if row else None

    async def lock(self) -> WorkCalendar:
        """The calendar, held until the transaction ends.

        Raises:
            NotFound: the tenant was never made.
        """
        row = (await self._connection.execute(select(table).with_for_update())).one_or_none()
        if row is None:
            raise NotFound("tenant", self._tenant_id)
        return _calendar(row)

    async def save(self, calendar: WorkCalendar) -> None:
        """Keeps the calendar, new or changed."""
        facts = {
            "hours": [[each.weekday, each.start_minute, each.end_minute] for each in calendar.hours],
            "days": [[day.date.isoformat(), day.kind.value, day.name] for day in calendar.days],
            "holiday_years": sorted(calendar.holiday_years),
            "version": calendar.version,
        }
        kept = insert(table).values(tenant_id=self._tenant_id, **facts)
        kept = kept.on_conflict_do_update(
            index_elements=["tenant_id"], set_={name: kept.excluded[name] for name in facts}
        )
        await self._connection.execute(kept)


def _calendar(row: SqlRow) -> WorkCalendar:
    return WorkCalendar(
        hours=tuple(WorkingHours(*each) for each in row.hours),
        days=tuple(CalendarDay(date.fromisoformat(at), DayKind(kind), name) for at, kind, name in row.days),
        holiday_years=frozenset(row.holiday_years),
        version=row.version,
    )
