"""What operators read off the router: leads by state, the gap, joins, and how fast an owner is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from chassis import metric_names as names
from chassis import telemetry
from chassis.authorization import Authorizer
from chassis.unit_of_work import UnitOfWork
from lead_router.adapters.measures import LeadStock
from lead_router.adapters.postgres.unit_of_work import PostgresWork
from lead_router.application.find_leads import LeadFinder

from ..desk import REPS, TENANT, RouterDesk

_RECEIVED_AND_LOST = text(
    "INSERT INTO raw_intake (tenant_id, lead_id, received_at, door, submitter, submission)"
    " SELECT tenant_id, gen_random_uuid(), received_at, door, submitter, submission FROM raw_intake"
)


def _stock(desk: RouterDesk) -> LeadStock:
    finder = LeadFinder(UnitOfWork(desk.database, PostgresWork), Authorizer.load("lead_router"))
    return LeadStock(desk.database, finder)


async def test_leads_by_state_and_the_gap_are_exported(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    for phone in ("13490001234", "13490001235", "13490001235"):
        await desk.submit(phone=phone, person="王小明")
    stock, recorded = _stock(desk), telemetry.record_for_tests()

    await stock.count()

    exported = recorded.points()
    states = {point.attributes[names.STATE]: point.value for point in exported[names.LEADS]}
    assert (states["assigned"], states["merged"], states["waiting"]) == (2, 1, 0)
    assert [point.value for point in exported[names.LEAD_CONSERVATION_GAP]] == [0]


async def test_a_lead_that_was_received_and_stands_nowhere_shows_as_a_gap(desk: RouterDesk) -> None:
    await desk.submit(phone="13490001234")
    async with desk.database.transaction(TENANT) as transaction:
        await transaction.connection.execute(_RECEIVED_AND_LOST)
    stock, recorded = _stock(desk), telemetry.record_for_tests()

    await stock.count()

    assert [point.value for point in recorded.points()[names.LEAD_CONSERVATION_GAP]] == [1]


async def test_joins_are_counted_and_assignments_timed(desk: RouterDesk) -> None:
    await desk.hire(REPS[0])
    recorded = telemetry.record_for_tests()
    before = _submissions(recorded)

    for _ in range(2):
        await desk.submit(phone="13490001234", person="王小明")

    after = _submissions(recorded)
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


async def test_the_wait_for_the_first_owner_is_told_once_in_business_time(desk: RouterDesk) -> None:
    recorded = telemetry.record_for_tests()
    waiting, at_once = _waits(recorded)
    await desk.submit(phone="13490001234", person="王小明")
    assert _waits(recorded) == (waiting, at_once)  # nobody is there to own it

    await desk.hire(REPS[0])
    await desk.forward(timedelta(hours=3))
    await desk.run_timers()

    count, waited_s = _waits(recorded)
    assert count == waiting + 1
    assert waited_s - at_once == pytest.approx(3 * 3600, abs=60)


def _waits(recorded: telemetry.Recorded) -> tuple[int, float]:
    """How many leads had their first owner in this process, and how long they had waited together, in seconds."""
    points = recorded.points().get(names.LEAD_OWNER_WAIT, [])
    return sum(point.count for point in points), sum(point.sum for point in points)


def _submissions(recorded: telemetry.Recorded) -> tuple[int, int]:
    """Timed assignments and counted joins of the process so far."""
    exported = recorded.points()
    timed = [p for p in exported.get(names.LEAD_ASSIGNMENT_DURATION, []) if p.attributes[names.OUTCOME] == "assigned"]
    assert all(point.sum > 0 for point in timed)
    return sum(p.count for p in timed), sum(p.value for p in exported.get(names.LEAD_DEDUPLICATIONS, []))
