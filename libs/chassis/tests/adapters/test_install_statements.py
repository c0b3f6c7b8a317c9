"""The statements of the installation page make the very roles that `chassis.provision` makes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest_asyncio

from chassis.provision import provision
from embedded.postgres import PostgresServer

from .test_second_login import statements

_ROLES = """
SELECT regexp_replace(rolname, '^[a-z]+_[0-9a-f]+_', '') AS role, rolcanlogin, rolinherit, rolsuper, rolbypassrls,
       rolcreatedb, rolcreaterole,
       ARRAY(SELECT regexp_replace(m.roleid::regrole::text, '^[a-z]+_[0-9a-f]+_', '') || m.inherit_option::text
               FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1) AS member_of
  FROM pg_roles r WHERE rolname LIKE $1 ORDER BY 1
"""
_DATABASE = """
SELECT replace(d.datdba::regrole::text, $1::text, '') AS owner,
       replace(d.datacl::text, $1::text, '') AS rights FROM pg_database d WHERE datname = $1
"""


@pytest_asyncio.fixture
async def superuser(postgres_server: PostgresServer) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(postgres_server.superuser_url)
    yield connection
    await connection.close()


async def test_the_page_makes_roles_and_database_as_the_code_does(
    superuser: Any, postgres_server: PostgresServer
) -> None:
    by_page, by_code = (f"{name}_{secrets.token_hex(4)}" for name in ("page", "code"))

    for statement in statements("install.md", "1. Databases and roles"):
        await superuser.execute(statement.replace("lead_router", by_page))
    await provision(postgres_server.superuser_url, by_code, owner_password="a", login_password="b")

    made = [await superuser.fetch(_ROLES, f"{prefix}\\_%") for prefix in (by_page, by_code)]
    databases = [tuple(await superuser.fetchrow(_DATABASE, prefix)) for prefix in (by_page, by_code)]
    for prefix in (by_page, by_code):
        await superuser.execute(f"DROP DATABASE {prefix}")
        for role in ("login", "app", "system", "owner"):
            await superuser.execute(f"DROP ROLE {prefix}_{role}")
    assert [tuple(row) for row in made[0]] == [tuple(row) for row in made[1]]
    assert len(made[0]) == 4
    assert databases[0] == databases[1]
