"""Locks on the keys by which records are recognised, so that two equal ones at the same instant make one.

They are a statement of their own before the look-up: under READ COMMITTED a statement's snapshot is older than a lock
that it takes itself.
"""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


async def hold_keys(connection: AsyncConnection, keys: Iterable[int]) -> None:
    """Holds keys, signed 64-bit numbers, until the transaction ends; in their order, so that rivals cannot deadlock."""
    wanted = sorted(set(keys))
    if wanted:
        await connection.execute(_HOLD, {"keys": wanted})


_HOLD = text(
    "SELECT pg_advisory_xact_lock(t.key) FROM unnest(CAST(:keys AS bigint[])) WITH ORDINALITY t (key, place)"
    " ORDER BY t.place"
)
