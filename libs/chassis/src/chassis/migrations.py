"""Brings a service's schema up to date: `python -m <service> migrate`, a step of its own before new code starts."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from chassis.database import Database, is_conflict
from chassis.errors import Unreachable

if TYPE_CHECKING:
    from alembic.config import Config

_LOCK = 0x6D696772


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
    return max(path.name.partition("_")[0] for path in _versions(package).glob("[0-9]*_*.py"))


@retry(
    retry=retry_if_exception(is_conflict),
    stop=stop_after_attempt(10),
    wait=wait_random_exponential(multiplier=0.2, max=5),
    reraise=True,
)
async def migrate(owner_url: str, package: str) -> None:
    """Runs all migrations that the database lacks, one process at a time.

    A migration that cannot get its locks within 2 s gives way to the traffic and is tried again.

    Args:
        owner_url: SQLAlchemy URL of the owner role, with the driver asyncpg.
        package: import name of the service.
    """
    engine = create_async_engine(owner_url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.execute(text("SET lock_timeout = '2s'"))
            await connection.execute(text("SET statement_timeout = '10min'"))
            await connection.commit()
            await connection.run_sync(_upgrade, package)
            await connection.commit()
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, package: str) -> None:
    from alembic import command  # noqa: PLC0415 - only `migrate` pays for loading it

    config = config_for(package)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.execute(text(f"GRANT SELECT ON alembic_version TO {package}_login"))  # readiness asks for it


async def is_migrated(database: Database, package: str) -> bool:
    """Whether the database has at least the revision that this code needs: what readiness asks."""
    try:
        async with database.connection() as connection:
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except (Unreachable, DBAPIError, OSError):
        return False
    return found is not None and str(found) >= head_revision(package)
