"""What the chain proves: every committed row is sealed once, late ones too, and tampering is found and named."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from chassis import audit_chain
from chassis.audit import AuditEntry
from chassis.audit_chain import AuditSealer, Verification, verify
from chassis.database import Database, Transaction
from chassis.ids import TenantId
from chassis.leadership import leadership
from support.databases import Database as ProvisionedDatabase
from support.ledger import OTHER_TENANT, TENANT
from support.waiting import eventually_async


@pytest_asyncio.fixture
async def intruder(ledger_database: ProvisionedDatabase) -> AsyncIterator[AsyncEngine]:
    """Somebody with all rights on the database, which no role of ours has."""
    engine = create_async_engine(ledger_database.superuser_url)
    yield engine
    await engine.dispose()


def _note(transaction: Transaction, *resources: str) -> None:
    for resource in resources:
        transaction.audit.record(action="lead.override", resource=resource, before={"owner": "a"}, after={"owner": "b"})


async def _record(ledger: Database, *resources: str, tenant_id: TenantId = TENANT) -> None:
    """One transaction with a row for each resource."""
    async with ledger.transaction(tenant_id) as transaction:
        _note(transaction, *resources)


async def _seal(ledger: Database) -> int:
    async with leadership(ledger, "audit_sealer") as connection:
        assert connection is not None, "another process leads"
        return await AuditSealer(ledger).seal(connection)


async def _seal_all(ledger: Database, *tenants: TenantId) -> int:
    """Seals until nothing is unsealed; rows wait while any older transaction is open on the whole server."""
    blocks = 0

    async def nothing_is_left() -> bool:
        nonlocal blocks
        blocks += await _seal(ledger)
        return not any([(await _verify(ledger, tenant)).unsealed_rows for tenant in tenants or (TENANT,)])

    await eventually_async(nothing_is_left)
    return blocks


async def _verify(ledger: Database, tenant_id: TenantId = TENANT) -> Verification:
    async with ledger.transaction(tenant_id) as transaction:
        return await verify(transaction)


async def _tamper(intruder: AsyncEngine, statement: str, **values: object) -> str:
    """Runs a statement as the intruder; returns what it returns."""
    async with intruder.begin() as connection:
        return str(await connection.scalar(text(statement), values))


async def _three_blocks(ledger: Database) -> None:
    for resource in ("leads/1", "leads/2", "leads/3"):
        await _record(ledger, resource)
        await _seal_all(ledger)


async def test_sealed_rows_and_blocks_verify_and_the_rest_shows_as_unsealed(ledger: Database) -> None:
    await _record(ledger, "leads/1", "leads/2")
    await _seal_all(ledger)
    await _record(ledger, "leads/3")

    assert await _verify(ledger) == Verification(sealed_rows=2, unsealed_rows=1, blocks=1)


async def test_each_tenant_has_a_chain_of_its_own(ledger: Database) -> None:
    await _record(ledger, "leads/1")
    await _record(ledger, "leads/2", "leads/3", tenant_id=OTHER_TENANT)

    blocks = await _seal_all(ledger, TENANT, OTHER_TENANT)

    assert blocks == 2
    assert await _verify(ledger) == Verification(sealed_rows=1, unsealed_rows=0, blocks=1)
    assert await _verify(ledger, OTHER_TENANT) == Verification(sealed_rows=2, unsealed_rows=0, blocks=1)


@pytest.mark.parametrize("column", ["actor", "action", "resource", "before", "after", "decision", "origin"])
async def test_an_altered_row_is_named(ledger: Database, intruder: AsyncEngine, column: str) -> None:
    await _three_blocks(ledger)

    altered = await _tamper(
        intruder, f"UPDATE audit SET {column} = {column} || '!' WHERE resource = 'leads/2' RETURNING id"
    )

    found = await _verify(ledger)
    assert (found.first_bad, found.fault) == (f"audit/{altered}", "ALTERED")


async def test_an_altered_row_whose_hash_was_redone_breaks_its_block(ledger: Database, intruder: AsyncEngine) -> None:
    await _three_blocks(ledger)

    await _tamper(intruder, "UPDATE audit SET resource = 'leads/x' WHERE resource = 'leads/2' RETURNING id")
    await _redo_hash(intruder, "leads/x")

    found = await _verify(ledger)
    assert (found.first_bad, found.fault) == ("blocks/2", "CHAIN_BROKEN")


async def _redo_hash(intruder: AsyncEngine, resource: str) -> None:
    async with intruder.begin() as connection:
        fields = ", ".join(field.name for field in dataclasses.fields(AuditEntry))
        row = (await connection.execute(text(f"SELECT {fields} FROM audit WHERE resource = :r"), {"r": resource})).one()
        entry = AuditEntry(str(row.id), str(row.tenant_id), *row[2:])
        await connection.execute(text("UPDATE audit SET hash = :h WHERE id = :id"), {"h": entry.digest(), "id": row.id})


async def test_a_deleted_row_is_named(ledger: Database, intruder: AsyncEngine) -> None:
    await _three_blocks(ledger)

    gone = await _tamper(intruder, "DELETE FROM audit WHERE resource = 'leads/2' RETURNING id")

    found = await _verify(ledger)
    assert (found.first_bad, found.fault) == (f"audit/{gone}", "MISSING")


async def test_a_row_slipped_in_behind_a_sealed_block_is_named(ledger: Database, intruder: AsyncEngine) -> None:
    await _three_blocks(ledger)

    slipped_in = await _tamper(
        intruder,
        "INSERT INTO audit SELECT gen_random_uuid(), tenant_id, occurred_at, actor, action, 'leads/9', before, after,"
        " decision, origin, hash, xid FROM audit WHERE resource = 'leads/2' RETURNING id",
    )

    found = await _verify(ledger)
    assert (found.first_bad, found.fault) == (f"audit/{slipped_in}", "INSERTED")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_block SET head = sha256(head) WHERE number = 2 RETURNING number",
        "UPDATE audit_block SET previous = sha256(previous) WHERE number = 2 RETURNING number",
        "UPDATE audit_block SET below_xid = below_xid - 1 WHERE number = 2 RETURNING number",
        "UPDATE audit_block SET audit_ids = '{}' WHERE number = 2 RETURNING number",
    ],
)
async def test_a_broken_block_is_named(ledger: Database, intruder: AsyncEngine, statement: str) -> None:
    await _three_blocks(ledger)

    await _tamper(intruder, statement)

    found = await _verify(ledger)
    assert (found.first_bad, found.fault) == ("blocks/2", "CHAIN_BROKEN")


async def test_a_block_taken_out_of_the_middle_is_noticed(ledger: Database, intruder: AsyncEngine) -> None:
    await _three_blocks(ledger)

    await _tamper(intruder, "DELETE FROM audit_block WHERE number = 2 RETURNING number")

    found = await _verify(ledger)
    assert (found.first_bad, found.fault) == ("blocks/3", "CHAIN_BROKEN")


async def test_a_transaction_that_commits_after_a_seal_is_sealed_in_the_next_block(ledger: Database) -> None:
    async with ledger.transaction(TENANT) as late:
        _note(late, "leads/late")
        await late.flush()  # written, and given its transaction id, before the seal
        await _record(ledger, "leads/early")
        await _seal(ledger)
        while_open = await _verify(ledger)

    await _seal_all(ledger)

    assert while_open.is_valid
    assert await _verify(ledger) == Verification(sealed_rows=2, unsealed_rows=0, blocks=1 + while_open.blocks)


async def test_no_committed_row_is_skipped_while_many_write_and_one_seals(ledger: Database) -> None:
    async def write(writer: int) -> None:
        for number in range(10):
            await _record(ledger, f"leads/{writer}-{number}")

    async def keep_sealing() -> None:
        while not writing.done():
            await _seal(ledger)

    writing = asyncio.gather(*(write(writer) for writer in range(6)))
    await keep_sealing()
    await writing
    await _seal_all(ledger)

    found = await _verify(ledger)
    assert (found.sealed_rows, found.unsealed_rows, found.fault) == (60, 0, "")


async def test_a_transaction_with_more_rows_than_a_block_takes_is_sealed_whole(
    ledger: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_chain, "_MOST_ROWS", 3)
    await _record(ledger, *(f"leads/{number}" for number in range(7)))
    await _record(ledger, "leads/after")

    await _seal_all(ledger)

    assert await _verify(ledger) == Verification(sealed_rows=8, unsealed_rows=0, blocks=2)


async def test_of_two_sealers_one_leads_and_the_other_takes_over_when_it_ends(ledger: Database) -> None:
    first, second = (asyncio.create_task(AuditSealer(ledger).run()) for _ in range(2))
    await _record(ledger, "leads/1")
    await eventually_async(lambda: _is_sealed(ledger, 1))

    first.cancel()
    await asyncio.wait([first])
    await _record(ledger, "leads/2")
    await eventually_async(lambda: _is_sealed(ledger, 2))
    second.cancel()
    await asyncio.wait([second])

    assert await _verify(ledger) == Verification(sealed_rows=2, unsealed_rows=0, blocks=2)


async def test_whoever_does_not_lead_gets_no_connection_to_seal_on(ledger: Database) -> None:
    async with leadership(ledger, "audit_sealer") as leads, leadership(ledger, "audit_sealer") as follows:
        assert leads is not None
        assert follows is None


async def _is_sealed(ledger: Database, rows: int) -> bool:
    return (await _verify(ledger)).sealed_rows == rows
