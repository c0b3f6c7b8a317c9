"""One leader at a time per service and task, by an advisory lock that dies with its connection."""

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import Database

_SPACE = 0x6C656164


@asynccontextmanager
async def leadership(database: Database, task: str) -> AsyncIterator[AsyncConnection | None]:
    """Yields a connection under the system role while this process leads, or None where another does.

    The work is done on that very connection: when it is lost, the lock is lost with it, and the work fails.
    """
    async with database.connection() as connection:
        number = zlib.crc32(task.encode()) - 2**31
        lock = {"space": _SPACE, "task": number}
        if not await connection.scalar(text("SELECT pg_try_advisory_lock(:space, :task)"), lock):
            yield None
            return
        await connection.execute(text(f"SET ROLE {database.system_role}"))
        await connection.commit()
        try:
            yield connection
        finally:
            await connection.invalidate()
