"""The same request under the same key gets the same answer; another one under it is refused."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from chassis import context
from chassis.context import Principal, RequestContext
from chassis.database import Database, Transaction
from chassis.errors import InFlight, KeyReused
from chassis.idempotency import Answered, answered
from chassis.ids import PersonId
from chassis.unit_of_work import UnitOfWork
from support.ledger import OTHER_TENANT, TENANT, effects, write_effect
from throughline.pipeline.v1.activity_service_pb2 import RecordFollowUpResponse

PERSON = Principal("person", "li.lei", TENANT, frozenset({"rep"}), PersonId("0190f3c4-0000-7000-8000-00000000000a"))
REQUEST = RequestContext(PERSON, TENANT, method="/x/Record", request_id="key-1", request_hash=b"one")


def _response(name: str) -> RecordFollowUpResponse:
    response = RecordFollowUpResponse()
    response.follow_up.summary = name
    return response


async def _record(ledger: Database, name: str) -> RecordFollowUpResponse:
    """One command that writes an effect and answers with its name."""
    unit_of_work: UnitOfWork[Transaction] = UnitOfWork(ledger, lambda transaction: transaction)

    async def use_case() -> str:
        async with unit_of_work.begin() as work:
            await write_effect(work, name, 1)
            return await work.answers.remember(name)

    return await answered(use_case(), _response)


async def test_repeated_request_gets_the_first_answer_and_has_one_effect(ledger: Database) -> None:
    with context.bind(REQUEST):
        first = await _record(ledger, "first")
        repeat = await _record(ledger, "second")

    assert repeat == first
    assert await effects(ledger) == [("first", 1)]


async def test_other_request_under_the_same_key_is_refused(ledger: Database) -> None:
    with context.bind(REQUEST):
        await _record(ledger, "first")

    with context.bind(replace(REQUEST, request_hash=b"two")), pytest.raises(KeyReused):
        await _record(ledger, "second")

    assert await effects(ledger) == [("first", 1)]


async def test_request_in_flight_refuses_its_twin_and_nobody_else(ledger: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    unit_of_work: UnitOfWork[Transaction] = UnitOfWork(ledger, lambda transaction: transaction)

    async def slow() -> None:
        with context.bind(REQUEST):
            async with unit_of_work.begin():
                begun.set()
                await go_on.wait()

    running = asyncio.create_task(slow())
    await begun.wait()

    with context.bind(REQUEST), pytest.raises(InFlight):
        await _record(ledger, "twin")
    with context.bind(replace(REQUEST, request_id="key-2")):
        await _record(ledger, "other key")
    other = replace(PERSON, person_id=PersonId("0190f3c4-0000-7000-8000-00000000000b"))
    with context.bind(replace(REQUEST, principal=other)):
        await _record(ledger, "other caller")
    go_on.set()
    await running

    assert sorted(await effects(ledger)) == [("other caller", 1), ("other key", 1)]


async def test_failed_request_leaves_no_answer_behind(ledger: Database) -> None:
    unit_of_work: UnitOfWork[Transaction] = UnitOfWork(ledger, lambda transaction: transaction)

    async def fails() -> str:
        async with unit_of_work.begin() as work:
            await work.answers.remember("never")
            raise RuntimeError("the transaction is rolled back")

    with context.bind(REQUEST):
        with pytest.raises(RuntimeError):
            await answered(fails(), _response)
        answer = await _record(ledger, "second try")

    assert answer == _response("second try")


async def test_key_of_one_tenant_says_nothing_to_another(ledger: Database) -> None:
    with context.bind(REQUEST):
        await _record(ledger, "ours")

    with context.bind(replace(REQUEST, tenant_id=OTHER_TENANT)):
        answer = await _record(ledger, "theirs")

    assert answer == _response("theirs")


async def test_batch_recalls_each_request_by_itself(ledger: Database) -> None:
    with context.bind(REQUEST):
        first = await _record(ledger, "first")
    requests = [
        REQUEST,
        replace(REQUEST, request_hash=b"two"),
        replace(REQUEST, request_id="key-2"),
        replace(REQUEST, request_id="key-2"),
        replace(REQUEST, request_id=""),
    ]

    async with ledger.transaction(TENANT) as transaction:
        known = await transaction.answers.recall_many(requests)

    assert isinstance(known[0], Answered)
    assert known[0].answer == first
    assert isinstance(known[1], KeyReused)
    assert known[2] is None
    assert isinstance(known[3], InFlight)
    assert known[4] is None
