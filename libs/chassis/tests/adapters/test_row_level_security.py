"""No query, consumer, timer or pooled connection reaches the rows of another tenant."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import Database
from chassis.ids import TenantId
from chassis.schema import WITHOUT_TENANT
from support.databases import Database as ProvisionedDatabase
from support.ledger import OTHER_TENANT, SERVICE, TENANT, effects, write_effect

_COUNT = text("SELECT count(*) FROM effect")


async def test_query_that_forgets_the_tenant_sees_no_rows(ledger: Database) -> None:
    async with ledger.transaction(TENANT) as transaction:
        await write_effect(transaction, "a", 1)

    async with ledger.transaction(TenantId("")) as forgetful:
        seen = await forgetful.connection.scalar(_COUNT)

    assert seen == 0


async def test_write_that_forgets_the_tenant_is_refused(ledger: Database) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with ledger.transaction(TenantId("")) as forgetful:
            await forgetful.connection.execute(
                text("INSERT INTO effect (tenant_id, consumer, key, version) VALUES (:t, 'x', 'a', 1)"), {"t": TENANT}
            )


async def test_write_for_another_tenant_is_refused(ledger: Database) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with ledger.transaction(TENANT) as transaction:
            await transaction.connection.execute(
                text("INSERT INTO effect (tenant_id, consumer, key, version) VALUES (:t, 'x', 'a', 1)"),
                {"t": OTHER_TENANT},
            )


async def test_pooled_connection_leaks_no_tenant(ledger_database: ProvisionedDatabase) -> None:
    async with Database.open(ledger_database.login_url, service=SERVICE, pool_size=1) as ledger:
        async with ledger.transaction(TENANT) as transaction:
            await write_effect(transaction, "a", 1)

        async with ledger.engine.connect() as same_connection:
            tenant = await same_connection.scalar(text("SELECT current_setting('throughline.tenant', true)"))
            role = await same_connection.scalar(text("SELECT current_user"))

        assert not tenant
        assert role == "pipeline_login"
        assert await effects(ledger, OTHER_TENANT) == []


async def test_system_role_reaches_no_table_of_the_service(ledger: Database) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with ledger.system() as connection:
            await connection.execute(_COUNT)


async def test_system_role_reads_of_the_audit_only_what_the_sealer_needs(ledger: Database) -> None:
    async with ledger.system() as connection:
        await connection.execute(text("SELECT id, tenant_id, hash, xid FROM audit"))

    with pytest.raises(DBAPIError, match="permission denied"):
        async with ledger.system() as connection:
            await connection.execute(text("SELECT after FROM audit"))


async def test_claimed_work_continues_as_the_tenant_and_nobody_else(ledger: Database) -> None:
    async with ledger.system() as connection:
        transaction = await ledger.become_tenant(connection, TENANT)
        await write_effect(transaction, "a", 1)

    assert await effects(ledger, TENANT) == [("a", 1)]
    assert await effects(ledger, OTHER_TENANT) == []


async def test_every_table_has_a_tenant_and_forces_its_policy_but_for_the_short_list(
    ledger_database: ProvisionedDatabase,
) -> None:
    engine = create_async_engine(ledger_database.superuser_url)

    async with engine.connect() as connection:
        rows = (
            await connection.execute(
                text(
                    "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, EXISTS (SELECT FROM pg_attribute a"
                    " WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS has_tenant"
                    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                    " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
                )
            )
        ).all()
    await engine.dispose()

    secured = {row.relname for row in rows if row.relrowsecurity and row.relforcerowsecurity and row.has_tenant}
    assert {row.relname for row in rows} - secured <= WITHOUT_TENANT
    assert "effect" in secured


async def test_application_role_owns_nothing_and_cannot_bypass(ledger: Database) -> None:
    async with ledger.system() as connection:
        rights = (
            await connection.execute(
                text("SELECT rolname, rolsuper, rolbypassrls, rolinherit FROM pg_roles WHERE rolname LIKE 'pipeline_%'")
            )
        ).all()
        owned = await connection.scalar(
            text(
                "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname IN"
                " ('pipeline_app', 'pipeline_system', 'pipeline_login')"
            )
        )

    assert not any(row.rolsuper or row.rolbypassrls for row in rights)
    assert not next(row.rolinherit for row in rights if row.rolname == "pipeline_login")
    assert owned == 0
