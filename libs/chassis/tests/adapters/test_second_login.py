"""The statements of the page on rotating keys, carried out: a second login serves as the first one does."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from chassis.database import Database
from support.databases import Database as ProvisionedDatabase
from support.databases import DatabaseFactory
from support.ledger import SERVICE, TENANT, append, effects, ledger_schema, write_effect

PAGES = Path(__file__).resolve().parents[4] / "docs" / "operations"
_PASSWORD = "from your secret store"


def statements(page: str, section: str) -> list[str]:
    """The first SQL of a section, statement by statement."""
    text_of_section = (PAGES / page).read_text(encoding="utf-8").partition(f"# {section}\n")[2]
    found = re.search(r"```sql\n(.*?)```", text_of_section, re.DOTALL)
    assert found is not None
    return [statement.strip() for statement in found[1].split(";") if statement.strip()]


@pytest.fixture
def ledger_database(database_factory: DatabaseFactory) -> ProvisionedDatabase:
    return database_factory(SERVICE, migrate=ledger_schema, schema="ledger")


@pytest_asyncio.fixture
async def second_url(ledger_database: ProvisionedDatabase) -> AsyncIterator[str]:
    """The address for a second login, made by the statements of the page."""
    login = f"{SERVICE}_login_{secrets.token_hex(4)}"
    superuser = await asyncpg.connect(ledger_database.superuser_dsn)
    for statement in statements("rotate-keys.md", "Passwords of the databases"):
        await superuser.execute(statement.replace("lead_router_login_b", login).replace("lead_router", SERVICE))
    where = ledger_database.login_url.rpartition("@")[2]
    yield f"postgresql+asyncpg://{login}:{quote(_PASSWORD)}@{where}"
    await superuser.execute(f"DROP ROLE {login}")
    await superuser.close()


async def test_a_second_login_reads_writes_and_claims_as_the_first_one_does(
    ledger_database: ProvisionedDatabase, second_url: str
) -> None:
    async with Database.open(second_url, service=SERVICE) as second:
        await append(second, "key", 1)
        async with second.transaction(TENANT) as transaction:
            await write_effect(transaction, "key", 1)
        async with second.system() as connection:
            unsent = await connection.scalar(text("SELECT count(*) FROM outbox WHERE published_at IS NULL"))
    async with Database.open(ledger_database.login_url, service=SERVICE) as first:
        seen = await effects(first)

    assert (unsent, seen) == (1, [("key", 1)])


async def test_a_second_login_sees_no_row_before_it_has_taken_a_role(second_url: str) -> None:
    async with Database.open(second_url, service=SERVICE) as second:
        await append(second, "key", 1)
        async with second.connection() as connection:
            with pytest.raises(ProgrammingError, match="permission denied"):
                await connection.scalar(text("SELECT count(*) FROM outbox"))
