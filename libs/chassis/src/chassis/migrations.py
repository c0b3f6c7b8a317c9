"""Brings a service's schema up to date: `python -m <service> migrate`, a step of its own before new code starts."""

import asyncio
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from chassis.database import Database, is_conflict
from chassis.errors import Unreachable

if TYPE_CHECKING:
    from alembic.config import Config

LOCK_TIMEOUT_S = 2.0
_STATEMENT_TIMEOUT = "10min"
_LOCK = 0x6D696772
_ASK_AGAIN_S = 0.2
_CONTRACT = "contract"


def config_for(package: str) -> "Config":
    """Alembic's configuration of a service, for example of `lead_router`."""
    from alembic.config import Config  # noqa: PLC0415 - only `migrate` pays for loading it

    config = Config()
    config.set_main_option("script_location", str(files("chassis") / "alembic_environment"))
    config.set_main_option("version_locations", str(_versions(package)))
    config.set_main_option("path_separator", "os")
    return config


def _versions(package: str) -> Path:
    """Where the migrations lie: inside an installed wheel, or beside `src` in a checkout."""
    installed = Path(str(files(package)))
    folders = [installed / "migrations" / "versions", installed.parents[1] / "migrations" / "versions"]
    for folder in folders:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no migrations of {package} in {folders[0]} or {folders[1]}")


@cache
def head_revision(package: str) -> str:
    """Newest revision that the installed code knows: the number that the last migration's file begins with."""
    return max(_kinds(package))


@cache
def least_revision(package: str) -> str:
    """Oldest revision on which the installed code runs: that of its last migration but those that only take away.

    A `contract` takes away what the code before has ceased to use, so this code runs without it, and with it.
    """
    return max(revision for revision, kind in _kinds(package).items() if kind != _CONTRACT)


def _kinds(package: str) -> dict[str, str]:
    """`expand` or `contract` by revision."""
    names = (path.name.split("_", 2) for path in _versions(package).glob("[0-9]*_*_*.py"))
    return {revision: kind for revision, kind, _ in names}


@retry(
    retry=retry_if_exception(is_conflict),
    stop=stop_after_attempt(10),
    wait=wait_random_exponential(multiplier=0.2, max=5),
    reraise=True,
)
async def migrate(owner_url: str, package: str, *, lock_timeout_s: float = LOCK_TIMEOUT_S) -> None:
    """Runs all migrations that the database lacks, one process at a time.

    A migration that cannot get its locks in time gives way to the traffic and is tried again, ten times in all; what
    the ones before it did is done. A statement that runs for ten minutes is given up.

    Args:
        owner_url: SQLAlchemy URL of the owner role, with the driver asyncpg.
        package: import name of the service.
        lock_timeout_s: how long a statement may wait for a lock, and the traffic behind it.
    """
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await _take_turn(connection)
            await connection.execute(text(f"SET lock_timeout = {round(lock_timeout_s * 1000)}"))
            await connection.execute(text(f"SET statement_timeout = '{_STATEMENT_TIMEOUT}'"))
            await connection.commit()
            await connection.run_sync(_upgrade, package)
            await connection.commit()
    finally:
        await engine.dispose()


async def _take_turn(connection: AsyncConnection) -> None:
    """Waits until nobody else migrates this database.

    By asking again and again: who waits in a statement holds a snapshot, for which an index that the other makes
    concurrently would wait in turn.
    """
    while not await connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
        await connection.commit()
        await asyncio.sleep(_ASK_AGAIN_S)


def _upgrade(connection: Connection, package: str) -> None:
    from alembic import command  # noqa: PLC0415 - only `migrate` pays for loading it

    config = config_for(package)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {package}_login"))  # readiness asks for it


async def is_migrated(database: Database, package: str) -> bool:
    """Whether the database has at least the least revision that this code runs on: what readiness asks."""
    try:
        async with database.connection() as connection:
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (Unreachable, DBAPIError, OSError):
        return False
    return found is not None and str(found) >= least_revision(package)
