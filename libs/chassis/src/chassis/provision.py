"""Makes the roles and the database of a service on a PostgreSQL server. Idempotent.

In production a platform does this (see the operations pages); the embedded profile and the tests call it.
"""

import asyncpg

_LOCK = 0x7468726F
_ROLES = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{p}_owner') THEN CREATE ROLE {p}_owner LOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{p}_app') THEN CREATE ROLE {p}_app NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{p}_system') THEN CREATE ROLE {p}_system NOLOGIN; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{p}_login') THEN
    CREATE ROLE {p}_login LOGIN NOINHERIT;
    GRANT {p}_app, {p}_system TO {p}_login;
  END IF;
END $$
"""


async def provision(superuser_dsn: str, service: str, *, owner_password: str, login_password: str) -> None:
    """Makes the four roles and the database of a service, and sets the two passwords.

    Args:
        superuser_dsn: address of any database of the server, for a superuser, `postgresql://…`.
        service: name of the service, for example `lead-router`; the database is named `lead_router`.
        owner_password: for `<service>_owner`, which owns the tables and migrates.
        login_password: for `<service>_login`, under which the service connects.
    """
    prefix = service.replace("-", "_")
    connection = await asyncpg.connect(superuser_dsn)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await connection.execute(_ROLES.format(p=prefix))
        for role, password in (("owner", owner_password), ("login", login_password)):
            quoted = await connection.fetchval("SELECT quote_literal($1::text)", password)
            await connection.execute(f"ALTER ROLE {prefix}_{role} PASSWORD {quoted}")
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", prefix):
            await connection.execute(f"CREATE DATABASE {prefix} OWNER {prefix}_owner")
        await connection.execute(f"REVOKE CONNECT ON DATABASE {prefix} FROM PUBLIC")
        await connection.execute(f"GRANT CONNECT ON DATABASE {prefix} TO {prefix}_login")
    finally:
        await connection.close()
