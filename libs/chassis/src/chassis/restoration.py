"""What is written into a database that was brought back from a backup, so that it fits its surroundings again.

The other services and the broker know more than a database that is older than they are. What its aggregates tell from
then on must count as newer than all that was told before, though their own versions have fallen back; and on another
server transactions are numbered from the start again, while audit rows are sealed by those numbers. Both are put right
by a base that is added: to `aggregate_version` of every event, and to the transaction ids of the audit.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg
from sqlalchemy import BigInteger, Column, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.ids import new_id
from chassis.tables import metadata, moment

restoration = Table(
    "restoration",
    metadata,
    Column("id", Uuid(as_uuid=False), primary_key=True),
    Column("backup_id", Text, nullable=False),
    # What the backup knows: everything committed before then, and nothing later. In real time, as is the next one.
    moment("taken_at"),
    moment("restored_at"),
    # Added to the version of aggregates in events. Microseconds since 1970 when it was restored, so that every
    # restoration has a higher one than any before, also than one that this database has forgotten by being restored.
    Column("version_base", BigInteger, nullable=False),
    # Added to transaction ids in the audit; rises only where the server numbers them lower than the one before.
    Column("xid_base", BigInteger, nullable=False),
    # When the service had told again how all its aggregates stand; NULL until then.
    moment("told_at", nullable=True),
)


@dataclass(frozen=True, slots=True)
class Restoration:
    """One time that this database was brought back."""

    id: str
    backup_id: str
    taken_at: datetime
    """What was committed later is lost here."""
    restored_at: datetime
    told_at: datetime | None
    """When this service had told again how all its aggregates stand; None where it still has to."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a database that is brought back must not fall behind.

    Attributes:
        version_base: the highest that is known of the database it replaces; 0 where nothing is known.
        clock_offset: of the business clocks of the other services, the furthest; zero outside of demos and tests.
    """

    version_base: int = 0
    clock_offset: timedelta = timedelta()


async def note_restored(
    connection: asyncpg.Connection, *, backup_id: str, taken_at: datetime, around: Surroundings
) -> None:
    """Makes a database that was just filled from a backup fit its surroundings, before any service opens it.

    Args:
        connection: of a superuser, as audit rows of all tenants are looked at.
        backup_id: as the backup's manifest names it.
        taken_at: what was committed later is not in the backup.
        around: what the database must not fall behind.
    """
    async with connection.transaction():
        await connection.execute(_RESTORED, new_id(), backup_id, taken_at, around.version_base)
        # A backup that is taken while the clock is being moved has its timers held.
        await connection.execute(
            "UPDATE business_clock SET is_held = false, clock_offset = greatest(clock_offset, $1)", around.clock_offset
        )


async def restorations(connection: AsyncConnection) -> list[Restoration]:
    """Of a service's database, the hundred newest, newest first."""
    rows = (await connection.execute(_NEWEST)).all()
    return [Restoration(str(row.id), row.backup_id, row.taken_at, row.restored_at, row.told_at) for row in rows]


async def note_told(connection: AsyncConnection) -> None:
    """Notes that the service has told again how all its aggregates stand."""
    await connection.execute(_TOLD)


_RESTORED = """
INSERT INTO restoration (id, backup_id, taken_at, restored_at, version_base, xid_base)
SELECT $1, $2, $3, clock_timestamp(),
       greatest(extract(epoch FROM clock_timestamp()) * 1000000, greatest($4, before.version_base) + 1000000000),
       greatest(before.xid_base, sealed.xid + 1 - pg_current_xact_id()::text::bigint)
  FROM (SELECT coalesce(max(version_base), 0) AS version_base, coalesce(max(xid_base), 0) AS xid_base
          FROM restoration) AS before,
       (SELECT greatest((SELECT max(xid) FROM audit), (SELECT max(below_xid) FROM audit_block), 0) AS xid) AS sealed
"""
_NEWEST = text(
    "SELECT id, backup_id, taken_at, restored_at, told_at FROM restoration ORDER BY restored_at DESC, id LIMIT 100"
)
_TOLD = text("UPDATE restoration SET told_at = clock_timestamp() WHERE told_at IS NULL")
