"""The business clock: the database's time plus an offset that only the embedded profile and tests may move.

`business_clock` has no tenant: one row per service, read in the statement that begins each transaction.
"""

from datetime import datetime, timedelta

from sqlalchemy import Boolean, CheckConstraint, Column, Interval, Table, text

from chassis.database import Database
from chassis.errors import Invalid, NotInThisProfile, Violation
from chassis.sound_values import LATEST
from chassis.tables import metadata

business_clock = Table(
    "business_clock",
    metadata,
    Column("only", Boolean, primary_key=True, server_default=text("true")),
    Column("clock_offset", Interval, nullable=False, server_default=text("interval '0'")),
    Column("is_held", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint('"only"', name="single_row"),
)

_READ = text("SELECT clock_offset, clock_timestamp() + clock_offset FROM business_clock")
_MOVE = text(
    "UPDATE business_clock SET clock_offset = :offset, is_held = :held WHERE clock_offset <= :offset"
    " AND clock_timestamp() + :offset < :latest RETURNING clock_timestamp() + clock_offset"
)


class BusinessClock:
    """Moves the business clock of one service, where the profile allows it."""

    def __init__(self, database: Database, *, is_movable: bool) -> None:
        self._database = database
        self._is_movable = is_movable

    async def read(self) -> tuple[timedelta, datetime]:
        """Offset and present business time."""
        async with self._database.system() as connection:
            offset, now = (await connection.execute(_READ)).one()
            return offset, now

    async def move(self, offset: timedelta, *, hold_timers: bool) -> datetime:
        """Sets the offset and whether timer claims are held; returns the business time.

        Raises:
            NotInThisProfile: the clock of this profile stands fixed.
            Invalid: the offset is smaller than the present one, as time never runs back, or leads beyond the years that
                are reckoned with.
        """
        if not self._is_movable:
            raise NotInThisProfile("MoveClock")
        async with self._database.system() as connection:
            now = await connection.scalar(_MOVE, {"offset": offset, "held": hold_timers, "latest": LATEST})
        if now is None:
            message = f"the business clock never runs back, and not beyond the year {LATEST.year - 1}"
            raise Invalid([Violation("offset", "clock.range", message)])
        moved: datetime = now
        return moved
